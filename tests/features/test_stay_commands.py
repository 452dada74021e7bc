"""omd stay, omd overbooking and omd maintenance, typed as the staff of a hotel would."""

import json
from typing import Any

import pytest

from omd.entrypoints.cli import app
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.front_desk import Desk, contents, rooms_of
from support.servers import Servers

PLACE = "alpha/grand"
NIGHTS = ("--starts-on", "2027-03-10", "--ends-on", "2027-03-12")
STAY = ("--arrival", "2027-03-10", "--departure", "2027-03-12", "--last-name", "Popescu")


class Staff:
    """Types commands for the hotel `grand`."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    async def done(self, *arguments: str) -> str:
        """Return what a command printed that must succeed."""
        result = await self._terminal.type(app, *arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    async def told(self, *arguments: str) -> Any:
        """Return what a command that must succeed printed as JSON."""
        return json.loads(await self.done(*arguments, "--json"))

    async def refused(self, *arguments: str) -> str:
        """Return what a command said that must be refused."""
        result = await self._terminal.type(app, *arguments)
        assert result.exit_code == 1, result.output
        return result.stderr


@pytest.fixture
def staff(servers: Servers, database_name: str, clock: FixedClock) -> Staff:
    """Commands on the test's database."""
    return Staff(Terminal(servers, database_name, clock))


async def test_a_stay_is_booked_into_a_room_and_locked_there(desk: Desk, staff: Staff) -> None:
    named = ("--room", "302", "--lock-room", "--note", "late", "--external-reference", "X1", "--amount", "450.00")
    booked = await staff.told("stay", "book", PLACE, "--type", "twin", *STAY, *named)
    assert rooms_of(booked) == ["302"] * 2
    kept = await desk.stay(booked["id"])
    assert (kept["room_locked"], kept["note"], kept["external_reference"]) == (True, "late", "X1")
    assert kept["price"]["amount"] == "450.00"
    assert kept["booked_by"] == "command line"


async def test_a_stay_is_held_until_an_instant(desk: Desk, staff: Staff) -> None:
    asked = ("stay", "book", PLACE, "--type", "twin", *STAY)
    held = await staff.told(*asked, "--hold-until", "2027-03-05T20:00:00+02:00")
    kept = await desk.stay(held["id"])
    assert (kept["status"], kept["hold_until"]) == ("tentative", "2027-03-05T18:00:00Z")
    before = await contents(desk.connection)
    for wrong in ("2027-03-05T20:00:00", "tomorrow", "2027-03-11T00:00:01+02:00", "2027-02-01T00:00:00Z"):
        assert "hold" in await staff.refused(*asked, "--hold-until", wrong)
    assert await contents(desk.connection) == before


async def test_an_override_is_given_by_name(desk: Desk, staff: Staff) -> None:
    for _ in range(2):
        await desk.booked("twin", "2027-03-10", "2027-03-12")
    assert "(sold_out)" in await staff.refused("stay", "book", PLACE, "--type", "twin", *STAY)
    booked = await staff.told(
        "stay", "book", PLACE, "--type", "twin", *STAY, "--override-reason", "agreed with the guest"
    )
    assert rooms_of(booked) == [None] * 2
    event = await desk.connection.fetchval(
        "select data::text from events where aggregate_id = $1 and type = 'reservation.booked'", booked["id"]
    )
    assert "agreed with the guest" in event


async def test_every_term_of_a_stay_is_amended(desk: Desk, staff: Staff) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", room_locked=True)
    terms = (
        *("--type", "double", "--room", "104", "--unlock-room", "--adults", "2", "--children", "1"),
        *("--amount", "99.50", "--note", "sea view", "--external-reference", "B7"),
        *("--arrival", "2027-03-11", "--departure", "2027-03-14"),
    )
    await staff.done("stay", "amend", PLACE, booked["code"], *terms)
    kept = await desk.stay(booked["id"])
    assert rooms_of(kept) == ["104"] * 3
    assert (kept["arrival"], kept["departure"]) == ("2027-03-11", "2027-03-14")
    assert (kept["room_locked"], kept["adults"], kept["children"]) == (False, 2, 1)
    assert (kept["note"], kept["external_reference"], kept["price"]["amount"]) == ("sea view", "B7", "99.50")
    await staff.done("stay", "amend", PLACE, booked["code"], "--lock-room")
    assert (await desk.stay(booked["id"]))["room_locked"]


