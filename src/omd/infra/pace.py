"""How soon to look again for what may have come: at once while much comes, seldom while nothing does."""

import time
from collections.abc import Callable

QUIET_SECONDS = 2.0
"""So long nothing may have come before it is looked for more seldom."""


class Pace:
    """Waits `busy_seconds` between looks while something comes now and then, else `idle_seconds`."""

    def __init__(
        self,
        busy_seconds: float,
        idle_seconds: float,
        *,
        quiet_seconds: float = QUIET_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._busy_seconds = busy_seconds
        self._idle_seconds = max(busy_seconds, idle_seconds)
        self._quiet_seconds = quiet_seconds
        self._now = now
        self._came_at = now()

    def after(self, *, came: bool) -> float:
        """Return how long to wait, in seconds, after a look that found something, or nothing."""
        now = self._now()
        if came:
            self._came_at = now
        return self._idle_seconds if now - self._came_at > self._quiet_seconds else self._busy_seconds
