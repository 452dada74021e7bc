"""The lists of the desk and its day in figures, through HTTP."""

from datetime import UTC, datetime

import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, problem_of

LISTS = ("arrivals", "departures", "in-house")


def day(number: int) -> datetime:
    """Return eleven o'clock of a day of March on the wall of the hotel."""
    return datetime(2027, 3, number, 9, tzinfo=UTC)


async def listed(desk: Desk, which: str, query: str = "") -> list[Json]:
    answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/{which}{query}")
    assert answer.status_code == 200, answer.text
    stays: list[Json] = answer.json()
    return stays


async def waits(desk: Desk, which: str, query: str = "") -> dict[str, str]:
    """Return what each stay of a list waits for, by its code."""
    return {each["code"]: each["required_action"] for each in await listed(desk, which, query)}


async def dashboard(desk: Desk, query: str = "") -> Json:
    answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/dashboard{query}")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def test_an_arrival_says_what_a_receptionist_needs(desk: Desk) -> None:
    stay = await desk.booked(
        "double",
        "2027-03-01",
        "2027-03-04",
        room="104",
        adults=2,
        children=1,
        note="late",
        external_reference="X-1",
        price={"amount": "450.00"},
    )
    (arriving,) = await listed(desk, "arrivals")
    shared = {"id", "code", "adults", "children", "room_type_id", "arrival", "departure", "status", "room_locked"}
    shared |= {
        "price",
        "note",
        "external_reference",
        "version",
        "checked_in_at",
        "checked_out_at",
        "actions",
        "hold_until",
    }
    assert {name: arriving[name] for name in shared} == {name: stay[name] for name in shared}
    assert {name: arriving[name] for name in arriving.keys() - shared} == {
        "guest_name": "Ana Popescu",
        "room_type_code": "double",
        "nights": 3,
        "required_action": "check_in",
        "room_numbers": ["104"],
        "nights_without_room": 0,
        "estimated_arrival": None,
        "arrives_late": False,
        "open_requests": [],
        "day_use": None,
    }


async def test_what_hinders_a_check_in_is_said(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-01", "2027-03-02", 1)
    for _ in range(3):
        await desk.booked("twin", "2027-03-01", "2027-03-02")
    rules = [
        (each["required_action"], each["nights_without_room"], rule.get("code"))
        for each in await listed(desk, "arrivals")
        for rule in each["actions"]
        if rule["action"] == "check_in"
    ]
    assert sorted(rules, key=str) == [
        ("check_in", 0, None),
        ("check_in", 0, None),
        ("needs_room", 1, "room_not_assigned"),
    ]


async def test_the_lists_follow_the_lives_of_stays(desk: Desk, clock: FixedClock) -> None:
    async def book(arrival: int, departure: int) -> Json:
        return await desk.booked("double", f"2027-03-{arrival:02d}", f"2027-03-{departure:02d}")

    comes, absent, cancelled, later = await book(1, 3), await book(1, 2), await book(1, 2), await book(2, 3)
    await desk.stepped(cancelled["id"], "cancel")
    assert await waits(desk, "arrivals") == {comes["code"]: "check_in", absent["code"]: "check_in"}
    assert await waits(desk, "in-house") == {}
    await desk.stepped(comes["id"], "check-in")
    assert await waits(desk, "arrivals") == {comes["code"]: "none", absent["code"]: "check_in"}
    assert await waits(desk, "in-house") == {comes["code"]: "none"}
    assert await waits(desk, "departures", "?date=2027-03-03") == {comes["code"]: "none", later["code"]: "none"}

    clock.set(day(2))
    assert await waits(desk, "arrivals") == {absent["code"]: "overdue_arrival", later["code"]: "check_in"}
    # Of another date, those of that date alone.
    assert set(await waits(desk, "arrivals", "?date=2027-03-01")) == {comes["code"], absent["code"]}
    await desk.stepped(absent["id"], "no-show")
    await desk.stepped(later["id"], "check-in")
    assert await waits(desk, "arrivals") == {later["code"]: "none"}
    assert (await listed(desk, "arrivals", "?date=2027-03-01"))[1]["status"] == "no_show"

    clock.set(day(3))
    assert await waits(desk, "departures") == {comes["code"]: "check_out", later["code"]: "check_out"}
    await desk.stepped(comes["id"], "check-out")
    assert await waits(desk, "departures") == {comes["code"]: "none", later["code"]: "check_out"}
    assert await waits(desk, "in-house") == {later["code"]: "check_out"}

    clock.set(day(4))
    assert await waits(desk, "departures") == {later["code"]: "overdue_departure"}
    assert await waits(desk, "in-house") == {later["code"]: "overdue_departure"}
    assert set(await waits(desk, "in-house", "?date=2027-03-02")) == {comes["code"], later["code"]}


async def test_who_did_not_come_does_not_leave_today(desk: Desk, clock: FixedClock) -> None:
    await desk.booked("double", "2027-03-01", "2027-03-02")
    clock.set(day(2))
    assert await waits(desk, "departures") == {}
    assert list((await waits(desk, "arrivals")).values()) == ["overdue_arrival"]


@pytest.mark.parametrize("which", LISTS)
async def test_a_list_goes_on_over_pages(desk: Desk, which: str) -> None:
    stays = [await desk.booked("double", "2027-03-01", "2027-03-02") for _ in range(5)]
    for stay in stays:
        await desk.stepped(stay["id"], "check-in")
    query = "?date=2027-03-02&limit=2" if which == "departures" else "?limit=2"
    path, seen = f"/api/v1/businesses/{desk.hotel.id}/{which}{query}", []
    sizes = []
    while path:
        answer = await desk.client.get(path, headers=desk.tokens.of("grand"))
        sizes.append(len(answer.json()))
        seen += [each["code"] for each in answer.json()]
        path = answer.links["next"]["url"] if "next" in answer.links else ""
    assert sizes == [2, 2, 1]
    assert sorted(seen) == sorted(each["code"] for each in stays)


@pytest.mark.parametrize("which", LISTS)
async def test_what_is_asked_wrongly_is_refused(desk: Desk, which: str) -> None:
    for query in ("date=soon", "after=x", "limit=0", "day=2027-03-01"):
        answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/{which}?{query}")
        problem_of(answer, 422, "invalid_input")


@pytest.mark.parametrize("which", [*LISTS, "dashboard"])
async def test_the_destination_and_strangers_do_not_see_the_desk(desk: Desk, which: str) -> None:
    path = f"/businesses/{desk.hotel.id}/{which}"
    problem_of(await desk.send("GET", path, party="alpha"), 403, "not_allowed")
    problem_of(await desk.send("GET", path, party="harbour"), 404, "not_found")
    problem_of(await desk.send("GET", path, party="lodge"), 404, "not_found")


@pytest.mark.parametrize("which", [*LISTS, "dashboard"])
@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "2090-01-01"])
async def test_any_date_can_be_asked_for(desk: Desk, which: str, on: str) -> None:
    assert (await desk.send("GET", f"/businesses/{desk.hotel.id}/{which}?date={on}")).status_code == 200


