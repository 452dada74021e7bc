"""A room that has to go away: whom that hits is seen first, decided, and done all at once or not at all."""

from datetime import timedelta

import pytest

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, contents, pointers, problem_of, rooms_of
from support.persons import Persons
from support.rooms import Floor
from support.tickets import Workshop, decided
from support.worlds import NOW

DAY = timedelta(days=1)
OUT = {"kind": "out_of_order", "starts_on": "2027-03-10", "ends_on": "2027-03-13"}


@pytest.fixture
async def shop(desk: Desk, persons: Persons) -> Workshop:
    """The tickets of `grand`."""
    return await Workshop.at(desk, persons)


async def test_a_preview_lists_the_stays_and_proposes_their_moves(shop: Workshop) -> None:
    desk = shop.desk
    hit = await desk.booked("double", "2027-03-09", "2027-03-11", room="101")
    also = await desk.booked("double", "2027-03-11", "2027-03-14", room="101")
    await desk.booked("double", "2027-03-20", "2027-03-22", room="101")
    before = await contents(desk.connection)
    told = await shop.preview("101", "2027-03-10", "2027-03-13")
    assert await contents(desk.connection) == before, "nothing was changed"
    assert [(each["code"], each["becomes"], each["nights"]) for each in told["stays"]] == [
        (hit["code"], "moves", ["2027-03-10"]),
        (also["code"], "moves", ["2027-03-11", "2027-03-12"]),
    ]
    assert {each["from_room"] for each in told["moves"]} == {"101"}
    assert {each["code"]: each["to_room"] for each in told["moves"]} == {
        each["code"]: each["to_room"] for each in told["stays"]
    }


async def test_the_moves_that_were_decided_are_made_with_it(shop: Workshop) -> None:
    desk = shop.desk
    stays = [
        await desk.booked("double", arrival, departure, room="101")
        for arrival, departure in (("2027-03-09", "2027-03-11"), ("2027-03-11", "2027-03-14"))
    ]
    ticket = await shop.reported("a burst pipe")
    told = await shop.preview("101", "2027-03-10", "2027-03-13")
    moves = decided(told)
    for move in moves:
        move["to_room_id"] = desk.hotel.rooms["105"]
    out = await shop.stepped(ticket, "take-room-out", {**OUT, "moves": moves})
    assert [(each["code"], each["became"], each["room_id"]) for each in out["stays"]] == [
        (stay["code"], "moved", desk.hotel.rooms["105"]) for stay in stays
    ]
    assert rooms_of(await desk.stay(stays[0]["id"])) == ["105"] * 2
    assert rooms_of(await desk.stay(stays[1]["id"])) == ["105"] * 3
    assert (out["ticket"]["step"], out["ticket"]["status"]) == ("room_taken_out", "open")
    interval = {"kind": "out_of_order", "starts_on": "2027-03-10", "ends_on": "2027-03-13", "returns_as": None}
    assert out["ticket"]["out"] == {"interval_id": out["ticket"]["out"]["interval_id"], **interval}
    reason = "select reason from maintenance_intervals where id = $1"
    assert await desk.connection.fetchval(reason, out["ticket"]["out"]["interval_id"]) == "a burst pipe"
    problem_of(await shop.step(ticket, "take-room-out", {**OUT, "moves": []}), 409, "ticket_action_refused")


async def test_stays_of_other_rooms_make_room_where_that_helps(shop: Workshop) -> None:
    """Of two twins one goes away for the nights that neither is empty throughout: two stays change places."""
    desk = shop.desk
    one = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    await desk.booked("twin", "2027-03-12", "2027-03-14", room="302")
    told = await shop.preview("301", "2027-03-10", "2027-03-12")
    assert [(each["code"], each["to_room"]) for each in told["moves"]] == [(one["code"], "302")]
    other = await desk.booked("twin", "2027-03-05", "2027-03-10", room="302", room_locked=True)
    long = await desk.booked("twin", "2027-03-14", "2027-03-18", room="301")
    told = await shop.preview("301", "2027-03-10", "2027-03-12")
    assert other["code"] not in {each["code"] for each in told["moves"]}
    assert long["code"] not in {each["code"] for each in told["stays"]}
    out = await shop.stepped(
        await shop.reported(room_id=desk.hotel.rooms["301"]),
        "take-room-out",
        {"kind": "out_of_order", "starts_on": "2027-03-10", "ends_on": "2027-03-12", "moves": decided(told)},
    )
    assert [each["became"] for each in out["stays"]] == ["moved"]


