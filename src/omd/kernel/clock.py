"""The one place where time is read."""

from datetime import UTC, date, datetime
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo


@runtime_checkable
class Clock(Protocol):
    """Tells the time; handed down from the entrypoint, so that a test or a replay can hold it still."""

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it is put."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """Return the instant the clock was set to."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Put the clock to another instant."""
        self._instant = instant


def local_date(clock: Clock, time_zone: str) -> date:
    """Return today's date on the wall clock of a hotel in the IANA zone `time_zone`."""
    return clock.now().astimezone(ZoneInfo(time_zone)).date()
