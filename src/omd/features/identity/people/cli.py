"""omd user: make, list and stop the people who sign in."""

from datetime import datetime
from typing import Annotated, get_args

import msgspec
import typer

from omd.db import Database, Transaction
from omd.features.identity.people import commands, queries
from omd.features.identity.people.errors import EmailTaken, UserNotFound
from omd.features.identity.people.events import Kind, record
from omd.features.identity.people.model import (
    LINK_LASTS,
    AccessEvent,
    Email,
    Language,
    Origin,
    PersonLine,
    PersonName,
    normal_email,
)
from omd.features.identity.people.passwords import Passwords, require_good_password
from omd.infra.command_line import command_context, print_table, refusals_as_exit
from omd.kernel.errors import FieldProblem, InvalidInput

user_app = typer.Typer(no_args_is_help=True, help="Make, list and stop the people who sign in.")

CLI = Origin(address="cli")
_TIME = "%Y-%m-%d %H:%M"
_LAST_ID = 2**63 - 1

EmailOption = Annotated[str, typer.Option("--email", help="Their e-mail address.", show_default=False)]


@user_app.command()
def create(
    ctx: typer.Context,
    email: EmailOption,
    name: Annotated[str, typer.Option(help="Their name.", show_default=False)],
    operator: Annotated[bool, typer.Option("--operator", help="They operate the platform.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Ask for their password here and now.")] = False,
    language: Annotated[str, typer.Option(help="The language of their letters: en or ro.")] = "en",
) -> None:
    """Make a user, and print the token by which they choose their password, once and within 7 days."""
    context = command_context(ctx)
    with refusals_as_exit():
        address, called, spoken = checked_person(email, name, language)
        typed = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None

        async def work() -> str | None:
            now = context.clock.now()
            if typed is not None:
                require_good_password(typed, address)
            async with context.maintenance_database() as db:
                token = await create_user(
                    db, email=address, name=called, language=spoken, is_operator=operator, now=now
                )
            if typed is None:
                return token
            new_hash = await Passwords().hash(require_good_password(typed, address))
            async with context.app_database() as db, db.transaction(None) as tx:
                await commands.redeem_invitation(tx, token, name=called, language=spoken, new_hash=new_hash, now=now)
            return None

        token = context.run(work())
    if token is None:
        typer.echo(f"{address} can sign in.")
        return
    typer.echo(token)
    days = LINK_LASTS["invitation"].days
    typer.echo(
        f"With this token {address} chooses a password within {days} days, once: POST /api/v1/invitations/redeem",
        err=True,
    )


@user_app.command("list")
def list_(ctx: typer.Context) -> None:
    """List everybody who can sign in, and who no longer can."""
    context = command_context(ctx)

    async def work() -> list[PersonLine]:
        async with context.maintenance_database() as db, db.reading(None) as tx:
            return await queries.list_people(tx)

    with refusals_as_exit():
        found = context.run(work())
    rows = [
        (
            *(each.email, each.name, "yes" if each.is_operator else "", f"{each.created_at:{_TIME}}"),
            f"{each.disabled_at:{_TIME}}" if each.disabled_at else "",
        )
        for each in found
    ]
    print_table(("e-mail", "name", "operator", "made at (UTC)", "disabled at (UTC)"), rows)


@user_app.command()
def disable(ctx: typer.Context, email: EmailOption) -> None:
    """Let a user in no longer; within a second their sessions are over."""
    _end(ctx, email, is_disabled=True)
    typer.echo(f"{normal_email(email)} is let in no longer.")


@user_app.command()
def enable(ctx: typer.Context, email: EmailOption) -> None:
    """Let a user in again who was disabled; their roles are as before, their old sessions stay over."""
    context = command_context(ctx)

    async def work() -> None:
        address, now = normal_email(email), context.clock.now()
        async with context.maintenance_database() as db, db.transaction(None) as tx:
            user_id = await queries.enable_person(tx, address)
            if user_id is None:
                raise _no_user(address)
            await record(tx, "user_enable", user_id=user_id, origin=CLI, now=now)

    with refusals_as_exit():
        context.run(work())
    typer.echo(f"{normal_email(email)} can sign in.")


