"""Importing inventory: what a file may not do, and that nothing of it happens then."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from factories.hold_backs import add_hold_back
from factories.house import limit_house
from factories.inventory_files import (
    DOUBLE,
    GRAND,
    HEADER,
    TWIN,
    refused,
    rooms,
    state,
    taken_over,
)
from factories.maintenance import add_maintenance
from factories.stays import hold_stay
from omd.db import Database
from omd.features.availability.cli import import_app
from omd.features.availability.errors import CountersExceeded
from omd.features.inventory.errors import InventoryChanged
from omd.features.inventory.importing.queries import close_room
from omd.kernel.actor import Actor
from omd.kernel.clock import FixedClock
from omd.kernel.ids import OmdId
from support.command_line import Terminal
from support.servers import Servers
from support.worlds import TODAY, Connection, World, omd_actor, system_actor


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    return Terminal(servers, database_name, clock)


async def test_rooms_still_needed_are_refused_by_name_and_nothing_happens(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    await hold_stay(owner_connection, world.grand, "double", date(2027, 5, 1), date(2027, 5, 4), room="105", code="MAY")
    await hold_stay(
        owner_connection, world.grand, "double", date(2027, 7, 1), date(2027, 7, 2), room="105", code="JULY"
    )
    await hold_stay(
        owner_connection, world.grand, "double", TODAY - timedelta(days=1), date(2027, 3, 2), room="104", code="TONIGHT"
    )
    await add_maintenance(owner_connection, world.grand, "103", date(2027, 9, 1), date(2027, 9, 3))
    await add_hold_back(owner_connection, world.grand, "double", date(2027, 9, 3), date(2029, 9, 1), room="103")
    before = await state(owner_connection)
    said = await refused(
        maintenance_db,
        *GRAND,
        DOUBLE,
        rooms("double", "101"),
        TWIN,
        rooms("twin", "301-309", 3),
        "hotel,alpha,lodge,,Lodge,Europe/Bucharest,EUR,,,,,,,",
    )
    assert len(said) == 4
    assert all(sentence.startswith("line 4: room 10") for sentence in said[:3])
    by_room = {sentence.split()[3]: sentence for sentence in said[:3]}
    assert "reservation MAY (2027-05-01 to 2027-05-04); reservation JULY (2027-07-01 to 2027-07-02)" in by_room["105"]
    assert "reservation TONIGHT (2027-02-28 to 2027-03-02)" in by_room["104"]
    assert "out of order (2027-09-01 to 2027-09-03); held back (2027-09-03 to 2029-09-01)" in by_room["103"]
    assert said[3].startswith("line 8, column currency: hotel lodge keeps its books in RON")
    assert await state(owner_connection) == before


async def test_the_last_room_of_a_stay_without_one_is_kept(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    for number in range(5):
        await hold_stay(
            owner_connection, world.grand, "double", date(2027, 5, 1), date(2027, 5, 3), room=None, code=f"S{number}"
        )
    (said,) = await refused(maintenance_db, *GRAND, DOUBLE, rooms("double", "101-104"))
    assert "room type double would have more stays than rooms on 2 nights from 2027-05-01 to 2027-05-02" in said


async def test_rooms_that_are_only_kept_back_may_leave(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    """A limit below zero keeps rooms back, of the type or of the house; where nothing is sold, none is needed."""
    await owner_connection.execute(
        "update room_type_availability set overbooking = -5 where room_type_id = $1", world.grand.types["double"].id
    )
    await limit_house(owner_connection, world.grand, date(2027, 5, 1), date(2027, 5, 3), -10)
    summary = await taken_over(maintenance_db, *GRAND, DOUBLE, rooms("double", "101-102"))
    assert summary.rooms.retired == 3
    assert await owner_connection.fetchval("select max(physical) from house_availability") == 7
    assert await owner_connection.fetchval("select sum(forced) from room_type_availability") == 0


async def test_rooms_that_a_house_wide_limit_needs_are_kept(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    await limit_house(owner_connection, world.grand, date(2027, 5, 1), date(2027, 5, 4), -8)
    for room in ("101", "102"):
        await hold_stay(
            owner_connection, world.grand, "double", date(2027, 5, 1), date(2027, 5, 3), room=room, code=f"IN-{room}"
        )
    before = await state(owner_connection)
    (said,) = await refused(maintenance_db, *GRAND, DOUBLE, rooms("double", "101-104"))
    assert said.startswith("line 4: without the rooms that are not in the file, the hotel would have sold more")
    assert "house-wide limit leaves on 2 nights from 2027-05-01 to 2027-05-02" in said
    assert await state(owner_connection) == before
    with pytest.raises(CountersExceeded, match="house-wide limit"):
        async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
            await close_room(tx, OmdId(world.alpha.id), (world.grand.id, world.grand.rooms["105"], TODAY))


async def test_a_number_of_a_type_the_file_does_not_list_is_refused(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    before = await state(owner_connection)
    said = await refused(maintenance_db, *GRAND, TWIN, rooms("twin", "301-302", 3), rooms("twin", "105"))
    assert len(said) == 1
    assert said[0].startswith(
        "line 6, column numbers: room 105 is a room of type double, which this file does not list"
    )
    assert await state(owner_connection) == before


async def test_a_problem_in_one_destination_stops_all_of_them(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    before = await state(owner_connection)
    await refused(
        maintenance_db,
        "omd,aaa,,,New,,,,,,,,,",
        "hotel,aaa,new,,New,Europe/Bucharest,RON,,,,,,,",
        "hotel,beta,harbour,,Harbour,Europe/Bucharest,EUR,,,,,,,",
        "omd,beta,,,Renamed,,,,,,,,,",
    )
    assert await state(owner_connection) == before


async def test_every_bad_row_is_printed_and_nothing_is_imported(
    terminal: Terminal, owner_connection: Connection, tmp_path: Path
) -> None:
    before = await state(owner_connection)
    file = tmp_path / "bad.csv"
    file.write_text(
        "\n".join((HEADER, *GRAND, "room_type,alpha,grand,studio,Studio,,,none,,,,,,", rooms("loft", "1-3")))
    )
    printed = await terminal.type(import_app, "inventory", str(file))
    assert printed.exit_code == 1
    assert "line 4, column max_adults" in printed.stderr
    assert "line 5, column room_type" in printed.stderr
    assert printed.stdout == ""
    assert await state(owner_connection) == before


async def test_refusals_of_what_stands_are_printed(
    terminal: Terminal, owner_connection: Connection, world: World, tmp_path: Path
) -> None:
    await hold_stay(owner_connection, world.grand, "twin", date(2027, 5, 1), date(2027, 5, 4), room="302", code="MAY")
    file = tmp_path / "fewer.csv"
    file.write_text("\n".join((HEADER, *GRAND, TWIN, rooms("twin", "301", 3))))
    printed = await terminal.type(import_app, "inventory", str(file))
    assert printed.exit_code == 1
    assert "inventory_refused" in printed.stderr
    assert "line 4: room 302 of type twin" in printed.stderr
    assert "reservation MAY (2027-05-01 to 2027-05-04)" in printed.stderr


async def test_a_file_that_is_not_there_is_a_sentence(terminal: Terminal, tmp_path: Path) -> None:
    printed = await terminal.type(import_app, "inventory", str(tmp_path / "absent.csv"))
    assert printed.exit_code == 1
    assert "No such file" in printed.stderr


async def test_only_the_maintenance_role_acts_for_another_tenant(
    db: Database, maintenance_db: Database, world: World
) -> None:
    async with db.transaction(omd_actor(world.alpha)) as tx:
        with pytest.raises(PermissionError):
            await tx.act_for(system_actor(world.beta))
    async with maintenance_db.transaction(None) as tx:
        await tx.act_for(Actor(OmdId(world.beta.id), "system", (), (), "test"))


async def test_a_booking_that_was_quicker_keeps_its_room(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    """What the file was compared with may be old by the time the room leaves: closing it looks again."""
    await hold_stay(owner_connection, world.grand, "double", date(2027, 5, 1), date(2027, 5, 4), room="105")
    with pytest.raises(InventoryChanged, match="still has stays or maintenance"):
        async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
            await close_room(tx, OmdId(world.alpha.id), (world.grand.id, world.grand.rooms["105"], TODAY))
