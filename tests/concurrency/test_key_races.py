"""Whoever ends a key or an account against whoever gets something by it at the same moment."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from omd.db import Database
from omd.features.identity.holder import Holder
from omd.features.identity.machines import commands, oauth
from omd.features.identity.machines.errors import KeyEnded, ServiceAccountDisabled
from omd.features.identity.machines.model import Key, ServiceAccount
from omd.features.identity.machines.oauth import Client, Credentials
from omd.kernel.actor import Actor
from omd.kernel.errors import OmdError
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, Connection, World

IN_FORCE = "select count(*) from access_tokens where kind = 'oauth' and revoked_at is null"


class Partner(msgspec.Struct, frozen=True):
    """A service account of the hotel `grand`, and its one key."""

    actor: Actor
    holder: Holder
    account: ServiceAccount
    key: Key
    secret: str


@pytest.fixture
async def partner(racers: Database, world: World) -> Partner:
    hotel = (world.grand.id,)
    actor = Actor(world.alpha.id, "hotel", hotel, (), "user:1", admin_business_ids=hotel, user_id=1)
    holder = Holder(world.alpha.id, world.grand.id)
    async with racers.transaction(actor) as tx:
        account = await commands.create_account(tx, actor, holder, name="partner", scopes=["inventory.read"])
        key, made = await commands.create_key(
            *(tx, actor, holder), name="key", scopes=None, expires_at=None, service_account_id=account.id, now=NOW
        )
    return Partner(actor, holder, account, key, made.token)


async def client_of(racers: Database, partner: Partner) -> Client:
    credentials = Credentials(partner.account.client_id, partner.secret, basic=False)
    return await oauth.authenticate_client(racers, credentials, now=NOW)


async def test_two_rotations_make_one_successor(
    racers: Database, watcher: Connection, owner_connection: Connection, partner: Partner
) -> None:
    async with held_up(owner_connection, "select from access_tokens where id = $1 for update", partner.key.id):
        race = [
            asyncio.create_task(
                attempt(
                    racers,
                    partner.actor,
                    lambda tx: commands.rotate_key(
                        tx, partner.actor, partner.holder, partner.key.id, overlap=timedelta(hours=1), now=NOW
                    ),
                )
            )
            for _ in range(8)
        ]
        await until_waiting(watcher, 8)
    outcomes = await asyncio.gather(*race)
    assert [type(each) for each in outcomes if isinstance(each, OmdError)] == [KeyEnded] * 7
    successors = "select count(*) from access_tokens where replaces_id = $1"
    assert await owner_connection.fetchval(successors, partner.key.id) == 1


ENDINGS = {
    "key": "update access_tokens set revoked_at = now() where kind = 'key'",
    "account": "update service_accounts set disabled_at = now()",
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_no_token_is_issued_past_an_end(
    racers: Database, watcher: Connection, owner_connection: Connection, partner: Partner, ending: str
) -> None:
    """The client proved who it is before the end was committed, and asks for the token after."""
    client = await client_of(racers, partner)
    async with held_up(owner_connection, ENDINGS[ending]):
        asking = asyncio.create_task(
            attempt(racers, client.actor, lambda tx: oauth.issue_token(tx, client, scope=None, now=NOW))
        )
        await until_waiting(watcher, 1)
    assert isinstance(await asking, KeyEnded | ServiceAccountDisabled)
    assert await owner_connection.fetchval(IN_FORCE) == 0


async def test_without_the_guard_a_token_outlives_its_key(
    racers: Database, owner_connection: Connection, partner: Partner
) -> None:
    await owner_connection.execute("alter table access_tokens disable trigger _500_stay_within")
    client = await client_of(racers, partner)
    async with held_up(owner_connection, ENDINGS["key"]):
        issued = await attempt(racers, client.actor, lambda tx: oauth.issue_token(tx, client, scope=None, now=NOW))
    assert not isinstance(issued, OmdError)
    assert await owner_connection.fetchval(IN_FORCE) == 1


async def test_an_end_takes_what_was_issued_a_moment_before(
    racers: Database, watcher: Connection, owner_connection: Connection, partner: Partner
) -> None:
    """The end waits for the token under way, and then ends it too."""
    client = await client_of(racers, partner)
    async with racers.transaction(client.actor) as tx:
        await oauth.issue_token(tx, client, scope=None, now=NOW)
        ending = asyncio.create_task(
            attempt(
                racers,
                partner.actor,
                lambda tx: commands.disable_account(tx, partner.holder, partner.account.id, now=NOW),
            )
        )
        await until_waiting(watcher, 1)
    assert not isinstance(await ending, OmdError)
    assert await owner_connection.fetchval(IN_FORCE) == 0


async def test_no_key_is_made_for_an_account_that_ends(
    racers: Database, watcher: Connection, owner_connection: Connection, partner: Partner
) -> None:
    async with held_up(owner_connection, ENDINGS["account"]):
        making = asyncio.create_task(
            attempt(
                racers,
                partner.actor,
                lambda tx: commands.create_key(
                    *(tx, partner.actor, partner.holder),
                    name="late",
                    scopes=None,
                    expires_at=None,
                    service_account_id=partner.account.id,
                    now=NOW,
                ),
            )
        )
        await until_waiting(watcher, 1)
    assert isinstance(await making, ServiceAccountDisabled)
    assert await owner_connection.fetchval("select count(*) from access_tokens where revoked_at is null") == 0
