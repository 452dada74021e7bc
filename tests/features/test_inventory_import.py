"""Importing inventory: what a file adds, changes and retires."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

import omd
from factories.inventory_files import (
    DOUBLE,
    GRAND,
    HEADER,
    TWIN,
    physical,
    rooms,
    state,
    supply,
    taken_over,
)
from factories.stays import hold_stay
from omd.db import Database
from omd.features.availability.cli import import_app
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.servers import Servers
from support.worlds import HORIZON_ENDS_ON, TODAY, Connection, World

EXAMPLES = Path(omd.__file__).resolve().parents[2] / "examples"


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    return Terminal(servers, database_name, clock)


async def test_the_missions_hotel_comes_in_from_its_file(terminal: Terminal, owner_connection: Connection) -> None:
    printed = await terminal.type(import_app, "inventory", str(EXAMPLES / "hotel-222.csv"))
    assert printed.exit_code == 0, printed.output
    types = await owner_connection.fetch(
        "select t.id, t.name, t.quantity, min(r.floor) as lowest, max(r.floor) as highest, "
        "array_agg(r.number order by r.id) as numbers "
        "from businesses b join room_types t on t.business_id = b.id join individual_rooms r on r.room_type_id = t.id "
        "where b.code = 'hotel-222' group by t.id, t.name, t.quantity order by t.id"
    )
    assert [(t["name"], t["quantity"], t["lowest"], t["highest"]) for t in types] == [
        ("Double", 110, 2, 2),
        ("Single", 110, 3, 3),
        ("Suite", 2, 5, 5),
    ]
    assert types[0]["numbers"] == [f"2{running:02}" for running in range(1, 111)]
    assert types[1]["numbers"] == [f"3{running:02}" for running in range(1, 111)]
    assert types[2]["numbers"] == ["501", "502"]
    features = await owner_connection.fetchval("select features from individual_rooms where number = '2110'")
    assert features == ["garden side", "balcony"]


async def test_the_dates_of_a_new_destination_are_open(terminal: Terminal, owner_connection: Connection) -> None:
    await terminal.type(import_app, "inventory", str(EXAMPLES / "hotel-222.csv"))
    opened = await owner_connection.fetchrow(
        "select h.starts_on, h.ends_on from availability_horizons h join omds o on o.id = h.omd_id "
        "where o.code = 'brasov'"
    )
    assert opened is not None
    first, end = opened
    assert first <= TODAY
    assert end > TODAY + timedelta(days=365)
    hotel_id = await owner_connection.fetchval("select id from businesses where code = 'hotel-222'")
    assert await supply(owner_connection, hotel_id, "502") == (first, end - timedelta(days=1), (end - first).days)
    assert await physical(owner_connection, hotel_id, "double", TODAY + timedelta(days=365)) == 110


async def test_json_of_the_same_shape_comes_in(terminal: Terminal, owner_connection: Connection) -> None:
    printed = await terminal.type(import_app, "inventory", str(EXAMPLES / "valea-alba.json"))
    assert printed.exit_code == 0, printed.output
    found = await owner_connection.fetch(
        "select b.code as hotel, t.code, t.quantity, t.max_occupancy from businesses b "
        "join room_types t on t.business_id = b.id join omds o on o.id = b.omd_id "
        "where o.code = 'valea-alba' order by b.id, t.id"
    )
    assert [tuple(row) for row in found] == [
        ("pensiunea-bradul", "double", 8, 3),
        ("pensiunea-bradul", "attic", 2, 4),
        ("hotel-creasta", "twin", 20, 2),
        ("hotel-creasta", "chalet", 1, 5),
    ]


@pytest.mark.parametrize("example", ["hotel-222.csv", "valea-alba.json"])
async def test_a_second_run_changes_nothing(example: str, terminal: Terminal, owner_connection: Connection) -> None:
    await terminal.type(import_app, "inventory", str(EXAMPLES / example))
    before = await state(owner_connection)
    again = await terminal.type(import_app, "inventory", str(EXAMPLES / example))
    assert again.exit_code == 0, again.output
    assert "nothing was changed" in again.stdout
    assert await state(owner_connection) == before


async def test_names_capacity_floors_and_features_follow_the_file(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    done = await taken_over(
        maintenance_db,
        "omd,alpha,,,Alpha Valley,,,,,,,,,",
        "hotel,alpha,grand,,Grand Palace,Europe/Chisinau,RON,,,,,,,",
        "room_type,alpha,grand,twin,Twin beds,,,3,1,4,,,,",
        rooms("twin", "301", 3, "balcony; lake view"),
        rooms("twin", "302", 4),
    )
    assert (done.omds.changed, done.hotels.changed, done.room_types.changed, done.rooms.changed) == (1, 1, 1, 2)
    assert done.rooms.added == done.rooms.retired == 0
    row = await owner_connection.fetchrow(
        "select o.name as omd, b.name as hotel, b.time_zone, t.name, t.max_adults, t.max_children, t.max_occupancy "
        "from room_types t join businesses b on b.id = t.business_id join omds o on o.id = t.omd_id where t.id = $1",
        world.grand.types["twin"].id,
    )
    assert tuple(row or ()) == ("Alpha Valley", "Grand Palace", "Europe/Chisinau", "Twin beds", 3, 1, 4)
    found = await owner_connection.fetch(
        "select id, floor, features from individual_rooms where room_type_id = $1 order by number",
        world.grand.types["twin"].id,
    )
    assert [tuple(each) for each in found] == [
        (world.grand.rooms["301"], 3, ["balcony", "lake view"]),
        (world.grand.rooms["302"], 4, []),
    ]


async def test_for_how_many_a_price_is_follows_the_file(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    header = f"{HEADER},min_occupancy,standard_occupancy"

    async def stands() -> tuple[object, ...]:
        row = await owner_connection.fetchrow(
            "select min_occupancy, standard_occupancy from room_types where id = $1", world.grand.types["twin"].id
        )
        return tuple(row or ())

    assert await stands() == (1, None)
    for said, kept in ((",2,1", (2, 1)), (",,", (1, None))):
        changed = await taken_over(maintenance_db, *GRAND, f"{TWIN}{said}", rooms("twin", "301-302", 3), header=header)
        assert (changed.room_types.changed, await stands()) == (1, kept)
        again = await taken_over(maintenance_db, *GRAND, f"{TWIN}{said}", rooms("twin", "301-302", 3), header=header)
        assert again.room_types.changed == 0


async def test_what_the_file_does_not_name_stays(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    before = await state(owner_connection)
    done = await taken_over(maintenance_db, *GRAND, TWIN, rooms("twin", "301-302", 3))
    assert done.changed_nothing
    assert await state(owner_connection) == before


async def test_added_rooms_can_be_sold_from_today(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    done = await taken_over(maintenance_db, *GRAND, DOUBLE, rooms("double", "101-107"))
    assert (done.rooms.added, done.rooms.unchanged) == (2, 5)
    nights = (HORIZON_ENDS_ON - TODAY).days
    last = HORIZON_ENDS_ON - timedelta(days=1)
    assert await supply(owner_connection, world.grand.id, "107") == (TODAY, last, nights)
    assert await physical(owner_connection, world.grand.id, "double", TODAY) == 7
    assert await physical(owner_connection, world.grand.id, "double", last) == 7
    assert await physical(owner_connection, world.grand.id, "double", TODAY - timedelta(days=1)) == 5
    assert await physical(owner_connection, world.lodge.id, "double", TODAY) == 2


async def test_a_new_type_has_its_counters_even_without_rooms(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    await taken_over(maintenance_db, *GRAND, "room_type,alpha,grand,studio,Studio,,,2,,,,,,")
    assert await physical(owner_connection, world.grand.id, "studio", TODAY) == 0


async def test_a_room_that_nobody_needs_is_retired(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    await hold_stay(owner_connection, world.grand, "double", TODAY - timedelta(days=3), TODAY, room="105")
    done = await taken_over(maintenance_db, *GRAND, DOUBLE, rooms("double", "101-104"))
    assert (done.rooms.retired, done.rooms.unchanged) == (1, 4)
    retired_on = await owner_connection.fetchval(
        "select retired_on from individual_rooms where id = $1", world.grand.rooms["105"]
    )
    assert retired_on == TODAY
    _, last, _ = await supply(owner_connection, world.grand.id, "105")
    assert last == TODAY - timedelta(days=1), "its past stays"
    assert await physical(owner_connection, world.grand.id, "double", TODAY) == 4
    quantity = await owner_connection.fetchval(
        "select quantity from room_types where id = $1", world.grand.types["double"].id
    )
    assert quantity == 4


async def test_a_number_goes_to_another_type_as_a_new_room(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    done = await taken_over(
        maintenance_db,
        *GRAND,
        DOUBLE,
        rooms("double", "101-104"),
        TWIN,
        rooms("twin", "301-302", 3),
        rooms("twin", "105"),
    )
    assert (done.rooms.added, done.rooms.retired) == (1, 1)
    assert await physical(owner_connection, world.grand.id, "double", TODAY) == 4
    assert await physical(owner_connection, world.grand.id, "twin", TODAY) == 3
    again = await taken_over(
        maintenance_db,
        *GRAND,
        DOUBLE,
        rooms("double", "101-104"),
        TWIN,
        rooms("twin", "301-302", 3),
        rooms("twin", "105"),
    )
    assert again.changed_nothing


async def test_another_tenants_rooms_are_not_touched(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    beta = "select * from individual_rooms r where omd_id = $1 order by r"
    before = await owner_connection.fetch(beta, world.beta.id)
    await taken_over(
        maintenance_db,
        "omd,alpha,,,Alpha,,,,,,,,,",
        "hotel,alpha,harbour,,Harbour,Europe/Bucharest,RON,,,,,,,",
        "room_type,alpha,harbour,double,Double,,,2,1,3,,,,",
        "rooms,alpha,harbour,double,,,,,,,,101,1,",
    )
    assert await owner_connection.fetch(beta, world.beta.id) == before


async def test_two_imports_of_one_new_file_at_once(maintenance_db: Database, owner_connection: Connection) -> None:
    lines = [
        "omd,gamma,,,Gamma,,,,,,,,,",
        "hotel,gamma,inn,,Inn,Europe/Bucharest,RON,,,,,,,",
        "room_type,gamma,inn,double,Double,,,2,1,3,,,,",
        "rooms,gamma,inn,double,,,,,,,,1[01-50],1,",
    ]
    done = await asyncio.gather(*(taken_over(maintenance_db, *lines) for _ in range(4)))
    assert sorted(each.rooms.added for each in done) == [0, 0, 0, 50]
    assert sum(each.changed_nothing for each in done) == 3
    assert await owner_connection.fetchval("select count(*) from omds where code = 'gamma'") == 1


async def test_an_import_leaves_an_event_for_each_hotel_it_changed(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    for last in (106, 107):
        await taken_over(maintenance_db, *GRAND, DOUBLE, rooms("double", f"101-{last}"))
    found = await owner_connection.fetch(
        "select business_id, aggregate_version, type, actor, data from events order by seq"
    )
    assert [tuple(row)[:4] for row in found] == [
        (world.grand.id, 1, "business.inventory_imported", "import"),
        (world.grand.id, 2, "business.inventory_imported", "import"),
    ]
    assert '"added": 1' in found[1]["data"]
