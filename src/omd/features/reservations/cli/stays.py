"""omd stay: book, read, change and end stays, as the hotel's staff."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, get_args
from uuid import UUID

import msgspec
import typer

from omd.db import Transaction
from omd.features.reservations import commands, queries
from omd.features.reservations.cli.hotel import Place, as_staff, staff_of
from omd.features.reservations.cli.options import AsJson, Day, MaybeDay, Override, checked, day, find_room, find_type
from omd.features.reservations.commands.lifecycle import any_version
from omd.features.reservations.model import (
    Action,
    Amendment,
    CheckOutUndo,
    NewReservation,
    Reinstatement,
    Reservation,
    ReservationSummary,
    Status,
)
from omd.infra.command_line import CommandContext, command_context, harmless, print_table, refusals_as_exit
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound
from omd.kernel.ids import BusinessId

stay_app = typer.Typer(no_args_is_help=True, help="Book, read, change and end stays, as the hotel's staff.")
Code = Annotated[str, typer.Argument(help="The stay's code, as its confirmation says.", show_default=False)]
Amount = Annotated[str | None, typer.Option(help="Price of the stay in the hotel's currency.")]
Room = Annotated[str | None, typer.Option(help="The number of the room asked for.")]
LockReason = Annotated[str | None, typer.Option(help="Why the room is locked.")]
Note = Annotated[str | None, typer.Option(help="A note for the staff.")]
HoldUntil = Annotated[
    str | None, typer.Option(help="Hold it until an instant only, such as 2027-03-01T18:00:00+02:00, unless confirmed.")
]
Reference = Annotated[str | None, typer.Option(help="What others call the stay.")]
_STATUSES: tuple[str, ...] = get_args(Status)
Work = Callable[[Transaction, Actor, BusinessId], Awaitable[Reservation]]


@stay_app.command()
def book(
    ctx: typer.Context,
    place: Place,
    room_type: Annotated[str, typer.Option("--type", help="The room type's code.")],
    arrival: Day,
    departure: Day,
    last_name: Annotated[str, typer.Option(help="The primary guest's last name.")],
    first_name: Annotated[str | None, typer.Option(help="The primary guest's first name.")] = None,
    adults: Annotated[int, typer.Option(min=1, max=500)] = 1,
    children: Annotated[int, typer.Option(min=0, max=500)] = 0,
    amount: Amount = None,
    room: Room = None,
    lock_room: Annotated[bool, typer.Option("--lock-room", help="Never move the stay to make room.")] = False,
    lock_reason: LockReason = None,
    note: Note = None,
    external_reference: Reference = None,
    override_reason: Override = None,
    hold_until: HoldUntil = None,
    as_json: AsJson = False,
) -> None:
    """Book a stay; a room is chosen for every night."""

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> Reservation:
        given = {
            "room_type_id": await find_type(tx, actor, hotel, room_type),
            "arrival": arrival.date(),
            "departure": departure.date(),
            "guests": [{"last_name": last_name, "first_name": first_name}],
            "adults": adults,
            "children": children,
            "price": None if amount is None else {"amount": amount},
            "room_id": None if room is None else (await find_room(tx, actor, hotel, room)).id,
            "room_locked": lock_room,
            "room_lock_reason": lock_reason,
            "note": note,
            "external_reference": external_reference,
            "override_reason": override_reason,
            "hold_until": hold_until,
        }
        wanted = checked(NewReservation, given)
        return await commands.book(tx, actor, hotel, wanted, now=command_context(ctx).clock.now())

    _print(_written(command_context(ctx), place, work), as_json=as_json)


@stay_app.command()
def show(ctx: typer.Context, place: Place, code: Code, as_json: AsJson = False) -> None:
    """Show a stay with its nights and the steps it allows now."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> Reservation:
        return await commands.get_reservation(tx, actor, await _find(tx, actor, hotel, code), context.clock.now())

    _print(_written(context, place, work), as_json=as_json)


@stay_app.command("list")
def list_stays(ctx: typer.Context, place: Place, since: MaybeDay = None, until: MaybeDay = None) -> None:
    """List the stays that touch a period, by arrival, 500 at most."""
    context = command_context(ctx)

    async def found() -> list[ReservationSummary]:
        actor, hotel = await staff_of(context, place)
        async with context.app_database() as db, db.reading(actor) as tx:
            return await queries.list_reservations(
                tx,
                actor,
                hotel.id,
                since=since.date() if since else date.min,
                until=until.date() if until else date.max,
                statuses=_STATUSES,
                code=None,
                after=(date.min, UUID(int=0)),
                page_size=500,
            )

    with refusals_as_exit():
        stays = context.run(found())
    rows = [
        (
            *(stay.code, stay.guest_name or "", str(stay.arrival), str(stay.departure), stay.status),
            ", ".join(stay.room_numbers) or "none",
        )
        for stay in stays
    ]
    print_table(("Code", "Guest", "Arrival", "Departure", "Status", "Room"), rows)


