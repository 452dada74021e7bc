"""What a process remembers of desks is bounded, and who asks at once is answered by one reading."""

import asyncio
from datetime import UTC, datetime

import pytest

from omd.features.frontdesk import remembered
from omd.features.frontdesk.queries import Hotel, Known
from omd.features.frontdesk.reading import Reading
from omd.features.frontdesk.remembered import Asked, DeskMemory
from omd.kernel.errors import DatabaseUnavailable
from omd.kernel.ids import BusinessId, OmdId

NOW = datetime(2027, 3, 1, tzinfo=UTC)


def asked(hotel: int) -> Asked:
    return Asked(Hotel(OmdId(1), BusinessId(hotel)), "day", None, None, None)


class Source:
    """Counts how often it had to say all, and how often that nothing happened."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.whole = self.same = 0

    async def read(self, known: Known | None) -> Reading:
        if known is None:
            self.whole += 1
            return Reading(Known(self.whole, "one"), b"x" * self._size)
        self.same += 1
        return Reading(Known(known.position + 1, "one"))


async def test_the_one_nobody_asked_for_longest_is_forgotten_first() -> None:
    memory, source = DeskMemory(most_bytes=5_000), Source(1_000)
    for hotel in (1, 2, 1, 3):
        await memory.answer(asked(hotel), NOW, source.read)
    assert (source.whole, source.same, len(memory)) == (3, 1, 2)
    assert memory.bytes <= 5_000
    await memory.answer(asked(1), NOW, source.read)
    assert (source.whole, source.same) == (3, 2)
    await memory.answer(asked(2), NOW, source.read)
    assert (source.whole, source.same) == (4, 2)


async def test_what_is_larger_than_the_memory_is_not_kept() -> None:
    memory, source = DeskMemory(most_bytes=5_000), Source(6_000)
    for _ in range(2):
        assert len((await memory.answer(asked(1), NOW, source.read)).packed.body) == 6_000
    assert (source.whole, len(memory), memory.bytes) == (2, 0, 0)


async def test_nothing_is_believed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, source = DeskMemory(), Source(10)
    await memory.answer(asked(1), NOW, source.read)
    monkeypatch.setattr(remembered, "MOST_SECONDS", -1.0)
    await memory.answer(asked(1), NOW, source.read)
    assert (source.whole, len(memory)) == (2, 1)


async def test_who_asks_at_once_is_answered_by_one_reading_that_begins_after() -> None:
    memory, readings, has_begun, may_end = DeskMemory(), 0, asyncio.Event(), asyncio.Event()

    async def read(known: Known | None) -> Reading:
        nonlocal readings
        readings += 1
        number = readings
        has_begun.set()
        await may_end.wait()
        return Reading(Known(number, "one"), b"%d" % number)

    async def ask() -> bytes:
        return (await memory.answer(asked(1), NOW, read)).packed.body

    early = [asyncio.create_task(ask()) for _ in range(3)]
    await has_begun.wait()
    late = [asyncio.create_task(ask()) for _ in range(3)]
    await asyncio.sleep(0)
    late[0].cancel()
    may_end.set()
    assert [await each for each in early] == [b"1"] * 3
    assert [await each for each in late[1:]] == [b"2"] * 2
    assert readings == 2


async def test_a_reading_that_fails_fails_those_alone_who_waited_for_it() -> None:
    memory, source = DeskMemory(), Source(10)

    async def fail(known: Known | None) -> Reading:
        raise DatabaseUnavailable("The database is away.")

    failed = await asyncio.gather(*(memory.answer(asked(1), NOW, fail) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in failed] == [DatabaseUnavailable] * 2
    await memory.answer(asked(1), NOW, source.read)
    assert source.whole == 1
