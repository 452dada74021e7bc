"""Another room type from a night on: what is held, what is given back, and what follows the nights from then on."""

import asyncio
from datetime import UTC, date, datetime

import httpx
import pytest

from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.front_desk import Desk, Json, contents, pointers, problem_of, rooms_of
from support.planner_screen import bars_of, read_planner

UPGRADE = {"price": "upgrade", "reason": "the lift is broken"}


def at(clock: FixedClock, day: int) -> None:
    """Put the clock to noon (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, 12, 0, tzinfo=UTC))


def types_of(desk: Desk, stay: Json) -> list[str]:
    """Return the codes of the types that the nights of a stay consume."""
    codes = {each.id: code for code, each in desk.hotel.types.items()}
    return [codes[night["room_type_id"]] for night in stay["nights"]]


async def ask_to_move(desk: Desk, stay: Json, to: str, **more: object) -> httpx.Response:
    """Ask for another type by its code, or for a room of one by its number."""
    types = desk.hotel.types
    where = {"room_type_id": types[to].id} if to in types else {"room_id": desk.hotel.rooms[to]}
    return await desk.step(stay["id"], "move", {**where, **more})


async def moved(desk: Desk, stay: Json, to: str, **more: object) -> Json:
    """Move a stay that may be."""
    answer = await ask_to_move(desk, stay, to, **more)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def split(desk: Desk, **more: object) -> Json:
    """Return a stay sold as a twin from 10 to 13 March that goes on in a double on the 11th."""
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301", price={"amount": "300"}, **more)
    return await moved(desk, stay, "double", since="2027-03-11", **UPGRADE)


async def test_a_stay_goes_on_in_another_type_at_its_price(desk: Desk) -> None:
    after = await split(desk)
    assert types_of(desk, after) == ["twin", "double", "double"]
    assert (after["version"], after["price"]["amount"]) == (2, "300.00")
    assert after["room_type_id"] == desk.hotel.types["twin"].id
    assert len(set(rooms_of(after)[1:])) == 1
    nights = ("2027-03-10", "2027-03-11", "2027-03-12")
    assert (await desk.free("twin", *nights), await desk.free("double", *nights)) == ([1, 2, 2], [5, 4, 4])
    told = await desk.connection.fetchrow("select type, data from events order by seq desc limit 1")
    assert told is not None
    assert told["type"] == "reservation.amended"
    assert '"reason": "the lift is broken"' in told["data"]
    planner = read_planner((await desk.send("GET", f"/businesses/{desk.hotel.id}/planner?days=20")).content)
    drawn = [(bar.first, bar.nights, bar.flags) for bar in sorted(bars_of(planner), key=lambda bar: bar.first)]
    assert drawn == [(date(2027, 3, 10), 1, 4), (date(2027, 3, 11), 2, 2 + 8)]


async def test_a_room_of_another_type_names_that_type(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    after = await moved(desk, stay, "104", price="keep")
    assert (types_of(desk, after), rooms_of(after)) == (["double"] * 3, ["104"] * 3)


async def test_a_move_is_taken_back(desk: Desk) -> None:
    """To the type sold nothing is to be said of the price."""
    stay = await split(desk)
    back = await moved(desk, stay, "301")
    assert (types_of(desk, back), rooms_of(back)) == (["twin"] * 3, ["301"] * 3)
    assert await desk.free("double", "2027-03-11", "2027-03-12") == [5, 5]


async def test_a_guest_in_the_house_keeps_what_was_spent(desk: Desk, clock: FixedClock) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    at(clock, 10)
    await desk.stepped(stay["id"], "check-in")
    at(clock, 11)
    after = await moved(desk, stay, "double", **UPGRADE)
    assert (after["status"], types_of(desk, after)) == ("in_house", ["twin", "double", "double"])


@pytest.mark.parametrize(
    ("more", "pointer"),
    [({}, "/price"), ({"price": "upgrade"}, "/reason"), ({"price": "dearer"}, "/price")],
)
async def test_another_type_asks_what_it_costs(desk: Desk, more: dict[str, object], pointer: str) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13")
    before = await contents(desk.connection)
    refused = problem_of(await ask_to_move(desk, stay, "double", **more), 422, "invalid_input")
    assert pointers(refused) == [pointer]
    assert await contents(desk.connection) == before


async def test_nobody_moves_to_where_there_is_no_room(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-03-10", "2027-03-13")
    others = [await desk.booked("twin", "2027-03-12", "2027-03-14", room=room) for room in ("301", "302")]
    before = await contents(desk.connection)
    full = problem_of(await ask_to_move(desk, stay, "twin", **UPGRADE), 409, "sold_out")
    assert full["data"]["nights"] == ["2027-03-12"]
    taken = problem_of(await ask_to_move(desk, stay, "302", **UPGRADE), 409, "room_not_free")
    assert [each["code"] for each in taken["data"]["stays"]] == [others[1]["code"]]
    problem_of(await ask_to_move(desk, stay, "apartment", **UPGRADE), 409, "sold_out")
    unknown = {"room_type_id": desk.world.lodge.types["double"].id, **UPGRADE}
    problem_of(await desk.step(stay["id"], "move", unknown), 422, "room_type_unknown")
    assert await contents(desk.connection) == before
    forced = await moved(desk, stay, "twin", override_reason="our mistake", **UPGRADE)
    assert types_of(desk, forced) == ["twin"] * 3
    assert rooms_of(forced)[2] is None


async def test_a_party_that_does_not_fit_stays(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-03-10", "2027-03-13", adults=2)
    problem_of(await ask_to_move(desk, stay, "single", price="keep"), 422, "too_many_guests")


async def test_nobody_in_the_house_moves_to_no_room(desk: Desk, clock: FixedClock) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-13", 1)
    stay = await desk.booked("double", "2027-03-10", "2027-03-13")
    for _ in range(2):
        await desk.booked("twin", "2027-03-10", "2027-03-13")
    at(clock, 10)
    await desk.stepped(stay["id"], "check-in")
    problem_of(await ask_to_move(desk, stay, "twin", **UPGRADE), 409, "sold_out")


async def test_what_a_move_gives_back_goes_to_who_waits(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-13", 1)
    stays = [await desk.booked("twin", "2027-03-10", "2027-03-13") for _ in range(3)]
    assert rooms_of(stays[2]) == [None] * 3
    await moved(desk, stays[0], "double", **UPGRADE)
    assert None not in rooms_of(await desk.stay(stays[2]["id"]))


async def test_of_many_who_want_the_last_room_of_a_type_one_gets_it(desk: Desk) -> None:
    await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    stays = [await desk.booked("double", "2027-03-10", "2027-03-13") for _ in range(4)]
    answers = await asyncio.gather(
        *(ask_to_move(desk, stay, "twin", since="2027-03-11", **UPGRADE) for stay in stays),
        desk.book("twin", "2027-03-11", "2027-03-12"),
    )
    assert sorted(answer.status_code for answer in answers) in ([200, 409, 409, 409, 409], [201, 409, 409, 409, 409])


async def test_the_nights_that_come_are_of_the_type_it_goes_on_in(desk: Desk, clock: FixedClock) -> None:
    stay = await split(desk)
    longer = await desk.amended(stay["id"], departure="2027-03-15")
    assert types_of(desk, longer) == ["twin", *["double"] * 4]
    assert len(set(rooms_of(longer)[1:])) == 1
    shorter = await desk.amended(stay["id"], departure="2027-03-12")
    assert types_of(desk, shorter) == ["twin", "double"]
    at(clock, 10)
    await desk.stepped(stay["id"], "check-in")
    at(clock, 11)
    assert types_of(desk, await desk.amended(stay["id"], departure="2027-03-13")) == ["twin", "double", "double"]
    await desk.amended(stay["id"], price={"amount": "0.00"})
    await desk.stepped(stay["id"], "check-out")
    assert await desk.free("double", "2027-03-11", "2027-03-12") == [5, 5]
    back = await desk.stepped(stay["id"], "undo-check-out")
    assert types_of(desk, back)[0] == "twin"
    assert len(back["nights"]) == 3


async def test_who_was_moved_throughout_is_prolonged_there(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    await moved(desk, stay, "double", **UPGRADE)
    longer = await desk.amended(stay["id"], arrival="2027-03-09", departure="2027-03-14")
    assert types_of(desk, longer) == ["double"] * 5
    noted = await desk.amended(stay["id"], note="quiet", adults=2)
    assert types_of(desk, noted) == ["double"] * 5


async def test_a_stay_of_two_types_that_arrives_on_another_day_says_of_which(desk: Desk) -> None:
    stay = await split(desk)
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(stay["id"], arrival="2027-03-09"), 422, "invalid_input")
    assert [(each["pointer"], each["code"]) for each in refused["problems"]] == [("/room_type_id", "room_type_needed")]
    assert await contents(desk.connection) == before
    double = desk.hotel.types["double"].id
    whole = await desk.amended(stay["id"], arrival="2027-03-09", room_type_id=double)
    assert (types_of(desk, whole), whole["room_type_id"]) == (["double"] * 4, double)


async def test_what_ends_gives_back_every_type(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-11", 1)
    stay = await split(desk)
    await desk.booked("twin", "2027-03-10", "2027-03-11")
    waiting = await desk.booked("twin", "2027-03-10", "2027-03-11")
    assert rooms_of(waiting) == [None]
    await desk.stepped(stay["id"], "cancel")
    assert await desk.free("double", "2027-03-11", "2027-03-12") == [5, 5]
    assert rooms_of(await desk.stay(waiting["id"])) == ["301"]
    assert types_of(desk, await desk.stepped(stay["id"], "reinstate")) == ["twin"] * 3


async def test_a_room_that_goes_out_of_order_takes_its_own_nights_alone(desk: Desk) -> None:
    stay = await split(desk)
    room = rooms_of(stay)[1]
    interval = {"starts_on": "2027-03-10", "ends_on": "2027-03-12", "kind": "out_of_order", "reason": "leak"}
    body = {**interval, "room_id": desk.hotel.rooms[str(room)], "override_reason": "water"}
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/maintenance", body)
    assert answer.status_code == 201, answer.text
    hit = await desk.stay(stay["id"])
    assert (rooms_of(hit), types_of(desk, hit)) == (["301", None, room], ["twin", "double", "double"])


async def test_a_stay_of_two_types_waits_in_each(desk: Desk) -> None:
    await desk.overbook("double", "2027-03-11", "2027-03-13", 1)
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    others = [await desk.booked("double", "2027-03-11", "2027-03-13") for _ in range(5)]
    waiting = await moved(desk, stay, "double", since="2027-03-11", **UPGRADE)
    assert rooms_of(waiting) == ["301", None, None]
    await desk.stepped(others[0]["id"], "cancel")
    placed = await desk.stay(stay["id"])
    assert (rooms_of(placed)[0], rooms_of(placed)[1:]) == ("301", rooms_of(others[0]))


async def test_a_stay_that_an_offer_sold_keeps_its_price(desk: Desk) -> None:
    offers = await OfferDesk.at(desk)
    sold = await offers.sold("twin", "2027-03-10", "2027-03-12", adults=1)
    price = await offers.price(sold)
    await moved(desk, {"id": sold}, "double", **UPGRADE)
    after = await offers.price(sold)
    assert (after["total"], after["differs"]) == (price["total"], price["differs"])


async def test_nobody_elses_stay_moves(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13")
    before = await contents(desk.connection)
    body = {"room_type_id": desk.hotel.types["double"].id, **UPGRADE}
    for party, status in (("lodge", 404), ("harbour", 404), ("alpha", 403)):
        answer = await desk.send("POST", f"/reservations/{stay['id']}/move", body, party=party)
        assert answer.status_code == status
    assert await contents(desk.connection) == before
