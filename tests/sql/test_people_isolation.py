"""What belongs to people opens to them alone, or to who holds the key of a row; row security by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from support.roles import acting_as
from support.worlds import Connection, World, hotel_actor, omd_actor

OWN = ("users", "user_credentials", "user_recovery_codes", "user_identities", "user_sessions", "access_events")
ALL = (*OWN, "one_time_links")


@pytest.fixture
async def two(owner_connection: Connection) -> tuple[int, int]:
    """Two people with a row in every table of theirs, named ana and bob; their ids."""
    ids = []
    for name in ("ana", "bob"):
        user_id = await owner_connection.fetchval(
            "insert into users (email, name) values ($1 || '@example.com', $1) returning id", name
        )
        ids.append(user_id)
        for statement in (
            "insert into user_credentials (user_id) values ($1)",
            "insert into user_recovery_codes (user_id, code_hash) values ($1, 'x')",
            "insert into user_identities (issuer, subject, user_id) values ('i', $1::int::text, $1::int)",
            (
                "insert into user_sessions (token_hash, user_id, second_factor, created_at, last_seen_at, expires_at, "
                "address, agent) values (sha256($1::int::text::bytea), $1::int, false, now(), now(), now(), '', '')"
            ),
            (
                "insert into access_events (at, kind, outcome, user_id, address, request_id) "
                "values (now(), 'sign_in', 'ok', $1, '', '')"
            ),
        ):
            await owner_connection.execute(statement, user_id)
        await owner_connection.execute(
            "insert into one_time_links (token_hash, purpose, email, created_at, expires_at) "
            "values (sha256($1::text::bytea), 'invitation', $1 || '@example.com', now(), now())",
            name,
        )
    return ids[0], ids[1]


@asynccontextmanager
async def holding(connection: Connection, **settings: str) -> AsyncIterator[None]:
    """Act as a request that holds these keys, and no tenant."""
    async with acting_as(connection, "omd_app", None):
        for name, value in settings.items():
            await connection.execute("select set_config($1, $2, true)", f"omd.{name}", value)
        yield


async def seen(connection: Connection) -> dict[str, int]:
    return {table: await connection.fetchval(f"select count(*) from {table}") for table in ALL}


async def test_nobody_sees_a_person_without_a_key(owner_connection: Connection, two: tuple[int, int]) -> None:
    async with holding(owner_connection):
        assert set((await seen(owner_connection)).values()) == {0}


async def test_a_hotels_staff_sees_no_ones_secrets(
    owner_connection: Connection, two: tuple[int, int], world: World
) -> None:
    for actor in (hotel_actor(world.grand), omd_actor(world.alpha)):
        async with acting_as(owner_connection, "omd_app", actor):
            assert set((await seen(owner_connection)).values()) == {0}


async def test_a_person_sees_what_is_theirs(owner_connection: Connection, two: tuple[int, int]) -> None:
    async with holding(owner_connection, user_id=str(two[0])):
        assert await seen(owner_connection) == {**dict.fromkeys(OWN, 1), "one_time_links": 0}
        for table in OWN:
            key = "id" if table == "users" else "user_id"
            assert await owner_connection.fetchval(f"select {key} from {table}") == two[0]


async def test_an_email_opens_its_user_and_links_and_no_secret(
    owner_connection: Connection, two: tuple[int, int]
) -> None:
    async with holding(owner_connection, email="bob@example.com"):
        assert {table for table, count in (await seen(owner_connection)).items() if count} == {
            "users",
            "one_time_links",
        }
        assert await owner_connection.fetchval("select id from users") == two[1]


async def test_a_hash_opens_its_session_and_no_person(owner_connection: Connection, two: tuple[int, int]) -> None:
    hashes = await owner_connection.fetchval("select array[sha256($1::int::text::bytea)]::text", two[0])
    async with holding(owner_connection, token_hashes=hashes):
        assert {table for table, count in (await seen(owner_connection)).items() if count} == {"user_sessions"}


async def test_a_subject_opens_its_identity(owner_connection: Connection, two: tuple[int, int]) -> None:
    async with holding(owner_connection, oidc_subject=f"i {two[1]}"):
        assert {table for table, count in (await seen(owner_connection)).items() if count} == {"user_identities"}


async def test_nothing_is_written_for_somebody_else(owner_connection: Connection, two: tuple[int, int]) -> None:
    ana, bob = two
    for statement in (
        (
            "insert into access_events (at, kind, outcome, user_id, address, request_id) "
            "values (now(), 'sign_in', 'ok', $1, '', '')"
        ),
        "insert into user_identities (issuer, subject, user_id) values ('j', 's', $1)",
        "insert into user_recovery_codes (user_id, code_hash) values ($1, 'y')",
    ):
        async with holding(owner_connection, user_id=str(ana)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await owner_connection.execute(statement, bob)
    for statement in (
        "update user_credentials set password_hash = '$argon2id$' where user_id = $1",
        "update user_sessions set ended_at = now() where user_id = $1",
        "update users set name = 'x' where id = $1",
        "delete from user_recovery_codes where user_id = $1",
    ):
        async with holding(owner_connection, user_id=str(ana)):
            assert (await owner_connection.execute(statement, bob)).endswith(" 0")


async def test_what_happened_cannot_be_changed(owner_connection: Connection, two: tuple[int, int]) -> None:
    for statement in ("update access_events set outcome = 'x'", "delete from access_events"):
        async with holding(owner_connection, user_id=str(two[0])):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await owner_connection.execute(statement)
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await owner_connection.execute("update access_events set outcome = 'x'")


async def test_a_person_does_not_make_themselves_an_operator(
    owner_connection: Connection, two: tuple[int, int]
) -> None:
    for column in ("is_operator = true", "disabled_at = null", "email = 'x@y'"):
        async with holding(owner_connection, user_id=str(two[0])):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await owner_connection.execute(f"update users set {column}")
