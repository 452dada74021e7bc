"""What an attacker tried and got; `docs/security/attacks.md` has the whole list."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, TypeAlias

import httpx
import msgspec
import pyotp
import pytest
import redis

from omd.db import Database
from omd.entrypoints.api import limits as limits_module
from omd.features.identity.people.cli import user_app
from omd.features.identity.people.copies import COPY_SECONDS
from omd.features.identity.people.model import Membership, Session, secret_hash
from omd.infra.http import gate as gate_module
from omd.infra.http.validation import MOST_PROBLEMS
from omd.infra.limits import Quota
from omd.kernel.clock import FixedClock
from support.browsers import API, OTHER_PASSWORD, PASSWORD, Site
from support.command_line import Terminal
from support.front_desk import problem_of
from support.logs import logged
from support.parties import Tokens
from support.persons import Persons
from support.roles import acting_as
from support.served_app import served
from support.servers import Servers
from support.worlds import NOW, Connection, World, hotel_actor

ANA = "ana@grand.example"
SECOND = timedelta(seconds=1)
Serve: TypeAlias = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def serve(db: Database, clock: FixedClock, redis_url: str) -> Serve:
    """Serve the application with other services of the edge."""
    return lambda **services: served(db, clock, redis_url, **services)


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    return Terminal(servers, database_name, clock)


async def test_a_changed_password_ends_the_links_that_lead_to_another(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    await site.browser(address="198.51.100.9").ask("POST", "/password-resets", {"email": ANA})
    token = await site.link_token()
    changed = await browser.ask("PUT", "/me/password", {"old_password": PASSWORD, "new_password": OTHER_PASSWORD})
    assert changed.status_code == 200, changed.text
    body = {"token": token, "password": "seven grey geese in a row"}
    problem_of(await site.browser().ask("POST", "/password-resets/redeem", body), 410, "link_not_valid")
    assert (await site.browser().sign_in(ANA, OTHER_PASSWORD)).status_code == 200


async def test_a_session_left_open_gets_no_password_where_there_is_none(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    # As somebody has it who has only ever come by a provider.
    await site.owner.execute("update user_credentials set password_hash = null where user_id = $1", ana)
    body = {"old_password": "whatever it may be", "new_password": OTHER_PASSWORD}
    site.clock.set(NOW + timedelta(minutes=15, seconds=1))
    problem_of(await browser.ask("PUT", "/me/password", body), 403, "sign_in_again")
    site.clock.set(NOW + timedelta(minutes=15))
    assert (await browser.ask("PUT", "/me/password", body)).status_code == 200


async def test_a_password_alone_does_not_make_a_session_new_enough_to_remove_the_second_factor(
    site: Site, ana: int
) -> None:
    browser = await site.signed_in(ANA)
    secret = (await browser.ask("POST", "/me/second-factor")).json()["secret"]
    code = pyotp.TOTP(secret).at(site.clock.now())
    assert (await browser.ask("POST", "/me/second-factor/confirm", {"code": code})).status_code == 200
    site.clock.set(NOW + timedelta(minutes=15, seconds=1))
    body = {"old_password": PASSWORD, "new_password": OTHER_PASSWORD}
    problem_of(await browser.ask("PUT", "/me/password", body), 403, "sign_in_again")
    problem_of(await browser.ask("DELETE", "/me/second-factor"), 403, "sign_in_again")


async def test_the_neighbours_of_an_ipv6_address_are_one_guesser(site: Site, ana: int) -> None:
    statuses = [
        (await site.browser(address=f"2001:db8:7:7::{n:x}").sign_in(ANA, OTHER_PASSWORD)).status_code
        for n in range(1, 8)
    ]
    assert statuses == [401] * 5 + [429] * 2
    elsewhere = await site.browser(address="2001:db8:7:8::1").sign_in(ANA, OTHER_PASSWORD)
    assert elsewhere.status_code == 401


async def test_the_neighbours_of_an_ipv6_address_are_one_guesser_of_surnames_too(site: Site, world: World) -> None:
    body = {"omd_id": world.alpha.id, "code": "00000000", "surname": "Popescu"}
    browsers = [site.browser(address=f"2001:db8:7:7::{n:x}") for n in range(1, 8)]
    statuses = [(await each.ask("POST", "/own-stay/pass", body)).status_code for each in browsers]
    assert statuses == [401] * 5 + [429] * 2


@pytest.mark.parametrize(
    "body",
    [
        b"{" + b",".join(b'"a%d":0' % n for n in range(50_000)) + b"}",
        b'{"email":"a@b","password":"x",' + b",".join([b'"code":"123456"'] * 50_000) + b"}",
    ],
    ids=["unknown", "repeated"],
)
async def test_a_large_body_of_mistakes_is_answered_shortly(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(f"{API}/session", content=body)
    assert len(problem_of(answer, 422, "invalid_input")["problems"]) == MOST_PROBLEMS
    assert len(answer.content) < 50_000


async def test_a_long_query_of_mistakes_is_answered_shortly(
    client: httpx.AsyncClient, tokens: Tokens, world: World
) -> None:
    query = "&".join(f"a{n}=" for n in range(8_000))
    answer = await client.get(f"{API}/businesses/{world.grand.id}?{query}", headers=tokens.of("grand"))
    assert len(problem_of(answer, 422, "invalid_input")["problems"]) == MOST_PROBLEMS


async def test_a_body_that_never_ends_is_waited_for_so_long_and_no_longer(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "BODY_SECONDS", 0.1)

    async def drip() -> AsyncIterator[bytes]:
        yield b'{"email": '
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        answer = await client.post(f"{API}/session", content=drip())
    problem_of(answer, 408, "body_too_slow")


async def test_who_hangs_up_in_the_middle_of_a_body_is_no_defect(site: Site) -> None:
    said: list[Any] = []
    heard = iter(
        [{"type": "http.request", "body": b'{"email": ', "more_body": True}, *[{"type": "http.disconnect"}] * 9]
    )
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "client": ("192.0.2.7", 5),
        "path": f"{API}/session",
        "raw_path": f"{API}/session".encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json")],
    }

    async def receive() -> Any:
        return next(heard)

    async def send(message: Any) -> None:
        said.append(message)

    with logged() as written:
        await site.app(scope, receive, send)  # type: ignore[arg-type]  # a scope as a server makes it
    assert said[0]["status"] == 400
    assert b"body_not_whole" in said[1]["body"]
    assert "request_failed" not in written.getvalue()


@pytest.mark.parametrize("path", ["/docs-assets/%00", "/docs-assets/swagger-ui.css%00", "/%00", f"{API}/%00"])
async def test_a_path_that_holds_a_nul_leads_nowhere(client: httpx.AsyncClient, path: str) -> None:
    problem_of(await client.get(path), 404, "not_found")


async def test_who_can_write_into_redis_is_nobody_here(site: Site, ana: int, world: World, redis_url: str) -> None:
    token = "F" * 43
    membership = Membership(world.alpha.id, world.grand.id, "owner")
    forged = Session(
        user_id=ana,
        is_operator=True,
        working_omd_id=world.alpha.id,
        second_factor=False,
        created_at=NOW,
        last_seen_at=NOW,
        expires_at=NOW + timedelta(hours=9),
        memberships=(membership,),
    )
    text = msgspec.msgpack.encode(forged)
    seals = (b"", b"\x00" * 32)
    browser = site.browser()
    browser.client.cookies.set("omd_session", token, domain="127.0.0.1", path="/")
    for seal in seals:
        with redis.Redis.from_url(redis_url) as client:
            client.set(f"omd:session:{secret_hash(token).hex()}", b"%d " % ana + seal + text, ex=COPY_SECONDS)
        problem_of(await browser.ask("GET", "/me/sessions"), 401, "not_authenticated")


async def test_a_copy_in_redis_is_good_for_its_own_session_alone(site: Site, ana: int, redis_url: str) -> None:
    own = await site.signed_in(ANA)
    token = "F" * 43
    with redis.Redis.from_url(redis_url) as client:
        copy = client.get(f"omd:session:{secret_hash(own.session_cookie or '').hex()}")
        assert isinstance(copy, bytes)
        client.set(f"omd:session:{secret_hash(token).hex()}", copy, ex=COPY_SECONDS)
    browser = site.browser()
    browser.client.cookies.set("omd_session", token, domain="127.0.0.1", path="/")
    problem_of(await browser.ask("GET", "/session"), 401, "not_authenticated")


async def test_a_session_that_a_sign_in_replaced_is_over_on_every_server(
    site: Site, ana: int, db: Database, clock: FixedClock, redis_url: str
) -> None:
    browser = await site.signed_in(ANA)
    stolen = {"Cookie": f"omd_session={browser.session_cookie}"}
    async with served(db, clock, redis_url) as elsewhere:
        assert (await browser.sign_in(ANA)).status_code == 200
        problem_of(await elsewhere.get(f"{API}/session", headers=stolen), 401, "not_authenticated")


async def test_no_disclosure_is_recorded_of_no_hotel(owner_connection: Connection, world: World) -> None:
    async with acting_as(owner_connection, "omd_app", hotel_actor(world.grand)) as connection:
        with pytest.raises(Exception, match="does not read the guests"):
            await connection.execute(
                "select record_disclosure($1, null, 'reservation_guests', 'x', 'read', '{}')", world.alpha.id
            )


@pytest.mark.parametrize("name", ["Ana [/bold]", "Ana [red]", "Ana \x1b[2J\x1b]0;owned\x07", "Ana \u202eroot"])
async def test_a_name_is_text_on_the_operators_terminal(terminal: Terminal, site: Site, name: str) -> None:
    await site.person(ANA, name=name)
    listed = await terminal.type(user_app, "list")
    assert listed.exit_code == 0, listed.output
    assert name.translate({0x1B: "\ufffd", 0x07: "\ufffd", 0x202E: "\ufffd"}) in listed.output


async def test_an_invitation_does_not_decide_where_somebody_works(site: Site, world: World) -> None:
    user_id = await site.person(ANA)
    await site.give_role(user_id, world.beta.id, world.harbour.id, "receptionist")
    assert world.alpha.id < world.beta.id
    await site.give_role(user_id, world.alpha.id, None, "omd_analyst")
    told = (await (await site.signed_in(ANA)).ask("GET", "/session")).json()
    assert told["working_omd_id"] == world.beta.id
    # Another role at home is still at home.
    await site.owner.execute(
        "update memberships set ended_at = now(), ended_by = 'test' where omd_id = $1", world.beta.id
    )
    await site.give_role(user_id, world.beta.id, world.harbour.id, "manager")
    told = (await (await site.signed_in(ANA)).ask("GET", "/session")).json()
    assert told["working_omd_id"] == world.beta.id


async def test_a_flood_of_invented_credentials_keeps_nobody_out_who_came_in_lately(
    serve: Serve,
    tokens: Tokens,
    persons: Persons,
    world: World,
    clock: FixedClock,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits_module, "UNKNOWN_CREDENTIALS_OF_ALL", Quota(30, 86_400))
    path = f"{API}/businesses/{world.grand.id}"
    mia, dan, eve = [await persons.headers(name, ("manager", world.grand)) for name in ("mia", "dan", "eve")]
    async with serve() as client:
        for known in (tokens.of("grand"), tokens.of("alpha"), mia, dan):
            assert (await client.get(path, headers=known)).status_code == 200
        for number in range(40):
            await client.get(path, headers={"Authorization": f"Bearer omd_{number:08}_{'x' * 43}"})
        # Others come in meanwhile, so that what was not asked for in the last second is forgotten.
        for _ in range(3):
            clock.set(clock.now() + 2 * SECOND)
            for other in (tokens.of("alpha"), dan):
                assert (await client.get(path, headers=other)).status_code == 200
        with redis.Redis.from_url(redis_url) as copies:
            copies.flushdb()
        for known in (tokens.of("grand"), mia):
            assert (await client.get(path, headers=known)).status_code == 200
        for stranger in (tokens.of("lodge"), eve):
            assert (await client.get(path, headers=stranger)).status_code == 429, "who never came in is a stranger"
