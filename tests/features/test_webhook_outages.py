"""Webhooks when one side is away: a worker that is killed, a target that wants a rest, one that is gone for a day."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from subprocess import Popen

import pytest

from support.front_desk import Desk
from support.persons import Headers
from support.relayed import last_position
from support.served_app import KEYS
from support.servers import Servers
from support.webhook_target import WebhookTarget, target_open
from support.webhooks import Office, grand, stays
from support.worlds import World

BOOKED, AMENDED = "reservation.booked", "reservation.amended"


@contextmanager
def delivering(servers: Servers, database_name: str, office: Office) -> Iterator[Popen[bytes]]:
    """Deliver in a process of its own, which is killed at the end of the block."""
    dsns = [servers.dsn(user=role, database=database_name) for role in ("omd_relay", "omd_app")]
    tests = Path(__file__).parents[1]
    with Popen(
        [sys.executable, "-m", "support.delivering", *dsns, KEYS, office.clock.now().isoformat()],
        env={**os.environ, "PYTHONPATH": str(tests)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_a_process_killed_in_the_middle_of_deliveries_leaves_them_to_the_next(
    office: Office,
    desk: Desk,
    target: WebhookTarget,
    owner: Headers,
    world: World,
    servers: Servers,
    database_name: str,
) -> None:
    """Some stays were told, some are being told, some wait their turn: all are, each in its order."""
    await office.add(grand(world), owner, target.url)
    booked = await stays(desk, 9)
    for stay in booked:
        await desk.amended(stay, note="x")
    await last_position(desk.connection)
    taken: list[str] = []

    def answer(received: object) -> int | str:
        taken.append("one")
        return 204 if len(taken) <= 5 else "hang"

    target.answer = answer
    with delivering(servers, database_name, office) as process:
        await target.until(9)
        process.kill()
        await asyncio.to_thread(process.wait)
    told = await desk.connection.fetchval("select count(*) from webhook_deliveries where status = 'delivered'")
    assert told == 5
    target.release.set()
    target.answer = lambda _received: 204
    killed, target.received = target.received[5:], []
    successor = office.another_worker()
    office.later(minutes=1)
    while await successor.step():
        pass
    again = {each.headers["webhook-id"]: each.body for each in target.received}
    assert {each.headers["webhook-id"]: each.body for each in killed}.items() <= again.items()
    assert len(target.received) == 2 * len(booked) - 5
    statuses = await desk.connection.fetch("select distinct status from webhook_deliveries")
    assert [row["status"] for row in statuses] == ["delivered"]
    for stay in booked:
        kinds = [each.message["type"] for each in target.received if each.about == stay]
        assert kinds in ([BOOKED, AMENDED], [AMENDED], [])


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("how", ["seconds", "date"])
async def test_a_target_that_asks_for_a_rest_gets_it(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World, status: int, how: str
) -> None:
    when = "600" if how == "seconds" else format_datetime(office.clock.now() + timedelta(minutes=10), usegmt=True)
    target.answer = lambda _received: f"retry:{status}:{when}"
    await office.add(grand(world), owner, target.url)
    booked = await stays(desk, 3)
    assert await office.settle() == 3
    target.answer = lambda _received: 204
    later = await desk.booked("twin", "2027-03-20", "2027-03-21")
    office.later(minutes=9, seconds=59)
    assert await office.settle() == 0, "what came since rests as well"
    office.later(seconds=1)
    assert await office.settle() == 4
    assert {each.about for each in target.received[3:]} == {*booked, later["id"]}


@pytest.mark.parametrize(
    ("when", "rests"),
    [
        ("999999999", 3600),
        ("600, please", 6),
        ("", 6),
        ("-1", 6),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 6),
    ],
)
async def test_a_rest_is_an_hour_at_most_and_nonsense_is_none(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World, when: str, rests: int
) -> None:
    target.answer = lambda _received: f"retry:503:{when}"
    await office.add(grand(world), owner, target.url)
    await stays(desk, 1)
    assert await office.settle() == 1
    office.later(seconds=rests - 3)
    assert await office.settle() == 0
    office.later(seconds=3)
    assert await office.settle() == 1


async def test_who_takes_it_meanwhile_does_not_end_the_rest_that_another_was_asked_for(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    await office.add(grand(world), owner, target.url)
    first, *_ = await stays(desk, 4)
    target.answer = lambda received: "retry:429:300" if received.about == first else 204
    await office.settle()
    await desk.booked("twin", "2027-03-20", "2027-03-21")
    assert await office.settle() == 0
    target.answer = lambda _received: 204
    office.later(minutes=5)
    assert await office.settle() == 2


async def test_a_subscriber_away_for_a_day_is_told_everything_once_and_in_order(
    office: Office, desk: Desk, owner: Headers, world: World
) -> None:
    """Nobody listens there: connections are refused, while stays are booked and changed every hour."""
    async with target_open() as gone:
        port = gone.port
    webhook = await office.add(grand(world), owner, gone.url)
    booked = await stays(desk, 3)
    await office.settle()
    for hour in range(24):
        office.later(hours=1)
        await desk.amended(booked[hour % 3], note=f"hour {hour}")
        await office.settle()
    waiting = await office.deliveries(webhook, await office.owner(), status="pending", limit=200)
    assert len(waiting) == 3 + 24
    async with target_open(port=port) as back:
        while await desk.connection.fetchval("select count(*) from webhook_deliveries where status <> 'delivered'"):
            office.later(hours=1)
            await office.settle()
        assert len(back.received) == len({each.headers["webhook-id"] for each in back.received}) == 3 + 24
        for stay in booked:
            told = [each.message for each in back.received if each.about == stay]
            assert [each["type"] for each in told] == [BOOKED] + [AMENDED] * 8
            positions = [each["data"]["position"] for each in told]
            assert positions == sorted(positions)
