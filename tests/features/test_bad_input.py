"""Whatever is sent: a problem document with code and pointer, never a 500, and nothing written."""

from typing import Any

import pytest

from support.front_desk import GUESTS, Desk, contents, pointers, problem_of

STAY = {"arrival": "2027-03-10", "departure": "2027-03-12", "guests": GUESTS}
LONG = "x" * 10_000
HUGE = 10**400


def booking(desk: Desk, change: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a good booking with some fields changed; None leaves the field out."""
    body = {"room_type_id": desk.hotel.types["double"].id, **STAY, **change}
    return {name: value for name, value in body.items() if value != "LEFT OUT"}


GUEST = {"last_name": "P"}
BODIES: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("departure before arrival", {"departure": "2027-03-09"}, "invalid_input", ["/departure"]),
    ("no night", {"departure": "2027-03-10"}, "invalid_input", ["/departure"]),
    ("4,000 nights", {"departure": "2038-02-20"}, "invalid_input", ["/departure"]),
    ("367 nights", {"departure": "2028-03-11"}, "invalid_input", ["/departure"]),
    ("beyond the horizon", {"arrival": "2028-03-31", "departure": "2028-04-02"}, "beyond_horizon", ["/departure"]),
    ("far beyond", {"arrival": "2099-01-01", "departure": "2099-01-02"}, "beyond_horizon", ["/departure"]),
    ("yesterday", {"arrival": "2027-02-28", "departure": "2027-03-02"}, "arrival_in_the_past", ["/arrival"]),
    ("before the horizon", {"arrival": "2026-12-31", "departure": "2027-01-02"}, "arrival_in_the_past", ["/arrival"]),
    ("year 1", {"arrival": "0001-01-01", "departure": "0001-01-03"}, "arrival_in_the_past", ["/arrival"]),
    ("year 9999", {"arrival": "9999-12-30", "departure": "9999-12-31"}, "beyond_horizon", ["/departure"]),
    ("year 1 to 9999", {"arrival": "0001-01-01", "departure": "9999-12-31"}, "invalid_input", ["/departure"]),
    ("year 10000", {"departure": "10000-01-01"}, "invalid_input", ["/departure"]),
    ("30 February", {"arrival": "2027-02-30"}, "invalid_input", ["/arrival"]),
    ("a date of another form", {"arrival": "10.03.2027"}, "invalid_input", ["/arrival"]),
    ("a date with a time", {"arrival": "2027-03-10T00:00:00Z"}, "invalid_input", ["/arrival"]),
    ("a date that is a number", {"arrival": 20270310}, "invalid_input", ["/arrival"]),
    ("a date that is null", {"arrival": None}, "invalid_input", ["/arrival"]),
    ("unknown type", {"room_type_id": 2**31 - 1}, "room_type_unknown", ["/room_type_id"]),
    ("type 0", {"room_type_id": 0}, "invalid_input", ["/room_type_id"]),
    ("type below 0", {"room_type_id": -1}, "invalid_input", ["/room_type_id"]),
    ("type too large", {"room_type_id": 2**31}, "invalid_input", ["/room_type_id"]),
    ("type beyond 64 bits", {"room_type_id": 2**70}, "invalid_input", ["/room_type_id"]),
    ("type of 400 digits", {"room_type_id": HUGE}, "invalid_input", ["/room_type_id"]),
    ("type in words", {"room_type_id": "double"}, "invalid_input", ["/room_type_id"]),
    ("type as text", {"room_type_id": "1"}, "invalid_input", ["/room_type_id"]),
    ("type a fraction", {"room_type_id": 1.5}, "invalid_input", ["/room_type_id"]),
    ("type true", {"room_type_id": True}, "invalid_input", ["/room_type_id"]),
    ("type a list", {"room_type_id": [1]}, "invalid_input", ["/room_type_id"]),
    ("type left out", {"room_type_id": "LEFT OUT"}, "invalid_input", ["/room_type_id"]),
    ("room as text", {"room_id": "101"}, "invalid_input", ["/room_id"]),
    ("room a fraction", {"room_id": 3.7}, "invalid_input", ["/room_id"]),
    ("adults below 0", {"adults": -1}, "invalid_input", ["/adults"]),
    ("no adult", {"adults": 0}, "invalid_input", ["/adults"]),
    ("adults as text", {"adults": "2"}, "invalid_input", ["/adults"]),
    ("adults null", {"adults": None}, "invalid_input", ["/adults"]),
    ("adults beyond count", {"adults": 10**30}, "invalid_input", ["/adults"]),
    ("children below 0", {"children": -1}, "invalid_input", ["/children"]),
    ("too many for the type", {"adults": 3}, "too_many_guests", ["/adults"]),
    ("too many with children", {"adults": 2, "children": 2}, "too_many_guests", ["/adults"]),
    ("no guest", {"guests": []}, "invalid_input", ["/guests"]),
    ("guests left out", {"guests": "LEFT OUT"}, "invalid_input", ["/guests"]),
    ("guests an object", {"guests": GUEST}, "invalid_input", ["/guests"]),
    ("51 guests", {"guests": [GUEST] * 51}, "invalid_input", ["/guests"]),
    ("a guest of text", {"guests": ["Ana"]}, "invalid_input", ["/guests/0"]),
    ("a guest without a name", {"guests": [GUEST, {"first_name": "A"}]}, "invalid_input", ["/guests/1/last_name"]),
    ("an empty name", {"guests": [{"last_name": ""}]}, "invalid_input", ["/guests/0/last_name"]),
    ("a blank name", {"guests": [{"last_name": " \u00a0"}]}, "invalid_input", ["/guests/0/last_name"]),
    ("a name of zero bytes", {"guests": [{"last_name": "A\u0000B"}]}, "invalid_input", ["/guests/0/last_name"]),
    ("a name of 10,000 letters", {"guests": [{"last_name": LONG}]}, "invalid_input", ["/guests/0/last_name"]),
    ("a mail with a zero byte", {"guests": [{**GUEST, "email": "a\u0000"}]}, "invalid_input", ["/guests/0/email"]),
    ("unknown guest field", {"guests": [{**GUEST, "vip": True}]}, "invalid_input", ["/guests/0/vip"]),
    ("a note with a zero byte", {"note": "\u0000"}, "invalid_input", ["/note"]),
    ("a note of 10,000 letters", {"note": LONG}, "invalid_input", ["/note"]),
    ("a note that is a number", {"note": 5}, "invalid_input", ["/note"]),
    ("a reference of 10,000 letters", {"external_reference": LONG}, "invalid_input", ["/external_reference"]),
    ("a blank override", {"override_reason": " "}, "invalid_input", ["/override_reason"]),
    ("an override with a zero byte", {"override_reason": "a\u0000"}, "invalid_input", ["/override_reason"]),
    ("a lock in words", {"room_locked": "yes"}, "invalid_input", ["/room_locked"]),
    ("a lock of 1", {"room_locked": 1}, "invalid_input", ["/room_locked"]),
    ("an unknown field", {"discount": 5}, "invalid_input", ["/discount"]),
    ("a field to be escaped", {"a/b~c": 5}, "invalid_input", ["/a~1b~0c"]),
    ("a field of zero bytes", {"\u0000": 5}, "invalid_input", ["/\u0000"]),
    ("a price below 0", {"price": {"amount": "-1"}}, "invalid_input", ["/price/amount"]),
    ("a price of thirds", {"price": {"amount": "0.333"}}, "invalid_input", ["/price/amount"]),
    ("a price beyond count", {"price": {"amount": "1e400"}}, "invalid_input", ["/price/amount"]),
    ("a price of 10,000 digits", {"price": {"amount": "9" * 10_000}}, "invalid_input", ["/price/amount"]),
    ("no number for a price", {"price": {"amount": "NaN"}}, "invalid_input", ["/price/amount"]),
    ("a signalling price", {"price": {"amount": "sNaN"}}, "invalid_input", ["/price/amount"]),
    ("an endless price", {"price": {"amount": "Infinity"}}, "invalid_input", ["/price/amount"]),
    ("a price in words", {"price": {"amount": "ten"}}, "invalid_input", ["/price/amount"]),
    ("a price of other digits", {"price": {"amount": "\u0661"}}, "invalid_input", ["/price/amount"]),
    ("a price in a float", {"price": {"amount": 10.1}}, "invalid_input", ["/price/amount"]),
    ("a price as Python writes it", {"price": {"amount": "1_0"}}, "invalid_input", ["/price/amount"]),
    ("a price without amount", {"price": {"currency": "RON"}}, "invalid_input", ["/price/amount"]),
    ("a currency of words", {"price": {"amount": "1", "currency": "lei"}}, "invalid_input", ["/price/currency"]),
    ("a currency and a line", {"price": {"amount": "1", "currency": "RON\n"}}, "invalid_input", ["/price/currency"]),
    ("a price that is a number", {"price": 5}, "invalid_input", ["/price"]),
    (
        "several at once",
        {"adults": 0, "arrival": "soon", "guests": [{"last_name": ""}, {}], "colour": 1, "price": {"amount": "x"}},
        "invalid_input",
        ["/adults", "/arrival", "/colour", "/guests/0/last_name", "/guests/1/last_name", "/price/amount"],
    ),
]


async def test_a_booking_that_cannot_be(desk: Desk, subtests: pytest.Subtests) -> None:
    before = await contents(desk.connection)
    for what, change, code, where in BODIES:
        with subtests.test(what):
            answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/reservations", booking(desk, change))
            refused = problem_of(answer, 422, code)
            assert pointers(refused) == where
    assert await contents(desk.connection) == before


CHANGES: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("departure before arrival", {"departure": "2027-03-09"}, "invalid_input", ["/departure"]),
    ("4,000 nights", {"departure": "2038-02-20"}, "invalid_input", ["/departure"]),
    ("yesterday", {"arrival": "2027-02-28"}, "arrival_in_the_past", ["/arrival"]),
    ("year 1", {"arrival": "0001-01-01", "departure": "0001-01-02"}, "arrival_in_the_past", ["/arrival"]),
    ("year 9999", {"arrival": "9999-12-30", "departure": "9999-12-31"}, "beyond_horizon", ["/departure"]),
    ("beyond the horizon", {"departure": "2028-03-01", "arrival": "2028-04-05"}, "invalid_input", ["/departure"]),
    ("type unknown", {"room_type_id": 2**31 - 1}, "room_type_unknown", ["/room_type_id"]),
    ("room unknown", {"room_id": 2**31 - 1}, "room_unknown", ["/room_id"]),
    ("room null", {"room_id": None}, "invalid_input", ["/room_id"]),
    ("arrival null", {"arrival": None}, "invalid_input", ["/arrival"]),
    ("guests null", {"guests": None}, "invalid_input", ["/guests"]),
    ("guest without a name", {"guests": [{}]}, "invalid_input", ["/guests/0/last_name"]),
    ("status", {"status": "in_house"}, "invalid_input", ["/status"]),
    ("adults as text", {"adults": "2"}, "invalid_input", ["/adults"]),
    ("too many", {"adults": 3}, "too_many_guests", ["/adults"]),
    ("price of thirds", {"price": {"amount": "0.333"}}, "invalid_input", ["/price/amount"]),
    ("note with a zero byte", {"note": "\u0000"}, "invalid_input", ["/note"]),
    ("two at once", {"adults": 0, "guests": [{"last_name": 5}]}, "invalid_input", ["/adults", "/guests/0/last_name"]),
]


async def test_a_change_that_cannot_be(desk: Desk, subtests: pytest.Subtests) -> None:
    booked = await desk.booked("double", "2027-03-10", "2027-03-12")
    before = await contents(desk.connection)
    for what, change, code, where in CHANGES:
        with subtests.test(what):
            refused = problem_of(await desk.amend(booked["id"], **change), 422, code)
            assert pointers(refused) == where
    assert await contents(desk.connection) == before


OUTAGES: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("no night", {"ends_on": "2027-03-10"}, "invalid_input", ["/ends_on"]),
    ("end before start", {"ends_on": "2027-03-01"}, "invalid_input", ["/ends_on"]),
    ("4,000 nights", {"ends_on": "2038-02-20"}, "invalid_input", ["/ends_on"]),
    ("the past", {"starts_on": "2027-02-28"}, "invalid_input", ["/starts_on"]),
    ("beyond the horizon", {"starts_on": "2028-03-31", "ends_on": "2028-04-02"}, "beyond_horizon", ["/ends_on"]),
    ("year 9999", {"starts_on": "9999-12-30", "ends_on": "9999-12-31"}, "beyond_horizon", ["/ends_on"]),
    ("year 1", {"starts_on": "0001-01-01", "ends_on": "0001-01-02"}, "invalid_input", ["/starts_on"]),
    ("unknown room", {"room_id": 2**31 - 1}, "room_unknown", ["/room_id"]),
    ("unknown kind", {"kind": "dirty"}, "invalid_input", ["/kind"]),
    ("blank reason", {"reason": " "}, "invalid_input", ["/reason"]),
    ("reason of 10,000 letters", {"reason": LONG}, "invalid_input", ["/reason"]),
    ("reason with a zero byte", {"reason": "a\u0000"}, "invalid_input", ["/reason"]),
    ("unknown field", {"room": "101"}, "invalid_input", ["/room"]),
]


async def test_maintenance_that_cannot_be(desk: Desk, subtests: pytest.Subtests) -> None:
    before = await contents(desk.connection)
    for what, change, code, where in OUTAGES:
        with subtests.test(what):
            body = {
                "room_id": desk.hotel.rooms["101"],
                "kind": "out_of_order",
                "starts_on": "2027-03-10",
                "ends_on": "2027-03-12",
                "reason": "paint",
                **change,
            }
            answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/maintenance", body)
            assert pointers(problem_of(answer, 422, code)) == where
    assert await contents(desk.connection) == before


LIMITS: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"ends_on": "2027-03-10"}, "invalid_input", ["/ends_on"]),
    ({"ends_on": "2028-04-02"}, "beyond_horizon", ["/ends_on"]),
    ({"starts_on": "2026-12-31"}, "beyond_horizon", ["/starts_on"]),
    ({"starts_on": "0001-01-01", "ends_on": "9999-12-31"}, "beyond_horizon", ["/starts_on"]),
    ({"rooms": 10**9}, "invalid_input", ["/rooms"]),
    ({"rooms": "1"}, "invalid_input", ["/rooms"]),
    ({"limit": 1}, "invalid_input", ["/limit"]),
]


async def test_an_overbooking_limit_that_cannot_be(desk: Desk, subtests: pytest.Subtests) -> None:
    before = await contents(desk.connection)
    path = f"/businesses/{desk.hotel.id}/room-types/{desk.hotel.types['double'].id}/overbooking"
    for change, code, where in LIMITS:
        with subtests.test(str(change)):
            body = {"starts_on": "2027-03-10", "ends_on": "2027-03-12", "rooms": 1, **change}
            assert pointers(problem_of(await desk.send("PUT", path, body), 422, code)) == where
    assert await contents(desk.connection) == before


async def test_an_idempotency_key_that_cannot_be(desk: Desk, subtests: pytest.Subtests) -> None:
    before = await contents(desk.connection)
    path = f"/businesses/{desk.hotel.id}/reservations"
    for key in ("", "x" * 256):
        with subtests.test(f"{len(key)} characters"):
            answer = await desk.send("POST", path, booking(desk, {}), Idempotency_Key=key)
            assert pointers(problem_of(answer, 422, "invalid_input")) == ["Idempotency-Key"]
    assert await contents(desk.connection) == before
