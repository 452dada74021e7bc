"""Card payments when something fails between us and the provider: answers lost, webhooks forged, processes killed."""

import asyncio
import json
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from omd.db import Database
from omd.entrypoints.api.parts import AppServices
from omd.entrypoints.jobs import Doors, caused_by, handlers_of
from omd.features.folios.cards.accounts import Tills
from omd.features.folios.cards.settling import LOST_AFTER
from omd.infra.events import Event
from omd.infra.jobs import Attempt, JobFailed
from omd.infra.mail import FileMailer
from omd.kernel.clock import FixedClock
from support import card_payments
from support.card_payments import PATIENCE_SECONDS, Terminal, listening_at, settled_later
from support.jobs import agreeing
from support.logs import lines, logged
from support.served_app import KEYRING, KEYS, PLENTY, application, running
from support.serving import free_port
from support.worlds import Connection, World

AT_ONCE = 6


async def test_a_webhook_counts_once_however_often_and_in_whatever_order_it_comes(terminal: Terminal) -> None:
    folio = await terminal.folio()
    waiting = await terminal.pay(folio, "tok_confirm")
    await terminal.provider.post(waiting["confirm_url"], json={})
    reference = (await terminal.at_provider(waiting))["reference"]
    gone_back = await terminal.provider.post(f"/v1/payments/{reference}/refunds", json={"amount": "10.00"})
    assert gone_back.status_code == 201
    messages = await terminal.messages()
    assert await terminal.heard(*reversed(messages)) == ["learned"] * 4
    assert await terminal.heard(*messages, *messages) == ["known_already"] * 8
    told = await terminal.read(waiting)
    assert (told["status"], told["captured"], told["refunded"]) == ("partly_refunded", "60.00", "10.00")
    assert [each["text"] for each in told["refunds"]] == ["Refunded at the provider"]
    assert [kind for kind, _, _ in await terminal.cashier.statement(folio)] == ["charge", "payment", "refund"]


async def test_webhooks_at_once_post_once(terminal: Terminal) -> None:
    folio = await terminal.folio()
    waiting = await terminal.pay(folio, "tok_confirm")
    await terminal.provider.post(waiting["confirm_url"], json={})
    messages = [each for each in await terminal.messages() for _ in range(3)]
    answers = await asyncio.gather(*(terminal.deliver(each) for each in messages))
    assert Counter(each.json()["outcome"] for each in answers) == {"learned": 3, "known_already": 6}
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


async def test_what_is_not_signed_or_old_or_of_another_hotel_is_not_taken(
    terminal: Terminal, clock: FixedClock, world: World
) -> None:
    folio = await terminal.folio()
    waiting = await terminal.pay(folio, "tok_confirm")
    await terminal.provider.post(waiting["confirm_url"], json={})
    message = (await terminal.messages())[-1]
    forged = {**message, "body": message["body"].replace("60.00", "61.00")}
    unsigned = {**message, "headers": {}}
    renamed = {**message, "headers": {**message["headers"], "webhook-id": "evt_other"}}
    with logged() as written:
        for each in (forged, unsigned, renamed, {**message, "body": "é"}):
            assert await terminal.heard(each) == ["webhook_not_signed"]
    assert [each["business"] for each in lines(written, "payment_webhook_refused")] == [world.grand.id] * 4
    other = f"/api/v1/payment-webhooks/test/{world.lodge.omd_id}/{world.lodge.id}"
    nowhere = "/api/v1/payment-webhooks/test/2147483647/2147483647"
    refused = [await terminal.deliver(message, path) for path in (other, nowhere)]
    assert [each.status_code for each in refused] == [401, 401]
    assert refused[0].json()["detail"] == refused[1].json()["detail"]
    huge = {**message, "body": message["body"] + " " * 200_000}
    assert (await terminal.deliver(huge)).status_code == 413
    before = clock.now()
    clock.set(before + timedelta(hours=1))
    assert await terminal.heard(message) == ["webhook_not_signed"]
    clock.set(before)
    assert (await terminal.cashier.folio(folio))["paid"] == "0.00"


async def test_a_payment_of_nobody_here_is_kept_and_nothing_follows(terminal: Terminal) -> None:
    folio = await terminal.folio()
    of_others = {"our_id": "somebody-elses", "amount": "5.00", "currency": "RON", "token": "tok_ok"}
    assert (await terminal.provider.post("/v1/payments", json=of_others)).status_code == 201
    assert await terminal.heard(*await terminal.messages()) == ["not_ours", "not_ours"]
    assert (await terminal.cashier.folio(folio))["paid"] == "0.00"


@pytest.mark.parametrize("token", ["tok_silent", "tok_broken"])
async def test_a_lost_answer_is_found_out_by_the_job(
    token: str, terminal: Terminal, tills: Tills, db: Database, world: World, clock: FixedClock
) -> None:
    folio = await terminal.folio()
    lost = await terminal.pay(folio, token)
    assert (lost["status"], lost["waits_for"]) == ("created", "provider")
    assert (await terminal.at_provider(lost))["status"] == "captured"
    for _ in range(2):
        assert await settled_later(tills, db, world, lost, clock)
    assert await terminal.heard(*await terminal.messages()) == ["learned", "learned"]
    told = await terminal.read(lost)
    assert (told["status"], told["waits_for"]) == ("captured", None)
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


