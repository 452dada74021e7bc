"""The lists of a desk and its day, as they are served, beside what the database says of them at the same time."""

import uuid
from datetime import date
from typing import get_args

from omd.db import Database
from omd.features.frontdesk.model import ListName
from omd.features.frontdesk.queries import Hotel, Page
from omd.features.frontdesk.reading import read_day, read_list
from omd.kernel.clock import FixedClock
from support.front_desk import Desk
from support.worlds import hotel_actor

FIRST_PAGE = Page(date.min, uuid.UUID(int=0), 100)


class DeskLists:
    """Asks for everything a desk shows of some dates, and compares it with what is read anew."""

    def __init__(self, desk: Desk, database: Database, clock: FixedClock, *dates: date | None) -> None:
        self._desk = desk
        self._database = database
        self._clock = clock
        self._dates = dates
        self.said_again = 0
        self._said: dict[tuple[str, date | None], bytes] = {}

    async def keep_up(self, operation: str) -> None:
        """Compare what is served, remembered or not, with what the database says."""
        hotel, actor = Hotel(self._desk.hotel.omd_id, self._desk.hotel.id), hotel_actor(self._desk.hotel)
        for on in self._dates:
            day = await read_day(self._database, actor, hotel, on, self._clock.now())
            await self._compare(operation, "dashboard", on, day.content)
            for name in get_args(ListName):
                read = await read_list(self._database, actor, hotel, name, on, FIRST_PAGE, self._clock.now())
                await self._compare(operation, name.replace("_", "-"), on, read.content)

    async def _compare(self, operation: str, what: str, on: date | None, fresh: bytes | None) -> None:
        query = "" if on is None else f"?date={on}"
        answer = await self._desk.send("GET", f"/businesses/{self._desk.hotel.id}/{what}{query}")
        assert answer.content == fresh, (operation, what, on)
        self.said_again += answer.content == self._said.get((what, on))
        self._said[what, on] = answer.content
