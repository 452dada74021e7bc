"""Limits through HTTP: who is charged, what is told, what is set for a tenant, and what strangers may try."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import httpx
import pytest
import structlog.testing

from omd.db import Database
from omd.entrypoints.api import known_refusals
from omd.entrypoints.api import limits as limits_module
from omd.features.identity.limits import parse_quotas
from omd.features.identity.limits.cli import limit_app
from omd.infra.limits import Quota
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.front_desk import problem_of
from support.parties import Tokens
from support.served_app import served
from support.servers import Servers
from support.worlds import Connection, World

Serve: TypeAlias = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]
DATES = "arrival=2027-03-10&departure=2027-03-12"
INVENTED = "omd_abcdefgh_" + "x" * 43


@pytest.fixture
def serve(db: Database, clock: FixedClock, redis_url: str) -> Serve:
    """Serve the application with the limits of a setting; each time on the same Redis, as workers do."""
    return lambda setting: served(db, clock, redis_url, quotas=parse_quotas(setting))


@pytest.fixture(autouse=True)
def read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a tenant's limits be read at every request, so that no test waits for what is remembered to be forgotten."""
    for module in (limits_module, known_refusals):
        monkeypatch.setattr(module, "REMEMBERED_SECONDS", 0.0)


async def search(client: httpx.AsyncClient, tokens: Tokens, world: World, party: str = "grand") -> httpx.Response:
    if party == "alpha":
        return await client.get(f"/api/v1/omds/{world.alpha.id}/availability?{DATES}", headers=tokens.of("alpha"))
    hotel = getattr(world, party)
    return await client.get(f"/api/v1/businesses/{hotel.id}/availability?{DATES}", headers=tokens.of(party))


async def test_every_answer_says_what_is_left_refusals_too(serve: Serve, tokens: Tokens, world: World) -> None:
    hotel = world.grand.id
    async with serve("*.caller=100/60, *.business=500/10") as client:
        policy = '"key";q=100;w=60, "business";q=500;w=10'
        for path, status in (
            (f"/businesses/{hotel}", 200),
            (f"/businesses/{world.harbour.id}", 404),
            (f"/businesses/{hotel}/availability", 422),
            (f"/omds/{world.alpha.id}/businesses?limit=0", 422),
        ):
            answer = await client.get(f"/api/v1{path}", headers=tokens.of("grand"))
            assert answer.status_code == status
            assert answer.headers["RateLimit-Policy"] == policy
        assert answer.headers["RateLimit"].startswith('"key";r=97;t=')
        book = f"/api/v1/businesses/{hotel}/reservations"
        broken = await client.post(book, headers=tokens.of("grand"), content=b"{")
        assert broken.status_code == 400
        assert broken.headers["RateLimit"].startswith('"key";r=99;t='), "writes are counted by themselves"
        nobody = await client.get("/api/v1/omds/1")
        assert (nobody.status_code, nobody.headers["RateLimit-Policy"]) == (401, '"address";q=300;w=10')
        forbidden = await client.post(book, headers=tokens.of("alpha"), json={})
        assert forbidden.status_code == 403
        assert forbidden.headers["RateLimit-Policy"].startswith('"key";q=100;w=60, "omd";q=')


async def test_who_asks_too_often_is_told_when_to_come_again(serve: Serve, tokens: Tokens, world: World) -> None:
    async with serve("search.caller=3/3600") as client:
        for _ in range(3):
            assert (await search(client, tokens, world)).status_code == 200
        refused = await search(client, tokens, world)
        problem = problem_of(refused, 429, "rate_limited")
        assert problem["data"] == {"level": "key"}
        assert 1 <= int(refused.headers["Retry-After"]) <= 1200
        assert refused.headers["RateLimit"].startswith('"key";r=0;t=')
        assert (await client.get(f"/api/v1/businesses/{world.grand.id}", headers=tokens.of("grand"))).is_success
        assert (await search(client, tokens, world, "lodge")).status_code == 200
        assert (await search(client, tokens, world, "harbour")).status_code == 200


async def test_all_workers_count_together(serve: Serve, tokens: Tokens, world: World) -> None:
    async with serve("search.caller=3/3600") as one, serve("search.caller=3/3600") as other:
        answers = [await search(each, tokens, world) for each in (one, other, one, other)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]