async def test_sold_nights_are_named_and_nothing_changes_until_it_is_decided(shop: Workshop) -> None:
    desk = shop.desk
    stay = await desk.booked("double", "2027-03-10", "2027-03-12", room="101")
    ticket = await shop.reported()
    before = await contents(desk.connection)
    refused = problem_of(await shop.step(ticket, "take-room-out", OUT), 409, "stays_in_the_way")
    assert [each["code"] for each in refused["data"]["stays"]] == [stay["code"]]
    assert await contents(desk.connection) == before
    assert (await shop.read(ticket))["version"] == 1


async def test_who_may_not_move_is_stuck_and_says_why(shop: Workshop) -> None:
    desk = shop.desk
    guest = await desk.booked("twin", "2027-03-01", "2027-03-03", room="301")
    await desk.stepped(guest["id"], "check-in")
    locked = await desk.booked("twin", "2027-03-03", "2027-03-04", room="301", room_locked=True)
    full = await desk.booked("twin", "2027-03-04", "2027-03-05", room="301")
    await desk.booked("twin", "2027-03-04", "2027-03-05", room="302")
    told = await shop.preview("301", "2027-03-01", "2027-03-06")
    assert [(each["code"], each["becomes"]) for each in told["stays"]] == [
        (each["code"], "stuck") for each in (guest, locked, full)
    ]
    assert [each["said"].split()[0:2] for each in told["stays"]] == [["The", "guests"], ["Its", "room"], ["No", "room"]]
    assert told["moves"] == []
    still_sold = await shop.preview("301", "2027-03-01", "2027-03-06", kind="out_of_service")
    assert {each["becomes"] for each in still_sold["stays"]} == {"stays"}


async def moved_on(shop: Workshop, stay: Json, how: str) -> None:
    """Let somebody do something to a stay after it was looked at."""
    desk = shop.desk
    match how:
        case "other_dates":
            await desk.amended(stay["id"], departure="2027-03-13")
        case "other_room":
            await desk.amended(stay["id"], room="103")
        case "gone":
            await desk.stepped(stay["id"], "cancel")
        case "not_movable":
            await desk.amended(stay["id"], room_locked=True)
        case "room_taken":
            await desk.booked("double", "2027-03-11", "2027-03-12", room="102", room_locked=True)
        case _:
            raise AssertionError(how)


@pytest.mark.parametrize("how", ["other_dates", "other_room", "gone", "not_movable", "room_taken"])
async def test_where_the_world_changed_it_is_named_and_nothing_moves(shop: Workshop, how: str) -> None:
    desk = shop.desk
    stay = await desk.booked("double", "2027-03-10", "2027-03-12", room="101")
    other = await desk.booked("double", "2027-03-12", "2027-03-14", room="101")
    told = await shop.preview("101", "2027-03-10", "2027-03-14")
    moves = [{**each, "to_room_id": desk.hotel.rooms["102"]} for each in decided(told)]
    await moved_on(shop, stay, how)
    ticket = await shop.reported()
    before = await contents(desk.connection)
    refused = problem_of(
        await shop.step(ticket, "take-room-out", {**OUT, "ends_on": "2027-03-14", "moves": moves}),
        409,
        "maintenance_preview_outdated",
    )
    assert [(each["reservation_id"], each["reason"]) for each in refused["data"]["changes"]] == [(stay["id"], how)]
    assert await contents(desk.connection) == before
    assert "101" in rooms_of(await desk.stay(other["id"]))


async def test_who_booked_since_the_preview_is_named(shop: Workshop) -> None:
    desk = shop.desk
    await desk.booked("double", "2027-03-10", "2027-03-11", room="101")
    told = await shop.preview("101", "2027-03-10", "2027-03-13")
    late = await desk.booked("double", "2027-03-11", "2027-03-13", room="101")
    ticket = await shop.reported()
    before = await contents(desk.connection)
    answer = await shop.step(ticket, "take-room-out", {**OUT, "moves": decided(told)})
    refused = problem_of(answer, 409, "stays_in_the_way")
    assert [each["code"] for each in refused["data"]["stays"]] == [late["code"]]
    assert await contents(desk.connection) == before


async def test_an_override_leaves_who_was_not_moved_without_a_room(shop: Workshop) -> None:
    desk = shop.desk
    stay = await desk.booked("double", "2027-03-10", "2027-03-12", room="101")
    out = await shop.stepped(
        await shop.reported(), "take-room-out", {**OUT, "override_reason": "the ceiling came down"}, by="manager"
    )
    assert [(each["code"], each["became"]) for each in out["stays"]] == [(stay["code"], "unassigned")]
    assert rooms_of(await desk.stay(stay["id"])) == [None, None]


