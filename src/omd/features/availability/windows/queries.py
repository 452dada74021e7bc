"""One typed function per statement of `windows.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

import msgspec

from omd.db import Database, load_statements
from omd.features.availability.windows.model import NIGHTS, Window, WindowType
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId, RoomTypeId

_SQL = load_statements("omd.features.availability.windows", "windows.sql")
_LABEL = "windows"


class ReadType(msgspec.Struct, frozen=True):
    """A room type with its nights, in no order, and its hotel; a hotel without any has one with `room_type_id` null."""

    business_id: BusinessId
    version: int
    life: str
    code: str
    name: str
    starts_on: date
    begins_at: datetime | None
    ends_at: datetime | None
    horizon_nights: int
    house_dates: list[date]
    house_sellable: list[int]
    room_type_id: RoomTypeId | None
    type_code: str
    type_name: str
    quantity: int
    max_adults: int
    max_children: int
    max_occupancy: int
    dates: list[date]
    available: list[int]
    sellable: list[int]


class ReadWindow(msgspec.Struct, frozen=True):
    """A window as it was read, the position it is true at, and in which life of the database."""

    window: Window
    version: int
    life: str


async def read_windows(
    database: Database, omd_id: OmdId, hotel_ids: Sequence[BusinessId], *, now: datetime
) -> list[ReadWindow]:
    """Return the windows of some hotels of an OMD, in one round trip.

    Nobody's request decides what is in them, so nobody's rights do: who may see a hotel is asked before its window is.
    """
    hotels = tuple(hotel_ids)
    actor = Actor(omd_id, "hotel", hotels, (), _LABEL)
    read = await database.ask(actor, _SQL["read_windows"], ReadType, hotel_ids=hotels, now=now, nights=NIGHTS)
    return [_window(omd_id, list(types)) for _, types in groupby(read, key=attrgetter("business_id"))]


def _window(omd_id: OmdId, types: Sequence[ReadType]) -> ReadWindow:
    first = types[0]
    kinds = [_type(each, each.room_type_id) for each in types if each.room_type_id is not None]
    # Up to the first night without counters: a search that goes beyond is the database's.
    nights = min((len(each.available) for each in kinds), default=max(0, min(NIGHTS, first.horizon_nights)))
    window = Window(
        omd_id,
        first.business_id,
        first.code,
        first.name,
        first.starts_on,
        first.begins_at,
        first.ends_at,
        nights,
        _by_night(first.starts_on, first.house_dates, first.house_sellable) if first.house_dates else (),
        tuple(kinds),
    )
    return ReadWindow(window, first.version, first.life)


def _type(read: ReadType, room_type_id: RoomTypeId) -> WindowType:
    return WindowType(
        room_type_id,
        read.type_code,
        read.type_name,
        read.quantity,
        read.max_adults,
        read.max_children,
        read.max_occupancy,
        _until_a_gap(_by_night(read.starts_on, read.dates, read.available)),
        _until_a_gap(_by_night(read.starts_on, read.dates, read.sellable)),
    )


def _by_night(starts_on: date, dates: Sequence[date], counts: Sequence[int]) -> tuple[int | None, ...]:
    """Return the counts of the nights of the window, None on one that has none."""
    first = starts_on.toordinal()
    placed: list[int | None] = [None] * NIGHTS
    for day, count in zip(dates, counts, strict=True):
        at = day.toordinal() - first
        if 0 <= at < NIGHTS:
            placed[at] = count
    return tuple(placed)


def _until_a_gap(counts: Sequence[int | None]) -> tuple[int, ...]:
    found: list[int] = []
    for count in counts:
        if count is None:
            break
        found.append(count)
    return tuple(found)
