"""What servers remember of tokens: ends, bounds, hotels and consents reach each of them within a second."""

from datetime import datetime, timedelta

import pytest

from omd.db import Database, Transaction
from omd.features.identity import Action, Principal, PrincipalResolver, create_token
from omd.features.identity.holder import Holder
from omd.features.identity.machines import commands
from omd.kernel.actor import Actor
from omd.kernel.clock import FixedClock
from omd.kernel.errors import NotAllowed
from omd.kernel.ids import BusinessId
from support.roles import acting_as
from support.worlds import NOW, Connection, Omd, World, hotel_actor, system_actor

READ = "select last_used_at from access_tokens where token_hash = sha256($1::text::bytea)"


def owner_actor(world: World) -> Actor:
    hotel = (world.grand.id,)
    return Actor(world.alpha.id, "hotel", hotel, (), "user:1", admin_business_ids=hotel, user_id=1)


async def made(db: Database, omd: Omd, business_id: BusinessId | None) -> str:
    async with db.transaction(system_actor(omd)) as tx:
        return (await create_token(tx, omd_id=omd.id, business_id=business_id, name="test")).token


async def after(clock: FixedClock, seconds: float) -> datetime:
    clock.set(clock.now() + timedelta(seconds=seconds))
    return clock.now()


@pytest.fixture
def workers(db: Database, clock: FixedClock) -> tuple[PrincipalResolver, PrincipalResolver]:
    """Two servers, each with a memory of its own."""
    return PrincipalResolver(db, clock=clock), PrincipalResolver(db, clock=clock)


async def resolved(resolver: PrincipalResolver, token: str) -> Principal:
    principal = await resolver.resolve(token)
    assert principal is not None
    return principal


@pytest.mark.parametrize("of_omd", [False, True])
async def test_an_end_reaches_every_server_within_a_second_though_all_are_busy(
    workers: tuple[PrincipalResolver, PrincipalResolver],
    maintenance_db: Database,
    owner_connection: Connection,
    world: World,
    clock: FixedClock,
    *,
    of_omd: bool,
) -> None:
    token = await made(maintenance_db, world.alpha, None if of_omd else world.grand.id)
    for _ in range(5):
        for resolver in workers:
            await resolved(resolver, token)
        await after(clock, 0.5)
    await owner_connection.execute("update access_tokens set revoked_at = $1", clock.now())
    await after(clock, 1)
    assert [await resolver.resolve(token) for resolver in workers] == [None, None]


async def test_lost_scopes_are_lost_by_a_server_that_remembers_them(
    workers: tuple[PrincipalResolver, PrincipalResolver], db: Database, world: World, clock: FixedClock
) -> None:
    holder, actor = Holder(world.alpha.id, world.grand.id), owner_actor(world)

    async def work(tx: Transaction) -> tuple[int, str]:
        account = await commands.create_account(
            tx, actor, holder, name="partner", scopes=["inventory.read", "reservations.read"]
        )
        _, new = await commands.create_key(
            *(tx, actor, holder), name="key", scopes=None, expires_at=None, service_account_id=account.id, now=NOW
        )
        return account.id, new.token

    account_id, token = await db.write(actor, work)
    principal = await resolved(workers[0], token)
    assert principal.actor_for(Action.RESERVATIONS_READ).reading_business_ids == (world.grand.id,)
    await db.write(
        actor,
        lambda tx: commands.change_account(tx, holder, account_id, name=None, scopes=["inventory.read"], now=NOW),
    )
    await after(clock, 1)
    narrowed = await resolved(workers[0], token)
    with pytest.raises(NotAllowed):
        narrowed.actor_for(Action.RESERVATIONS_READ)
    assert narrowed.actor_for(Action.INVENTORY_READ).business_ids == (world.grand.id,)


async def test_what_does_not_change_is_not_made_anew(
    workers: tuple[PrincipalResolver, PrincipalResolver], maintenance_db: Database, world: World, clock: FixedClock
) -> None:
    """The actors a principal has made stay with it, for a hotel and for a destination."""
    for business_id in (world.grand.id, None):
        token = await made(maintenance_db, world.alpha, business_id)
        first = await resolved(workers[0], token)
        await after(clock, 1)
        assert await resolved(workers[0], token) is first