@stay_app.command()
def amend(
    ctx: typer.Context,
    place: Place,
    code: Code,
    arrival: MaybeDay = None,
    departure: MaybeDay = None,
    room_type: Annotated[str | None, typer.Option("--type", help="The code of the new room type.")] = None,
    room: Room = None,
    lock_room: Annotated[
        bool | None, typer.Option("--lock-room/--unlock-room", help="Whether the stay is never moved to make room.")
    ] = None,
    lock_reason: LockReason = None,
    adults: Annotated[int | None, typer.Option(min=1, max=500)] = None,
    children: Annotated[int | None, typer.Option(min=0, max=500)] = None,
    amount: Amount = None,
    note: Note = None,
    external_reference: Reference = None,
    override_reason: Override = None,
    as_json: AsJson = False,
) -> None:
    """Change a stay: its dates, type, room, party, price or words; what is left out stays."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> Reservation:
        stay = await _find(tx, actor, hotel, code)
        given = {
            "arrival": day(arrival),
            "departure": day(departure),
            "room_type_id": None if room_type is None else await find_type(tx, actor, hotel, room_type),
            "room_id": None if room is None else (await find_room(tx, actor, hotel, room)).id,
            "room_locked": lock_room,
            "room_lock_reason": lock_reason,
            "adults": adults,
            "children": children,
            "price": None if amount is None else {"amount": amount},
            "note": note,
            "external_reference": external_reference,
            "override_reason": override_reason,
        }
        change = checked(Amendment, given)
        return await commands.amend(tx, actor, stay, change, expected=any_version, now=context.clock.now())

    _print(_written(context, place, work), as_json=as_json)


@stay_app.command()
def cancel(
    ctx: typer.Context,
    place: Place,
    code: Code,
    reason: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a stay that has not begun."""
    _take_step(ctx, place, code, "cancel", reason=reason, as_json=as_json)


@stay_app.command()
def confirm(ctx: typer.Context, place: Place, code: Code, as_json: AsJson = False) -> None:
    """Confirm a stay that is held."""
    _take_step(ctx, place, code, "confirm", as_json=as_json)


@stay_app.command()
def check_in(ctx: typer.Context, place: Place, code: Code, as_json: AsJson = False) -> None:
    """Check a guest in."""
    _take_step(ctx, place, code, "check_in", as_json=as_json)


@stay_app.command()
def undo_check_in(ctx: typer.Context, place: Place, code: Code, as_json: AsJson = False) -> None:
    """Take a mistaken check-in back."""
    _take_step(ctx, place, code, "undo_check_in", as_json=as_json)


@stay_app.command()
def check_out(ctx: typer.Context, place: Place, code: Code, as_json: AsJson = False) -> None:
    """Check a guest out."""
    _take_step(ctx, place, code, "check_out", as_json=as_json)


@stay_app.command()
def undo_check_out(
    ctx: typer.Context,
    place: Place,
    code: Code,
    departure: MaybeDay = None,
    override_reason: Override = None,
    as_json: AsJson = False,
) -> None:
    """Take a check-out back, until the end of its day."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> Reservation:
        stay, now = await _find(tx, actor, hotel, code), context.clock.now()
        wanted = checked(CheckOutUndo, {"departure": day(departure), "override_reason": override_reason})
        return await commands.undo_check_out(tx, actor, stay, wanted, expected=any_version, now=now)

    _print(_written(context, place, work), as_json=as_json)


@stay_app.command()
def reinstate(
    ctx: typer.Context,
    place: Place,
    code: Code,
    room: Room = None,
    override_reason: Override = None,
    as_json: AsJson = False,
) -> None:
    """Confirm a cancelled stay or a no-show again, where there is still room."""
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> Reservation:
        stay, now = await _find(tx, actor, hotel, code), context.clock.now()
        room_id = None if room is None else (await find_room(tx, actor, hotel, room)).id
        wanted = checked(Reinstatement, {"room_id": room_id, "override_reason": override_reason})
        return await commands.reinstate(tx, actor, stay, wanted, expected=any_version, now=now)

    _print(_written(context, place, work), as_json=as_json)


@stay_app.command()
def no_show(ctx: typer.Context, place: Place, code: Code, as_json: AsJson = False) -> None:
    """Record that a guest did not come."""
    _take_step(ctx, place, code, "mark_no_show", as_json=as_json)


def _take_step(
    ctx: typer.Context, place: str, code: str, action: Action, *, reason: str | None = None, as_json: bool
) -> None:
    context = command_context(ctx)

    async def work(tx: Transaction, actor: Actor, hotel: BusinessId) -> Reservation:
        stay, now = await _find(tx, actor, hotel, code), context.clock.now()
        await commands.step(tx, actor, stay, action, now=now, reason=reason)
        return await commands.get_reservation(tx, actor, stay, now)

    _print(_written(context, place, work), as_json=as_json)


async def _find(tx: Transaction, actor: Actor, hotel: BusinessId, code: str) -> UUID:
    found = await queries.list_reservations(
        tx,
        actor,
        hotel,
        since=date.min,
        until=date.max,
        statuses=_STATUSES,
        code=code.upper(),
        after=(date.min, UUID(int=0)),
        page_size=1,
    )
    if not found:
        raise NotFound(f"There is no stay {code} in this hotel.")
    return found[0].id


def _written(context: CommandContext, place: str, work: Work) -> Reservation:
    with refusals_as_exit():
        return as_staff(context, place, work)


def _print(stay: Reservation, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(stay).decode())
        return
    guest = stay.guests[0]
    name = " ".join(part for part in (guest.first_name, guest.last_name) if part)
    typer.echo(f"{stay.code}  {stay.status}  {harmless(name)}  {stay.arrival} to {stay.departure}")
    print_table(("Night", "Room"), [(str(night.date), night.room_number or "no room yet") for night in stay.nights])
    for rule in stay.actions:
        typer.echo(f"{'can' if rule.allowed else 'cannot'} {rule.action}{f': {rule.reason}' if rule.reason else ''}")
