"""Who comes again before its time is refused at once: the same words, charged and counted alike, and nobody else is."""

import logging
from datetime import timedelta

import httpx
import pytest
import redis
from prometheus_client import REGISTRY

from omd.db import Database
from omd.entrypoints.api import known_refusals
from omd.features.identity.limits import parse_quotas
from omd.infra.limits import KEY_PREFIX, limiter
from omd.kernel.clock import FixedClock
from support.front_desk import problem_of
from support.logs import lines, logged
from support.parties import Tokens
from support.served_app import served
from support.worlds import Connection, World

DATES = "arrival=2027-03-10&departure=2027-03-12"
SETTING = "search.caller=3/3600"
ORIGIN = "https://booking.example.com"


async def search(client: httpx.AsyncClient, tokens: Tokens, world: World, **headers: str) -> httpx.Response:
    path = f"/api/v1/businesses/{world.grand.id}/availability?{DATES}"
    return await client.get(path, headers={**tokens.of("grand"), **headers})


async def used_up(client: httpx.AsyncClient, tokens: Tokens, world: World) -> httpx.Response:
    """Use the limit up and return the first refusal, which the framework answered."""
    for _ in range(3):
        assert (await search(client, tokens, world)).status_code == 200
    return await search(client, tokens, world)


def refusals() -> float:
    labels = {"level": "key", "route_class": "search"}
    return REGISTRY.get_sample_value("omd_limit_refusals_total", labels) or 0.0


def without(answer: httpx.Response, *names: str) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in names}


async def test_the_second_refusal_says_what_the_first_said_and_takes_no_statement(
    db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(db, clock, redis_url, quotas=parse_quotas(SETTING)) as client:
        first = await used_up(client, tokens, world)
        before = refusals()

        def nothing_is_asked(*_: object) -> None:
            raise AssertionError("a repeated refusal asked the database")

        monkeypatch.setattr(Database, "reading", nothing_is_asked)
        with logged() as written:
            logging.getLogger().setLevel(logging.INFO)
            again = await search(client, tokens, world)
        changing = ("x-request-id", "ratelimit", "retry-after")
        assert without(again, *changing) == without(first, *changing)
        told, told_first = problem_of(again, 429, "rate_limited"), problem_of(first, 429, "rate_limited")
        assert told | {"detail": ""} == told_first | {"detail": ""}
        assert 1 <= int(again.headers["retry-after"]) <= int(first.headers["retry-after"])
        assert again.headers["ratelimit"].startswith('"key";r=0;t=')
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
        assert refusals() == before + 1
        assert lines(written, "request") == lines(written, "request_refused") == [], "counted, not logged again"


async def test_who_is_let_in_again_is_charged_once(
    db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "_LONGEST_MEMORY", 0)
    async with served(db, clock, redis_url, quotas=parse_quotas(SETTING)) as client:
        await used_up(client, tokens, world)
        with redis.Redis.from_url(redis_url) as shared:
            shared.delete(*shared.scan_iter(match=f"{KEY_PREFIX}*"))
        answer = await search(client, tokens, world)
        assert answer.status_code == 200
        assert answer.headers["ratelimit"].startswith('"key";r=2;t=')
        assert [(await search(client, tokens, world)).status_code for _ in range(3)] == [200, 200, 429]


async def test_it_is_known_of_one_credential_and_one_resource_only(
    db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World
) -> None:
    path = f"/api/v1/businesses/{world.grand.id}"
    async with served(db, clock, redis_url, quotas=parse_quotas(SETTING)) as client:
        await used_up(client, tokens, world)
        assert (await client.get(path, headers=tokens.of("grand"))).status_code == 200
        assert (await client.get(f"{path}/availability?{DATES}")).status_code == 401
        assert (await client.get(f"{path}/availability?{DATES}", headers=tokens.of("alpha"))).status_code == 200
        assert (await client.get(f"{path}/availability?{DATES}", headers=tokens.of("harbour"))).status_code == 404
        problem_of(await search(client, tokens, world), 429, "rate_limited")


async def test_a_revoked_key_is_looked_at_anew(
    db: Database,
    clock: FixedClock,
    redis_url: str,
    tokens: Tokens,
    world: World,
    owner_connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with served(db, clock, redis_url, quotas=parse_quotas(SETTING)) as client:
        await used_up(client, tokens, world)
        await owner_connection.execute("update access_tokens set revoked_at = $1", clock.now())
        clock.set(clock.now() + timedelta(seconds=1))
        problem_of(await search(client, tokens, world), 429, "rate_limited")
        monkeypatch.setattr(known_refusals, "REMEMBERED_SECONDS", 0.0)
        problem_of(await search(client, tokens, world), 401, "not_authenticated")


async def test_a_page_of_another_origin_hears_what_it_may_read(
    db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World
) -> None:
    async with served(db, clock, redis_url, quotas=parse_quotas(SETTING), cors_origins=(ORIGIN,)) as client:
        await used_up(client, tokens, world)
        for _ in range(2):
            answer = await search(client, tokens, world, Origin=ORIGIN)
            problem_of(answer, 429, "rate_limited")
            assert answer.headers["access-control-allow-origin"] == ORIGIN
