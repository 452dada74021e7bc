"""A guest still in the house after the day of departure: the stay can be put right, and every night is counted."""

from datetime import timedelta

import pytest

from omd.db import Database
from omd.features.reservations import (
    Amendment,
    Guest,
    NewReservation,
    Reservation,
    SoldOut,
    amend,
    book,
    check_in,
)
from omd.kernel.errors import OmdError
from support.racing import attempt
from support.worlds import NOW, TODAY, World, hotel_actor

DAY = timedelta(days=1)


async def arrived(db: Database, world: World) -> Reservation:
    """Book two nights from today in a twin and check the guest in."""
    actor = hotel_actor(world.grand)
    wanted = NewReservation(world.grand.types["twin"].id, TODAY, TODAY + 2 * DAY, [Guest(last_name="Late")])
    async with db.transaction(actor) as tx:
        booked = await book(tx, actor, world.grand.id, wanted, now=NOW)
        return await check_in(tx, actor, booked.id, now=NOW)


async def change(db: Database, world: World, stay: Reservation, wanted: Amendment) -> Reservation | OmdError:
    """Change the stay on the day after it was to end."""
    actor = hotel_actor(world.grand)
    later = NOW + 3 * DAY
    return await attempt(db, actor, lambda tx: amend(tx, actor, stay.id, wanted, expected=lambda _: None, now=later))


@pytest.mark.parametrize("nights", [3, 5], ids=["until today", "further"])
async def test_an_extension_holds_the_night_that_nobody_held(db: Database, world: World, nights: int) -> None:
    stay = await arrived(db, world)
    extended = await change(db, world, stay, Amendment(departure=TODAY + nights * DAY))
    assert isinstance(extended, Reservation), extended
    assert [night.date for night in extended.nights] == [TODAY + n * DAY for n in range(nights)]
    assert {night.room_id for night in extended.nights} == {stay.nights[0].room_id}


async def test_a_night_that_was_sold_to_others_refuses_the_extension(db: Database, world: World) -> None:
    stay = await arrived(db, world)
    actor = hotel_actor(world.grand)
    for _ in range(2):
        other = NewReservation(
            world.grand.types["twin"].id, TODAY + 2 * DAY, TODAY + 3 * DAY, [Guest(last_name="Other")]
        )
        async with db.transaction(actor) as tx:
            await book(tx, actor, world.grand.id, other, now=NOW)
    refused = await change(db, world, stay, Amendment(departure=TODAY + 4 * DAY))
    assert isinstance(refused, SoldOut)
    assert refused.data["nights"] == [TODAY + 2 * DAY]


async def test_a_note_can_be_written_on_an_overdue_stay(db: Database, world: World) -> None:
    stay = await arrived(db, world)
    noted = await change(db, world, stay, Amendment(note="Waits for the ambulance."))
    assert isinstance(noted, Reservation), noted
    assert (noted.note, noted.departure) == ("Waits for the ambulance.", stay.departure)
