"""What the database itself refuses to those who handle roles, keys and consents, whatever the program asks."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from omd.db.embedded import EmbeddedPostgres
from omd.db.migrator import Migrator
from omd.kernel.actor import Actor
from omd.kernel.ids import OmdId
from support.persons import Persons
from support.roles import acting_as
from support.worlds import NOW, Connection, World, hotel_actor, omd_actor

GIVE = "insert into memberships (omd_id, business_id, user_id, role, created_by) values ($1, $2, $3, $4, 'forged')"
MAKE = (
    "insert into access_tokens (omd_id, business_id, name, prefix, token_hash, scopes) "
    "values ($1, $2, 'forged', 'forged', sha256('forged'), '{inventory.read}')"
)


def forged(world: World, user_id: int | None, *, administers_omd: bool = False) -> Actor:
    """Return an actor whose context claims to administer everything of `alpha`."""
    members = tuple(each.id for each in world.alpha.hotels.values())
    return Actor(
        *(world.alpha.id, "omd", members, (), "test:forged"),
        admin_business_ids=members,
        administers_omd=administers_omd,
        user_id=user_id,
    )


@pytest.fixture
async def clerk(persons: Persons, world: World) -> int:
    """A receptionist of the hotel `grand`."""
    return await persons.add("rica", ("receptionist", world.grand))


@pytest.mark.parametrize("role", ["owner", "manager", "housekeeper"])
async def test_a_context_alone_gives_no_role(owner_connection: Connection, world: World, clerk: int, role: str) -> None:
    """Whoever claims to administer a hotel and is none of its owners or managers gives nobody anything."""
    for user_id in (clerk, None):
        async with acting_as(owner_connection, "omd_app", forged(world, user_id)) as connection:
            with pytest.raises(asyncpg.PostgresError, match="not this actor's to give"):
                await connection.execute(GIVE, world.alpha.id, world.grand.id, clerk, role)


async def test_a_role_elsewhere_gives_nothing_here(
    owner_connection: Connection, persons: Persons, world: World, clerk: int
) -> None:
    owner = await persons.add("lorenz", ("owner", world.lodge), ("omd_administrator", world.beta))
    async with acting_as(owner_connection, "omd_app", forged(world, owner, administers_omd=True)) as connection:
        for business_id, role in ((world.grand.id, "owner"), (world.grand.id, "manager"), (None, "omd_analyst")):
            with pytest.raises(asyncpg.PostgresError, match="not this actor's to give"):
                async with connection.transaction():
                    await connection.execute(GIVE, world.alpha.id, business_id, clerk, role)


async def test_a_role_that_ended_gives_nothing(
    owner_connection: Connection, persons: Persons, world: World, clerk: int
) -> None:
    await persons.add("olga", ("owner", world.grand))
    owner = await persons.add("oana", ("owner", world.grand))
    await owner_connection.execute(
        "update memberships set ended_at = $1, ended_by = 'test' where user_id = $2", NOW, owner
    )
    async with acting_as(owner_connection, "omd_app", forged(world, owner)) as connection:
        with pytest.raises(asyncpg.PostgresError, match="not this actor's to give"):
            await connection.execute(GIVE, world.alpha.id, world.grand.id, clerk, "manager")


async def test_an_operator_makes_administrators_and_sees_nothing(
    owner_connection: Connection, persons: Persons, world: World, clerk: int
) -> None:
    operator = await persons.add("otto", operator=True)
    actor = Actor(OmdId(0), "hotel", (), (), "user:otto", operates_platform=True, user_id=operator)
    async with acting_as(owner_connection, "omd_app", actor) as connection:
        await connection.execute(GIVE, world.alpha.id, None, operator, "omd_administrator")
        for business_id, role in ((None, "omd_analyst"), (world.grand.id, "owner"), (world.grand.id, "housekeeper")):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                async with connection.transaction():
                    await connection.execute(GIVE, world.alpha.id, business_id, operator, role)
        for table in ("businesses", "reservations", "access_tokens", "consents"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0
        assert await connection.fetchval("select count(*) from memberships where user_id = $1", clerk) == 0


async def test_keys_and_consents_are_made_where_one_administers(owner_connection: Connection, world: World) -> None:
    consent = (
        "insert into consents (omd_id, business_id, what, granted_at, granted_by) values ($1, $2, 'guests', $3, '')"
    )
    for actor in (hotel_actor(world.grand), omd_actor(world.alpha)):
        async with acting_as(owner_connection, "omd_app", actor) as connection:
            for business_id in (world.grand.id, None):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                    async with connection.transaction():
                        await connection.execute(MAKE, world.alpha.id, business_id)
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await connection.execute(consent, world.alpha.id, world.grand.id, NOW)


async def test_a_membership_that_is_over_stays_over(
    owner_connection: Connection, persons: Persons, world: World, clerk: int
) -> None:
    await owner_connection.execute(
        "update memberships set ended_at = $1, ended_by = 'test' where user_id = $2", NOW, clerk
    )
    with pytest.raises(asyncpg.PostgresError, match="is over"):
        await owner_connection.execute("update memberships set ended_at = null, ended_by = null")


@pytest.fixture(scope="module")
async def old_database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A database of its own, migrated to the newest version."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("pg"), sync_initdb=False) as server:
        dsn = server.dsn(user="postgres", database="postgres")
        await Migrator(dsn).migrate()
        yield dsn


BOUNDED = """
insert into omds (code, name) values ('valley', 'The Valley');
insert into service_accounts (omd_id, client_id, name, scopes, created_by)
select id, 'client', 'Partner', '{inventory.read}', 'test' from omds;
insert into access_tokens (omd_id, name, prefix, token_hash, scopes, service_account_id)
select omd_id, 'key', 'key', sha256('key'), '{inventory.read}', id from service_accounts;
insert into access_tokens (omd_id, name, prefix, token_hash) select id, 'plain', 'plain', sha256('plain') from omds;
insert into access_tokens (omd_id, name, prefix, token_hash, kind, scopes, expires_at, service_account_id, issued_by_id)
select omd_id, 'token', 'token', sha256('token'), 'oauth', scopes, now() + interval '1 hour', service_account_id, id
from access_tokens where name = 'key';
"""


async def test_going_back_widens_nothing(old_database: str) -> None:
    """A token that the older schema could not bound is gone or over; what was unbounded goes on."""
    in_force = "select array_agg(name order by name) from access_tokens where revoked_at is null"
    connection = await asyncpg.connect(old_database)
    try:
        await connection.execute(BOUNDED)
        assert await connection.fetchval(in_force) == ["key", "plain", "token"]
        migrator = Migrator(old_database)
        await migrator.rollback(to=5)
        assert await connection.fetchval(in_force) == ["key", "plain"]
        await migrator.rollback(to=3)
        assert await connection.fetchval(in_force) == ["plain"]
        await migrator.migrate()
        assert await connection.fetchval(in_force) == ["plain"]
    finally:
        await connection.close()
