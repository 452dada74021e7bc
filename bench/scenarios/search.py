"""What the 40 hotels of a destination have for seven nights."""

from bench.model import Row
from bench.pgbench import Script
from bench.scenarios.availability import latency_rows
from bench.session import Bench, Measured
from omd.db import load_statements

CONNECTIONS = 16
TARGET_P99_MS = 20.0

_MEMBERS = "array(select generate_series(:first::int, :last::int))"
BARE = Script(
    "search.sql",
    (load_statements("omd.features.availability")["find_type_availability"],),
    {
        "actor_role": "'omd_app'",
        "actor_omd_id": ":omd",
        "actor_scope": "'omd'",
        "actor_business_ids": _MEMBERS,
        "actor_staff_business_ids": "'{}'::int[]",
        "hotel_ids": _MEMBERS,
        "arrival": "(:start::date + :ahead::int)",
        "departure": "(:start::date + :ahead::int + 7)",
        "adults": "2",
        "children": "0",
        "now": "now()",
    },
)


def run(bench: Bench) -> list[Row]:
    """Measure the API and the same statements bare."""
    api = measure(bench)
    bare = bench.bare(BARE, clients=CONNECTIONS)
    return latency_rows(f"search of a destination, {CONNECTIONS} connections", TARGET_P99_MS, api, bare)


def measure(bench: Bench) -> Measured:
    """Search at 16 connections."""
    return bench.closed_loop(bench.traffic("search").search, connections=CONNECTIONS, expected={200})
