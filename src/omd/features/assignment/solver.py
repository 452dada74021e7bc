"""Asks the program that finds plans: one child, started when first asked and again when it is gone."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

import msgspec

from omd.features.assignment.errors import AssignmentBusy
from omd.features.assignment.optimising.asking import Answered, Asked
from omd.features.assignment.optimising.model import Question

START_ALLOWANCE_S = 30.0
"""Seconds of wall clock the child may take beyond its search, to start on a busy machine."""

MOST_WAITING = 3
"""Questions that may wait for the one being answered; who comes then is told to come again."""

_LONGEST_LINE = 256 * 1024 * 1024
_ANSWER = msgspec.json.Decoder(Answered)


class SolverError(RuntimeError):
    """The child ended without an answer; the message carries what it said."""


class Solver:
    """One at a time is answered; the child lives as long as this process asks it now and then."""

    def __init__(self) -> None:
        self._child: Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def solve(self, question: Question, *, limit_s: float, wall_s: float) -> Answered:
        """Return the best plan found within the limits, with its reasons.

        Raises `AssignmentBusy` when too many wait, `SolverError` when the child breaks.
        """
        if self._waiting > MOST_WAITING:
            raise AssignmentBusy("Other plans of this hotel or its neighbours are being made.", retry_after=10)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._ask(Asked(question, limit_s, wall_s))
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Let the child go."""
        if self._child is not None and self._child.returncode is None:
            self._child.kill()
            await self._child.wait()

    async def _ask(self, asked: Asked) -> Answered:
        child = await self._started()
        assert child.stdin is not None, "it was started with a pipe"
        assert child.stdout is not None, "it was started with a pipe"
        try:
            async with asyncio.timeout(asked.wall_s + START_ALLOWANCE_S):
                child.stdin.write(msgspec.json.encode(asked) + b"\n")
                await child.stdin.drain()
                line = await child.stdout.readline()
        except BaseException:
            # Whoever asked is gone, or the child is: its answer would be taken for that of the next question.
            await self.close()
            raise
        if not line:
            raise SolverError(f"The search for a plan ended with code {await child.wait()}.")
        return _ANSWER.decode(line)

    async def _started(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "omd.features.assignment.optimising.serving"),
                stdin=PIPE,
                stdout=PIPE,
                limit=_LONGEST_LINE,
            )
        return self._child
