"""omd limit: how often the callers of a destination or hotel may ask."""

from typing import Annotated

import typer

from omd.db import Transaction
from omd.features.identity import queries as identity
from omd.features.identity.access import system_actor_within, system_scope
from omd.features.identity.errors import HotelNotFound, OmdNotFound
from omd.features.identity.limits import commands, queries
from omd.features.identity.limits.model import RateLimit, RouteClass
from omd.infra.command_line import command_context, print_table, refusals_as_exit
from omd.infra.limits import Quota
from omd.kernel.ids import BusinessId, OmdId

limit_app = typer.Typer(no_args_is_help=True, help="Say how often the callers of a destination or hotel may ask.")

LABEL = "cli"

OmdCode = Annotated[str, typer.Option("--omd", help="Code of the destination.", show_default=False)]
HotelCode = Annotated[str | None, typer.Option("--hotel", help="Code of one hotel; without it the destination.")]
Class = Annotated[RouteClass, typer.Option("--class", help="Which requests.", show_default=False)]
Each = Annotated[bool, typer.Option("--each", help="What every key or person has, not what all share.")]


@limit_app.command("set")
def set_(
    ctx: typer.Context,
    omd: OmdCode,
    route_class: Class,
    requests: Annotated[int, typer.Option(min=1, help="How many at once.", show_default=False)],
    seconds: Annotated[int, typer.Option(min=1, help="In which time they are given back.")] = 10,
    hotel: HotelCode = None,
    each: Each = False,
) -> None:
    """Set a limit in place of the platform's default; it holds within seconds."""
    context = command_context(ctx)

    async def work() -> None:
        async with context.maintenance_database() as db, db.transaction(None) as tx:
            omd_id, business_id = await _enter(tx, omd, hotel)
            await commands.set_limit(
                tx,
                omd_id=omd_id,
                business_id=business_id,
                route_class=route_class,
                counted="each" if each else "together",
                quota=Quota(requests, seconds),
                now=context.clock.now(),
                set_by=LABEL,
            )

    with refusals_as_exit():
        context.run(work())
    whose = "each key or person of" if each else "all callers of"
    typer.echo(f"{whose} {hotel or omd}: {Quota(requests, seconds)} ({route_class.value})")


@limit_app.command()
def remove(
    ctx: typer.Context,
    omd: OmdCode,
    route_class: Class,
    hotel: HotelCode = None,
    each: Each = False,
) -> None:
    """Take a limit away: the destination's own, or the platform's default, holds again."""
    context = command_context(ctx)

    async def work() -> None:
        async with context.maintenance_database() as db, db.transaction(None) as tx:
            omd_id, business_id = await _enter(tx, omd, hotel)
            await commands.remove_limit(
                tx,
                omd_id=omd_id,
                business_id=business_id,
                route_class=route_class,
                counted="each" if each else "together",
            )

    with refusals_as_exit():
        context.run(work())
    typer.echo(f"The limit of {route_class.value} for {hotel or omd} is gone.")


@limit_app.command("list")
def list_(ctx: typer.Context, omd: OmdCode) -> None:
    """List the limits of a destination and its hotels that differ from the platform's defaults."""
    context = command_context(ctx)

    async def work() -> list[RateLimit]:
        async with context.maintenance_database() as db, db.transaction(None) as tx:
            omd_id, _ = await _enter(tx, omd, None)
            return await queries.list_limits(tx, omd_id)

    with refusals_as_exit():
        found = context.run(work())
    rows = [
        (
            *(each.business_code or "(destination)", each.route_class),
            "all together" if each.counted == "together" else "each key or person",
            *(str(each.quota), f"{each.set_at:%Y-%m-%d %H:%M}", each.set_by),
        )
        for each in found
    ]
    print_table(("hotel", "requests", "who shares it", "limit", "set at (UTC)", "by"), rows)


async def _enter(tx: Transaction, omd_code: str, hotel_code: str | None) -> tuple[OmdId, BusinessId | None]:
    """Act for the destination with this code; return its id and that of the hotel named.

    Raises `OmdNotFound` or `HotelNotFound`, naming the code nobody has.
    """
    omd = await identity.find_omd_by_code(tx, omd_code)
    if omd is None:
        known = ", ".join(each.code for each in await identity.list_omds(tx)) or "none; import an inventory file first"
        raise OmdNotFound(f"There is no destination with the code {omd_code}. Known: {known}.")
    await tx.act_for(system_scope(omd.id, LABEL))
    await tx.act_for(await system_actor_within(tx, omd.id, label=LABEL))
    if hotel_code is None:
        return omd.id, None
    business_id = await identity.find_member_by_code(tx, omd.id, hotel_code)
    if business_id is None:
        raise HotelNotFound(f"{omd_code} has no hotel with the code {hotel_code}; no limit was changed.")
    return omd.id, business_id
