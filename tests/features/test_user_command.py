"""omd user, typed as an operator would, and what becomes of it over HTTP."""

from datetime import timedelta

import pytest
import typer

from omd.db import Database
from omd.features.identity import purge_access
from omd.features.identity.people.cli import user_app
from omd.kernel.clock import FixedClock
from support.browsers import OTHER_PASSWORD, PASSWORD, Site
from support.command_line import Terminal
from support.front_desk import problem_of
from support.servers import Servers
from support.worlds import NOW

ANA = "ana@grand.example"


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    return Terminal(servers, database_name, clock)


async def test_the_first_operator_is_made_from_an_empty_table(terminal: Terminal, site: Site) -> None:
    made = await terminal.type(user_app, "create", "--email", "Op@Example.com", "--name", "Olga", "--operator")
    assert made.exit_code == 0, made.output
    body = {"token": made.stdout.strip(), "name": "Olga", "password": PASSWORD}
    assert (await site.browser().ask("POST", "/invitations/redeem", body)).status_code == 204
    browser = await site.signed_in("op@example.com")
    told = (await browser.ask("GET", "/session")).json()
    assert told["user"]["is_operator"] is True
    assert "omds.write" in told["permissions"]["platform"]


async def test_a_password_can_be_typed_at_once(terminal: Terminal, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer, "prompt", lambda *_arguments, **_options: PASSWORD)
    made = await terminal.type(user_app, "create", "--email", ANA, "--name", "Ana", "--password")
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    assert (await site.browser().sign_in(ANA)).status_code == 200


async def test_a_weak_password_makes_nobody(terminal: Terminal, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer, "prompt", lambda *_arguments, **_options: "short")
    made = await terminal.type(user_app, "create", "--email", ANA, "--name", "Ana", "--password")
    assert made.exit_code == 1
    assert await site.owner.fetchval("select count(*) from users") == 0


@pytest.mark.parametrize(
    "options",
    [("--email", "nobody", "--name", "x"), ("--email", ANA, "--name", "  "), ("--email", "a b@c", "--name", "x")],
)
async def test_malformed_people_are_refused(terminal: Terminal, site: Site, options: tuple[str, ...]) -> None:
    made = await terminal.type(user_app, "create", *options)
    assert made.exit_code == 1
    assert "invalid_input" in made.stderr


async def test_an_email_is_one_persons(terminal: Terminal, site: Site, ana: int) -> None:
    made = await terminal.type(user_app, "create", "--email", ANA, "--name", "Another")
    assert made.exit_code == 1
    assert "email_taken" in made.stderr


async def test_everybody_is_listed_without_a_secret(terminal: Terminal, site: Site, ana: int) -> None:
    listed = await terminal.type(user_app, "list")
    assert ANA in listed.stdout
    assert "argon2" not in listed.stdout


@pytest.mark.parametrize(("command", "may_return"), [("disable", False), ("sign-out", True)])
async def test_who_is_stopped_is_out_within_a_second(
    terminal: Terminal, site: Site, ana: int, command: str, *, may_return: bool
) -> None:
    browser = await site.signed_in(ANA)
    site.clock.set(NOW + timedelta(seconds=1))
    ended = await terminal.type(user_app, command, "--email", ANA)
    assert ended.exit_code == 0, ended.output
    site.clock.set(NOW + timedelta(seconds=2))
    assert not await browser.is_signed_in()
    assert ((await site.browser().sign_in(ANA)).status_code == 200) is may_return


async def test_a_stranger_is_not_stopped(terminal: Terminal, site: Site) -> None:
    ended = await terminal.type(user_app, "disable", "--email", "nobody@example.com")
    assert ended.exit_code == 1
    assert "user_not_found" in ended.stderr


async def test_what_is_over_is_purged_and_nothing_else(site: Site, ana: int, maintenance_db: Database) -> None:
    await site.signed_in(ANA)
    await site.browser().ask("POST", "/password-resets", {"email": ANA})
    assert await purge_access(maintenance_db, now=NOW) == 0
    later = NOW + timedelta(days=40)
    assert await purge_access(maintenance_db, now=later) == 3, "a session, an invitation and a reset"
    assert await site.owner.fetchval("select count(*) from access_events") > 0
    assert await purge_access(maintenance_db, now=NOW + timedelta(days=401)) > 0
    assert await site.owner.fetchval("select count(*) from users") == 1
    assert (await site.browser().sign_in(ANA, OTHER_PASSWORD)).status_code == 401


async def test_what_happened_is_changed_by_nobody(site: Site, ana: int, db: Database) -> None:
    rights = await site.owner.fetch(
        "select privilege_type from information_schema.role_table_grants "
        "where grantee = 'omd_app' and table_name = 'access_events'"
    )
    assert {row["privilege_type"] for row in rights} == {"SELECT"}
    columns = await site.owner.fetch(
        "select distinct privilege_type from information_schema.column_privileges "
        "where grantee = 'omd_app' and table_name = 'access_events'"
    )
    assert {row["privilege_type"] for row in columns} == {"SELECT", "INSERT"}
    problem_of(await site.browser().sign_in(ANA, OTHER_PASSWORD), 401, "sign_in_refused")