async def test_a_stay_is_amended_above_the_limit_by_name(desk: Desk, staff: Staff) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-11")
    for _ in range(2):
        await desk.booked("twin", "2027-03-11", "2027-03-12")
    longer = ("stay", "amend", PLACE, booked["code"], "--departure", "2027-03-12")
    assert "(sold_out)" in await staff.refused(*longer)
    await staff.done(*longer, "--override-reason", "a wedding")
    assert (await desk.stay(booked["id"]))["departure"] == "2027-03-12"


async def test_a_check_in_is_taken_back(desk: Desk, staff: Staff) -> None:
    booked = await desk.booked("twin", "2027-03-01", "2027-03-03")
    await staff.done("stay", "check-in", PLACE, booked["code"])
    assert (await desk.stay(booked["id"]))["status"] == "in_house"
    await staff.done("stay", "undo-check-in", PLACE, booked["code"])
    assert (await desk.stay(booked["id"]))["status"] == "confirmed"


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--room", "999"), "room_unknown", "'999'"),
        (("--room", "101"), "room_unknown", "/room_id"),
        (("--amount", "1.005"), "invalid_input", "--amount"),
        (("--override-reason", " "), "invalid_input", "--override-reason"),
        (("--last-name", ""), "invalid_input", "--last-name"),
    ],
)
async def test_an_option_that_is_wrong_is_named(
    desk: Desk, staff: Staff, options: tuple[str, ...], code: str, told: str
) -> None:
    before = await contents(desk.connection)
    said = await staff.refused("stay", "book", PLACE, "--type", "twin", *STAY, *options)
    assert f"({code})" in said
    assert told in said
    assert await contents(desk.connection) == before


async def test_a_limit_of_a_type_is_set_shown_and_lifted(desk: Desk, staff: Staff) -> None:
    said = await staff.done("overbooking", "set", PLACE, *NIGHTS, "--rooms", "3", "--type", "twin")
    assert "The limit of twin is 3 on 2 nights" in said
    await desk.booked("twin", "2027-03-10", "2027-03-11")
    shown = await staff.told("overbooking", "show", PLACE, "--starts-on", "2027-03-01", "--ends-on", "2027-04-01")
    night = {"room_type": "twin", "overbooking": 3, "forced": 0}
    assert shown == [
        {**night, "date": "2027-03-10", "sold": 1, "sellable": 4},
        {**night, "date": "2027-03-11", "sold": 0, "sellable": 5},
    ]
    assert "lifted" in await staff.done("overbooking", "lift", PLACE, *NIGHTS, "--type", "twin")
    assert await staff.told("overbooking", "show", PLACE, *NIGHTS) == []
    assert (await desk.availability("2027-03-10", "2027-03-12"))["twin"]["sellable"] == 1


