"""One typed function per statement of `windows.sql`."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from omd.db import Database, load_statements
from omd.features.availability.windows.model import NIGHTS, Window, WindowType
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.availability.windows", "windows.sql")
_LABEL = "windows"
_types = msgspec.json.Decoder(tuple[WindowType, ...])


class ReadWindow(msgspec.Struct, frozen=True):
    """A window as the database gives it: room types as JSON, the house-wide limit on the nights that have one."""

    business_id: BusinessId
    version: int
    life: str
    code: str
    name: str
    starts_on: date
    begins_at: datetime | None
    ends_at: datetime | None
    nights: int
    house_at: list[int]
    house_sellable: list[int]
    room_types: str

    def window(self, omd_id: OmdId) -> Window:
        """Return the window."""
        left = dict(zip(self.house_at, self.house_sellable, strict=True))
        return Window(
            omd_id,
            self.business_id,
            self.code,
            self.name,
            self.starts_on,
            self.begins_at,
            self.ends_at,
            self.nights,
            tuple(left.get(at) for at in range(NIGHTS)) if left else (),
            _types.decode(self.room_types),
        )


async def read_windows(
    database: Database, omd_id: OmdId, hotel_ids: Sequence[BusinessId], *, now: datetime
) -> list[ReadWindow]:
    """Return the windows of some hotels of an OMD, in one round trip.

    Nobody's request decides what is in them, so nobody's rights do: who may see a hotel is asked before its window is.
    """
    hotels = tuple(hotel_ids)
    actor = Actor(omd_id, "hotel", hotels, (), _LABEL)
    return await database.ask(actor, _SQL["read_windows"], ReadWindow, hotel_ids=hotels, now=now, nights=NIGHTS)
