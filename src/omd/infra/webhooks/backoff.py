"""When something that failed is tried again, and when no more."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

FIRST = timedelta(seconds=5)
LONGEST = timedelta(hours=4)
TIMES = 3
GIVES_UP_AFTER = timedelta(days=3)
RESTS_AT_MOST = timedelta(hours=1)
_FINENESS = 1 << 32
_SECONDS = re.compile(r"[0-9]{1,9}")


class Backoff(msgspec.Struct, frozen=True):
    """Waits three times as long after every failure, from 5 seconds to 4 hours, a fifth more or less by chance.

    By chance, because what failed together would come back together, again and again.
    """

    first: timedelta = FIRST
    longest: timedelta = LONGEST

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures in a row."""
        waited = self.first
        for _ in range(failures - 1):
            waited = min(waited * TIMES, self.longest)
        return waited * (0.8 + 0.4 * secrets.randbelow(_FINENESS) / _FINENESS)

    def next_attempt(self, failures: int, *, since: datetime, now: datetime) -> datetime | None:
        """Return when to try again what is tried since an instant, None to give it up."""
        return None if now - since >= GIVES_UP_AFTER else now + self.wait(failures)

    def rests_until(self, unanswered: int, *, now: datetime) -> datetime:
        """Return until when a target is left alone that gave no answer so many times in a row."""
        return now + min(self.wait(unanswered), RESTS_AT_MOST)


def asked_until(retry_after: str | None, *, now: datetime) -> datetime | None:
    """Return until when a target asks to be left alone, an hour at most; None where it does not, or not readably.

    By RFC 9110, 10.2.3: seconds, or a date.
    """
    if retry_after is None:
        return None
    said = retry_after.strip()
    if _SECONDS.fullmatch(said):
        until = now + timedelta(seconds=int(said))
    else:
        try:
            until = parsedate_to_datetime(said)
        except (ValueError, OverflowError):
            return None
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(until, now + RESTS_AT_MOST) if until > now else None
