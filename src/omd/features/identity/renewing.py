"""What is remembered of credentials in use is asked again, all of them at once, for everybody who waits for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from omd.kernel.errors import DatabaseUnavailable, OmdError

EVERY_SECONDS = 0.5
"""So often what is remembered is asked again, whether or not somebody comes in; see `DatabaseContact.covers`."""

PATIENCE_SECONDS = 1.0
"""How long whoever can do without the database waits for it."""

KEPT_FOR = timedelta(minutes=5)
IN_USE = timedelta(seconds=2)
MOST_RESTING = 500
"""Credentials that are asked again though nobody shows them just now; the others wait until they are shown."""

_NO_TIME = timedelta(0)
_LEAST_SECONDS = 0.1


class Used(Protocol):
    """Something remembered that knows when it came in last."""

    used_at: datetime


Remembered = TypeVar("Remembered", bound=Used)


def worth_renewing(remembered: Mapping[bytes, Remembered], now: datetime) -> dict[bytes, Remembered]:
    """Return what is in use, and the newest of what was within five minutes."""
    in_use: dict[bytes, Remembered] = {}
    resting: list[tuple[bytes, Remembered]] = []
    for key, known in remembered.items():
        rests = now - known.used_at
        if _NO_TIME <= rests < IN_USE:
            in_use[key] = known
        elif _NO_TIME <= rests < KEPT_FOR:
            resting.append((key, known))
    resting.sort(key=lambda each: each[1].used_at, reverse=True)
    return in_use | dict(resting[:MOST_RESTING])


class Renewal:
    """One renewal at a time: who comes while one is under way waits for that one."""

    def __init__(self, renew: Callable[[], Awaitable[None]]) -> None:
        self._renew = renew
        self._under_way: asyncio.Task[None] | None = None

    async def wait(self, patience: float | None = None) -> None:
        """Renew, or wait for what is under way; raise `DatabaseUnavailable`, also when the patience is over.

        Without `patience` as long as it takes. Whoever leaves early breaks off nothing for the others.
        """
        task = self._under_way
        if task is None or task.done():
            task = self._under_way = asyncio.create_task(self._run())
            task.add_done_callback(_look_at)
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            raise DatabaseUnavailable("The database does not answer just now. Try again shortly.", retry_after=2)
        task.result()

    async def keep(self, is_needed: Callable[[], bool]) -> None:
        """Renew twice a second while something is remembered, until cancelled; wait for a database that is away."""
        try:
            while True:
                began = time.monotonic()
                if is_needed():
                    with suppress(OmdError):
                        await self.wait()
                # What took long is asked again the sooner; a database that refuses at once is not asked in a circle.
                await asyncio.sleep(max(_LEAST_SECONDS, EVERY_SECONDS - (time.monotonic() - began)))
        finally:
            if self._under_way is not None:
                self._under_way.cancel()
                await asyncio.wait({self._under_way})

    async def _run(self) -> None:
        await self._renew()


def _look_at(task: asyncio.Task[None]) -> None:
    """Take notice of how it ended: whoever waited for it may have left."""
    if not task.cancelled():
        task.exception()
