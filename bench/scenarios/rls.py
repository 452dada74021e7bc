"""What row security costs each statement: the same statement, role, context and functions, with and without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from bench.home import Home
from bench.model import Row
from bench.pgbench import BareRun, Script
from bench.scenarios import availability, booking, search
from bench.scenarios.availability import bare_details
from bench.session import Bench
from omd.db import load_statements

TARGET_PERCENT = 10.0
ROUNDS = 3

_KEEP = Script(
    "keep_answer.sql",
    (load_statements("omd.infra.http", "idempotency.sql")["keep_answer"],),
    {
        "omd_id": ":omd",
        "actor": "'bench'",
        "key": "('rls-' || :code::text)",
        "request_hash": "sha256('bench')",
        "status": "201",
        "headers": "'{}'",
        "body": "convert_to(repeat('x', 600), 'UTF8')",
    },
)
STATEMENTS = {
    "availability of one hotel": availability.BY_COUNTER,
    "availability counted room by room": availability.BY_ROW,
    "search of a destination": search.BARE,
    "a booking": booking.BARE,
    "an answer kept": _KEEP,
}


def run(bench: Bench) -> list[Row]:
    """Run every statement by one client, in turns under row security and past it."""
    return [_row(bench, name, script) for name, script in STATEMENTS.items()]


def _row(bench: Bench, name: str, script: Script) -> Row:
    under, past = [], []
    for _ in range(ROUNDS):
        under.append(bench.bare(script, clients=1))
        with _passed_by(bench.home):
            past.append(bench.bare(script, clients=1))
    with_rls, without = _p50(under), _p50(past)
    return Row(
        f"row security on {name}: p50 it adds",
        "%",
        round((with_rls / without - 1) * 100, 1),
        TARGET_PERCENT,
        note=f"{with_rls:.3f} by {without:.3f} ms; median of {ROUNDS} turns, one client",
        details={"under": [bare_details(each) for each in under], "past": [bare_details(each) for each in past]},
    )


@contextmanager
def _passed_by(home: Home) -> Iterator[None]:
    """Let the roles pass by row security: that which asks, and that in which functions run for it."""
    home.sql("alter role omd_app bypassrls;\nalter role omd_owner bypassrls;")
    try:
        yield
    finally:
        mend(home)


def mend(home: Home) -> None:
    """Bind the roles by row security again; a run that was killed may have left them free."""
    home.sql("alter role omd_app nobypassrls;\nalter role omd_owner nobypassrls;")


def _p50(runs: list[BareRun]) -> float:
    return median(each.latency.p50_ms for each in runs)
