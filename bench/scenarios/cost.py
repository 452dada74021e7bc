"""What events and audit cost the booking maximum: the same load with one of them after the other left out."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from bench.home import Home
from bench.model import Row
from bench.scenarios.booking import BOOKED, REFUSED, booked_per_second
from bench.session import Bench, BenchOn, Measured

CONNECTIONS = 16
ROUNDS = 3
AUDITED = ("reservations", "reservation_guests", "reservation_nights")
TARGET_PER_MINUTE = 12_000.0


def run(home: Home, bench_on: BenchOn) -> list[Row]:
    """Measure bookings with everything on, and without audit, the worker and its relay, the events themselves.

    In turns, so that a machine that gets slower meanwhile is no one's cost. The figures of a step are medians.
    """
    found: dict[str, list[Measured]] = {}
    for number in range(ROUNDS):
        with home.serving() as api:
            _measure(bench_on(api), found, "everything", number)
            with _without_audit(home):
                _measure(bench_on(api), found, "no audit", number)
        with home.serving(program="bench.lone_server") as api:
            _measure(bench_on(api), found, "no worker", number)
            with _without_events(home):
                _measure(bench_on(api), found, "no worker, no events", number)
                with _without_audit(home):
                    _measure(bench_on(api), found, "no worker, no events, no audit", number)
    return _rows(found)


def _measure(bench: Bench, found: dict[str, list[Measured]], name: str, number: int) -> None:
    traffic = bench.traffic(f"cost {name} {number}")
    measured = bench.closed_loop(traffic.booking_with_key, connections=CONNECTIONS, expected={BOOKED, REFUSED})
    found.setdefault(name, []).append(measured)


def _rows(found: dict[str, list[Measured]]) -> list[Row]:
    rates = {name: median(booked_per_second(each) for each in runs) for name, runs in found.items()}
    rows = []
    for name, runs in found.items():
        api = median(each.cpu.api_ms for each in runs)
        postgres = median(each.cpu.postgres_ms for each in runs)
        rows.append(
            Row(
                f"bookings a minute, {name}",
                "/min",
                round(rates[name] * 60),
                TARGET_PER_MINUTE if name == "everything" else None,
                "higher",
                note=f"{rates['everything'] / rates[name]:.2f} of it with everything; processor time a booking: "
                f"API {api:.2f}, PostgreSQL {postgres:.2f} ms",
                details={str(at): booked_per_second(each) for at, each in enumerate(runs)},
            )
        )
    return rows


@contextmanager
def _without_audit(home: Home) -> Iterator[None]:
    """Leave the audit of stays out. Only in the bench: nothing of the product can do so."""
    with ExitStack() as mended:
        for table in AUDITED:
            for (trigger,) in _audit_triggers(home, table):
                mended.callback(home.sql, f"alter table {table} enable trigger {trigger}")
                home.sql(f"alter table {table} disable trigger {trigger}")
        yield


def _audit_triggers(home: Home, table: str) -> list[tuple[str]]:
    listed = home.sql(
        f"""
        select quote_ident(tgname) from pg_trigger
        where tgrelid = '{table}'::regclass and not tgisinternal and tgname like '\\_900\\_audit%'
        """  # noqa: S608 - a name of ours
    )
    return [(name,) for name in listed.splitlines()]


@contextmanager
def _without_events(home: Home) -> Iterator[None]:
    """Let what is written into the table of events be dropped at its door."""
    home.sql(
        """
        create or replace function bench_no_event() returns trigger language plpgsql as 'begin return null; end';
        create or replace trigger bench_no_event before insert on events for each row execute function bench_no_event()
        """
    )
    try:
        yield
    finally:
        home.sql("drop trigger bench_no_event on events; drop function bench_no_event()")
