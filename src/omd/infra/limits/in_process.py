"""The limits of one process: what holds while Redis is away, and what needs no other worker to know."""

import time
from collections.abc import Callable, Sequence

from omd.infra.limits.model import Level, Standing, Verdict

MOST_KEYS = 100_000


def monotonic_microseconds() -> int:
    """Return this machine's time since some moment, which nobody can set back."""
    return time.monotonic_ns() // 1000


class InProcessLimits:
    """The generic cell rate algorithm in memory; `gcra.lua` is the same for all workers together."""

    def __init__(self, now: Callable[[], int] = monotonic_microseconds, *, most_keys: int = MOST_KEYS) -> None:
        self._now = now
        self._most_keys = most_keys
        self._times: dict[str, int] = {}

    def take(self, levels: Sequence[Level]) -> Verdict:
        """Charge one request to every level, or, when one refuses, to none."""
        now = self._now()
        times = [self._time(level, now) for level in levels]
        waits = [_wait(level, time, now) for level, time in zip(levels, times, strict=True)]
        if not any(waits):
            times = [time + level.quota.interval for level, time in zip(levels, times, strict=True)]
            for level, time in zip(levels, times, strict=True):
                self._keep(level.counter, time, now)
        return Verdict(
            tuple(
                Standing(level, _remaining(level, time, now), time - now, wait)
                for level, time, wait in zip(levels, times, waits, strict=True)
            )
        )

    def look(self, level: Level) -> Standing:
        """Return how a level stands; charge nothing."""
        now = self._now()
        time = self._time(level, now)
        return Standing(level, _remaining(level, time, now), time - now, _wait(level, time, now))

    def charge(self, level: Level) -> None:
        """Charge one request to a level, whether or not it has any left; its debt is at most one window."""
        now = self._now()
        self._keep(level.counter, self._time(level, now) + level.quota.interval, now)

    def _time(self, level: Level, now: int) -> int:
        kept = self._times.get(level.counter, now)
        return min(max(kept, now), now + level.quota.interval * level.quota.requests)

    def _keep(self, key: str, time: int, now: int) -> None:
        # The key used last comes last, so that the first ones are those to forget.
        self._times.pop(key, None)
        if len(self._times) >= self._most_keys:
            self._times = {key: time for key, time in self._times.items() if time > now}
            while len(self._times) >= self._most_keys:
                del self._times[next(iter(self._times))]
        self._times[key] = time


def _wait(level: Level, time: int, now: int) -> int:
    return max(0, time + level.quota.interval - now - level.quota.interval * level.quota.requests)


def _remaining(level: Level, time: int, now: int) -> int:
    return (now + level.quota.interval * level.quota.requests - time) // level.quota.interval
