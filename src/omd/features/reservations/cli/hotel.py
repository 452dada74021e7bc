"""Which hotel a command is for: destination and hotel by their codes, the command acting as the hotel's staff."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from omd.db import Transaction
from omd.features.identity import HotelNotFound, OmdNotFound, find_omd_by_code, system_actor
from omd.features.inventory import Business, list_businesses
from omd.infra.command_line import CommandContext
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

Place = Annotated[
    str, typer.Argument(help="The hotel, as DESTINATION/HOTEL: the codes it was imported with.", show_default=False)
]
LABEL = "command line"
Result = TypeVar("Result")
_ALL = 100_000


async def find_hotels(context: CommandContext, omd_code: str) -> tuple[int, list[Business]]:
    """Return a destination's id and its hotels; raise `OmdNotFound`."""
    async with context.maintenance_database() as db:
        async with db.reading(None) as tx:
            omd = await find_omd_by_code(tx, omd_code)
        if omd is None:
            raise OmdNotFound(f"There is no destination {omd_code!r}. `omd token list` shows those there are.")
        system = await system_actor(db, omd.id)
        async with db.reading(system) as tx:
            return omd.id, await list_businesses(tx, omd.id, 0, _ALL)


async def staff_of(context: CommandContext, place: str) -> tuple[Actor, Business]:
    """Return an actor of the hotel named `destination/hotel`, and the hotel; raise `OmdNotFound` or `HotelNotFound`."""
    omd_code, slash, hotel_code = place.partition("/")
    if not slash:
        raise HotelNotFound(f"{place!r} names no hotel. Write destination/hotel, such as valea-alba/pensiunea-bradul.")
    _, hotels = await find_hotels(context, omd_code)
    for hotel in hotels:
        if hotel.code == hotel_code:
            return Actor(hotel.omd_id, "hotel", (hotel.id,), (hotel.id,), LABEL), hotel
    codes = ", ".join(each.code for each in hotels[:10])
    raise HotelNotFound(f"{omd_code} has no hotel {hotel_code!r}. It has {codes or 'none yet'}.")


def as_staff(
    context: CommandContext, place: str, work: Callable[[Transaction, Actor, BusinessId], Awaitable[Result]]
) -> Result:
    """Do the work as the staff of a hotel, in a transaction; raise as `staff_of` and the work do."""

    async def run() -> Result:
        actor, hotel = await staff_of(context, place)
        async with context.app_database() as db:
            return await db.write(actor, lambda tx: work(tx, actor, hotel.id))

    return context.run(run())
