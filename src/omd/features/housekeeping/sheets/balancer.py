"""Asks the program that finds sheets."""

from omd.features.housekeeping.sheets.balancing.asking import Asked
from omd.features.housekeeping.sheets.balancing.model import Found, Question
from omd.features.housekeeping.sheets.errors import SheetsBusy
from omd.infra.programs import Program

LIMIT_S = 2.0
"""CP-SAT's deterministic seconds for the sheets of a day."""

WALL_S = 10.0
"""Seconds of the clock for the sheets of a day: the best so far count then."""


class Balancer:
    """One at a time is answered; the program lives as long as this process asks it now and then."""

    def __init__(self) -> None:
        self._program = Program("omd.features.housekeeping.sheets.balancing.serving", Found, _busy)

    async def balance(self, question: Question) -> Found:
        """Return the best sheets found in `LIMIT_S`.

        Raises `SheetsBusy` when too many wait, `ProgramError` when the program breaks.
        """
        return await self._program.ask(Asked(question, LIMIT_S, WALL_S), wall_s=WALL_S)

    async def close(self) -> None:
        """Let the program go."""
        await self._program.close()


def _busy() -> SheetsBusy:
    return SheetsBusy("Sheets of this hotel or its neighbours are being made. Try again shortly.", retry_after=5)
