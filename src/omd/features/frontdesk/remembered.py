"""What a desk was answered, remembered for as long as nothing happened in its hotel.

A desk asks for the same lists all day, and must see its own last step in them. So nothing is answered from memory
alone: the database is asked each time whether anything happened since, and only if so for the list itself, both in one
round trip. Whatever is told here changes by an event, at midnight, or when a hold is over.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Literal

import msgspec

from omd.db import Database
from omd.features.frontdesk.model import ListName
from omd.features.frontdesk.queries import Hotel, Known, Page
from omd.features.frontdesk.reading import Reading, read_day, read_list
from omd.infra.http import Coding, Packed, pack
from omd.kernel.actor import Actor

MOST_BYTES = 16 * 1024 * 1024
"""Memory of a process for answers, packed as they are sent: a list of 100 stays takes some 10 kB."""

MOST_SECONDS = 60.0
"""How old an answer may become though nothing happened: whoever mends rows by hand leaves no event."""

_KEY_BYTES = 800


class Asked(msgspec.Struct, frozen=True):
    """What was asked for: a page of a list, or the day, of a date or of the business date, in a coding."""

    hotel: Hotel
    what: ListName | Literal["day"]
    on: date | None
    page: Page | None
    coding: Coding | None


class Kept(msgspec.Struct):
    """An answer that was given, what it was true at, and until when it may be believed."""

    known: Known
    until: datetime | None
    kept_at: float
    packed: Packed
    cursor: str | None

    @property
    def bytes_held(self) -> int:
        """How many bytes of memory it takes, about."""
        return len(self.packed.body) + _KEY_BYTES


class DeskMemory:
    """The answers of a process, up to so many bytes: what nobody asked for longest goes first."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: dict[Asked, Kept] = {}
        self._under_way: dict[Asked, asyncio.Task[Kept]] = {}
        self._coming: dict[Asked, asyncio.Task[Kept]] = {}
        self.bytes = 0

    def __len__(self) -> int:
        """How many answers there are."""
        return len(self._kept)

    async def answer(self, asked: Asked, now: datetime, read: Callable[[Known | None], Awaitable[Reading]]) -> Kept:
        """Return the answer to what is asked: the one that was given, where `read` says that it is still true.

        When a hotel changes, all its screens ask at once. One reading answers whoever asked before it began, and no
        other: theirs is the next, so that everybody sees what they did before they asked.
        """
        coming = self._coming.get(asked)
        if coming is None:
            coming = asyncio.create_task(self._in_turn(asked, now, read))
            self._coming[asked] = coming
        # Whoever hangs up leaves the others what they wait for.
        return await asyncio.shield(coming)

    async def _in_turn(self, asked: Asked, now: datetime, read: Callable[[Known | None], Awaitable[Reading]]) -> Kept:
        while (under_way := self._under_way.get(asked)) is not None:
            await asyncio.wait((under_way,))
        self._under_way[asked] = self._coming.pop(asked)
        try:
            return await self._read(asked, now, read)
        finally:
            del self._under_way[asked]

    async def _read(self, asked: Asked, now: datetime, read: Callable[[Known | None], Awaitable[Reading]]) -> Kept:
        kept = self._believed(asked, now)
        reading = await read(None if kept is None else kept.known)
        if kept is not None and reading.content is None:
            kept.known = reading.known
            return kept
        assert reading.content is not None, "nothing was known"
        packed = await pack(reading.content, asked.coding)
        made = Kept(reading.known, reading.until, time.monotonic(), packed, reading.cursor)
        self._keep(asked, made)
        return made

    def _believed(self, asked: Asked, now: datetime) -> Kept | None:
        kept = self._kept.pop(asked, None)
        if kept is None:
            return None
        if (kept.until is not None and kept.until <= now) or time.monotonic() - kept.kept_at > MOST_SECONDS:
            self.bytes -= kept.bytes_held
            return None
        # Back as the last: what is asked for stays.
        self._kept[asked] = kept
        return kept

    def _keep(self, asked: Asked, made: Kept) -> None:
        self._forget(asked)
        if made.bytes_held > self._most_bytes:
            return
        while self.bytes + made.bytes_held > self._most_bytes:
            self._forget(next(iter(self._kept)))
        self._kept[asked] = made
        self.bytes += made.bytes_held

    def _forget(self, asked: Asked) -> None:
        kept = self._kept.pop(asked, None)
        if kept is not None:
            self.bytes -= kept.bytes_held


class AtDesk(msgspec.Struct, frozen=True):
    """Who looks at a desk, when, and by what."""

    memory: DeskMemory
    database: Database
    actor: Actor
    now: datetime

    async def list(self, hotel: Hotel, name: ListName, on: date | None, page: Page, coding: Coding | None) -> Kept:
        """Return a page of a list of a date, of the business date unless one is named. Raises `NotFound`."""

        async def read(known: Known | None) -> Reading:
            return await read_list(self.database, self.actor, hotel, name, on, page, self.now, known)

        return await self.memory.answer(Asked(hotel, name, on, page, coding), self.now, read)

    async def day(self, hotel: Hotel, on: date | None) -> Kept:
        """Return a day of a hotel in figures, the business date unless another is named. Raises `NotFound`."""

        async def read(known: Known | None) -> Reading:
            return await read_day(self.database, self.actor, hotel, on, self.now, known)

        return await self.memory.answer(Asked(hotel, "day", on, None, None), self.now, read)
