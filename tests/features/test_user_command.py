"""omd user, typed as an operator would, and what becomes of it over HTTP."""

from datetime import timedelta

import pyotp
import pytest
import typer

from omd.db import Database
from omd.features.identity import purge_access
from omd.features.identity.staff.cli import user_app
from omd.kernel.clock import FixedClock
from support.browsers import OTHER_PASSWORD, PASSWORD, Site
from support.command_line import Terminal
from support.front_desk import problem_of
from support.servers import Servers
from support.worlds import NOW, World

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


async def test_what_happened_to_somebodys_ways_in_is_listed(terminal: Terminal, site: Site, ana: int) -> None:
    await site.signed_in(ANA)
    problem_of(await site.browser(address="198.51.100.9").sign_in(ANA, OTHER_PASSWORD), 401, "sign_in_refused")
    listed = await terminal.type(user_app, "activity", "--email", ANA)
    assert listed.exit_code == 0, listed.output
    for told in ("sign_in_refused", "198.51.100.9", "192.0.2.7", "invitation"):
        assert told in listed.stdout
    stranger = await terminal.type(user_app, "activity", "--email", "nobody@example.com")
    assert (stranger.exit_code, "user_not_found" in stranger.stderr) == (1, True)


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


async def test_who_was_disabled_is_let_in_again(terminal: Terminal, site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    for command, expected in (("disable", 401), ("enable", 200)):
        assert (await terminal.type(user_app, command, "--email", ANA)).exit_code == 0
        site.clock.set(site.clock.now() + timedelta(seconds=1))
        assert not await browser.is_signed_in(), "what was ended stays over"
        site.clock.set(site.clock.now() + timedelta(minutes=20))
        assert (await site.browser().sign_in(ANA)).status_code == expected
    stranger = await terminal.type(user_app, "enable", "--email", "nobody@example.com")
    assert (stranger.exit_code, "user_not_found" in stranger.stderr) == (1, True)


async def test_who_lost_app_and_recovery_codes_comes_in_again(terminal: Terminal, site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    none_yet = await terminal.type(user_app, "remove-second-factor", "--email", ANA)
    assert (none_yet.exit_code, "no_second_factor" in none_yet.stderr) == (1, True)
    secret = (await browser.ask("POST", "/me/second-factor")).json()["secret"]
    code = pyotp.TOTP(secret).at(site.clock.now())
    assert (await browser.ask("POST", "/me/second-factor/confirm", {"code": code})).status_code == 200
    problem_of(await site.browser().sign_in(ANA), 401, "second_factor_required")
    removed = await terminal.type(user_app, "remove-second-factor", "--email", ANA.upper())
    assert removed.exit_code == 0, removed.output
    site.clock.set(NOW + timedelta(seconds=2))
    assert not await browser.is_signed_in()
    again = site.browser()
    assert (await again.sign_in(ANA)).status_code == 200
    told = (await again.ask("GET", "/me/activity")).json()
    assert "second_factor_remove" in {each["kind"] for each in told}
    assert await site.owner.fetchval("select count(*) from user_recovery_codes") == 0


@pytest.mark.parametrize(
    ("hotel", "role", "may"),
    [(None, "omd_administrator", "members.write"), ("grand", "owner", "keys.write")],
)
async def test_somebody_is_given_a_role_where_nobody_is_yet(
    terminal: Terminal, site: Site, world: World, hotel: str | None, role: str, may: str
) -> None:
    where = ["--omd", "alpha", *(["--hotel", hotel] if hotel else [])]
    made = await terminal.type(
        user_app, "invite", "--email", "Adam@Example.com", "--name", "Adam", *where, "--role", role
    )
    assert made.exit_code == 0, made.output
    body = {"token": made.stdout.strip(), "name": "Adam", "password": PASSWORD}
    assert (await site.browser().ask("POST", "/invitations/redeem", body)).status_code == 204
    permissions = (await (await site.signed_in("adam@example.com")).ask("GET", "/session")).json()["permissions"]
    if hotel is None:
        assert may in permissions["destination"]
    else:
        (held,) = permissions["hotels"]
        assert (held["business_id"], may in held["actions"]) == (world.grand.id, True)
    again = await terminal.type(
        user_app, "invite", "--email", "adam@example.com", "--name", "Other", *where, "--role", role
    )
    assert (again.exit_code, "role_held" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--omd", "nowhere", "--role", "omd_analyst"), "omd_not_found"),
        (("--omd", "alpha", "--hotel", "nowhere", "--role", "owner"), "hotel_not_found"),
        (("--omd", "alpha", "--hotel", "grand", "--role", "omd_analyst"), "invalid_input"),
        (("--omd", "alpha", "--role", "owner"), "invalid_input"),
        (("--omd", "alpha", "--role", "operator"), "invalid_input"),
        (("--omd", "alpha", "--role", "guest"), "invalid_input"),
    ],
)
async def test_a_role_that_cannot_be_makes_nobody(
    terminal: Terminal, site: Site, world: World, options: tuple[str, ...], code: str
) -> None:
    made = await terminal.type(user_app, "invite", "--email", "adam@example.com", "--name", "Adam", *options)
    assert (made.exit_code, code in made.stderr) == (1, True), made.output
    assert await site.owner.fetchval("select count(*) from users") == 0


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