async def test_the_dashboard_counts_the_day(desk: Desk, clock: FixedClock) -> None:
    priced = {"price": {"amount": "300.00"}, "adults": 2, "children": 1}
    here = await desk.booked("double", "2027-03-01", "2027-03-04", **priced)
    await desk.stepped(here["id"], "check-in")
    leaves = await desk.booked("single", "2027-03-01", "2027-03-02")
    await desk.stepped(leaves["id"], "check-in")
    missing = await desk.booked("single", "2027-03-01", "2027-03-03", price=None)
    clock.set(day(2))
    await desk.booked("twin", "2027-03-02", "2027-03-03", price={"amount": "99.99", "currency": "EUR"})
    await desk.maintained("105", "2027-03-02", "2027-03-05")
    told = await dashboard(desk)
    types = {each.pop("code"): each["rooms"] for each in told.pop("room_types")}
    assert told == {
        "business_id": desk.hotel.id,
        "business_date": "2027-03-02",
        "date": "2027-03-02",
        "arrivals": {"expected": 1, "tentative": 0, "arrived": 0, "no_show": 0, "overdue": 1},
        "departures": {"expected": 1, "departed": 0, "overdue": 0},
        "in_house": {"stays": 2, "adults": 3, "children": 1},
        "tonight": {"stays": 3, "adults": 4, "children": 1},
        "rooms": {"physical": 10, "out_of_order": 1, "held": 0, "sold": 3, "sellable": 6},
        "revenue": {"total": {"amount": "100.00", "currency": "RON"}, "priced": 1, "unpriced": 2},
    }
    assert types["double"] == {"physical": 5, "out_of_order": 1, "held": 0, "sold": 1, "sellable": 3}
    assert types["single"] == {"physical": 3, "out_of_order": 0, "held": 0, "sold": 1, "sellable": 2}
    await desk.stepped(leaves["id"], "check-out")
    await desk.stepped(missing["id"], "no-show")
    assert (await dashboard(desk))["departures"] == {"expected": 0, "departed": 1, "overdue": 0}
    assert (await dashboard(desk))["arrivals"]["overdue"] == 0
    assert (await dashboard(desk, "?date=2027-03-01"))["arrivals"] == {
        "expected": 0,
        "tentative": 0,
        "arrived": 2,
        "no_show": 1,
        "overdue": 0,
    }
    clock.set(day(6))
    assert (await dashboard(desk))["departures"] == {"expected": 0, "departed": 0, "overdue": 1}


async def test_a_house_wide_limit_bounds_what_the_dashboard_leaves_to_sell(desk: Desk) -> None:
    await desk.limit_house("2027-03-01", "2027-03-02", -7)
    assert (await dashboard(desk))["rooms"]["sellable"] == 3


async def test_a_night_is_sold_for_its_own_charges(desk: Desk) -> None:
    """A plan charges each night by itself; what is given for the whole stay is spread over it."""
    stay = await desk.booked("double", "2027-03-01", "2027-03-03", price={"amount": "400.00"})
    assert (await dashboard(desk, "?date=2027-03-01"))["revenue"]["total"]["amount"] == "200.00"
    parts = [
        ("2027-03-01", 1, "base", "130.00"),
        ("2027-03-01", 2, "supplement", "20.50"),
        ("2027-03-02", 1, "base", "249.50"),
    ]
    for on, position, part, amount in parts:
        await desk.connection.execute(
            "insert into reservation_charges "
            "(omd_id, business_id, reservation_id, date, position, part, code, count, amount) "
            "values ($1, $2, $3, $4::text::date, $5, $6, 'X', 1, $7::text::numeric)",
            *(desk.hotel.omd_id, desk.hotel.id, stay["id"], on, position, part, amount),
        )
    assert (await dashboard(desk))["revenue"]["total"]["amount"] == "150.50"
    assert (await dashboard(desk, "?date=2027-03-02"))["revenue"]["total"]["amount"] == "249.50"
