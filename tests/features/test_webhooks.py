"""Webhooks: who is told what, signed, in order, again until it is taken; nobody waits for somebody else."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from omd.db import Database
from omd.infra.webhooks import purge_webhooks
from omd.kernel.clock import FixedClock
from support.front_desk import Desk
from support.letters import waiting_letters
from support.parties import Tokens
from support.persons import Headers, Persons
from support.webhook_target import GIGABYTE, WebhookTarget, target_open
from support.webhooks import Office, grand, stays
from support.worlds import World

SECRET = "Secretescu"


@pytest.fixture
async def administrator(persons: Persons, world: World) -> Headers:
    """The administrator of the destination `alpha`."""
    return await persons.headers("alma", ("omd_administrator", world.alpha))


async def test_a_hotel_is_told_of_its_stays_and_can_tell_that_it_was_us(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World, clock: FixedClock
) -> None:
    clock.set(datetime.now(UTC))
    owner = await office.owner()
    webhook = await office.add(grand(world), owner, target.url)
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", guests=[{"last_name": SECRET}])
    assert await office.settle() == 1
    (received,) = target.received
    message = Verifier(webhook["secret"]).verify(received.body, received.headers)
    assert (message["type"], message["data"]["stay"]["guest_name"]) == ("reservation.booked", SECRET)
    assert message["data"]["aggregate_id"] == booked["id"]
    assert {n["date"] for n in message["data"]["nights"]} == {"2027-03-10", "2027-03-11"}
    with pytest.raises(WebhookVerificationError):
        Verifier(webhook["secret"]).verify(received.body.replace(b"twin", b"x") + b" ", received.headers)
    (delivery,) = await office.deliveries(webhook, owner)
    assert (delivery["status"], delivery["attempts"], delivery["last_status"]) == ("delivered", 1, 204)
    assert await office.settle() == 0


async def test_a_destination_is_told_of_counters_and_never_of_a_stay(
    office: Office, desk: Desk, target: WebhookTarget, administrator: Headers, world: World
) -> None:
    await office.add(f"/api/v1/omds/{world.alpha.id}", administrator, target.url)
    booked = await desk.booked("twin", "2027-03-01", "2027-03-03", guests=[{"last_name": SECRET}])
    await desk.stepped(booked["id"], "check-in")
    await office.settle()
    (received,) = target.received
    assert received.message["type"] == "availability.changed"
    said = received.body.decode()
    assert SECRET not in said
    assert booked["id"] not in said
    assert booked["code"] not in said


async def test_neighbours_other_destinations_and_other_types_are_told_nothing(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, persons: Persons, world: World
) -> None:
    lodge = await persons.headers("lina", ("owner", world.lodge))
    beta = await persons.headers("bea", ("omd_administrator", world.beta))
    await office.add(f"/api/v1/businesses/{world.lodge.id}", lodge, target.url)
    await office.add(f"/api/v1/omds/{world.beta.id}", beta, target.url)
    await office.add(grand(world), owner, target.url, "reservation.cancelled")
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    assert await office.settle() == 0
    await desk.stepped(booked["id"], "cancel", {"reason": "x"})
    await office.settle()
    assert [each.message["type"] for each in target.received] == ["reservation.cancelled"]


async def test_what_fails_of_one_stay_waits_in_order_and_holds_up_no_other(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    webhook = await office.add(grand(world), owner, target.url)
    poisoned, other = await stays(desk, 2)
    target.answer = lambda received: 500 if received.about == poisoned else 204
    await desk.amended(poisoned, note="one")
    await desk.amended(other, note="two")
    await office.settle()
    told = [(each.about, each.message["type"]) for each in target.received]
    assert told.count((poisoned, "reservation.booked")) == 1
    assert (poisoned, "reservation.amended") not in told
    assert [kind for about, kind in told if about == other] == ["reservation.booked", "reservation.amended"]
    waiting = await office.deliveries(webhook, owner, status="pending")
    assert [(each["attempts"], each["last_status"]) for each in waiting] == [(0, None), (1, 500)]
    target.answer = lambda _received: 204
    office.later(minutes=1)
    await office.settle()
    of_it = [each for each in target.received if each.about == poisoned]
    kinds = ["reservation.booked", "reservation.booked", "reservation.amended"]
    assert [each.message["type"] for each in of_it] == kinds
    assert of_it[0].headers["webhook-id"] == of_it[1].headers["webhook-id"] != of_it[2].headers["webhook-id"]
    assert int(of_it[1].headers["webhook-timestamp"]) - int(of_it[0].headers["webhook-timestamp"]) == 60


async def test_a_gigabyte_of_an_answer_is_cut_off(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    target.answer = lambda _received: "huge"
    webhook = await office.add(grand(world), owner, target.url)
    await stays(desk, 1)
    await office.settle()
    (delivery,) = await office.deliveries(webhook, owner)
    assert delivery["status"] == "delivered"
    assert target.bytes_sent < GIGABYTE // 16, "what the network held, and no more"


@pytest.mark.parametrize(("answer", "status", "error"), [("redirect", 302, None), ("garbage", None, "broken_answer")])
async def test_redirects_are_not_followed_and_nonsense_is_a_failure(
    office: Office,
    desk: Desk,
    target: WebhookTarget,
    owner: Headers,
    world: World,
    answer: str,
    status: int | None,
    error: str | None,
) -> None:
    async with target_open() as inside:
        target.answer = lambda _received: f"redirect:{inside.url}" if answer == "redirect" else answer
        webhook = await office.add(grand(world), owner, target.url)
        await stays(desk, 1)
        await office.settle()
        assert inside.received == []
    (delivery,) = await office.deliveries(webhook, owner)
    assert (delivery["status"], delivery["last_status"], delivery["last_error"]) == ("pending", status, error)


async def test_who_is_gone_is_told_no_more_until_enabled_again(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    target.answer = lambda _received: 410
    webhook = await office.add(grand(world), owner, target.url)
    await stays(desk, 1)
    await office.settle()
    said = await office.read(webhook["at"], owner)
    assert (said["disabled_why"], said["disabled_at"] is None) == ("gone", False)
    (letter,) = await waiting_letters(office.connection)
    assert (letter.to, target.url in letter.text) == ("olga@example.com", True)
    target.answer = lambda _received: 204
    missed = await desk.booked("twin", "2027-03-10", "2027-03-12")
    office.later(days=1)
    assert await office.settle() == 0
    owner = await office.owner()
    changed = await office.client.patch(webhook["at"], json={"disabled": False}, headers=owner)
    assert changed.json()["disabled_at"] is None
    assert await office.settle() == 0
    replayed = await office.client.post(f"{webhook['at']}/replay", json={"after_position": 0}, headers=owner)
    assert replayed.status_code == 202, replayed.text
    assert await office.settle() == 2
    assert target.received[-1].about == missed["id"] or target.received[-2].about == missed["id"]


async def test_after_three_days_it_is_given_up_and_can_be_replayed(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    target.answer = lambda _received: 503
    webhook = await office.add(grand(world), owner, target.url)
    (stay,) = await stays(desk, 1)
    began = office.clock.now()
    made = await office.settle()
    attempted_at = [began]
    while (due := await _due(office)) is not None:
        office.clock.set(due)
        attempted_at.append(due)
        made += await office.settle()
    waits = [later - earlier for earlier, later in itertools.pairwise(attempted_at)]
    assert timedelta(seconds=4) <= waits[0] <= timedelta(seconds=6)
    assert max(waits) <= timedelta(hours=4, minutes=48)
    assert timedelta(days=3) <= attempted_at[-1] - began <= timedelta(days=3, hours=5)
    owner = await office.owner()
    (dead,) = await office.deliveries(webhook, owner, status="dead")
    assert (dead["attempts"], made) == (made, len(target.received))
    assert len({each.headers["webhook-id"] for each in target.received}) == 1
    assert len(await waiting_letters(office.connection)) == 1, "told once that it fails"
    told = "select count(*) from events where type = 'webhook.failing' and aggregate_id = $1"
    assert await office.connection.fetchval(told, webhook["id"]) == 1
    target.answer = lambda _received: 204
    await office.client.post(f"{webhook['at']}/replay", json={"since": began.isoformat()}, headers=owner)
    await office.settle()
    assert (await office.deliveries(webhook, owner, status="dead")) == []
    (delivered,) = await office.deliveries(webhook, owner, status="delivered")
    assert (delivered["aggregate_id"], target.received[-1].about) == (stay, stay)


async def test_a_rotated_secret_signs_beside_the_old_one_for_a_while(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    webhook = await office.add(grand(world), owner, target.url)
    made = await office.client.post(f"{webhook['at']}/rotate", json={"overlap_seconds": 3600}, headers=owner)
    old, new = webhook["secret"], made.json()["secret"]
    (stay,) = await stays(desk, 1)
    await office.settle()
    assert _signers(target, old, new) == {old, new}
    office.later(hours=1)
    await desk.amended(stay, note="x")
    await office.settle()
    assert _signers(target, old, new) == {new}


async def test_the_test_button_tells_what_came_back(
    office: Office, target: WebhookTarget, owner: Headers, world: World
) -> None:
    webhook = await office.add(grand(world), owner, target.url)
    answer = await office.client.post(f"{webhook['at']}/test", headers=owner)
    assert (answer.json()["delivered"], answer.json()["status"]) == (True, 204)
    assert target.received[0].message["type"] == "webhook.test"
    assert _signers(target, webhook["secret"]) == {webhook["secret"]}
    target.answer = lambda _received: 500
    answer = await office.client.post(f"{webhook['at']}/test", headers=owner)
    assert (answer.json()["delivered"], answer.json()["status"]) == (False, 500)
    log = await office.read(f"{webhook['at']}/attempts", owner)
    assert [(each["position"], each["status"]) for each in log] == [(None, 500), (None, 204)]


async def test_deliveries_are_listed_a_page_at_a_time(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World
) -> None:
    webhook = await office.add(grand(world), owner, target.url)
    booked = await stays(desk, 5)
    await office.settle()
    seen, path = [], f"{webhook['at']}/deliveries?limit=2&status=delivered"
    while path:
        answer = await office.client.get(path, headers=owner)
        seen += [each["aggregate_id"] for each in answer.json()]
        path = answer.headers.get("link", "<>").partition(">")[0][1:]
    assert seen == booked[::-1]


async def test_a_secret_is_shown_once_and_kept_nowhere_to_be_read(
    office: Office, owner: Headers, world: World, target: WebhookTarget
) -> None:
    headers = {**owner, "Idempotency-Key": "once"}
    body = {"url": target.url}
    first = await office.client.post(f"{grand(world)}/webhooks", json=body, headers=headers)
    again = await office.client.post(f"{grand(world)}/webhooks", json=body, headers=headers)
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert again.json() == {**first.json(), "secret": None}
    for table in ("webhook_subscriptions", "audit_log", "idempotency_keys"):
        kept = await office.connection.fetchval(f"select string_agg(t::text, ' ') from {table} t")
        assert secret.removeprefix("whsec_") not in kept


async def test_what_nobody_is_told_of_here_is_refused(office: Office, administrator: Headers, world: World) -> None:
    body = {"url": "https://hooks.example", "event_types": ["availability.changed", "reservation.booked"]}
    answer = await office.client.post(f"/api/v1/omds/{world.alpha.id}/webhooks", json=body, headers=administrator)
    assert (answer.status_code, answer.json()["problems"][0]["pointer"]) == (422, "/event_types/1")


async def test_deleted_with_all_it_was_yet_to_be_told(
    office: Office, desk: Desk, target: WebhookTarget, owner: Headers, world: World, maintenance_db: Database
) -> None:
    webhook = await office.add(grand(world), owner, target.url)
    target.answer = lambda _received: 500
    await stays(desk, 1)
    await office.settle()
    assert (await office.client.delete(webhook["at"], headers=owner)).status_code == 200
    assert (await office.client.get(webhook["at"], headers=owner)).status_code == 404
    assert (await office.client.get(f"{webhook['at']}/deliveries", headers=owner)).status_code == 404
    assert await office.read(f"{grand(world)}/webhooks", owner) == []
    office.later(hours=1)
    assert await office.settle() == 0
    # What it leaves may be millions of rows: they go in batches, by the daily work.
    assert await purge_webhooks(maintenance_db, now=office.clock.now(), dead_kept=timedelta(days=90)) == 3
    for table in ("webhook_subscriptions", "webhook_deliveries", "webhook_attempts"):
        assert await office.connection.fetchval(f"select count(*) from {table}") == 0


async def test_a_key_keeps_no_webhooks(office: Office, tokens: Tokens, world: World) -> None:
    answer = await office.client.get(f"{grand(world)}/webhooks", headers=tokens.of("grand"))
    assert answer.status_code == 403


async def _due(office: Office) -> datetime | None:
    due: datetime | None = await office.connection.fetchval(
        "select min(next_attempt_at) from webhook_deliveries where status = 'pending'"
    )
    return due


def _signers(target: WebhookTarget, *secrets: str) -> set[str]:
    """Return which of the secrets signed the last message."""
    received = target.received[-1]
    at = datetime.fromtimestamp(int(received.headers["webhook-timestamp"]), UTC)
    given = received.headers["webhook-signature"].split(" ")
    made = {each: Verifier(each).sign(received.headers["webhook-id"], at, received.body.decode()) for each in secrets}
    assert len(given) == len([each for each in made.values() if each in given])
    return {each for each, signature in made.items() if signature in given}
