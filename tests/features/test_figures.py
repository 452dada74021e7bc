"""What is measured: every operation, every named statement, who asks, what is refused; and by which words."""

import asyncio
import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from prometheus_client import REGISTRY

from omd.db import Database, TransactionBroken
from omd.entrypoints.api.watching import RequestWatch
from omd.entrypoints.api.watching.sampler import DATABASE_UP, sample
from omd.features.identity.limits import parse_quotas
from omd.features.inventory import queries as inventory
from omd.infra.recent_requests import RecentRequests
from omd.infra.redis_circuit import RedisCircuit
from omd.kernel.actor import Actor
from omd.kernel.clock import FixedClock
from support.figures import figure
from support.front_desk import Desk, problem_of
from support.parties import Tokens
from support.served_app import served
from support.worlds import World

LABELS = {
    *(
        "operation",
        "status",
        "statement",
        "code",
        "kind",
        "outcome",
        "kept",
        "level",
        "route_class",
        "caller",
        "state",
        "le",
        "found",
        "why",
    ),
}


def counted(operation: str, status: str) -> float:
    return figure("omd_request_seconds_count", operation=operation, status=status)


async def test_requests_are_counted_by_operation_and_class_of_status(
    client: httpx.AsyncClient, tokens: Tokens, world: World
) -> None:
    before = {key: counted(*key) for key in (("listRooms", "2xx"), ("listRooms", "4xx"), ("other", "4xx"))}
    rooms = f"/api/v1/businesses/{world.grand.id}/rooms"
    assert (await client.get(rooms, headers=tokens.of("grand"))).status_code == 200
    assert (await client.get(rooms)).status_code == 401
    assert (await client.get("/api/v1/businesses/987654321/rooms", headers=tokens.of("grand"))).status_code == 404
    for number in range(3):
        assert (await client.get(f"/invented/{number}/{'x' * 50}")).status_code == 404
    assert {key: counted(*key) - before[key] for key in before} == {
        ("listRooms", "2xx"): 1,
        ("listRooms", "4xx"): 2,
        ("other", "4xx"): 3,
    }


async def test_requests_are_counted_by_the_kind_of_their_caller(
    client: httpx.AsyncClient, tokens: Tokens, world: World
) -> None:
    keys = [("key", "read"), ("nobody", "read"), ("nobody", "other")]

    def now() -> list[float]:
        return [figure("omd_requests_by_caller_total", caller=who, route_class=of) for who, of in keys]

    before = now()
    rooms = f"/api/v1/businesses/{world.grand.id}/rooms"
    await client.get(rooms, headers=tokens.of("grand"))
    await client.get(rooms)
    await client.get("/health")
    assert [after - then for after, then in zip(now(), before, strict=True)] == [1, 1, 1]


async def test_every_named_statement_is_measured(desk: Desk) -> None:
    name = "reservations.book_reservation"
    before = figure("omd_statement_seconds_count", statement=name)
    waits = figure("omd_pool_wait_seconds_count")
    await desk.book("double", "2027-03-10", "2027-03-12")
    assert figure("omd_statement_seconds_count", statement=name) == before + 1
    assert figure("omd_pool_wait_seconds_count") > waits


async def test_a_statement_that_is_refused_is_measured_and_counted(db: Database, world: World) -> None:
    actor = Actor(world.alpha.id, "hotel", (world.grand.id,), (), "nobody")
    labels = {"statement": "inventory.list_rooms"}
    names = ("omd_statement_failures_total", "omd_statement_seconds_count")
    before = [figure(name, **labels) for name in names]
    async with db.reading(actor) as tx:
        with pytest.raises(Exception, match="invalid input"):
            await inventory.list_rooms(tx, world.alpha.id, "no number", None, 1)  # type: ignore[arg-type]
    assert [figure(name, **labels) for name in names] == [each + 1 for each in before]


async def test_transactions_run_again_are_counted(db: Database, world: World) -> None:
    before, runs = figure("omd_transaction_retries_total"), 0

    async def broken_once(_tx: object) -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise TransactionBroken("once")
        return runs

    assert await db.write(None, broken_once) == 2
    assert figure("omd_transaction_retries_total") == before + 1


async def test_refusals_by_a_limit_are_counted_by_level_and_class(
    db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World
) -> None:
    before = figure("omd_limit_refusals_total", level="key", route_class="read")
    async with served(db, clock, redis_url, quotas=parse_quotas("read.caller=1/600")) as client:
        rooms = f"/api/v1/businesses/{world.grand.id}/rooms"
        assert (await client.get(rooms, headers=tokens.of("grand"))).status_code == 200
        problem_of(await client.get(rooms, headers=tokens.of("grand")), 429, "rate_limited")
    assert figure("omd_limit_refusals_total", level="key", route_class="read") == before + 1


async def test_the_pool_says_who_works_and_who_waits(db: Database, clock: FixedClock) -> None:
    async def nothing(*_: object) -> None:
        raise AssertionError("no request is made")

    watch = RequestWatch(nothing, RecentRequests(RedisCircuit()), clock)
    most = db.figures.most
    release, all_in = asyncio.Event(), asyncio.Event()
    inside = 0

    async def hold() -> None:
        nonlocal inside
        async with db.reading(None):
            inside += 1
            if inside == most:
                all_in.set()
            await release.wait()

    tasks = [asyncio.create_task(hold()) for _ in range(most + 3)]
    await all_in.wait()
    sample(watch, db)
    states = {state: figure("omd_pool_connections", state=state) for state in ("open", "in_use", "waiting", "most")}
    release.set()
    await asyncio.gather(*tasks)
    assert states == {"open": most, "in_use": most, "waiting": 3, "most": most}
    sample(watch, db)
    assert figure("omd_pool_connections", state="waiting") == 0


async def test_health_is_a_figure(db: Database, clock: FixedClock, redis_url: str, tmp_path: Path) -> None:
    gone = f"unix://{quote(str(tmp_path / 'gone.sock'))}"
    for url, redis_up in ((redis_url, 1), (gone, 0), (redis_url, 1)):
        DATABASE_UP.set(-1)
        async with served(db, clock, url, watch_servers=True) as client:
            assert (await client.get("/health")).status_code == 200
            async with asyncio.timeout(20):
                while True:
                    await asyncio.sleep(0.01)
                    if figure("omd_database_up") != -1:
                        break
        assert (figure("omd_database_up"), figure("omd_redis_up"), figure("omd_workers")) == (1, redis_up, 1)


async def test_the_api_itself_tells_no_figures(client: httpx.AsyncClient) -> None:
    assert (await client.get("/metrics")).status_code == 404


async def test_labels_are_words_of_the_product(desk: Desk, client: httpx.AsyncClient) -> None:
    """No id, no path and nothing a caller sends is a label, so that nobody can make figures without end."""
    await desk.book("double", "2027-03-10", "2027-03-12")
    await client.get("/x/Sesame-4711", headers={"User-Agent": "Sesame-4711", "Authorization": "Bearer Sesame-4711"})
    ours = [
        sample
        for family in REGISTRY.collect()
        if family.name.startswith("omd_")
        for sample in family.samples
        if not sample.name.endswith("_created")
    ]
    assert {name for each in ours for name in each.labels} <= LABELS
    values = {value for each in ours for name, value in each.labels.items() if name != "le"}
    assert len(values) > 10
    assert [each for each in values if not re.fullmatch(r"[a-zA-Z_.]+|[1-5]xx", each)] == []
