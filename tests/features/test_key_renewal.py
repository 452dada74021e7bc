"""`omd key renew`: all that is encrypted moves to the newest key, after which the older ones may go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from omd.db import Database
from omd.entrypoints.cli.key import key_app
from omd.entrypoints.jobs import SEND_MAIL
from omd.features.identity.people.commands import totp_context
from omd.features.reservations import renewal
from omd.infra.jobs import JobQueue, NewJob
from omd.infra.keyring import Keyring
from omd.infra.mail.letter import Letter
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.front_desk import Desk
from support.parties import Tokens
from support.persons import Headers, Persons
from support.rights import widen_keys
from support.served_app import served
from support.servers import Servers
from support.webhook_target import WebhookTarget
from support.webhooks import grand
from support.worlds import Connection, World

GUESTS = 5
OTP = b"the secret of a second factor"


class Place:
    """What is encrypted, seen by servers with one keyring or another."""

    def __init__(
        self, db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World, owner: Connection
    ) -> None:
        self._services = (db, clock, redis_url)
        self._tokens = tokens
        self._world = world
        self.connection = owner

    @asynccontextmanager
    async def desk(self, keys: str) -> AsyncIterator[Desk]:
        """The front desk at a server with these keys."""
        async with served(*self._services, keyring=Keyring.parse(keys), webhooks_to_loopback=True) as client:
            yield Desk(client, self._tokens, self._world, self.connection)


@pytest.fixture
def place(
    db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World, owner_connection: Connection
) -> Place:
    """The place of the test."""
    return Place(db, clock, redis_url, tokens, world, owner_connection)


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    """Where `omd` is typed."""
    return Terminal(servers, database_name, clock)


async def filled(place: Place, keys: str, owner: Headers, world: World, target: WebhookTarget) -> tuple[list[str], str]:
    """Keep documents, a webhook whose secret was rotated, and a second factor; return the stays and the webhook."""
    async with place.desk(keys) as desk:
        booked = []
        for number in range(GUESTS):
            guest = {"last_name": "Ene", "document_type": "passport", "document_number": f"RX{number}471138"}
            stay = await desk.booked("double", f"2027-05-{number + 1:02d}", f"2027-05-{number + 2:02d}", guests=[guest])
            booked.append(stay["id"])
        path = f"{grand(world)}/webhooks"
        made = await desk.client.post(path, json={"url": target.url, "event_types": []}, headers=owner)
        webhook: str = made.json()["webhook"]["id"]
        await desk.client.post(f"{path}/{webhook}/rotate", json={"overlap_seconds": 3600}, headers=owner)
    user = await place.connection.fetchval("select min(id) from users")
    await place.connection.execute(
        "insert into user_credentials (user_id, totp_secret) values ($1, $2)",
        *(user, Keyring.parse(keys).encrypt(OTP, totp_context(user))),
    )
    return booked, webhook


async def test_after_a_renewal_the_old_key_may_go(
    place: Place,
    terminal: Terminal,
    persons: Persons,
    world: World,
    target: WebhookTarget,
    events: Database,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    widen_keys(monkeypatch)
    monkeypatch.setattr(renewal, "BATCH", 2)
    old, new = Keyring.make_key(), Keyring.make_key()
    owner = await persons.headers("olga", ("owner", world.grand))
    booked, webhook = await filled(place, old, owner, world, target)
    letter = Letter("invitation", "ana@example.com", "Come in", "https://example.com/secret")
    await JobQueue(events, keyring=Keyring.parse(old), clock=clock).put(NewJob(SEND_MAIL, letter))

    monkeypatch.setenv("OMD_SECRET_KEYS", new)
    refused = await terminal.type(key_app, "renew")
    assert refused.exit_code == 1
    assert f"0 document numbers were encrypted anew, {GUESTS} cannot be read" in refused.stdout
    assert "Put the key of what cannot be read back" in refused.stderr

    monkeypatch.setenv("OMD_SECRET_KEYS", f"{new},{old}")
    for renewed in (GUESTS, 0):
        done = await terminal.type(key_app, "renew")
        assert done.exit_code == 0, done.output
        others = min(renewed, 1)
        assert done.stdout.splitlines() == [
            f"{renewed} document numbers were encrypted anew, 0 cannot be read.",
            f"{others} second factors were encrypted anew, 0 cannot be read.",
            f"{others} webhooks were encrypted anew, 0 cannot be read.",
            "0 payment accounts were encrypted anew, 0 cannot be read.",
            f"{others} letters were encrypted anew, 0 cannot be read.",
        ]

    async with place.desk(new) as desk:
        for number, stay in enumerate(booked):
            read = await desk.send("GET", f"/reservations/{stay}/documents")
            assert read.json()[0]["document_number"] == f"RX{number}471138"
        tested = await desk.client.post(f"{grand(world)}/webhooks/{webhook}/test", headers=owner)
        assert tested.json()["delivered"] is True
    kept = await place.connection.fetchrow("select user_id, totp_secret from user_credentials")
    assert kept is not None
    assert Keyring.parse(new).decrypt(kept["totp_secret"], totp_context(kept["user_id"])) == OTP
    sealed = await place.connection.fetch("select secret, old_secret from webhook_subscriptions")
    assert all(Keyring.parse(new).is_newest(each) for row in sealed for each in row)
    waiting = await place.connection.fetchval("select payload from jobs where entrypoint = 'send_mail'")
    assert b"https://example.com/secret" in Keyring.parse(new).decrypt(waiting, "job:send_mail")


async def test_no_request_may_write_a_number_by_itself(owner_connection: Connection) -> None:
    """The right is of the role that no request has, and of this column alone."""
    may = "select has_column_privilege($1, 'reservation_guests', $2, 'update')"
    columns = ("document_number", "last_name", "document_ending")
    for role, wanted in (
        ("omd_maintenance", [True, False, False]),
        ("omd_app", [False] * 3),
        ("omd_relay", [False] * 3),
    ):
        assert [await owner_connection.fetchval(may, role, each) for each in columns] == wanted
