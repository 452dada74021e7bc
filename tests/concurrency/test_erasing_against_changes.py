"""A guest is forgotten while a clerk is at the very stay: the second waits for the first, then sees what it left."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from factories.stays import hold_stay
from omd.db import Database, Transaction
from omd.features.reservations import Amendment, Guest, Reservation, amend
from omd.features.reservations.commands.guests import Erased, GuestSought, erase_guest
from omd.features.reservations.commands.lifecycle import any_version
from omd.features.reservations.errors import ErasureRefused
from omd.kernel.errors import NotFound
from support.dumps import dumped, found_in
from support.racing import attempt, until_waiting
from support.servers import Servers
from support.worlds import NOW, Connection, World, hotel_actor

ARRIVAL, DEPARTURE = date(2027, 3, 1), date(2027, 3, 3)
LATER = NOW + timedelta(days=4)
"""The stay of these races was never closed, and is over all the same: both may be done with it."""

Work = Callable[[Transaction], Awaitable[object]]


class Begun:
    """A piece of work that is done but not yet committed."""

    def __init__(self, database: Database, world: World, work: Work) -> None:
        self._database, self._world, self._work = database, world, work
        self.done, self.go_on = asyncio.Event(), asyncio.Event()

    async def run(self) -> object:
        """Do the work, say so, and commit when told to."""

        async def slowly(tx: Transaction) -> object:
            result = await self._work(tx)
            self.done.set()
            await self.go_on.wait()
            return result

        return await self._database.write(hotel_actor(self._world.grand), slowly)


def renaming(world: World, reservation_id: object, name: str) -> Work:
    """Return the work of giving the stay another guest."""
    actor = hotel_actor(world.grand)

    async def work(tx: Transaction) -> Reservation:
        change = Amendment(guests=[Guest(last_name=name, email="race@example.com")])
        return await amend(tx, actor, reservation_id, change, expected=any_version, now=LATER)  # type: ignore[arg-type]

    return work


def forgetting(world: World, sought: GuestSought) -> Work:
    """Return the work of forgetting the guest."""
    actor = hotel_actor(world.grand)

    async def work(tx: Transaction) -> Erased:
        return await erase_guest(tx, actor, world.grand.id, sought, now=LATER)

    return work


async def first_and_second(
    racers: Database, world: World, watcher: Connection, first: Work, second: Work
) -> tuple[object, object]:
    """Let the second begin while the first is done but not committed; return what came of both."""
    begun = Begun(racers, world, first)
    one = asyncio.create_task(begun.run())
    await begun.done.wait()
    two = asyncio.create_task(attempt(racers, hotel_actor(world.grand), second))
    await until_waiting(watcher)
    begun.go_on.set()
    return await one, await two


async def test_who_was_renamed_meanwhile_is_looked_for_again(
    racers: Database, world: World, watcher: Connection, owner_connection: Connection
) -> None:
    stay = await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101", code="RACE0001")
    sought = GuestSought(code="RACE0001", last_name="Popescu")
    renamed, erased = await first_and_second(
        racers, world, watcher, renaming(world, stay, "Racemark"), forgetting(world, sought)
    )
    assert isinstance(renamed, Reservation)
    assert isinstance(erased, NotFound), "nobody of that name is on the stay any more"
    names = await owner_connection.fetch("select last_name from reservation_guests")
    assert [row[0] for row in names] == ["Racemark"]


async def test_whose_row_was_replaced_meanwhile_is_forgotten_all_the_same(
    racers: Database,
    world: World,
    watcher: Connection,
    owner_connection: Connection,
    servers: Servers,
    database_name: str,
) -> None:
    stay = await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101", code="RACE0001")
    await racers.write(hotel_actor(world.grand), renaming(world, stay, "Oldracemark"))
    sought = GuestSought(email="race@example.com")
    _, erased = await first_and_second(
        racers, world, watcher, renaming(world, stay, "Newracemark"), forgetting(world, sought)
    )
    assert isinstance(erased, Erased)
    assert erased.guests == 1
    assert found_in(dumped(servers, database_name), ["Oldracemark", "Newracemark", "race@example.com"]) == []


async def test_a_change_that_waited_for_an_erasure_is_made_on_what_is_left(
    racers: Database,
    world: World,
    watcher: Connection,
    owner_connection: Connection,
    servers: Servers,
    database_name: str,
) -> None:
    stay = await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101", code="RACE0001")
    await racers.write(hotel_actor(world.grand), renaming(world, stay, "Oldracemark"))
    erased, renamed = await first_and_second(
        racers,
        world,
        watcher,
        forgetting(world, GuestSought(email="race@example.com")),
        renaming(world, stay, "Newguest"),
    )
    assert isinstance(erased, Erased)
    assert isinstance(renamed, Reservation)
    assert [guest.last_name for guest in renamed.guests] == ["Newguest"]
    assert found_in(dumped(servers, database_name), ["Oldracemark"]) == []


async def test_two_erasures_at_once_forget_once(
    racers: Database, world: World, watcher: Connection, owner_connection: Connection
) -> None:
    await hold_stay(owner_connection, world.grand, "double", ARRIVAL, DEPARTURE, room="101", code="RACE0001")
    work = forgetting(world, GuestSought(code="RACE0001", last_name="Popescu"))
    first, second = await first_and_second(racers, world, watcher, work, work)
    assert isinstance(first, Erased)
    assert isinstance(second, NotFound | ErasureRefused)
    assert await owner_connection.fetchval("select count(*) from erasures") == 1
