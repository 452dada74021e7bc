"""Booking: how many a second at most, how fast at half of that, and whether anything is oversold."""

import msgspec

from bench.consistency import consistency_row, reservations
from bench.http_client import NextRequest
from bench.model import BenchFailed, Row
from bench.pgbench import BareRun, Script
from bench.scenarios.availability import STAY, bare_details
from bench.session import Bench, Measured
from omd.db import load_statements

CONNECTIONS = (8, 16, 32, 64)
BARE_PACED_CLIENTS = 16
"""More would each book too seldom to be warm; the API's pool is of about that size."""

TARGET_PER_SECOND = 500.0
TARGET_SHARE_OF_BARE = 0.5
TARGET_P99_MS = 40.0
BOOKED, REFUSED = 201, 409

BARE = Script(
    "booking.sql",
    (load_statements("omd.features.reservations")["book_reservation"],),
    {
        "omd_id": ":omd",
        "business_id": ":business",
        "room_type_id": ":type",
        **STAY,
        "adults": ":adults",
        "children": "0",
        "guests": """'[{"is_primary": true, "last_name": "Munteanu", "first_name": "Ana", "country": "RO"}]'""",
        "amount": "null",
        "currency": "null",
        "note": "null",
        "external_reference": "null",
        "code": "('B' || :code::text)",
        "room_id": "null",
        "room_locked": "false",
        "override_reason": "null",
        "actor": "'bench'",
        "now": "now()",
    },
)


class Sweep(msgspec.Struct, frozen=True):
    """Runs by the number of connections; `best` is that with the most bookings a second."""

    runs: dict[int, Measured]

    @property
    def best(self) -> int:
        """Return the number of connections that booked most."""
        return max(self.runs, key=lambda connections: booked_per_second(self.runs[connections]))


def run(bench: Bench) -> list[Row]:
    """Measure the maximum with and without Idempotency-Key and bare, the open loop at half of it, then recount."""
    before = reservations(bench.home)
    traffic = bench.traffic("booking")
    plain = sweep(bench, traffic.booking)
    keyed = sweep(bench, traffic.booking_with_key)
    booked = sum(each.run.statuses.get(BOOKED, 0) for s in (plain, keyed) for each in s.runs.values())
    rate = booked_per_second(keyed.runs[keyed.best]) / 2
    paced = measure_paced(bench, traffic.booking_with_key, rate)
    booked += paced.run.statuses.get(BOOKED, 0)
    _every_acknowledged_stay_is_there(bench, before + booked)
    bare_runs = {clients: bench.bare(BARE, clients=clients) for clients in CONNECTIONS[:-1]}
    bare = max(bare_runs.values(), key=lambda each: each.latency.per_second)
    bare_paced = bench.bare(BARE, clients=BARE_PACED_CLIENTS, rate=rate, seconds=bench.seconds * 2)
    transactions = sum(each.transactions for each in (*bare_runs.values(), bare_paced))
    bare_share = (reservations(bench.home) - before - booked) / transactions
    bare_rate = bare.latency.per_second * bare_share
    return [
        *_maximum_rows("without Idempotency-Key", plain, bare_rate, {}),
        *_maximum_rows(
            "with Idempotency-Key", keyed, bare_rate, {str(k): bare_details(v) for k, v in bare_runs.items()}
        ),
        _paced_row(rate, paced, bare_paced),
        consistency_row(bench.home, "the bookings"),
    ]


def sweep(bench: Bench, next_request: NextRequest) -> Sweep:
    """Measure the closed loop at each number of connections."""
    return Sweep(
        {
            connections: bench.closed_loop(next_request, connections=connections, expected={BOOKED, REFUSED})
            for connections in CONNECTIONS
        }
    )


def measure_paced(bench: Bench, next_request: NextRequest, rate: float) -> Measured:
    """Measure the open loop at `rate` bookings a second, twice as long as the others."""
    return bench.open_loop(next_request, rate=rate, seconds=bench.seconds * 2, expected={BOOKED, REFUSED})


def booked_per_second(measured: Measured) -> float:
    """Return the bookings a second of a run; a refusal is no booking."""
    return measured.run.measured_statuses.get(BOOKED, 0) / measured.run.seconds


def _every_acknowledged_stay_is_there(bench: Bench, expected: int) -> None:
    found = reservations(bench.home)
    if found != expected:
        raise BenchFailed(f"The API acknowledged {expected} stays, the database holds {found}.")


def _maximum_rows(how: str, found: Sweep, bare_rate: float, bare: dict[str, object]) -> list[Row]:
    most = booked_per_second(found.runs[found.best])
    details: dict[str, object] = {
        "connections": found.best,
        "bookings_per_minute": round(most * 60),
        "by_connections": {str(at): _run_details(each) for at, each in found.runs.items()},
    }
    if bare:
        details["bare"] = bare
    share = Row(
        f"the same, as a share of bare SQL, {how}", "", round(most / bare_rate, 2), TARGET_SHARE_OF_BARE, "higher"
    )
    name = f"bookings, maximum, {how}"
    note = f"{most * 60:,.0f} a minute at {found.best} connections"
    return [Row(name, "/s", round(most, 1), TARGET_PER_SECOND, "higher", round(bare_rate, 1), note, details), share]


def _paced_row(rate: float, paced: Measured, bare: BareRun) -> Row:
    details = {"rate": round(rate, 1), **_run_details(paced), "bare": bare_details(bare)}
    name = f"booking at {rate:.0f}/s, half the maximum, open loop: p99"
    return Row(
        name,
        "ms",
        paced.run.latency.p99_ms,
        TARGET_P99_MS,
        "lower",
        bare.latency.p99_ms,
        paced.run.latency.note,
        details,
    )


def _run_details(measured: Measured) -> dict[str, object]:
    return {
        "api": msgspec.to_builtins(measured.run.latency),
        "booked_per_second": round(booked_per_second(measured), 1),
        "statuses": {str(status): count for status, count in measured.run.statuses.items()},
        "refusals": measured.run.refusals,
        "cpu_per_request": msgspec.to_builtins(measured.cpu),
    }
