"""Where documents are made: beside the event loop, one at a time in a process."""

from collections.abc import Callable

from omd.infra.beside_loop import BesideLoop
from omd.kernel.errors import OmdError

MOST_WAITING = 20
"""Documents waited for; a long one takes a second, so whoever came after them would give up."""

_BUSY_SECONDS = 5


class PressBusy(OmdError):
    """More documents are waited for than can be made soon."""

    code = "press_busy"
    status = 503
    title = "Too many documents are being made"


class Press:
    """Makes the documents of one process."""

    def __init__(self) -> None:
        self._beside = BesideLoop(at_once=1, busy=_busy)

    async def print(self, make: Callable[[], bytes]) -> bytes:
        """Return the document that is made; raise `PressBusy` when too many wait for theirs."""
        return await self._beside.run(make, most_waiting=MOST_WAITING)


def _busy() -> PressBusy:
    return PressBusy("Too many documents are being made just now. Try again shortly.", retry_after=_BUSY_SECONDS)
