"""Programs of our own that answer questions: a line of JSON in, a line of JSON out, one question after the other.

A library that costs much to import, or that keeps computing while others wait, is kept by a child of its own, which
goes when nobody has asked for a while, and gives way to whoever answers requests.
"""

import asyncio
import os
import select
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from omd.kernel.errors import OmdError

START_ALLOWANCE_S = 30.0
"""Seconds of wall clock that a program may take beyond its work, to start on a busy machine."""

MOST_WAITING = 3
"""Questions that may wait for the one being answered; who comes then is told to come again."""

IDLE_S = 300
NICENESS = 5

_LONGEST_LINE = 256 * 1024 * 1024

Asked = TypeVar("Asked", bound=msgspec.Struct)
Answered = TypeVar("Answered")


class ProgramError(RuntimeError):
    """The program ended without an answer; the message carries what it said."""


class Program(Generic[Answered]):
    """A module that is run beside us, started when first asked and again when it is gone; it answers one at a time."""

    def __init__(self, module: str, answered: type[Answered], busy: Callable[[], OmdError]) -> None:
        self._module = module
        self._decoder = msgspec.json.Decoder(answered)
        self._busy = busy
        self._child: Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def ask(self, asked: msgspec.Struct, *, wall_s: float) -> Answered:
        """Return the answer to a question that takes so many seconds of the clock at most.

        Raises what `busy` says when too many wait, `ProgramError` when the program breaks.
        """
        if self._waiting > MOST_WAITING:
            raise self._busy()
        self._waiting += 1
        try:
            async with self._turn:
                return await self._ask(asked, wall_s)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Let the program go."""
        if self._child is not None and self._child.returncode is None:
            self._child.kill()
            await self._child.wait()

    async def _ask(self, asked: msgspec.Struct, wall_s: float) -> Answered:
        child = await self._started()
        assert child.stdin is not None, "it was started with a pipe"
        assert child.stdout is not None, "it was started with a pipe"
        try:
            async with asyncio.timeout(wall_s + START_ALLOWANCE_S):
                child.stdin.write(msgspec.json.encode(asked) + b"\n")
                await child.stdin.drain()
                line = await child.stdout.readline()
        except BaseException:
            # Whoever asked is gone, or the child is: its answer would be taken for that of the next question.
            await self.close()
            raise
        if not line:
            raise ProgramError(f"The program {self._module} ended with code {await child.wait()}.")
        return self._decoder.decode(line)

    async def _started(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, *("-m", self._module), stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
            )
        return self._child


def answer_questions(asked: type[Asked], answer: Callable[[Asked], object]) -> None:
    """Answer, as the program, until whoever asks goes away, or asks nothing for long."""
    os.nice(NICENESS)
    decoder = msgspec.json.Decoder(asked)
    while select.select([sys.stdin.buffer], [], [], IDLE_S)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        sys.stdout.buffer.write(msgspec.json.encode(answer(decoder.decode(line))) + b"\n")
        sys.stdout.buffer.flush()
