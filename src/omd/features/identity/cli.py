"""omd token: make, list and revoke the keys with which programs come in."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from omd.db import Database, Transaction
from omd.features.identity import queries
from omd.features.identity.access import system_actor_within, system_scope
from omd.features.identity.commands import create_token, revoke_token
from omd.features.identity.errors import HotelNotFound, OmdNotFound, TokenNotFound
from omd.features.identity.holder import Holder
from omd.features.identity.machines.model import checked_scopes
from omd.features.identity.model import AccessToken, NewToken, Omd
from omd.infra.command_line import command_context, print_table, refusals_as_exit

token_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys with which programs come in.")

LABEL = "cli"
_TIME = "%Y-%m-%d %H:%M"

OmdCode = Annotated[str, typer.Option("--omd", help="Code of the destination.", show_default=False)]


@token_app.command()
def create(
    ctx: typer.Context,
    omd: OmdCode,
    hotel: Annotated[str | None, typer.Option(help="Code of one hotel; without it the whole destination.")] = None,
    name: Annotated[str, typer.Option(help="What the token is for, to know it again.")] = "made on the command line",
    scope: Annotated[
        list[str] | None, typer.Option(help="An action it may do, such as availability.read; again for more.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=36_500, help="After how many days it is over.")] = None,
) -> None:
    """Make a token and print it, the only time it is shown: only its hash is kept."""
    context = command_context(ctx)
    expires_at = None if days is None else context.clock.now() + timedelta(days=days)

    async def work() -> NewToken:
        async with context.maintenance_database() as db:
            return await make_token_for(
                db, omd_code=omd, hotel_code=hotel, name=name, scopes=scope, expires_at=expires_at
            )

    with refusals_as_exit():
        made = context.run(work())
    typer.echo(made.token)


@token_app.command("list")
def list_(
    ctx: typer.Context,
    omd: Annotated[str | None, typer.Option(help="Only the tokens of this destination.")] = None,
) -> None:
    """List the tokens there are, by their prefixes; revoked ones are marked."""
    context = command_context(ctx)

    async def work() -> list[tuple[Omd, list[AccessToken]]]:
        async with context.maintenance_database() as db, db.transaction(None) as tx:
            return [(each, await _tokens_of(tx, each)) for each in await _chosen(tx, omd)]

    with refusals_as_exit():
        found = context.run(work())
    _print_tokens(found)


@token_app.command()
def revoke(
    ctx: typer.Context,
    prefix: Annotated[str, typer.Argument(help="The eight characters behind omd_, as listed.", show_default=False)],
    omd: Annotated[str | None, typer.Option(help="Only a token of this destination.")] = None,
) -> None:
    """End a token; within a second nobody comes in with it."""
    context = command_context(ctx)

    async def work() -> str:
        async with context.maintenance_database() as db, db.transaction(None) as tx:
            for each in await _chosen(tx, omd):
                tokens = await _tokens_of(tx, each)
                if any(token.prefix == prefix and token.revoked_at is None for token in tokens):
                    await revoke_token(tx, omd_id=each.id, prefix=prefix, now=context.clock.now())
                    return each.code
        raise TokenNotFound(f"No token in force has the prefix {prefix}. `omd token list` shows the ones there are.")

    with refusals_as_exit():
        code = context.run(work())
    typer.echo(f"The token {prefix} of {code} is revoked.")


async def make_token_for(
    db: Database,
    *,
    omd_code: str,
    hotel_code: str | None,
    name: str,
    scopes: list[str] | None = None,
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a token of a hotel, or of a whole destination, named by their codes.

    Raises `OmdNotFound` or `HotelNotFound`, naming the code nobody has, and `InvalidInput` naming unknown scopes.
    """
    async with db.transaction(None) as tx:
        (omd,) = await _chosen(tx, omd_code)
        await tx.act_for(system_scope(omd.id, LABEL))
        await tx.act_for(await system_actor_within(tx, omd.id, label=LABEL))
        business_id = None
        if hotel_code is not None:
            business_id = await queries.find_member_by_code(tx, omd.id, hotel_code)
            if business_id is None:
                raise HotelNotFound(f"{omd_code} has no hotel with the code {hotel_code}; no token was made.")
        given = checked_scopes(Holder(omd.id, business_id), scopes) if scopes else None
        return await create_token(
            tx, omd_id=omd.id, business_id=business_id, name=name, scopes=given, expires_at=expires_at
        )


async def _chosen(tx: Transaction, code: str | None) -> list[Omd]:
    if code is None:
        return await queries.list_omds(tx)
    found = await queries.find_omd_by_code(tx, code)
    if found is None:
        known = ", ".join(omd.code for omd in await queries.list_omds(tx)) or "none; import an inventory file first"
        raise OmdNotFound(f"There is no destination with the code {code}. Known: {known}.")
    return [found]


async def _tokens_of(tx: Transaction, omd: Omd) -> list[AccessToken]:
    await tx.act_for(system_scope(omd.id, LABEL))
    return await queries.list_tokens(tx, omd.id)


def _print_tokens(found: list[tuple[Omd, list[AccessToken]]]) -> None:
    rows = [
        (
            *(token.prefix, omd.code, token.business_code or "all hotels", token.name),
            *(f"{token.created_at:{_TIME}}", f"{token.revoked_at:{_TIME}}" if token.revoked_at else ""),
        )
        for omd, tokens in found
        for token in tokens
    ]
    print_table(("prefix", "destination", "hotel", "name", "made at (UTC)", "revoked at (UTC)"), rows)
