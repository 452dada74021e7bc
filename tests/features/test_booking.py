"""Booking through HTTP: what a receptionist and an integrator rely on."""

import msgspec

from support.front_desk import Desk, pointers, problem_of, rooms_of


async def forced_nights(desk: Desk) -> int:
    """Return how many nights are carried above every limit."""
    found: int = await desk.connection.fetchval("select sum(forced)::int from room_type_availability")
    return found


async def events_of(desk: Desk, reservation_id: str) -> list[tuple[str, dict[str, object]]]:
    """Return what the event table says of a stay."""
    rows = await desk.connection.fetch(
        "select type, data::text from events where aggregate_id = $1 order by aggregate_version", reservation_id
    )
    return [(row[0], msgspec.json.decode(row[1])) for row in rows]


async def test_a_booking_gets_a_room_for_every_night(desk: Desk) -> None:
    answer = await desk.book(
        "double", "2027-03-10", "2027-03-13", adults=2, price={"amount": "450.00"}, note="Late arrival"
    )
    assert answer.status_code == 201, answer.text
    booked = answer.json()
    assert booked["status"] == "confirmed"
    assert [night["date"] for night in booked["nights"]] == ["2027-03-10", "2027-03-11", "2027-03-12"]
    assert len({night["room_id"] for night in booked["nights"]}) == 1
    assert booked["price"] == {"amount": "450.00", "currency": "RON"}
    assert answer.headers["ETag"] == '"1"'
    read = await desk.client.get(answer.headers["Location"], headers=desk.tokens.of("grand"))
    assert read.status_code == 200
    assert read.json() == booked


async def test_everything_given_is_kept(desk: Desk) -> None:
    guests = [
        {
            "last_name": "Ștefănescu-O'Hara",
            "first_name": "Ioana",
            "email": "i@example.org",
            "phone": "+40 7",
            "country": "RO",
        },
        {"last_name": "李", "first_name": "小龍"},
        {"last_name": "🦉 Łukasz"},
    ]
    booked = await desk.booked(
        "double",
        "2027-03-10",
        "2027-03-12",
        adults=2,
        children=1,
        guests=guests,
        price={"amount": "0.10", "currency": "EUR"},
        note="Cu vedere la mare\nși pat dublu — „mulțumesc”",
        external_reference="BK-1/ß",
    )
    read = await desk.stay(booked["id"])
    assert read["guests"] == guests
    assert read["price"] == {"amount": "0.10", "currency": "EUR"}
    assert (read["adults"], read["children"]) == (2, 1)
    assert read["note"] == "Cu vedere la mare\nși pat dublu — „mulțumesc”"
    assert read["external_reference"] == "BK-1/ß"
    assert read["booked_by"].startswith("token:")


