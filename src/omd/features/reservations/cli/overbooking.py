"""omd overbooking: set, lift and show the limits of a room type or of the whole hotel, as its staff."""

from datetime import date
from typing import Annotated

import msgspec
import typer

from omd.db import Transaction
from omd.features.availability import (
    HouseNight,
    NightAvailability,
    find_night_availability,
    list_house_nights,
    remove_house_overbooking,
    set_house_overbooking,
    set_overbooking,
)
from omd.features.inventory import list_room_types
from omd.features.reservations.cli.hotel import Place, as_staff
from omd.features.reservations.cli.options import AsJson, EndsOn, StartsOn, find_type, interval
from omd.infra.command_line import command_context, print_table, refusals_as_exit
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

overbooking_app = typer.Typer(no_args_is_help=True, help="Set, lift and show overbooking limits, as the hotel's staff.")
MaybeType = Annotated[
    str | None, typer.Option("--type", help="The room type's code; without it, the limit of all types together.")
]
Rooms = Annotated[
    int, typer.Option(min=-10_000, max=10_000, help="Rooms to sell above those there are; below zero keeps rooms back.")
]


class LimitedNight(msgspec.Struct, frozen=True):
    """A night that has a limit or is forced: of a room type, or of the house where `room_type` is null."""

    date: date
    room_type: str | None
    overbooking: int
    sold: int
    forced: int
    sellable: int


@overbooking_app.command("set")
def set_limit(
    ctx: typer.Context,
    place: Place,
    starts_on: StartsOn,
    ends_on: EndsOn,
    rooms: Rooms,
    room_type: MaybeType = None,
) -> None:
    """Let a room type, or all together, sell more rooms than there are."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> int:
        nights, now = interval(starts_on, ends_on), context.clock.now()
        dates = {"starts_on": nights.arrival, "ends_on": nights.departure}
        if room_type is None:
            return await set_house_overbooking(tx, actor, hotel, **dates, rooms=rooms, now=now)
        type_id = await find_type(tx, actor, hotel, room_type)
        return await set_overbooking(tx, actor, hotel, type_id, **dates, rooms=rooms, now=now)

    with refusals_as_exit():
        count = as_staff(context, place, work)
    typer.echo(f"The limit of {room_type or 'the whole hotel'} is {rooms} on {count} nights.")


@overbooking_app.command()
def lift(ctx: typer.Context, place: Place, starts_on: StartsOn, ends_on: EndsOn, room_type: MaybeType = None) -> None:
    """Lift the limit of a room type, which goes back to 0, or the one of all together, which is then none."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> int:
        nights, now = interval(starts_on, ends_on), context.clock.now()
        dates = {"starts_on": nights.arrival, "ends_on": nights.departure}
        if room_type is None:
            return await remove_house_overbooking(tx, actor, hotel, **dates, now=now)
        type_id = await find_type(tx, actor, hotel, room_type)
        return await set_overbooking(tx, actor, hotel, type_id, **dates, rooms=0, now=now)

    with refusals_as_exit():
        count = as_staff(context, place, work)
    typer.echo(f"The limit of {room_type or 'the whole hotel'} is lifted from {count} nights.")


@overbooking_app.command()
def show(ctx: typer.Context, place: Place, starts_on: StartsOn, ends_on: EndsOn, as_json: AsJson = False) -> None:
    """Show the nights on which a limit stands, or more is sold than the limits allow."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> list[LimitedNight]:
        nights = interval(starts_on, ends_on)
        codes = {each.id: each.code for each in await list_room_types(tx, actor.omd_id, hotel)}
        of_types = await find_night_availability(tx, actor.omd_id, hotel, nights)
        of_house = await list_house_nights(tx, actor.omd_id, hotel, starts_on=nights.arrival, ends_on=nights.departure)
        limited = [_limited(each, codes[each.room_type_id]) for each in of_types if each.overbooking or each.forced]
        return sorted(
            [*limited, *(_limited(each, None) for each in of_house)],
            key=lambda night: (night.date, night.room_type or ""),
        )

    with refusals_as_exit():
        found = as_staff(context, place, work)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    rows = [
        (
            *(str(night.date), night.room_type or "whole hotel"),
            *map(str, (night.overbooking, night.sold, night.forced, night.sellable)),
        )
        for night in found
    ]
    print_table(("Night", "Of", "Limit", "Sold", "Forced", "Sellable"), rows)


def _limited(night: NightAvailability | HouseNight, room_type: str | None) -> LimitedNight:
    return LimitedNight(night.date, room_type, night.overbooking, night.sold, night.forced, night.sellable)