async def test_a_lost_answer_is_found_out_by_the_webhook(terminal: Terminal) -> None:
    folio = await terminal.folio()
    lost = await terminal.pay(folio, "tok_broken", capture="later")
    assert await terminal.heard(*await terminal.messages()) == ["learned"]
    assert (await terminal.read(lost))["status"] == "authorised"
    unsure = await terminal.do(lost, "capture")
    assert (unsure.status_code, unsure.json()["status"]) == (200, "authorised")
    assert unsure.json()["waits_for"] == "provider"
    assert (await terminal.do(lost, "cancel")).json()["code"] == "payment_under_way"
    assert (await terminal.do(lost, "capture")).json()["status"] == "captured"
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


async def test_what_the_provider_never_got_is_given_up(
    terminal: Terminal, tills: Tills, db: Database, world: World, clock: FixedClock
) -> None:
    lost = await terminal.pay(await terminal.folio(), "tok_down")
    assert (lost["status"], lost["waits_for"]) == ("created", "provider")
    assert not await settled_later(tills, db, world, lost, clock)
    clock.set(clock.now() + timedelta(minutes=2))
    await terminal.set_account(await terminal.new_account())
    assert not await settled_later(tills, db, world, lost, clock), "the hotel is known by another name since: who knows"
    await terminal.cashier.desk.connection.execute("update payment_accounts set set_at = set_at - interval '1 hour'")
    assert await settled_later(tills, db, world, lost, clock)
    told = await terminal.read(lost)
    assert (told["status"], told["reason"], told["waits_for"]) == ("failed", "never_reached_provider", None)


async def test_a_refund_whose_answer_is_lost_is_found_out(
    terminal: Terminal, tills: Tills, db: Database, world: World, clock: FixedClock
) -> None:
    paid = await terminal.pay(await terminal.folio(), "tok_broken")
    assert await settled_later(tills, db, world, paid, clock)
    unsure = (await terminal.do(paid, "refund", {"amount": "20.00", "text": "Lift"})).json()
    assert (unsure["status"], unsure["waits_for"], unsure["refunded"]) == ("captured", "provider", "0.00")
    assert (await terminal.cashier.folio(paid["folio_id"]))["paid"] == "40.00"
    assert await settled_later(tills, db, world, paid, clock)
    assert (await terminal.read(paid))["refunded"] == "20.00"
    assert len((await terminal.at_provider(paid))["refunds"]) == 1


async def test_who_dies_while_the_provider_is_asked_is_followed_by_the_job(
    terminal: Terminal,
    tills: Tills,
    db: Database,
    world: World,
    clock: FixedClock,
    database_dsn: str,
    provider_url: str,
) -> None:
    folio = await terminal.folio()
    place = {"omd_id": world.grand.omd_id, "business_id": world.grand.id}
    task = {"dsn": database_dsn, "keys": KEYS, "provider": provider_url, "folio_id": folio, **place}
    script = str(Path(card_payments.__file__).with_name("paying_process.py"))
    dying = await asyncio.create_subprocess_exec(sys.executable, script, stdin=asyncio.subprocess.PIPE)
    assert dying.stdin is not None
    dying.stdin.write(json.dumps(task).encode())
    dying.stdin.close()
    while not (told := await terminal.messages()):
        assert dying.returncode is None
    dying.kill()
    await dying.wait()
    assert [json.loads(each["body"])["type"] for each in told][:1] == ["payment.authorised"]
    (left,) = (await terminal.cashier.send("GET", terminal.at(folio))).json()
    assert (left["status"], left["waits_for"]) == ("created", "provider")
    assert await settled_later(tills, db, world, left, clock)
    assert (await terminal.read(left))["status"] == "captured"
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


async def test_asking_puts_in_the_job_that_looks_after_it(
    terminal: Terminal,
    tills: Tills,
    db: Database,
    maintenance_db: Database,
    relay: Database,
    owner_connection: Connection,
    clock: FixedClock,
) -> None:
    lost = await terminal.pay(await terminal.folio(), "tok_broken")
    row = await owner_connection.fetchrow("select * from events where type = 'folio.card_payment_asked'")
    assert row is not None
    job = caused_by(msgspec.convert({**row, "position": 1}, Event))
    assert job is not None
    assert (job.kind.name, job.delay) == ("settle_payment", LOST_AFTER)
    watch = agreeing(clock)
    kept = timedelta(days=1)
    doors = Doors(db, maintenance_db, relay)
    mailer = FileMailer(Path("nowhere"), sender="x@example.com", clock=clock)
    handlers = handlers_of(doors, mailer=mailer, clock=clock, clock_watch=watch, dead_kept=kept, tills=tills)
    payload, attempt = msgspec.json.encode(job.payload), Attempt(1, "once", 1)
    await handlers.do(job.kind.name, payload, attempt)
    assert (await terminal.read(lost))["status"] == "captured"
    unheard = await terminal.pay(lost["folio_id"], "tok_down")
    payment = msgspec.json.encode(msgspec.structs.replace(job.payload, payment_id=unheard["id"]))
    with pytest.raises(JobFailed):
        await handlers.do(job.kind.name, payment, attempt)


async def test_the_provider_itself_tells_of_what_happens(
    db: Database, clock: FixedClock, redis_url: str, tills: Tills, terminal: Terminal
) -> None:
    services = AppServices(database=db, clock=clock, keyring=KEYRING, quotas=PLENTY, payments=tills.providers)
    port = free_port()
    with application(services) as app:
        async with running(app), listening_at(port, app):
            url = f"http://127.0.0.1:{port}{terminal.account['webhook_path']}"
            assert (await terminal.provider.put("/v1/webhook", json={"url": url})).status_code == 200
            waiting = await terminal.pay(await terminal.folio(), "tok_confirm")
            await terminal.provider.post(waiting["confirm_url"], json={})
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (await terminal.read(waiting))["status"] != "captured":
                    pass