async def test_a_tenant_that_uses_up_its_limit_leaves_the_others_theirs(
    serve: Serve, tokens: Tokens, world: World
) -> None:
    async with serve("search.omd=4/3600") as client:
        answers = [await search(client, tokens, world, party) for party in ("grand", "lodge", "alpha", "grand")]
        assert [each.status_code for each in answers] == [200] * 4
        for party in ("grand", "lodge", "alpha"):
            refused = await search(client, tokens, world, party)
            assert problem_of(refused, 429, "rate_limited")["data"] == {"level": "omd"}
            assert ('"omd"' in refused.headers.get("RateLimit", "")) is (party == "alpha"), (
                "neighbours' use is not told"
            )
        other = await search(client, tokens, world, "harbour")
        assert other.status_code == 200


async def test_a_hotel_that_is_refused_uses_up_nothing_of_its_destination(
    serve: Serve, tokens: Tokens, world: World
) -> None:
    async with serve("search.business=1/3600, search.omd=3/3600") as client:
        answers = [(await search(client, tokens, world)).status_code for _ in range(10)]
        assert answers == [200] + [429] * 9
        assert (await search(client, tokens, world, "lodge")).status_code == 200
        assert (await search(client, tokens, world, "alpha")).status_code == 200


async def test_a_destination_is_not_charged_to_the_hotel_it_looks_at(
    serve: Serve, tokens: Tokens, world: World
) -> None:
    async with serve("read.business=2/3600") as client:
        for _ in range(5):
            path = f"/api/v1/businesses/{world.grand.id}/rooms"
            assert (await client.get(path, headers=tokens.of("alpha"))).status_code == 200
        assert (await client.get(path, headers=tokens.of("grand"))).status_code == 200


async def test_the_platform_as_a_whole_is_limited_and_strangers_are_by_themselves(
    serve: Serve, tokens: Tokens, world: World
) -> None:
    async with serve("read.platform=3/3600") as client:
        for _ in range(5):
            await client.get("/api/v1/omds/1")
        stranger = await client.get("/api/v1/omds/1")
        assert problem_of(stranger, 429, "rate_limited")["data"] == {"level": "platform"}
        for party, hotel in (("grand", world.grand), ("harbour", world.harbour), ("lodge", world.lodge)):
            assert (await client.get(f"/api/v1/businesses/{hotel.id}", headers=tokens.of(party))).is_success
        refused = await client.get(f"/api/v1/businesses/{hotel.id}", headers=tokens.of(party))
        assert problem_of(refused, 429, "rate_limited")["data"] == {"level": "platform"}


async def test_invented_tokens_reach_the_database_so_often_and_no_more(
    serve: Serve, db: Database, tokens: Tokens, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits_module, "UNKNOWN_CREDENTIALS", Quota(30, 86_400))
    async with serve("*.address=200000/10") as client:
        path = f"/api/v1/businesses/{world.grand.id}"
        known = await client.get(path, headers=tokens.of("grand"))
        assert known.status_code == 200
        for number in range(30):
            token = f"omd_{number:08}_{'x' * 43}"
            answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
            problem_of(answer, 401, "not_authenticated")
        # Who asks the database now hears that it is closed.
        await db.close()
        for _ in range(50):
            answer = await client.get(path, headers={"Authorization": f"Bearer {INVENTED}"})
            assert problem_of(answer, 429, "rate_limited")["data"] == {"level": "address"}
            assert int(answer.headers["Retry-After"]) >= 1
        await db.open()
        assert (await client.get(path, headers=tokens.of("grand"))).status_code == 200, "a known key is let in"


async def test_twin_a_token_that_is_not_refused_is_asked_of_the_database(serve: Serve, db: Database) -> None:
    async with serve("*.address=200000/10") as client:
        await db.close()
        answer = await client.get("/api/v1/omds/1", headers={"Authorization": f"Bearer {INVENTED}"})
        assert answer.status_code == 500
        await db.open()


async def test_requests_without_a_key_are_limited_by_address(serve: Serve, world: World) -> None:
    async with serve("read.address=5/3600") as client:
        answers = [await client.get(f"/api/v1/businesses/{world.grand.id}") for _ in range(7)]
        assert [each.status_code for each in answers] == [401] * 5 + [429] * 2


async def test_without_redis_each_process_limits_for_itself(
    db: Database, clock: FixedClock, tokens: Tokens, world: World, tmp_path: object
) -> None:
    quotas = parse_quotas("search.caller=3/3600")
    with structlog.testing.capture_logs() as logged:
        async with served(db, clock, f"unix://{tmp_path}/gone.sock", quotas=quotas) as client:
            answers = [await search(client, tokens, world) for _ in range(5)]
            assert [each.status_code for each in answers] == [200] * 3 + [429] * 2
            assert (await client.get("/ready")).json() == {"ready": True, "database": "up", "redis": "away"}
    assert [each["event"] for each in logged].count("limits_without_redis") == 1


