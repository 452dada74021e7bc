"""What the database itself lets the role of guests do: one stay, by its code, and nothing beside it."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from factories.stays import hold_stay
from omd.kernel.actor import Actor
from support.roles import acting_as, enter_context
from support.servers import Servers
from support.worlds import NOW, Connection, World

FIRST, LAST = date(2027, 3, 10), date(2027, 3, 12)


def guest_of(world: World, code: str) -> Actor:
    """Return the guest of a stay in `grand` at the moment they cancel, when they reach most."""
    hotel = (world.grand.id,)
    return Actor(world.alpha.id, "guest", hotel, hotel, f"guest:{code}", stay_code=code)


@pytest.fixture
async def guest_connection(servers: Servers, database_name: str) -> AsyncIterator[Connection]:
    """A connection whose login is the role of guests: SET ROLE leads nowhere else."""
    connection = await asyncpg.connect(servers.dsn(user="omd_guest", database=database_name))
    yield connection
    await connection.close()


@pytest.fixture
async def stays(owner_connection: Connection, world: World) -> dict[str, UUID]:
    """Two stays of one hotel and one of another, by code."""
    return {
        "MINE": await hold_stay(owner_connection, world.grand, "twin", FIRST, LAST, room="301", code="MINE"),
        "OTHER": await hold_stay(owner_connection, world.grand, "twin", FIRST, LAST, room="302", code="OTHER"),
        "LODGE": await hold_stay(owner_connection, world.lodge, "double", FIRST, LAST, room="101", code="LODGE"),
    }


async def seen(connection: Connection, question: str) -> list[object]:
    """Return the first column of every row."""
    return [row[0] for row in await connection.fetch(question)]


async def test_a_guest_sees_one_stay_its_guests_and_its_nights(
    owner_connection: Connection, world: World, stays: dict[str, UUID]
) -> None:
    async with acting_as(owner_connection, "omd_guest", guest_of(world, "MINE")) as connection:
        assert await seen(connection, "select id from reservations") == [stays["MINE"]]
        assert await seen(connection, "select distinct reservation_id from reservation_guests") == [stays["MINE"]]
        assert await seen(connection, "select distinct reservation_id from reservation_nights") == [stays["MINE"]]
        assert await seen(connection, "select id from businesses") == [world.grand.id]


async def test_a_guest_without_a_hotel_yet_sees_the_stay_to_compare_the_surname(
    owner_connection: Connection, world: World, stays: dict[str, UUID]
) -> None:
    nowhere = Actor(world.alpha.id, "guest", (), (), "guest:MINE", stay_code="MINE")
    async with acting_as(owner_connection, "omd_guest", nowhere) as connection:
        assert await seen(connection, "select id from reservations") == [stays["MINE"]]
        assert await seen(connection, "select last_name from reservation_guests") == ["Popescu"]


@pytest.mark.parametrize("code", [None, "", "ELSE"])
async def test_without_the_code_of_a_stay_there_is_none(
    owner_connection: Connection, world: World, stays: dict[str, UUID], code: str | None
) -> None:
    assert stays
    hotel = (world.grand.id,)
    lost = Actor(world.alpha.id, "guest", hotel, hotel, "guest", stay_code=code)
    async with acting_as(owner_connection, "omd_guest", lost) as connection:
        for table in ("reservations", "reservation_guests", "reservation_nights"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "select note from reservations",
        "select document_number from reservation_guests",
        "select email from reservation_guests",
        "select * from events",
        "select * from audit_log",
        "select * from users",
        "select * from access_tokens",
        "select * from room_availability",
        "select * from room_type_availability",
        "select * from individual_rooms",
        "update reservations set status = 'in_house'",
        "update reservation_nights set room_id = null",
        "update reservation_guests set last_name = 'x'",
        "delete from reservations",
        "delete from reservation_nights",
        "insert into reservations (omd_id) values (1)",
        "set local role omd_app",
    ],
)
async def test_the_role_has_no_right_to_anything_else(
    guest_connection: Connection, world: World, statement: str
) -> None:
    async with guest_connection.transaction():
        await enter_context(guest_connection, guest_of(world, "MINE"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await guest_connection.execute(statement)


async def test_the_role_runs_two_functions_of_the_owner_and_no_other(owner_connection: Connection) -> None:
    allowed = await owner_connection.fetch(
        "select p.proname::text from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef "
        "and p.prorettype <> 'trigger'::regtype and has_function_privilege('omd_guest', p.oid, 'EXECUTE') order by 1"
    )
    assert [row[0] for row in allowed] == ["end_or_enter_reservation", "lock_type_nights"]


async def end(connection: Connection, world: World, stay: UUID, status: str) -> int:
    """Take a stay of `grand` over an edge, as the function that guests may call."""
    version: int = await connection.fetchval(
        "select end_or_enter_reservation($1, $2, $3, $4, $5, $6, null, null, 'reservation.cancelled', 'guest', $7)",
        *(world.alpha.id, world.grand.id, stay, LAST, status, FIRST if status == "cancelled" else None, NOW),
    )
    return version


async def test_a_guest_cancels_their_own_stay(
    owner_connection: Connection, world: World, stays: dict[str, UUID]
) -> None:
    async with acting_as(owner_connection, "omd_guest", guest_of(world, "MINE")) as connection:
        assert await end(connection, world, stays["MINE"], "cancelled") == 2
        assert await connection.fetchval("select count(*) from reservation_nights") == 0


@pytest.mark.parametrize(("code", "status"), [("OTHER", "cancelled"), ("MINE", "in_house"), ("MINE", "no_show")])
async def test_the_function_that_cancels_does_nothing_else_for_a_guest(
    owner_connection: Connection, world: World, stays: dict[str, UUID], code: str, status: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting_as(owner_connection, "omd_guest", guest_of(world, "MINE")) as connection:
            await end(connection, world, stays[code], status)
    held = await owner_connection.fetch("select from reservation_nights where reservation_id = $1", stays[code])
    assert len(held) == (LAST - FIRST).days


async def test_the_hotel_is_not_held_up_by_the_policies_of_guests(
    owner_connection: Connection, world: World, stays: dict[str, UUID]
) -> None:
    """The twin of the tests above: in the context of the staff the same function takes every edge."""
    hotel = (world.grand.id,)
    staff = Actor(world.alpha.id, "hotel", hotel, hotel, "staff")
    async with acting_as(owner_connection, "omd_app", staff) as connection:
        assert await end(connection, world, stays["OTHER"], "cancelled") == 2
        assert await end(connection, world, stays["MINE"], "no_show") == 2
