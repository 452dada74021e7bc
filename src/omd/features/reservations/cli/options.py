"""What a command is given: room types by code, rooms by number, fields that the API would check as well."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, TypeVar

import msgspec
import typer

from omd.db import ReadTransaction
from omd.features.inventory import Room, list_room_types, list_rooms
from omd.features.reservations.errors import RoomTypeUnknown, RoomUnknown
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_interval
from omd.kernel.errors import FieldProblem, InvalidInput
from omd.kernel.ids import BusinessId, RoomTypeId

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]
MaybeDay = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
StartsOn = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first night.")]
EndsOn = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first date after the last night.")]
Override = Annotated[str | None, typer.Option(help="Go above every limit, by name and on the record.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

Fields = TypeVar("Fields", bound=msgspec.Struct)
_EVERY_ROOM = 100_000
_OPTIONS = {"price": "amount", "room_id": "room"}
"""Fields that are given by an option of another name."""


async def find_type(tx: ReadTransaction, actor: Actor, hotel: BusinessId, code: str) -> RoomTypeId:
    """Return the id of the room type with this code; raise `RoomTypeUnknown` naming those the hotel has."""
    types = {each.code: each.id for each in await list_room_types(tx, actor.omd_id, hotel)}
    if code not in types:
        raise RoomTypeUnknown(f"There is no room type {code!r}; the hotel has {', '.join(types)}.")
    return types[code]


async def find_room(tx: ReadTransaction, actor: Actor, hotel: BusinessId, number: str) -> Room:
    """Return the room in use with this number; raise `RoomUnknown`."""
    for room in await list_rooms(tx, actor.omd_id, hotel, "", _EVERY_ROOM):
        if room.number == number:
            return room
    raise RoomUnknown(f"There is no room {number!r} in this hotel.")


def interval(starts_on: datetime, ends_on: datetime) -> StayDates:
    """Return the nights that two options name; raise `InvalidInput` for an end that is not after the start."""
    return parse_interval(starts_on.date(), ends_on.date(), at="--ends-on")


def checked(shape: type[Fields], given: Mapping[str, object]) -> Fields:
    """Return what the options ask for, None standing for what was left out; raise `InvalidInput` naming the option."""
    try:
        return msgspec.convert({name: value for name, value in given.items() if value is not None}, shape)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`").split(".")[-1]
        option = "--" + _OPTIONS.get(field, field).replace("_", "-")
        raise InvalidInput(f"{said}.", problems=(FieldProblem(option, "invalid_value", f"{said}."),)) from error


def day(given: datetime | None) -> date | None:
    """Return the date that an option names, None where it was left out."""
    return None if given is None else given.date()