async def test_a_limit_of_the_house_is_set_shown_and_lifted(desk: Desk, staff: Staff) -> None:
    await staff.done("overbooking", "set", PLACE, *NIGHTS, "--rooms", "-9")
    assert [each["overbooking"] for each in await desk.house_nights("2027-03-01", "2027-04-01")] == [-9, -9]
    shown = await staff.told("overbooking", "show", PLACE, *NIGHTS)
    assert [(each["room_type"], each["overbooking"], each["sellable"]) for each in shown] == [(None, -9, 1)] * 2
    assert "whole hotel" in await staff.done("overbooking", "show", PLACE, *NIGHTS)
    assert "lifted from 2 nights" in await staff.done("overbooking", "lift", PLACE, *NIGHTS)
    assert await desk.house_nights("2027-03-01", "2027-04-01") == []
    actor = await desk.connection.fetchval("select actor from events where type = 'business.overbooking_removed'")
    assert actor == "command line"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (
            ("set", PLACE, "--starts-on", "2027-03-10", "--ends-on", "2027-03-10", "--rooms", "1"),
            "invalid_input",
            "--ends-on",
        ),
        (
            ("set", PLACE, "--starts-on", "2027-03-10", "--ends-on", "2030-03-10", "--rooms", "1"),
            "beyond_horizon",
            "open",
        ),
        (("set", PLACE, *NIGHTS, "--rooms", "1", "--type", "suite"), "room_type_unknown", "twin"),
        (("lift", "alpha/nowhere", *NIGHTS), "hotel_not_found", "grand"),
    ],
)
async def test_a_limit_that_makes_none_is_refused(
    desk: Desk, staff: Staff, arguments: tuple[str, ...], code: str, told: str
) -> None:
    before = await contents(desk.connection)
    said = await staff.refused("overbooking", *arguments)
    assert f"({code})" in said
    assert told in said
    assert await contents(desk.connection) == before


async def test_a_room_is_taken_out_listed_and_given_back(desk: Desk, staff: Staff) -> None:
    hit = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    started = await staff.told("maintenance", "start", PLACE, "--room", "301", *NIGHTS, "--reason", "a burst pipe")
    assert [(each["code"], each["became"]) for each in started["stays"]] == [(hit["code"], "moved")]
    assert rooms_of(await desk.stay(hit["id"])) == ["302"] * 2
    [listed] = await staff.told("maintenance", "list", PLACE)
    assert listed == started["interval"]
    assert (listed["room_number"], listed["kind"], listed["created_by"]) == ("301", "out_of_order", "command line")
    assert "a burst pipe" in await staff.done("maintenance", "list", PLACE, "--ends-after", "2027-03-11")
    assert await staff.told("maintenance", "list", PLACE, "--ends-after", "2027-03-12") == []
    await staff.done("maintenance", "end", PLACE, str(listed["id"]))
    assert await staff.told("maintenance", "list", PLACE) == []
    assert "(not_found)" in await staff.refused("maintenance", "end", PLACE, str(listed["id"]))


async def test_stays_in_the_way_are_named_or_overridden(desk: Desk, staff: Staff) -> None:
    for _ in range(2):
        await desk.booked("twin", "2027-03-10", "2027-03-12", room_locked=True)
    start = ("maintenance", "start", PLACE, "--room", "301", *NIGHTS, "--reason", "a burst pipe")
    before = await contents(desk.connection)
    assert "(stays_in_the_way)" in await staff.refused(*start)
    assert "(stays_in_the_way)" in await staff.refused(*start, "--no-move-stays")
    assert "--kind" in await staff.refused(*start, "--kind", "broken")
    assert await contents(desk.connection) == before
    said = await staff.done(*start, "--override-reason", "the ceiling came down")
    assert "unassigned" in said
    assert "out of order" in said


async def test_a_room_out_of_service_keeps_its_stays(desk: Desk, staff: Staff) -> None:
    await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    start = ("maintenance", "start", PLACE, "--room", "301", *NIGHTS, "--reason", "a scratch")
    started = await staff.told(*start, "--kind", "out_of_service")
    assert [each["became"] for each in started["stays"]] == ["stays"]


async def test_what_is_over_is_taken_back(desk: Desk, staff: Staff) -> None:
    booked = await desk.booked("twin", "2027-03-01", "2027-03-03")
    await staff.done("stay", "check-in", PLACE, booked["code"])
    await staff.done("stay", "check-out", PLACE, booked["code"])
    await staff.done("stay", "undo-check-out", PLACE, booked["code"], "--departure", "2027-03-02")
    assert (await desk.stay(booked["id"]))["departure"] == "2027-03-02"
    other = await desk.booked("twin", "2027-03-10", "2027-03-12")
    await staff.done("stay", "cancel", PLACE, other["code"])
    await staff.done("stay", "reinstate", PLACE, other["code"], "--room", "302")
    assert rooms_of(await desk.stay(other["id"])) == ["302"] * 2
