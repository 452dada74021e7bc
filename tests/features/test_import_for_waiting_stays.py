"""Rooms that an import adds go to stays which overbooking left waiting."""

from datetime import timedelta
from pathlib import Path

from factories.inventory_files import GRAND, HEADER, TWIN, rooms
from omd.db import Database
from omd.features.availability.cli import import_app
from omd.features.reservations import Guest, NewReservation, book
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.servers import Servers
from support.worlds import NOW, TODAY, Connection, World, hotel_actor


async def test_a_room_that_comes_in_is_given_to_the_stay_that_waits(
    servers: Servers,
    database_name: str,
    clock: FixedClock,
    db: Database,
    owner_connection: Connection,
    world: World,
    tmp_path: Path,
) -> None:
    twin, staff = world.grand.types["twin"], hotel_actor(world.grand)
    await owner_connection.execute(
        "update room_type_availability set overbooking = 1 where business_id = $1 and room_type_id = $2",
        *(world.grand.id, twin.id),
    )
    arrival = TODAY + timedelta(days=20)
    wanted = NewReservation(twin.id, arrival, arrival + timedelta(days=2), [Guest("Popescu")])
    stays = [await db.write(staff, lambda tx: book(tx, staff, world.grand.id, wanted, now=NOW)) for _ in range(3)]
    assert [night.room_number for night in stays[-1].nights] == [None, None]

    file = tmp_path / "rooms.csv"
    file.write_text("\n".join((HEADER, *GRAND, TWIN, rooms("twin", "301-303"))), encoding="utf-8")
    printed = await Terminal(servers, database_name, clock).type(import_app, "inventory", str(file))
    assert printed.exit_code == 0, printed.output
    assert "1 stays that waited for a room got one" in printed.stdout
    numbers = await owner_connection.fetch(
        "select r.number from reservation_nights n join individual_rooms r on r.id = n.room_id "
        "where n.reservation_id = $1",
        stays[-1].id,
    )
    assert [row["number"] for row in numbers] == ["303", "303"]