async def test_a_type_sells_to_its_last_room_and_names_the_nights_that_are_gone(desk: Desk) -> None:
    rooms = {rooms_of(await desk.booked("double", "2027-03-10", "2027-03-12"))[0] for _ in range(5)}
    assert rooms == {"101", "102", "103", "104", "105"}
    refused = problem_of(await desk.book("double", "2027-03-09", "2027-03-13"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-10", "2027-03-11"]
    assert "2027-03-10" in refused["detail"]
    assert (await desk.availability("2027-03-09", "2027-03-13"))["double"]["sellable"] == 0
    await desk.booked("double", "2027-03-12", "2027-03-13")
    await desk.booked("double", "2027-03-09", "2027-03-10")


async def test_the_overbooking_limit_lets_exactly_that_many_more_in(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-12", 2)
    housed = [await desk.booked("twin", "2027-03-10", "2027-03-12") for _ in range(2)]
    waiting = [await desk.booked("twin", "2027-03-10", "2027-03-12") for _ in range(2)]
    assert all(None not in rooms_of(stay) for stay in housed)
    assert [rooms_of(stay) for stay in waiting] == [[None, None], [None, None]]
    problem_of(await desk.book("twin", "2027-03-10", "2027-03-12"), 409, "sold_out")
    listed = (await desk.send("GET", f"/businesses/{desk.hotel.id}/reservations")).json()
    assert {stay["id"]: stay["unassigned_nights"] for stay in listed} == {
        **{stay["id"]: 0 for stay in housed},
        **{stay["id"]: 2 for stay in waiting},
    }
    await desk.stepped(housed[0]["id"], "cancel")
    first, second = [await desk.stay(stay["id"]) for stay in waiting]
    assert rooms_of(first) == rooms_of(housed[0])
    assert rooms_of(second) == [None, None]
    assert first["version"] == waiting[0]["version"] + 1


async def test_a_stay_without_a_room_gets_one_on_the_nights_that_become_free(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-14", 1)
    one = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=True)
    two = await desk.booked("twin", "2027-03-10", "2027-03-14", room="302", room_locked=True)
    await desk.booked("twin", "2027-03-12", "2027-03-14", room="301", room_locked=True)
    waiting = await desk.booked("twin", "2027-03-10", "2027-03-14")
    assert rooms_of(waiting) == [None] * 4
    await desk.stepped(one["id"], "cancel")
    assert rooms_of(await desk.stay(waiting["id"])) == ["301", "301", None, None]
    await desk.stepped(two["id"], "cancel")
    assert rooms_of(await desk.stay(waiting["id"])) == ["302"] * 4


async def test_an_override_sells_above_every_limit_on_the_record(desk: Desk) -> None:
    sold = [await desk.booked("twin", "2027-03-10", "2027-03-12") for _ in range(2)]
    refused = await desk.book("twin", "2027-03-10", "2027-03-13")
    problem_of(refused, 409, "sold_out")
    forced = await desk.booked("twin", "2027-03-10", "2027-03-13", override_reason="The mayor's guest")
    assert await forced_nights(desk) == 2
    (kind, said), *_ = await events_of(desk, forced["id"])
    assert kind == "reservation.booked"
    assert said["force_reason"] == "The mayor's guest"
    assert said["forced_nights"] == ["2027-03-10", "2027-03-11"]
    assert (await desk.availability("2027-03-10", "2027-03-11"))["twin"]["sellable"] == 0
    problem_of(await desk.book("twin", "2027-03-10", "2027-03-11"), 409, "sold_out")
    await desk.stepped(sold[0]["id"], "cancel")
    assert await forced_nights(desk) == 0
    assert None not in rooms_of(await desk.stay(forced["id"]))


async def test_an_override_that_is_not_needed_forces_nothing(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", override_reason="just in case")
    assert await forced_nights(desk) == 0
    assert rooms_of(booked)[0] is not None
    (_, said), *_ = await events_of(desk, booked["id"])
    assert "forced_nights" not in said


async def test_events_never_name_a_guest(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", note="Ana is allergic")
    await desk.amended(booked["id"], guests=[{"last_name": "Popescu-Ionescu"}], note="Ana")
    await desk.stepped(booked["id"], "cancel", {"reason": "plans changed"})
    said = await desk.connection.fetchval("select string_agg(data::text, ' ') from events")
    assert "Popescu" not in said
    assert "Ana" not in said


async def test_the_room_asked_for_is_given(desk: Desk) -> None:
    assert rooms_of(await desk.booked("double", "2027-03-10", "2027-03-12", room="104")) == ["104", "104"]


async def test_a_room_asked_for_that_is_taken_is_refused(desk: Desk) -> None:
    await desk.booked("double", "2027-03-11", "2027-03-12", room="104")
    refused = problem_of(await desk.book("double", "2027-03-10", "2027-03-12", room="104"), 409, "room_not_free")
    assert pointers(refused) == ["/room_id"]
    assert rooms_of(await desk.booked("double", "2027-03-12", "2027-03-13", room="104")) == ["104"]


async def test_a_room_asked_for_of_another_type_or_hotel_is_unknown(desk: Desk) -> None:
    said = set()
    for room_id in (
        desk.hotel.rooms["201"],
        desk.world.lodge.rooms["101"],
        desk.world.harbour.rooms["101"],
        2**31 - 1,
    ):
        answer = await desk.book("double", "2027-03-10", "2027-03-12", room_id=room_id)
        refused = problem_of(answer, 422, "room_unknown")
        assert pointers(refused) == ["/room_id"]
        said.add(refused["detail"].replace(str(room_id), "N"))
    assert len(said) == 1


async def fragment(desk: Desk, *, locked: bool = False) -> list[dict[str, object]]:
    """Leave each night from 10 to 14 March with a free twin, but neither twin free throughout."""
    return [
        await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=locked),
        await desk.booked("twin", "2027-03-12", "2027-03-14", room="302", room_locked=locked),
    ]


async def test_fragments_are_made_into_a_room_by_moving_others(desk: Desk) -> None:
    before = await fragment(desk)
    assert (await desk.availability("2027-03-10", "2027-03-14"))["twin"]["available"] == 1
    booked = await desk.booked("twin", "2027-03-10", "2027-03-14")
    assert len(set(rooms_of(booked))) == 1
    after = [await desk.stay(str(stay["id"])) for stay in before]
    assert len({room for stay in after for room in rooms_of(stay)}) == 1
    moved = [(old, new) for old, new in zip(before, after, strict=True) if rooms_of(old) != rooms_of(new)]
    assert len(moved) == 1
    (old, new) = moved[0]
    assert new["version"] == 2
    kind, said = (await events_of(desk, str(old["id"])))[-1]
    assert kind == "reservation.room_assigned"
    assert said["cause"] == "repacked"


async def test_fixed_stays_are_named_with_the_split_that_would_work(desk: Desk) -> None:
    fixed = await fragment(desk, locked=True)
    answer = await desk.book("twin", "2027-03-10", "2027-03-14")
    refused = problem_of(answer, 409, "no_room_throughout")
    named = {each["name"] for each in refused["data"]["obstacles"]}
    assert named
    assert named <= {stay["code"] for stay in fixed}
    assert [(part["room_number"], part["arrival"], part["departure"]) for part in refused["data"]["split_stay"]] == [
        ("302", "2027-03-10", "2027-03-12"),
        ("301", "2027-03-12", "2027-03-14"),
    ]
    assert [rooms_of(await desk.stay(str(stay["id"]))) for stay in fixed] == [["301"] * 2, ["302"] * 2]


async def test_one_locked_stay_does_not_stop_the_other_from_moving(desk: Desk) -> None:
    locked = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=True)
    other = await desk.booked("twin", "2027-03-12", "2027-03-14", room="302")
    booked = await desk.booked("twin", "2027-03-10", "2027-03-14")
    assert rooms_of(booked) == ["302"] * 4
    assert rooms_of(await desk.stay(locked["id"])) == ["301"] * 2
    assert rooms_of(await desk.stay(other["id"])) == ["301"] * 2


async def test_the_guest_in_the_house_is_never_moved(desk: Desk) -> None:
    in_house = await desk.booked("twin", "2027-03-01", "2027-03-04", room="301")
    await desk.stepped(in_house["id"], "check-in")
    other = await desk.booked("twin", "2027-03-04", "2027-03-06", room="302")
    booked = await desk.booked("twin", "2027-03-02", "2027-03-06")
    assert rooms_of(booked) == ["302"] * 4
    assert rooms_of(await desk.stay(in_house["id"])) == ["301"] * 3
    assert rooms_of(await desk.stay(other["id"])) == ["301"] * 2


async def test_a_stay_that_begins_tonight_is_not_moved(desk: Desk) -> None:
    tonight = await desk.booked("twin", "2027-03-01", "2027-03-03", room="301")
    later = await desk.booked("twin", "2027-03-03", "2027-03-05", room="302")
    booked = await desk.booked("twin", "2027-03-01", "2027-03-05")
    assert rooms_of(booked) == ["302"] * 4
    assert rooms_of(await desk.stay(tonight["id"])) == ["301"] * 2
    assert rooms_of(await desk.stay(later["id"])) == ["301"] * 2


async def test_a_stay_across_quarters_is_one_stay(desk: Desk) -> None:
    booked = await desk.booked("double", "2027-03-30", "2027-04-02")
    assert len(booked["nights"]) == 3
    assert await desk.free("double", "2027-03-31", "2027-04-01", "2027-04-02") == [4, 4, 5]


async def test_a_hotel_books_into_itself_only(desk: Desk) -> None:
    path = f"/businesses/{desk.hotel.id}/reservations"
    body = desk.body("double", "2027-03-10", "2027-03-12")
    for party in ("lodge", "harbour"):
        problem_of(await desk.send("POST", path, body, party=party), 404, "not_found")
    problem_of(await desk.send("POST", path, body, party="alpha"), 403, "not_allowed")
    assert await desk.connection.fetchval("select count(*) from reservations") == 0


async def test_a_type_without_rooms_is_sold_out_not_unknown(desk: Desk) -> None:
    refused = problem_of(await desk.book("apartment", "2027-03-10", "2027-03-11"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-10"]