@user_app.command("remove-second-factor")
def remove_second_factor(ctx: typer.Context, email: EmailOption) -> None:
    """Remove the second factor of a user who lost app and recovery codes; within a second their sessions are over.

    Make sure who asks: from now on the password alone lets them in.
    """
    context = command_context(ctx)

    async def work() -> None:
        address, now = normal_email(email), context.clock.now()
        async with context.app_database() as db, db.transaction(None) as tx:
            await queries.open_keys(tx, email=address)
            person = await queries.find_person_by_email(tx, address)
            if person is None:
                raise _no_user(address)
            await commands.remove_second_factor(tx, person.id)
            await queries.end_sessions(tx, person.id, now)
            await record(tx, "second_factor_remove", user_id=person.id, origin=CLI, now=now)

    with refusals_as_exit():
        context.run(work())
    typer.echo(f"{normal_email(email)} signs in by password alone.")


@user_app.command()
def activity(ctx: typer.Context, email: EmailOption) -> None:
    """List what happened to a user's ways in, the newest first: sign-ins, failures, changes; at most 100."""
    context = command_context(ctx)

    async def work() -> list[AccessEvent]:
        address = normal_email(email)
        async with context.maintenance_database() as db, db.reading(None) as tx:
            person = await queries.find_person_by_email(tx, address)
            if person is None:
                raise _no_user(address)
            return await queries.list_events(tx, person.id, before=_LAST_ID, most=100)

    with refusals_as_exit():
        found = context.run(work())
    rows = [(f"{each.at:{_TIME}}", each.kind, each.outcome, each.address or "") for each in found]
    print_table(("at (UTC)", "what", "outcome", "from"), rows)


@user_app.command("sign-out")
def sign_out(ctx: typer.Context, email: EmailOption) -> None:
    """End every session of a user within a second; they can sign in again."""
    _end(ctx, email, is_disabled=False)
    typer.echo(f"{normal_email(email)} is signed out everywhere.")


async def create_user(
    db: Database, *, email: str, name: str, language: Language, is_operator: bool, now: datetime
) -> str:
    """Make a user and return the token of their invitation; `db` acts in the role omd_maintenance.

    Raises `EmailTaken` when somebody has this e-mail.
    """

    async def create(tx: Transaction) -> str:
        user_id = await queries.add_user(tx, email=email, name=name, language=language, is_operator=is_operator)
        if user_id is None:
            raise EmailTaken(f"A user with the e-mail {email} is there already. `omd user list` shows everybody.")
        await record(tx, "user_create", user_id=user_id, origin=CLI, now=now)
        return await commands.create_link(tx, purpose="invitation", email=email, now=now)

    return await db.write(None, create)


def _end(ctx: typer.Context, email: str, *, is_disabled: bool) -> None:
    context = command_context(ctx)

    async def work() -> None:
        address, now = normal_email(email), context.clock.now()
        async with context.maintenance_database() as db, db.transaction(None) as tx:
            user_id = await queries.sign_person_out(tx, address, now)
            if user_id is None:
                raise _no_user(address)
            if is_disabled:
                await queries.disable_person(tx, address, now)
            kind: Kind = "user_disable" if is_disabled else "sign_out_everywhere"
            await queries.end_all_sessions(tx, user_id, now)
            await record(tx, kind, user_id=user_id, origin=CLI, now=now)

    with refusals_as_exit():
        context.run(work())


def _no_user(email: str) -> UserNotFound:
    return UserNotFound(f"No user has the e-mail {email}. `omd user list` shows everybody.")


def checked_person(email: str, name: str, language: str) -> tuple[str, str, Language]:
    """Return what was typed in its normal spelling; raise `InvalidInput`, naming every problem."""
    problems = []
    for option, value, kind in (("--email", normal_email(email), Email), ("--name", name, PersonName)):
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            problems.append(FieldProblem(option, "invalid_value", "is not valid"))
    if language not in get_args(Language):
        problems.append(FieldProblem("--language", "invalid_value", "is en or ro"))
    if problems:
        raise InvalidInput("Correct these options; nothing was done.", problems=tuple(problems))
    return normal_email(email), name.strip(), msgspec.convert(language, Language)
