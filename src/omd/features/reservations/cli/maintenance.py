"""omd maintenance: take rooms out of order or out of service and give them back, as the hotel's staff."""

from datetime import date
from typing import Annotated

import msgspec
import typer

from omd.db import Transaction
from omd.features.availability import MaintenanceInterval, list_maintenance
from omd.features.reservations import commands
from omd.features.reservations.cli.hotel import Place, as_staff
from omd.features.reservations.cli.options import (
    AsJson,
    EndsOn,
    MaybeDay,
    Override,
    StartsOn,
    checked,
    day,
    find_room,
    interval,
)
from omd.features.reservations.commands.maintenance import MaintenanceStarted, NewMaintenance
from omd.infra.command_line import command_context, print_table, refusals_as_exit
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

maintenance_app = typer.Typer(
    no_args_is_help=True, help="Take rooms out of order or out of service, as the hotel's staff."
)
_PAGE = 500


@maintenance_app.command()
def start(
    ctx: typer.Context,
    place: Place,
    room: Annotated[str, typer.Option(help="The room's number.")],
    starts_on: StartsOn,
    ends_on: EndsOn,
    reason: Annotated[str, typer.Option(help="What is wrong with it.")],
    kind: Annotated[str, typer.Option(help="out_of_order: not sold; out_of_service: still sold.")] = "out_of_order",
    move_stays: Annotated[bool, typer.Option(help="Move the stays in it; else they are named and it stays.")] = True,
    override_reason: Override = None,
    as_json: AsJson = False,
) -> None:
    """Take a room out for some nights; the stays in it are moved, or named."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> MaintenanceStarted:
        nights = interval(starts_on, ends_on)
        given = {
            "room_id": (await find_room(tx, actor, hotel, room)).id,
            "kind": kind,
            "starts_on": nights.arrival,
            "ends_on": nights.departure,
            "reason": reason,
            "move_stays": move_stays,
            "override_reason": override_reason,
        }
        wanted = checked(NewMaintenance, given)
        return await commands.start_maintenance(tx, actor, hotel, wanted, now=context.clock.now())

    with refusals_as_exit():
        started = as_staff(context, place, work)
    if as_json:
        typer.echo(msgspec.json.encode(started).decode())
        return
    _print([started.interval])
    for stay in started.stays:
        typer.echo(f"{stay.code}  {stay.status}  {stay.arrival} to {stay.departure}: {stay.became}")


@maintenance_app.command()
def end(
    ctx: typer.Context,
    place: Place,
    interval_id: Annotated[int, typer.Argument(metavar="ID", help="The interval's id, as `list` says.")],
) -> None:
    """Give a room back: the nights from the business date on can be sold again."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> None:
        await commands.end_maintenance(tx, actor, hotel, interval_id, now=context.clock.now())

    with refusals_as_exit():
        as_staff(context, place, work)
    typer.echo(f"Maintenance {interval_id} is over.")


@maintenance_app.command("list")
def list_intervals(ctx: typer.Context, place: Place, ends_after: MaybeDay = None, as_json: AsJson = False) -> None:
    """List a hotel's maintenance intervals by id, 500 at most."""

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> list[MaintenanceInterval]:
        after = day(ends_after) or date.min
        return await list_maintenance(tx, actor.omd_id, hotel, ends_after=after, after_id=0, page_size=_PAGE)

    with refusals_as_exit():
        found = as_staff(command_context(ctx), place, work)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    _print(found)


def _print(intervals: list[MaintenanceInterval]) -> None:
    rows = [
        (
            *(str(each.id), each.room_number, each.kind.replace("_", " ")),
            *(str(each.starts_on), str(each.ends_on), each.reason),
        )
        for each in intervals
    ]
    print_table(("Id", "Room", "Kind", "Starts on", "Ends on", "Reason"), rows)