async def test_moves_that_make_no_sense_are_refused(shop: Workshop) -> None:
    desk = shop.desk
    await desk.booked("double", "2027-03-10", "2027-03-12", room="101")
    (move,) = decided(await shop.preview("101", "2027-03-10", "2027-03-13"))
    ticket = await shop.reported()
    twice = await shop.step(ticket, "take-room-out", {**OUT, "moves": [move, move]})
    assert pointers(problem_of(twice, 422, "invalid_input")) == ["/moves"]
    in_service = {**OUT, "kind": "out_of_service", "moves": [move]}
    assert pointers(problem_of(await shop.step(ticket, "take-room-out", in_service), 422, "invalid_input")) == [
        "/moves"
    ]
    foreign = {**move, "to_room_id": desk.world.harbour.rooms["101"]}
    refused = problem_of(
        await shop.step(ticket, "take-room-out", {**OUT, "moves": [foreign]}), 409, "maintenance_preview_outdated"
    )
    assert refused["data"]["changes"][0]["reason"] == "room_unknown"
    back = {**move, "to_room_id": move["from_room_id"]}
    refused = problem_of(
        await shop.step(ticket, "take-room-out", {**OUT, "moves": [back]}), 409, "maintenance_preview_outdated"
    )
    assert refused["data"]["changes"][0]["reason"] == "room_taken"


async def test_a_place_that_is_no_room_is_not_taken_out(shop: Workshop) -> None:
    ticket = await shop.reported(area="the lift")
    refused = problem_of(await shop.step(ticket, "take-room-out", OUT), 409, "ticket_action_refused")
    assert refused["data"]["reason"] == "ticket_without_room"


async def test_who_resolves_gives_the_room_back_where_asked(shop: Workshop, clock: FixedClock) -> None:
    desk = shop.desk
    nights = {"kind": "out_of_order", "starts_on": "2027-03-01", "ends_on": "2027-03-08"}
    ticket = await shop.reported()
    out = await shop.stepped(ticket, "take-room-out", nights)
    clock.set(NOW + 2 * DAY)
    done = await shop.stepped(ticket, "resolve", {"note": "mended", "gives_room_back": True})
    assert (done["status"], done["out"]["ends_on"]) == ("resolved", "2027-03-03")
    assert done["out"]["interval_id"] == out["ticket"]["out"]["interval_id"]
    assert await desk.free("double", "2027-03-03") == [5]
    refused = problem_of(await shop.step(ticket, "give-room-back"), 409, "ticket_action_refused")
    assert refused["data"]["reason"] == "room_not_out"


async def test_a_room_given_back_before_it_was_out_leaves_the_ticket(shop: Workshop) -> None:
    ticket = await shop.reported()
    await shop.stepped(ticket, "take-room-out", OUT)
    back = await shop.stepped(ticket, "give-room-back", {"note": "the plumber is ill"})
    assert (back["out"], back["version"], back["note"]) == (None, 3, "the plumber is ill")
    assert await shop.desk.free("double", "2027-03-10") == [5]
    again = await shop.stepped(ticket, "take-room-out", OUT)
    assert (await shop.desk.end_maintenance(again["ticket"]["out"]["interval_id"])).status_code == 204
    now = await shop.read(ticket)
    assert (now["out"], now["version"]) == (None, 4), "what the desk gave back is no step of the ticket"


@pytest.mark.parametrize(
    ("hotel_says", "interval_says", "was", "becomes"),
    [
        (None, "dirty", "inspected", "dirty"),
        ("dirty", "pickup", "clean", "pickup"),
        ("dirty", "as_it_was", "inspected", "inspected"),
        ("dirty", "clean", "inspected", "clean"),
        (None, "clean", "dirty", "dirty"),
        ("pickup", None, "clean", "pickup"),
    ],
)
@pytest.mark.parametrize("by_itself", [True, False])
async def test_a_room_comes_back_as_its_interval_says(
    desk: Desk,
    db: Database,
    persons: Persons,
    clock: FixedClock,
    hotel_says: str | None,
    interval_says: str | None,
    was: str,
    becomes: str,
    *,
    by_itself: bool,
) -> None:
    shop, floor = await Workshop.at(desk, persons), await Floor.at(desk, db, persons)
    await floor.ask(after_maintenance=hotel_says)
    await floor.set("101", was)
    nights = {"kind": "out_of_order", "starts_on": "2027-03-01", "ends_on": "2027-03-02", "returns_as": interval_says}
    ticket = await shop.reported()
    await shop.stepped(ticket, "take-room-out", nights)
    if by_itself:
        clock.set(NOW + DAY)
        await floor.turn(clock.now())
    else:
        await shop.stepped(ticket, "give-room-back")
    told = await floor.read("101")
    assert told["condition"] == becomes
    assert (told["cause"] == "maintenance_ended") == (becomes != was)
