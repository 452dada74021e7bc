"""Long computing beside the event loop, a few at a time, and no more waiting than are served before they give up."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from omd.kernel.errors import OmdError

Result = TypeVar("Result")


class BesideLoop:
    """Runs work in threads, `at_once` of them; who comes when too many wait is refused by what `busy` makes."""

    def __init__(self, *, at_once: int, busy: Callable[[], OmdError]) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._busy = busy
        self._waiting = 0

    async def run(self, work: Callable[[], Result], *, most_waiting: int) -> Result:
        """Do the work when its turn comes and return what it gives; raise what `busy` makes behind `most_waiting`."""
        if self._waiting >= most_waiting:
            raise self._busy()
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