async def test_a_new_member_is_seen_within_a_second(
    workers: tuple[PrincipalResolver, PrincipalResolver],
    maintenance_db: Database,
    owner_connection: Connection,
    world: World,
    clock: FixedClock,
) -> None:
    token = await made(maintenance_db, world.alpha, None)
    assert set((await resolved(workers[0], token)).members) == {world.grand.id, world.lodge.id}
    joined = await owner_connection.fetchval(
        "insert into businesses (omd_id, code, name, time_zone, currency) "
        "values ($1, 'inn', 'Inn', 'Europe/Bucharest', 'RON') returning id",
        world.alpha.id,
    )
    await after(clock, 1)
    assert joined in (await resolved(workers[0], token)).members


async def test_the_last_use_is_true_to_five_minutes_and_written_rarely(
    workers: tuple[PrincipalResolver, PrincipalResolver],
    maintenance_db: Database,
    owner_connection: Connection,
    world: World,
    clock: FixedClock,
) -> None:
    token = await made(maintenance_db, world.alpha, world.grand.id)
    assert await owner_connection.fetchval(READ, token) is None
    await resolved(workers[0], token)
    written = {await owner_connection.fetchval(READ, token)}
    assert written == {NOW}
    for _ in range(1200):
        await after(clock, 1)
        await resolved(workers[0], token)
        on_record = await owner_connection.fetchval(READ, token)
        assert clock.now() - on_record <= timedelta(minutes=5)
        written.add(on_record)
    assert len(written) <= 6, "twenty minutes of use, one write in four minutes"


async def test_the_last_use_moves_forward_only(
    db: Database, maintenance_db: Database, owner_connection: Connection, world: World, clock: FixedClock
) -> None:
    token = await made(maintenance_db, world.alpha, world.grand.id)
    await resolved(PrincipalResolver(db, clock=clock), token)
    clock.set(NOW - timedelta(hours=1))
    await resolved(PrincipalResolver(db, clock=clock), token)
    assert await owner_connection.fetchval(READ, token) == NOW
    await owner_connection.execute("update access_tokens set last_used_at = null")
    assert await owner_connection.fetchval(READ, token) == NOW


async def test_a_row_that_somebody_holds_keeps_nobody_waiting(
    db: Database, maintenance_db: Database, owner_connection: Connection, world: World, clock: FixedClock
) -> None:
    token = await made(maintenance_db, world.alpha, world.grand.id)
    async with owner_connection.transaction():
        await owner_connection.execute("select from access_tokens for update")
        await resolved(PrincipalResolver(db, clock=clock), token)
    assert await owner_connection.fetchval(READ, token) is None


async def test_only_who_knows_a_token_notes_its_use(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    token = await made(maintenance_db, world.alpha, world.grand.id)
    note = "select note_token_use(array[sha256($1::text::bytea)], array[$2::timestamptz])"
    for actor in (None, hotel_actor(world.grand), owner_actor(world)):
        async with acting_as(owner_connection, "omd_app", actor) as connection:
            await connection.execute(note, token, NOW)
            await connection.execute("reset role")
            seen = await connection.fetchval(READ, token)
            # Whoever administers the hotel's keys could note it too: it is a time, and goes forward only.
            assert seen == (NOW if actor is not None and actor.admin_business_ids else None)


@pytest.mark.parametrize(
    "widening",
    [
        "set scopes = null",
        "set scopes = '{inventory.read,reservations.read}'",
        "set expires_at = null",
        "set expires_at = expires_at + interval '1 second'",
        "set revoked_at = null",
    ],
)
async def test_no_writer_widens_a_token(owner_connection: Connection, world: World, widening: str) -> None:
    """Not even the owner of the tables: the trigger holds it for everybody."""
    await owner_connection.execute(
        "insert into access_tokens (omd_id, business_id, name, prefix, token_hash, scopes, expires_at, revoked_at) "
        "values ($1, $2, 'test', 'test', sha256('x'), '{inventory.read}', $3, $3)",
        *(world.alpha.id, world.grand.id, NOW),
    )
    with pytest.raises(Exception, match="bounds are never widened"):
        await owner_connection.execute(f"update access_tokens {widening}")
