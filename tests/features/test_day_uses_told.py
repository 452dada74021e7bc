"""What is said of rooms by day by everything that speaks of stays: the check, the import, lists, guests, the audit."""

from datetime import timedelta
from pathlib import Path

from factories.inventory_files import GRAND, HEADER, TWIN, rooms
from omd.entrypoints.cli import app
from omd.features.availability.cli import import_app
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.command_line import Terminal
from support.day_uses import DAY, refused, used
from support.front_desk import Desk, pointers
from support.nightly import FIRST, Night
from support.passes import guest_headers
from support.persons import Persons
from support.servers import Servers


async def list_twins(terminal: Terminal, folder: Path, twins: str) -> tuple[int, str]:
    """Import the hotel with these twins; return the exit code and the words."""
    file = folder / "rooms.csv"
    file.write_text("\n".join((HEADER, *GRAND, TWIN, rooms("twin", twins))), encoding="utf-8")
    printed = await terminal.type(import_app, "inventory", str(file))
    return printed.exit_code, " ".join(printed.output.split())


async def test_a_room_that_is_new_today_is_used_by_day_today(
    desk: Desk, servers: Servers, database_name: str, clock: FixedClock, tmp_path: Path
) -> None:
    """It has no night before, of which the check could ask."""
    terminal = Terminal(servers, database_name, clock)
    code, said = await list_twins(terminal, tmp_path, "301-303")
    assert code == 0, said
    found = "select id from individual_rooms where number = '303' and business_id = $1"
    room_id = await desk.connection.fetchval(found, desk.hotel.id)
    await used(desk, "10:00", "14:00", day="2027-03-01", room_id=room_id)
    printed = await terminal.type(app, "check")
    assert printed.exit_code == 0, printed.output


async def test_an_import_names_the_day_use_of_a_room_that_is_not_in_the_file(
    desk: Desk, servers: Servers, database_name: str, clock: FixedClock, tmp_path: Path
) -> None:
    stay = await used(desk, "10:00", "14:00", room="301")
    code, said = await list_twins(Terminal(servers, database_name, clock), tmp_path, "302-302")
    assert code != 0
    assert f"still needed: reservation {stay['code']} (by day on {DAY})" in said


async def test_the_stays_since_a_day_have_its_day_uses(desk: Desk) -> None:
    stay = await used(desk, "10:00", "14:00")
    for since, until, codes in (
        (DAY, "2027-03-11", [stay["code"]]),
        ("2027-03-09", DAY, []),
        ("2027-03-11", "2027-03-12", []),
    ):
        path = f"/businesses/{desk.hotel.id}/reservations?since={since}&until={until}"
        assert [each["code"] for each in (await desk.send("GET", path)).json()] == codes


async def test_guests_see_the_hours_of_their_own(desk: Desk, clock: FixedClock) -> None:
    stay = await used(desk, "10:00", "14:00")
    other = await desk.booked("twin", DAY, "2027-03-11")
    times = {"starts_at": "2027-03-10T08:00:00Z", "ends_at": "2027-03-10T12:00:00Z"}
    for code, told in ((stay["code"], times), (other["code"], None)):
        own = await desk.client.get("/api/v1/own-stay", headers=guest_headers(desk.hotel, code, clock))
        assert own.status_code == 200, own.text
        assert own.json()["day_use"] == told


async def test_the_audit_does_not_ask_to_extend_a_day_use(desk: Desk, persons: Persons, clock: FixedClock) -> None:
    night = Night(await OfferDesk.at(desk), persons, clock)
    await night.audited()
    stay = await used(desk, "10:00", "14:00", day=str(FIRST))
    await desk.stepped(stay["id"], "check-in")
    said = (await night.start(FIRST)).json()["detail"]
    assert "Check out who had a room by day" in said
    assert "extend" not in said


async def test_the_last_day_that_is_open_is_the_one_of_the_last_night(desk: Desk) -> None:
    last = await desk.connection.fetchval("select max(ends_on) from availability_horizons")
    told = await refused(desk, "10:00", "14:00", "beyond_horizon", day=str(last))
    assert pointers(told) == ["/date"]
    assert f"{last} to {last + timedelta(days=1)} is not within them" in told["detail"]
