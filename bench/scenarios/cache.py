"""Searches of the next nights, answered from the windows of hotels: how fast, and how soon they know of a booking."""

import threading

import msgspec
import uvloop

from bench.freshness import Staleness, watch_changes
from bench.model import Row
from bench.scenarios import availability, search
from bench.scenarios.availability import CONNECTIONS, latency_rows
from bench.session import Bench

TARGET_P99_MS = 5.0
TARGET_PER_SECOND = 2_500.0
TARGET_DESTINATION_P99_MS = 10.0
TARGET_STALE_P99_MS = 250.0
BOOKINGS_PER_SECOND = 200.0
WATCHED_SECONDS = 10.0


def run(bench: Bench) -> list[Row]:
    """Measure both searches warm beside bare SQL, then how stale they are while others book."""
    traffic = bench.traffic("cache")
    hotel = bench.closed_loop(traffic.availability_soon, connections=CONNECTIONS, expected={200})
    members = bench.closed_loop(traffic.search_soon, connections=CONNECTIONS, expected={200})
    asleep = bench.closed_loop(traffic.availability_unchanged, connections=CONNECTIONS, expected={304})
    stale = _staleness(bench)
    one = latency_rows(
        f"cached availability of one hotel, {CONNECTIONS} connections",
        TARGET_P99_MS,
        hotel,
        bench.bare(availability.BY_COUNTER, clients=CONNECTIONS),
    )
    all_members = latency_rows(
        f"cached search of a destination, {CONNECTIONS} connections",
        TARGET_DESTINATION_P99_MS,
        members,
        bench.bare(search.BARE, clients=CONNECTIONS),
    )
    one[1] = msgspec.structs.replace(one[1], target=TARGET_PER_SECOND)
    return [
        *one,
        Row(
            "the same, unchanged since (304): rate",
            "/s",
            asleep.run.latency.per_second,
            better="higher",
            note=asleep.run.latency.note,
            details={"cpu_per_request": msgspec.to_builtins(asleep.cpu)},
        ),
        *all_members,
        Row(
            f"a booking until every worker's cached answer shows it, {BOOKINGS_PER_SECOND:.0f} bookings/s: p99",
            "ms",
            stale.p99_ms,
            TARGET_STALE_P99_MS,
            note=f"p50 {stale.p50_ms:.0f}, most {stale.max_ms:.0f} ms, {stale.count} watched",
        ),
    ]


def _staleness(bench: Bench) -> Staleness:
    found: list[Staleness] = []
    watched = bench.traffic("watched")

    def watch() -> None:
        found.append(uvloop.run(watch_changes(bench.api.address, watched.booking_to_watch, seconds=WATCHED_SECONDS)))

    thread = threading.Thread(target=watch)
    thread.start()
    traffic = bench.traffic("others")
    seconds = WATCHED_SECONDS + 1
    bench.open_loop(traffic.booking, rate=BOOKINGS_PER_SECOND, seconds=seconds, expected={201, 409})
    thread.join()
    return found[0]
