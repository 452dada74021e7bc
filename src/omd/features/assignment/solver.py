"""Asks the program that finds plans."""

from omd.features.assignment.errors import AssignmentBusy
from omd.features.assignment.optimising.asking import Answered, Asked
from omd.features.assignment.optimising.model import Question
from omd.infra.programs import Program


class Solver:
    """One at a time is answered; the program lives as long as this process asks it now and then."""

    def __init__(self) -> None:
        self._program = Program("omd.features.assignment.optimising.serving", Answered, _busy)

    async def solve(self, question: Question, *, limit_s: float, wall_s: float) -> Answered:
        """Return the best plan found within the limits, with its reasons.

        Raises `AssignmentBusy` when too many wait, `ProgramError` when the program breaks.
        """
        return await self._program.ask(Asked(question, limit_s, wall_s), wall_s=wall_s)

    async def close(self) -> None:
        """Let the program go."""
        await self._program.close()


def _busy() -> AssignmentBusy:
    return AssignmentBusy("Other plans of this hotel or its neighbours are being made.", retry_after=10)
