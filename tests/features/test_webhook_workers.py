"""Workers that deliver webhooks: several at once, stopped, killed, and kept waiting by a target."""

import asyncio
from datetime import timedelta

from omd.db import Database
from omd.infra.webhooks import Sender, purge_webhooks
from support.front_desk import Desk
from support.letters import waiting_letters
from support.persons import Headers
from support.relayed import last_position
from support.webhook_target import WebhookTarget, target_open
from support.webhooks import Office, grand, stays
from support.worlds import World


async def test_a_target_that_hangs_holds_up_nobody(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    async with target_open() as hanging:
        hanging.answer = lambda _received: "hang"
        await office.add(grand(world), owner, hanging.url)
        await office.add(grand(world), owner, target.url)
        await stays(desk, 8)
        stopping = asyncio.Event()
        running = asyncio.create_task(office.worker.run(stopping))
        await target.until(8)
        await hanging.until(4)
        assert len(hanging.received) == 4, "so many at once and no more"
        stopping.set()
        await running


async def test_a_target_that_does_not_answer_rests_and_is_then_asked_one_thing_at_a_time(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    target.answer = lambda _received: "hang"
    webhook = await office.add(grand(world), owner, target.url)
    await stays(desk, 8)
    await last_position(office.connection)
    worker = office.another_worker(sender=Sender(to_loopback=True, whole_seconds=0.2))
    assert await worker.step() == 4
    assert await worker.step() == 0, "it rests, though four more are due"
    said = await office.read(webhook["at"], owner)
    assert said["rests_until"] > said["failing_since"]
    log = await office.read(f"{webhook['at']}/attempts", owner)
    assert [(each["status"], each["error"]) for each in log] == [(None, "timeout")] * 4
    office.later(minutes=1)
    assert await worker.step() == 1
    office.later(days=4)
    assert await worker.step() == 1
    assert {each["status"] for each in await office.deliveries(webhook, await office.owner(), limit=9)} == {"dead"}


async def test_two_workers_make_each_attempt_once(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    await office.add(grand(world), owner, target.url)
    booked = await stays(desk, 12)
    for stay in booked:
        await desk.amended(stay, note="x")
    workers = [office.another_worker() for _ in range(3)]
    await office.step()
    while sum(await asyncio.gather(*(each.step() for each in workers))):
        pass
    assert sorted(each.about for each in target.received) == sorted([*booked, *booked])
    assert len({each.headers["webhook-id"] for each in target.received}) == 24
    for stay in booked:
        kinds = [each.message["type"] for each in target.received if each.about == stay]
        assert kinds == ["reservation.booked", "reservation.amended"]
    assert target.most_open <= 4


async def test_a_worker_killed_at_an_attempt_leaves_it_to_the_next(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    """Killed, it writes nothing more: its claim stands until it runs out."""
    await office.add(grand(world), owner, target.url)
    await stays(desk, 1)
    target.answer = lambda _received: "hang"
    delivering = asyncio.create_task(office.settle())
    await target.until(1)
    claim = await office.connection.fetchrow("select claimed_until, attempts from webhook_deliveries")
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    assert claim is not None
    await office.connection.execute("update webhook_deliveries set claimed_until = $1", claim["claimed_until"])
    target.answer = lambda _received: 204
    successor = office.another_worker()
    assert await successor.step() == 0
    office.later(minutes=1)
    assert await successor.step() == 1
    first, second = target.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


async def test_who_stops_in_order_leaves_what_is_under_way_to_the_next_at_once(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    await office.add(grand(world), owner, target.url)
    await stays(desk, 1)
    target.answer = lambda _received: "hang"
    stopping = asyncio.Event()
    running = asyncio.create_task(office.worker.run(stopping))
    await target.until(1)
    stopping.set()
    await running
    target.answer = lambda _received: 204
    assert await office.another_worker().step() == 1


async def test_what_is_deleted_while_its_target_is_asked_leaves_nothing(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    webhook = await office.add(grand(world), owner, target.url)
    await stays(desk, 1)
    target.answer = lambda _received: "hang"
    delivering = asyncio.create_task(office.settle())
    await target.until(1)
    assert (await office.client.delete(webhook["at"], headers=owner)).status_code == 200
    target.release.set()
    assert await delivering == 1
    assert await office.connection.fetchval("select count(*) from webhook_attempts") == 0


async def test_after_a_month_nothing_is_kept_of_what_ended(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World, maintenance_db: Database
) -> None:
    await office.add(grand(world), owner, target.url)
    delivered, _ = await stays(desk, 2)
    target.answer = lambda received: 204 if received.about == delivered else 500
    await office.settle()
    office.later(days=29)
    assert await purge_webhooks(maintenance_db, now=office.clock.now(), dead_kept=timedelta(days=90)) == 0
    office.later(days=1, seconds=1)
    assert await purge_webhooks(maintenance_db, now=office.clock.now(), dead_kept=timedelta(days=90)) == 3
    left = await office.connection.fetch("select status from webhook_deliveries")
    assert [row["status"] for row in left] == ["pending"]


async def test_who_could_not_be_told_that_a_webhook_is_gone_is_told_later(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    """No attempt follows a 410: what a worker that dies leaves untold must be found without one."""
    webhook = await office.add(grand(world), owner, target.url)
    target.answer = lambda _received: 410
    await stays(desk, 1)
    await office.connection.execute("alter table jobs rename to mislaid")
    await office.settle()
    await office.connection.execute("alter table mislaid rename to jobs")
    told = "select count(*) from events where type = 'webhook.failing' and aggregate_id = $1"
    assert await office.connection.fetchval(told, webhook["id"]) == 0, "told and on record together, or neither"
    assert len(target.received) == 1
    assert len(await office.read(f"{webhook['at']}/attempts", owner)) == 1
    for _ in range(2):
        await office.another_worker().tell_failures()
        assert [each.to for each in await waiting_letters(office.connection)] == ["olga@example.com"]
        assert await office.connection.fetchval(told, webhook["id"]) == 1
