"""Long computing in parts, so that whoever shares the event loop has a turn in between."""

import asyncio
from collections.abc import Generator
from typing import TypeAlias, TypeVar

Result = TypeVar("Result")
Work: TypeAlias = Generator[int, None, Result]
"""Computing that yields what each part of it took, in a unit of its own, and returns what it came to."""


def at_once(work: Work[Result]) -> Result:
    """Do all of the work and return what it came to."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result


async def in_turns(work: Work[Result], *, most: int) -> Result:
    """Do the work, giving others their turn whenever it took so much; return what it came to."""
    taken = 0
    while True:
        try:
            taken += next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        if taken >= most:
            taken = 0
            await asyncio.sleep(0)
