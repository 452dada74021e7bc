"""People against people: two owners who end each other, two administrators who hand out one hotel."""

import asyncio

import pytest

from omd.db import Database
from omd.features.identity.holder import Holder
from omd.features.identity.staff import commands
from omd.features.identity.staff.errors import HotelHasOwner, LastOfRole
from omd.features.identity.staff.model import NewPerson
from omd.kernel.actor import Actor
from omd.kernel.errors import OmdError
from support.persons import Persons
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, Connection, World

STAFF_LOCK = "select pg_advisory_xact_lock(1870212710, $1)"
IN_FORCE = "select count(*) from memberships where role = $1 and ended_at is null"
ROUNDS = 5


def owner_actor(world: World, user_id: int) -> Actor:
    hotel = (world.grand.id,)
    return Actor(world.alpha.id, "hotel", hotel, (), f"user:{user_id}", admin_business_ids=hotel, user_id=user_id)


def administrator_actor(world: World, user_id: int, *, hotels: bool = False) -> Actor:
    members = tuple(each.id for each in world.alpha.hotels.values())
    return Actor(
        *(world.alpha.id, "omd", members, (), f"user:{user_id}"),
        admin_business_ids=members if hotels else (),
        administers_omd=True,
        user_id=user_id,
    )


async def add_pair(persons: Persons, world: World, role: str) -> list[int]:
    place = world.grand if role == "owner" else world.alpha
    return [await persons.add(name, (role, place)) for name in ("first", "second")]


async def end_each_other(
    racers: Database, world: World, pair: list[int], memberships: list[int], role: str
) -> list[object]:
    """Let two people in a role end each other's membership; return both outcomes."""
    holder = Holder(world.alpha.id, world.grand.id if role == "owner" else None)
    actors = [owner_actor(world, each) if role == "owner" else administrator_actor(world, each) for each in pair]
    return list(
        await asyncio.gather(
            *(
                attempt(
                    racers,
                    actor,
                    lambda tx, actor=actor, victim=victim: commands.end_membership(  # type: ignore[misc]
                        tx, actor, holder, victim, now=NOW
                    ),
                )
                for actor, victim in zip(actors, reversed(memberships), strict=True)
            )
        )
    )


@pytest.mark.parametrize("role", ["owner", "omd_administrator"])
async def test_two_who_end_each_other_leave_one(
    racers: Database,
    watcher: Connection,
    owner_connection: Connection,
    persons: Persons,
    world: World,
    role: str,
) -> None:
    pair = await add_pair(persons, world, role)
    memberships = [await persons.membership(each, role) for each in pair]
    place = world.grand.id if role == "owner" else -world.alpha.id
    async with held_up(owner_connection, STAFF_LOCK, place):
        race = asyncio.create_task(end_each_other(racers, world, pair, memberships, role))
        await until_waiting(watcher, 2)
    refused = [each for each in await race if isinstance(each, OmdError)]
    assert [type(each) for each in refused] == [LastOfRole]
    assert await owner_connection.fetchval(IN_FORCE, role) == 1


async def test_without_the_guard_nobody_is_left(
    racers: Database, owner_connection: Connection, persons: Persons, world: World
) -> None:
    await owner_connection.execute("alter table memberships disable trigger _500_guard")
    pair = await add_pair(persons, world, "owner")
    memberships = [await persons.membership(each, "owner") for each in pair]
    await end_each_other(racers, world, pair, memberships, "owner")
    assert await owner_connection.fetchval(IN_FORCE, "owner") == 0


async def test_a_hotel_is_handed_to_one_first_owner(
    racers: Database, watcher: Connection, owner_connection: Connection, persons: Persons, world: World
) -> None:
    actors = [
        administrator_actor(world, await persons.add(name, ("omd_administrator", world.alpha)), hotels=True)
        for name in ("adam", "ada")
    ]
    holder = Holder(world.alpha.id, world.grand.id)
    async with held_up(owner_connection, STAFF_LOCK, world.grand.id):
        race = [
            asyncio.create_task(
                attempt(
                    racers,
                    actor,
                    lambda tx, actor=actor, number=number: commands.invite(  # type: ignore[misc]
                        tx, actor, holder, NewPerson(f"o{number}@example.com", "O", "en"), "owner", now=NOW
                    ),
                )
            )
            for number, actor in enumerate(actors)
        ]
        await until_waiting(watcher, 2)
    outcomes = await asyncio.gather(*race)
    assert [type(each) for each in outcomes if isinstance(each, OmdError)] == [HotelHasOwner]
    assert await owner_connection.fetchval(IN_FORCE, "owner") == 1
    assert await owner_connection.fetchval("select count(*) from users where email like 'o_@%'") == 1


async def test_one_person_invited_by_two_is_one_user(
    racers: Database, owner_connection: Connection, persons: Persons, world: World
) -> None:
    actor = owner_actor(world, await persons.add("oana", ("owner", world.grand)))
    holder = Holder(world.alpha.id, world.grand.id)
    for number in range(ROUNDS):
        same = NewPerson(f"rica{number}@example.com", "Rica", "en")
        await asyncio.gather(
            *(
                attempt(
                    racers,
                    actor,
                    lambda tx, role=role, same=same: commands.invite(tx, actor, holder, same, role, now=NOW),  # type: ignore[misc]
                )
                for role in ("receptionist", "accountant", "receptionist")
            )
        )
    assert await owner_connection.fetchval("select count(*) from users where email like 'rica%'") == ROUNDS
    assert await owner_connection.fetchval("select count(*) from memberships where role <> 'owner'") == 2 * ROUNDS


async def test_consent_given_by_two_at_once_is_one(
    racers: Database, owner_connection: Connection, world: World
) -> None:
    actor = owner_actor(world, 1)
    await asyncio.gather(
        *(
            attempt(racers, actor, lambda tx: commands.give_consent(tx, actor, world.grand.id, now=NOW))
            for _ in range(8)
        )
    )
    assert await owner_connection.fetchval("select count(*) from consents") == 1
