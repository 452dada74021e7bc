"""The same latencies at ten times the data: both datasets are measured in one run, at the same rates."""

import os
import time
from pathlib import Path

import msgspec

from bench.dataset import Dataset, empty_of_stays, is_loaded, load, read_dataset, settle
from bench.home import opened_home
from bench.machine import machine_facts
from bench.model import Outcome, Row
from bench.scenarios import availability, booking, search
from bench.session import Bench, Measured, Say

TARGET_RATIO = 1.3
_SWEEP_AT = 16
WARM_UP_SECONDS = 45.0
"""Every connection reads the catalog's rows of each partition once, and 50 destinations have thousands of them."""


class Latencies(msgspec.Struct, frozen=True):
    """The runs at one scale, and the rate of the bookings."""

    availability: Measured
    search: Measured
    booking: Measured
    rate: float
    load_seconds: float | None
    room_nights: int
    database_gb: float


def compare(folder: Path, scale: int, *, seconds: float, warm_up: float, say: Say) -> tuple[dict[str, object], Outcome]:
    """Measure scale 1 and then `scale`; return the machine facts and the rows that compare the two."""
    busy, began = os.getloadavg()[0], time.perf_counter()
    warm_up = max(warm_up, WARM_UP_SECONDS)
    with opened_home(folder / "scale-1") as home:
        machine = machine_facts(home)
    small = _measure(folder, 1, None, seconds=seconds, warm_up=warm_up, say=say)
    large = _measure(folder, scale, small.rate, seconds=seconds, warm_up=warm_up, say=say)
    rows = [
        _row(f"{name} at {scale} times the data, as a multiple", getattr(small, key), getattr(large, key))
        for name, key in (
            ("availability of one hotel, p99", "availability"),
            ("search of a destination, p99", "search"),
            (f"booking at {small.rate:.0f}/s, open loop, p99", "booking"),
        )
    ]
    size = f"load {large.room_nights / 1e6:.1f} million room-nights, {large.database_gb} GB"
    if large.load_seconds is not None:
        rows.append(Row(size, "s", round(large.load_seconds, 1)))
    return machine, Outcome(tuple(rows), round(time.perf_counter() - began, 1), round(busy, 2))


def prepare(home_folder: Path, scale: int, say: Say) -> float | None:
    """Load the dataset unless it is there; return the seconds that took, None when it was."""
    with opened_home(home_folder) as home:
        if is_loaded(home, scale):
            empty_of_stays(home)
            settle(home)
            return None
        say(f"Loading {scale} times the data")
        times = load(home, scale)
        return times.import_rooms + times.open_horizon


def _measure(folder: Path, scale: int, rate: float | None, *, seconds: float, warm_up: float, say: Say) -> Latencies:
    home_folder = folder / f"scale-{scale}"
    load_seconds = prepare(home_folder, scale, say)
    with opened_home(home_folder) as home:
        data: Dataset = read_dataset(home, scale)
        with home.serving() as api:
            bench = Bench(home=home, data=data, api=api, seconds=seconds, warm_up=warm_up, say=say)
            say(f"Measuring at scale {scale}")
            asked = availability.measure(bench)
            searched = search.measure(bench)
            next_request = bench.traffic("booking").booking_with_key
            expected = {booking.BOOKED, booking.REFUSED}
            if rate is None:
                most = bench.closed_loop(next_request, connections=_SWEEP_AT, expected=expected)
                rate = booking.booked_per_second(most) / 2
            booked = booking.measure_paced(bench, next_request, rate)
        # Estimated from the statistics: counting 80 million rows would take longer than the measurement.
        room_nights = home.sql(
            "select coalesce(sum(c.reltuples), 0)::bigint from pg_partition_tree('room_availability') p "
            "join pg_class c on c.oid = p.relid where p.isleaf"
        )
        size = round(int(home.sql("select pg_database_size(current_database())")) / 2**30, 2)
    return Latencies(asked, searched, booked, rate, load_seconds, int(room_nights), size)


def _row(name: str, small: Measured, large: Measured) -> Row:
    details: dict[str, object] = {
        "scale_1": msgspec.to_builtins(small.run.latency),
        "scaled": msgspec.to_builtins(large.run.latency),
        "cpu_per_request_scale_1": msgspec.to_builtins(small.cpu),
        "cpu_per_request_scaled": msgspec.to_builtins(large.cpu),
    }
    note = f"{small.run.latency.p99_ms:.1f} and {large.run.latency.p99_ms:.1f} ms"
    multiple = round(large.run.latency.p99_ms / small.run.latency.p99_ms, 2)
    return Row(name, "x", multiple, TARGET_RATIO, note=note, details=details)
