"""omd user invite: give somebody a role from the machine itself, where nobody could over the API."""

from typing import Annotated, get_args

import typer

from omd.db import Transaction
from omd.features.identity import queries as identity_queries
from omd.features.identity.access import system_actor_within, system_scope
from omd.features.identity.errors import HotelNotFound, OmdNotFound
from omd.features.identity.holder import Holder
from omd.features.identity.people.cli import CLI, EmailOption, checked_person, user_app
from omd.features.identity.people.events import record
from omd.features.identity.people.model import LINK_LASTS
from omd.features.identity.permissions import HOTEL_ROLES, OMD_ROLES, Role
from omd.features.identity.staff import commands
from omd.features.identity.staff.model import Invitation, NewPerson
from omd.infra.command_line import command_context, refusals_as_exit
from omd.kernel.errors import FieldProblem, InvalidInput

LABEL = "cli"
__all__ = ["user_app"]


@user_app.command()
def invite(
    ctx: typer.Context,
    email: EmailOption,
    name: Annotated[str, typer.Option(help="Their name, unless they are known already.", show_default=False)],
    omd: Annotated[str, typer.Option("--omd", help="Code of the destination.", show_default=False)],
    role: Annotated[str, typer.Option(help=f"One of {', '.join((*OMD_ROLES, *HOTEL_ROLES))}.", show_default=False)],
    hotel: Annotated[str | None, typer.Option(help="Code of one hotel; without it the destination itself.")] = None,
    language: Annotated[str, typer.Option(help="The language of their letters: en or ro.")] = "en",
) -> None:
    """Give somebody a role, and print the token by which they choose their password, once and within 7 days.

    For a destination that was imported and has nobody yet, and for whoever's first invitation went astray.
    """
    context = command_context(ctx)
    with refusals_as_exit():
        address, called, spoken = checked_person(email, name, language)
        given = _checked_role(role, hotel)

        async def work(tx: Transaction) -> Invitation:
            holder = await _holder(tx, omd, hotel)
            actor = await system_actor_within(tx, holder.omd_id, label=LABEL)
            await tx.act_for(actor)
            now = context.clock.now()
            person = NewPerson(address, called, spoken)
            _, invitation = await commands.invite(tx, actor, holder, person, given, now=now)
            await record(tx, "user_invite", user_id=invitation.user_id, omd_id=holder.omd_id, origin=CLI, now=now)
            return invitation

        async def invited() -> Invitation:
            async with context.maintenance_database() as db:
                return await db.write(None, work)

        invitation = context.run(invited())
    typer.echo(invitation.token)
    days = LINK_LASTS["invitation"].days
    typer.echo(
        f"With this token {address} chooses a password within {days} days, once: POST /api/v1/invitations/redeem. "
        "Who has a password already just signs in, and finds the role there.",
        err=True,
    )


async def _holder(tx: Transaction, omd_code: str, hotel_code: str | None) -> Holder:
    omd = await identity_queries.find_omd_by_code(tx, omd_code)
    if omd is None:
        raise OmdNotFound(f"There is no destination with the code {omd_code}. `omd token list` names those with keys.")
    await tx.act_for(system_scope(omd.id, LABEL))
    await tx.act_for(await system_actor_within(tx, omd.id, label=LABEL))
    if hotel_code is None:
        return Holder(omd.id, None)
    business_id = await identity_queries.find_member_by_code(tx, omd.id, hotel_code)
    if business_id is None:
        raise HotelNotFound(f"{omd_code} has no hotel with the code {hotel_code}; nobody was invited.")
    return Holder(omd.id, business_id)


def _checked_role(role: str, hotel: str | None) -> Role:
    known = OMD_ROLES if hotel is None else HOTEL_ROLES
    if role not in known or role not in get_args(Role):
        where = "a destination; name a --hotel for a role in one" if hotel is None else "a hotel"
        said = f"is one of {', '.join(known)} in {where}"
        raise InvalidInput(
            "Correct this option; nothing was done.", problems=(FieldProblem("--role", "invalid_value", said),)
        )
    return next(each for each in known if each == role)
