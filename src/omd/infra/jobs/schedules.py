"""Which local dates are due: work that every place does once a day, at an hour of its own clock.

The day begins at midnight of the place's zone; the work of a date is due at the hour on that date. Where the clock is
put back and the hour comes twice, it is due the first time. Where the clock is put forward and the hour does not come,
it is due at the moment at which the clock is put forward: at once when the hour would have begun.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import structlog

PLATFORM = "UTC"
_log = structlog.get_logger(__name__)


class Place(msgspec.Struct, frozen=True):
    """Who has a day: `name` names it for ever, `hour` is the one of its own clock, 0 to 23."""

    name: str
    zone: str
    hour: int
    payload_on: Callable[[date], msgspec.Struct]
    """What the job of a date needs to know."""


def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its name; of one that this machine does not know, UTC: work at a wrong hour is done, too."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        _log.warning("zone_unknown", zone=name)
        return ZoneInfo(PLATFORM)


def due_at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which the work of a local date is due."""
    # In a gap, fold=0 counts by the offset before it: full hours give the instant of the change or one after it.
    wanted = datetime.combine(day, time(hour), zone)
    instant = wanted.astimezone(UTC)
    shown = instant.astimezone(zone)
    if shown.replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return instant
    return _change_before(instant, zone)


def _change_before(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clock was put forward to where it stands at `instant`, to the second."""
    offset = instant.astimezone(zone).utcoffset()
    low, high = instant - timedelta(days=1), instant
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def due_dates(now: datetime, hour: int, zone: ZoneInfo, *, days_back: int) -> list[date]:
    """Return the last `days_back` local dates whose work is due at an instant, the oldest first."""
    last = now.astimezone(zone).date()
    while due_at(last, hour, zone) > now:
        last -= timedelta(days=1)
    return [last - timedelta(days=back) for back in reversed(range(days_back))]
