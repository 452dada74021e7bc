"""Proof, by SQL alone, that the bookings of a run left the destination as it must be."""

from pathlib import Path

from bench.home import Home
from bench.model import Row

_QUESTIONS = Path(__file__).with_name("consistency.sql")


def reservations(home: Home) -> int:
    """Count all reservations."""
    return int(home.sql("select count(*) from reservations"))


def inconsistencies(home: Home) -> dict[str, int]:
    """Recount every night; return what is oversold, double or miscounted, with how many rows are: all of them zero."""
    lines = home.sql(_QUESTIONS.read_text(encoding="utf-8")).splitlines()
    return {what: int(count) for what, count in (line.rsplit("|", 1) for line in lines)}


def consistency_row(home: Home, after: str) -> Row:
    """Return the row that says how many rows are inconsistent after a scenario."""
    found = inconsistencies(home)
    details: dict[str, object] = {**found, "stays": reservations(home)}
    name = f"oversold, double or miscounted room-nights after {after}"
    return Row(name, "rows", float(sum(found.values())), 0.0, details=details)
