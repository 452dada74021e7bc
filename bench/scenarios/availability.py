"""What one hotel has for a stay."""

import msgspec

from bench.model import Row
from bench.pgbench import BareRun, Script
from bench.session import Bench, Measured
from omd.db import load_statements

CONNECTIONS = 16
TARGET_P99_MS = 10.0
STAY = {"arrival": "(:start::date + :ahead::int)", "departure": "(:start::date + :ahead::int + :nights::int)"}

_SQL = load_statements("omd.features.availability")
BY_COUNTER = Script(
    "availability.sql",
    (_SQL["find_type_availability"],),
    {
        "actor_role": "'omd_app'",
        "actor_omd_id": ":omd",
        "actor_scope": "'hotel'",
        "actor_business_ids": "array[:business::int]",
        "actor_staff_business_ids": "array[:business::int]",
        "hotel_ids": "array[:business::int]",
        "adults": "2",
        "children": "0",
        "now": "now()",
        **STAY,
    },
)
BY_ROW = Script(
    "availability_by_row.sql",
    (_SQL["count_rooms_by_row"],),
    {"date": "(:start::date + :ahead::int)", "business_id": ":business"},
)


def run(bench: Bench) -> list[Row]:
    """Measure the API, the same statement bare, and the count room by room."""
    api = measure(bench)
    bare = bench.bare(BY_COUNTER, clients=CONNECTIONS)
    by_row = bench.bare(BY_ROW, clients=CONNECTIONS)
    name = f"availability of one hotel, {CONNECTIONS} connections"
    return [
        *latency_rows(name, TARGET_P99_MS, api, bare),
        Row(
            "the same counted room by room, bare SQL: p99",
            "ms",
            by_row.latency.p99_ms,
            note=f"{by_row.latency.note}, {by_row.latency.per_second:,.0f}/s",
            details=bare_details(by_row),
        ),
    ]


def measure(bench: Bench) -> Measured:
    """Ask at 16 connections."""
    return bench.closed_loop(bench.traffic("availability").availability, connections=CONNECTIONS, expected={200})


def latency_rows(name: str, target_p99: float, api: Measured, bare: BareRun) -> list[Row]:
    """Return the rows of a read: the slowest hundredth, and how many a second."""
    details: dict[str, object] = {
        "api": msgspec.to_builtins(api.run.latency),
        "cpu_per_request": msgspec.to_builtins(api.cpu),
        "bare": bare_details(bare),
    }
    p99 = Row(
        f"{name}: p99",
        "ms",
        api.run.latency.p99_ms,
        target_p99,
        "lower",
        bare.latency.p99_ms,
        api.run.latency.note,
        details,
    )
    rate = Row(f"{name}: rate", "/s", api.run.latency.per_second, None, "higher", bare.latency.per_second)
    return [p99, rate]


def bare_details(bare: BareRun) -> dict[str, object]:
    """Return what a bare run gave, for the results file."""
    return {**msgspec.to_builtins(bare.latency), "postgres_cpu_ms": bare.postgres_cpu_ms}
