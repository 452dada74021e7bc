"""Credentials that opened something lately: who tries unknown ones must not keep these out."""

from datetime import datetime, timedelta

LATELY = timedelta(hours=1)
MOST_KNOWN = 50_000
_NO_TIME = timedelta(0)


class KnownLately:
    """Remembers the hashes of credentials that opened something within the hour; says nothing of what they open now.

    What they open is forgotten after a second without a request, and asked of the database at the next one. Where a
    flood of unknown credentials has shut the way to the database, that way stays open to these.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, datetime] = {}

    def note(self, key: bytes, now: datetime) -> None:
        """Remember that this one opened something now; the one that did so longest ago leaves first."""
        self._seen.pop(key, None)
        while len(self._seen) >= MOST_KNOWN:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = now

    def has(self, key: bytes, now: datetime) -> bool:
        """Say whether this one opened something lately."""
        seen = self._seen.get(key)
        return seen is not None and _NO_TIME <= now - seen < LATELY