async def test_nobody_is_limited_where_limits_are_off(serve: Serve, tokens: Tokens, world: World) -> None:
    async with serve("off") as client:
        answer = await search(client, tokens, world)
        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers
        told = await client.get(f"/api/v1/omds/{world.alpha.id}/limits", headers=tokens.of("alpha"))
        assert told.json() == {"limits": []}


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    """A terminal on the test's database."""
    return Terminal(servers, database_name, clock)


async def test_an_operator_sets_a_tenants_limit_and_takes_it_away(
    serve: Serve, terminal: Terminal, tokens: Tokens, world: World
) -> None:
    hotel = ("--omd", "alpha", "--hotel", "grand", "--class", "search")
    async with serve("") as client:
        assert (await search(client, tokens, world)).status_code == 200
        done = await terminal.type(limit_app, "set", *hotel, "--requests", "2", "--seconds", "3600")
        assert (done.exit_code, done.stdout) == (0, "all callers of grand: 2 in 3,600 seconds (search)\n")
        path = f"/api/v1/businesses/{world.grand.id}/limits"
        told = (await client.get(path, headers=tokens.of("grand"))).json()["limits"]
        assert {"route_class": "search", "shared_by": "business", "requests": 2, "seconds": 3600} in told
        assert {"route_class": "search", "shared_by": "caller", "requests": 1000, "seconds": 10} in told
        answers = [(await search(client, tokens, world)).status_code for _ in range(3)]
        assert answers == [200, 200, 429]
        assert (await search(client, tokens, world, "lodge")).status_code == 200
        assert (await search(client, tokens, world, "harbour")).status_code == 200
        listed = await terminal.type(limit_app, "list", "--omd", "alpha")
        assert "grand" in listed.stdout
        assert "2 in 3,600 seconds" in listed.stdout
        assert "grand" not in (await terminal.type(limit_app, "list", "--omd", "beta")).stdout
        assert (await terminal.type(limit_app, "remove", *hotel)).exit_code == 0
        assert (await search(client, tokens, world)).status_code == 200
        gone = await terminal.type(limit_app, "remove", *hotel)
        assert gone.exit_code == 1
        assert "limit_not_found" in gone.stderr


async def test_a_destinations_limit_for_each_of_its_callers(
    serve: Serve, terminal: Terminal, tokens: Tokens, world: World
) -> None:
    setting = ("--omd", "alpha", "--class", "read", "--requests", "2", "--seconds", "3600", "--each")
    assert (await terminal.type(limit_app, "set", *setting)).exit_code == 0
    async with serve("") as client:
        for party, hotel, statuses in (
            ("grand", world.grand, [200, 200, 429]),
            ("lodge", world.lodge, [200, 200, 429]),
            ("harbour", world.harbour, [200, 200, 200]),
        ):
            answers = [await client.get(f"/api/v1/businesses/{hotel.id}", headers=tokens.of(party)) for _ in range(3)]
            assert [each.status_code for each in answers] == statuses, party


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--omd", "nowhere", "--class", "read", "--requests", "1"), "omd_not_found"),
        (("--omd", "alpha", "--hotel", "harbour", "--class", "read", "--requests", "1"), "hotel_not_found"),
        (("--omd", "alpha", "--class", "read", "--requests", "50000", "--seconds", "1"), "limit_not_countable"),
        (("--omd", "alpha", "--class", "read", "--requests", "1", "--seconds", "86401"), "limit_not_countable"),
    ],
)
async def test_what_cannot_be_a_limit_is_refused(
    terminal: Terminal, world: World, owner_connection: Connection, arguments: tuple[str, ...], said: str
) -> None:
    result = await terminal.type(limit_app, "set", *arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert await owner_connection.fetchval("select count(*) from rate_limits") == 0


async def test_a_destination_reads_its_limits_and_no_others(serve: Serve, tokens: Tokens, world: World) -> None:
    async with serve("") as client:
        own = await client.get(f"/api/v1/omds/{world.alpha.id}/limits", headers=tokens.of("alpha"))
        assert {each["shared_by"] for each in own.json()["limits"]} == {"omd", "caller"}
        other = await client.get(f"/api/v1/omds/{world.beta.id}/limits", headers=tokens.of("alpha"))
        problem_of(other, 404, "not_found")
