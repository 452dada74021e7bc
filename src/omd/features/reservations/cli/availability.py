"""omd availability: what a hotel, or a whole destination, has for a stay."""

from datetime import datetime
from typing import Annotated

import msgspec
import typer

from omd.features.availability import (
    TypeAvailability,
    arrival_in_the_past,
    beyond_horizon,
    find_horizon,
    find_type_availability,
    within,
)
from omd.features.inventory import Business
from omd.features.reservations.cli.hotel import LABEL, find_hotels, staff_of
from omd.infra.command_line import CommandContext, command_context, print_table, refusals_as_exit
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_stay
from omd.kernel.ids import OmdId

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


def availability(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(help="DESTINATION/HOTEL, or DESTINATION for all its hotels.")],
    arrival: Day,
    departure: Day,
    adults: Annotated[int, typer.Option(min=1, max=500)] = 1,
    children: Annotated[int, typer.Option(min=0, max=500)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Say what is free on every night of a stay, by room type."""
    context = command_context(ctx)
    with refusals_as_exit():
        stay = parse_stay(arrival.date(), departure.date(), prefix="--")
        hotels, found = context.run(_find(context, place, stay, adults, children))
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    names = {hotel.id: hotel.name for hotel in hotels}
    rows = [
        (
            *(names[each.business_id], each.code, each.name),
            *map(str, (each.quantity, each.available, each.sellable)),
        )
        for each in found
    ]
    print_table(("Hotel", "Code", "Room type", "Rooms", "Free", "Sellable"), rows)


async def _find(
    context: CommandContext, place: str, stay: StayDates, adults: int, children: int
) -> tuple[list[Business], list[TypeAvailability]]:
    if "/" in place:
        actor, hotel = await staff_of(context, place)
        hotels = [hotel]
    else:
        omd_id, hotels = await find_hotels(context, place)
        actor = Actor(OmdId(omd_id), "omd", tuple(hotel.id for hotel in hotels), (), LABEL)
    async with context.app_database() as db, db.reading(actor) as tx:
        horizon = await find_horizon(tx, actor.omd_id)
        if not within(stay, horizon):
            raise beyond_horizon(stay, horizon, prefix="--")
    async with context.app_database() as db:
        found = await find_type_availability(
            db, actor, actor.business_ids, stay, adults=adults, children=children, now=context.clock.now()
        )
    if "/" in place and found and stay.arrival < found[0].business_date:
        raise arrival_in_the_past(stay.arrival, found[0].business_date, prefix="--")
    return hotels, found
