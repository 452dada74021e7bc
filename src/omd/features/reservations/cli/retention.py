"""omd retention: how long a hotel, or a destination for all its hotels, keeps what."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from omd.db import Transaction
from omd.features.audit import DEFAULT_DAYS, Kept, RuleInForce, drop_rule, list_rules, set_rule
from omd.features.identity import HotelNotFound, system_actor
from omd.features.reservations.cli.hotel import LABEL, find_hotels
from omd.infra.command_line import CommandContext, command_context, refusals_as_exit
from omd.kernel.ids import BusinessId, OmdId

retention_app = typer.Typer(no_args_is_help=True, help="How long guests' data and the audit are kept.")
Place = Annotated[str, typer.Argument(help="DESTINATION for all its hotels, or DESTINATION/HOTEL.", show_default=False)]
What = Annotated[Kept, typer.Argument(help="What is kept.", show_default=False)]


@retention_app.command("list")
def list_(ctx: typer.Context, place: Place) -> None:
    """List the rules of a destination and its hotels beside the defaults."""
    context = command_context(ctx)

    async def work() -> list[RuleInForce]:
        omd_id, _ = await _placed(context, place)
        async with context.maintenance_database() as db:
            actor = await system_actor(db, omd_id, label=LABEL)
            async with db.reading(actor) as tx:
                return await list_rules(tx, omd_id)

    with refusals_as_exit():
        rules = context.run(work())
    table = Table("what", "where", "days", "set by")
    for what, days in DEFAULT_DAYS.items():
        table.add_row(what, "everywhere else", str(days), "default")
    for rule in rules:
        table.add_row(rule.what, rule.business_code or "the destination", str(rule.keep_days), rule.set_by)
    Console().print(table)


@retention_app.command("set")
def set_(
    ctx: typer.Context,
    place: Place,
    what: What,
    days: Annotated[int, typer.Argument(min=0, max=36_500, help="Days; of guests from the departure on.")],
) -> None:
    """Keep something so many days; the next `omd upkeep` takes away what is older."""
    _change(ctx, place, what, days)
    typer.echo(f"{place}: {what} is kept {days} days from the next upkeep on.")


@retention_app.command()
def unset(ctx: typer.Context, place: Place, what: What) -> None:
    """Take a rule away again: the destination's holds, or the default."""
    _change(ctx, place, what, None)
    typer.echo(f"{place}: {what} has no rule of its own any more.")


def _change(ctx: typer.Context, place: str, what: Kept, days: int | None) -> None:
    context = command_context(ctx)

    async def work() -> None:
        omd_id, hotel = await _placed(context, place)
        async with context.maintenance_database() as db:
            actor = await system_actor(db, omd_id, label=LABEL)

            async def change(tx: Transaction) -> None:
                if days is None:
                    await drop_rule(tx, omd_id, hotel, what)
                else:
                    await set_rule(tx, actor, hotel, what, days, now=context.clock.now())

            await db.write(actor, change)

    with refusals_as_exit():
        context.run(work())


async def _placed(context: CommandContext, place: str) -> tuple[OmdId, BusinessId | None]:
    omd_code, _, hotel_code = place.partition("/")
    omd_id, hotels = await find_hotels(context, omd_code)
    if not hotel_code:
        return OmdId(omd_id), None
    for hotel in hotels:
        if hotel.code == hotel_code:
            return OmdId(omd_id), BusinessId(hotel.id)
    raise HotelNotFound(f"{omd_code} has no hotel {hotel_code!r}.")
