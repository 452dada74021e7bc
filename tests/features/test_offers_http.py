"""Offers through HTTP, as a guest gets them once a revenue manager has set the house up."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from omd.features.offers import unseal
from support.parties import Tokens
from support.revenue import RevenueDesk, interval, problems_of
from support.served_app import KEYRING
from support.worlds import NOW, Connection, hotel_actor

Json = dict[str, Any]
TWO = [{"adults": 2}]


async def ask(desk: RevenueDesk, arrival: str, departure: str, rooms: list[Json] | None = None, **more: Any) -> Json:
    """Ask for offers that must be made, and return the answer."""
    answer = await send(desk, arrival, departure, rooms, **more)
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


async def send(
    desk: RevenueDesk, arrival: str, departure: str, rooms: list[Json] | None = None, **more: Any
) -> httpx.Response:
    """Ask for offers."""
    body = {"arrival": arrival, "departure": departure, "rooms": TWO if rooms is None else rooms, **more}
    return await desk.send("POST", "/offers", body)


def totals(room: Json) -> dict[tuple[int, int], str]:
    """Return what a room costs by plan and type."""
    return {(each["rate_plan_id"], each["room_type_id"]): each["total"] for each in room["offers"]}


def sentences(room: Json, plan: int, kind: int) -> list[str]:
    """Return why a plan and type are refused."""
    (refused,) = [each for each in room["refused"] if (each["rate_plan_id"], each["room_type_id"]) == (plan, kind)]
    return [each["sentence"] for each in refused["reasons"]]


class House(msgspec.Struct, frozen=True):
    """A hotel as its revenue manager set it up: a season, weekends dearer, a cheaper plan that is not refunded."""

    desk: RevenueDesk
    flex: int
    saver: int
    twin: int
    double: int


@pytest.fixture
async def house(revenue: RevenueDesk) -> House:
    policy = await revenue.done(
        "POST",
        "/rate-policies",
        {"kind": "cancellation", "code": "FREE", "name": "Free", "texts": {"en": "Free until noon.", "ro": "Gratuit."}},
    )
    flex = await revenue.plan(
        "FLEX", meals="breakfast", cancellation_policy_id=policy["id"], brackets=[{"from_age": 0, "until_age": 12}]
    )
    saver = await revenue.derived("SAVER", flex, factor="0.9", inherits=["min_stay_arrival"])
    season = revenue.season(flex, "twin double", "2027-05-01", "2027-06-01", "100.00", "120.00")
    weekend = {**season, "name": "Weekends", "weekdays": ["fri", "sat"], "amounts": ["130.00", "150.00"]}
    week = {**season, "weekdays": ["sun", "mon", "tue", "wed", "thu"]}
    children = {"children": ["20.00"], "extra_adult": "40.00"}
    await revenue.priced({**week, **children}, {**weekend, **children})
    types = revenue.hotel.types
    return House(revenue, flex, saver, types["twin"].id, types["double"].id)


async def test_a_weekend_costs_more_and_a_plan_without_refund_less(house: House) -> None:
    # Thursday and Friday.
    said = await ask(house.desk, "2027-05-06", "2027-05-08")
    (room,) = said["rooms"]
    assert (said["currency"], said["arrival"], said["departure"]) == ("RON", "2027-05-06", "2027-05-08")
    assert totals(room) == {
        (house.saver, house.twin): "243.00",
        (house.saver, house.double): "243.00",
        (house.flex, house.twin): "270.00",
        (house.flex, house.double): "270.00",
    }
    assert [each["total"] for each in room["offers"]] == ["243.00", "243.00", "270.00", "270.00"]
    assert (room["refused"], room["instead"]) == ([], None)
    offer = room["offers"][-1]
    assert [(each["date"], each["amount"]) for each in offer["nights"]] == [
        ("2027-05-06", "120.00"),
        ("2027-05-07", "150.00"),
    ]
    assert offer["nights"][0]["parts"] == [{"part": "base", "code": "", "count": 2, "amount": "120.00"}]
    assert datetime.fromisoformat(said["valid_until"]) == NOW + timedelta(minutes=15)


async def test_a_derived_plan_has_the_surcharges_and_family_offer_of_its_parent(house: House) -> None:
    desk, family = house.desk, [{"adults": 2, "child_ages": [7]}]
    weekend = {"code": "WE", "name": "Weekend", "charge": "night", "amount": "50.00", "weekdays": ["fri"]}
    offer = {"max_age": 12, "min_count": 1, "free": 1}
    await desk.done("PATCH", f"/rate-plans/{house.flex}", {"terms": {"supplements": [weekend], "family": offer}})

    async def cost(arrival: str, departure: str) -> tuple[str, str]:
        said = await ask(desk, arrival, departure, family, room_type_ids=[house.double])
        by_plan = {plan: total for (plan, _), total in totals(said["rooms"][0]).items()}
        return by_plan[house.flex], by_plan[house.saver]

    # The child is free by both plans; nine tenths are of the rates, and the surcharge comes whole.
    assert await cost("2027-05-06", "2027-05-07") == ("120.00", "108.00")
    assert await cost("2027-05-07", "2027-05-08") == ("200.00", "185.00")
    await desk.done("PATCH", f"/rate-plans/{house.saver}", {"terms": {"supplements": []}})
    assert await cost("2027-05-07", "2027-05-08") == ("200.00", "135.00")
    dearer = {**weekend, "amount": "60.00"}
    await desk.done("PATCH", f"/rate-plans/{house.flex}", {"terms": {"supplements": [dearer]}})
    assert await cost("2027-05-07", "2027-05-08") == ("230.00", "153.00"), "the child pays by both plans now"
    await desk.done("PATCH", f"/rate-plans/{house.saver}", {"terms": {}})
    assert await cost("2027-05-07", "2027-05-08") == ("230.00", "213.00")


async def test_an_offer_is_sealed_as_it_is_shown(house: House) -> None:
    said = await ask(house.desk, "2027-05-06", "2027-05-08", [{"adults": 2, "child_ages": [7]}], country="DE")
    shown = said["rooms"][0]["offers"][0]
    offer = unseal(shown["offer"], KEYRING, hotel_actor(house.desk.hotel), NOW)
    assert (str(offer.id), offer.room_type_id, offer.plan.id) == (
        shown["id"],
        shown["room_type_id"],
        shown["rate_plan_id"],
    )
    assert (offer.total, offer.adults, offer.children, offer.country) == (Decimal(shown["total"]), 2, (7,), "DE")
    assert sum(each.amount for each in offer.charges) == Decimal(shown["gross"])
    plan = await house.desk.done("GET", f"/rate-plans/{offer.plan.id}")
    assert (offer.plan.version, offer.plan.code) == (plan["version"], plan["code"])


async def test_each_room_has_offers_of_its_own_and_types_say_how_many_are_left(house: House) -> None:
    said = await ask(house.desk, "2027-05-06", "2027-05-08", [{"adults": 2}, {"adults": 1}, {"adults": 2}])
    first, single, again = said["rooms"]
    assert totals(first) == totals(again) != totals(single)
    ids = [offer["id"] for room in said["rooms"] for offer in room["offers"]]
    assert len(set(ids)) == len(ids) == 12
    assert {each["id"]: each["available"] for each in said["room_types"]} == {house.twin: 2, house.double: 5}


async def test_the_answer_names_plans_types_and_policies_in_the_language_asked_for(house: House) -> None:
    said = await ask(house.desk, "2027-05-06", "2027-05-08")
    assert {(each["code"], each["meals"]) for each in said["rate_plans"]} == {("FLEX", "breakfast"), ("SAVER", "none")}
    double = next(each for each in said["room_types"] if each["id"] == house.double)
    assert {name: double[name] for name in ("code", "standard_occupancy", "min_occupancy", "max_occupancy")} == {
        "code": "double",
        "standard_occupancy": 2,
        "min_occupancy": 1,
        "max_occupancy": 3,
    }

    def text(answer: Json) -> tuple[str, str]:
        (policy,) = answer["policies"]
        return policy["language"], policy["text"]

    assert text(said) == ("en", "Free until noon.")
    assert text(await ask(house.desk, "2027-05-06", "2027-05-08", language="ro")) == ("ro", "Gratuit.")
    body = {"arrival": "2027-05-06", "departure": "2027-05-08", "rooms": TWO}
    spoken = await house.desk.send("POST", "/offers", body, Accept_Language="fr, ro-RO;q=0.8, en;q=0.5")
    assert text(spoken.json()) == ("ro", "Gratuit.")


async def test_taxes_of_the_place_are_on_every_offer(house: House, owner_connection: Connection) -> None:
    hotel = house.desk.hotel
    await owner_connection.execute(
        "insert into tax_rules (omd_id, code, name, basis, placement, value, since, kinds, spares_countries) values "
        "($1, 'VAT', 'VAT', 'percent', 'included', 11, '2027-01-01', '{room}', '{}'), "
        "($1, 'CITY', 'City tax', 'person_night', 'on_top', 7.5, '2027-01-01', '{}', '{DE}')",
        hotel.omd_id,
    )
    said = await ask(house.desk, "2027-05-06", "2027-05-07", rate_plan_ids=[house.flex], room_type_ids=[house.twin])
    (offer,) = said["rooms"][0]["offers"]
    assert (offer["gross"], offer["on_top"], offer["total"]) == ("120.00", "15.00", "135.00")
    assert [(each["code"], each["amount"]) for each in offer["taxes_included"]] == [("VAT", "11.89")]
    assert [(each["code"], each["base"], each["amount"]) for each in offer["taxes_on_top"]] == [("CITY", "2", "15.00")]
    spared = await ask(
        house.desk, "2027-05-06", "2027-05-07", rate_plan_ids=[house.flex], room_type_ids=[house.twin], country="DE"
    )
    assert spared["rooms"][0]["offers"][0]["total"] == "120.00"


async def test_why_not_is_told_in_sentences_and_what_would_work(house: House) -> None:
    await house.desk.restrict(
        {"dates": [interval("2027-05-01", "2027-06-01")], "weekdays": ["fri"], "min_stay_arrival": 3}
    )
    said = await ask(house.desk, "2027-05-07", "2027-05-09")
    (room,) = said["rooms"]
    assert room["offers"] == []
    friday = "An arrival on Friday 7 May 2027 needs 3 nights, the stay has 2 (hotel)."
    assert sentences(room, house.flex, house.twin) == [friday] == sentences(room, house.saver, house.double)
    (reason,) = room["refused"][0]["reasons"]
    assert (reason["code"], reason["date"], reason["limit"], reason["actual"], reason["source"]["level"]) == (
        *("min_stay_arrival", "2027-05-07", 3, 2),
        "hotel",
    )
    dates = [(each["arrival"], each["departure"], each["total"]) for each in room["instead"]["dates"]]
    # Three nights that leave a day later, or arrive a day earlier, or a night less.
    assert dates == [
        ("2027-05-07", "2027-05-10", "378.00"),
        ("2027-05-06", "2027-05-09", "378.00"),
        ("2027-05-08", "2027-05-09", "135.00"),
    ]
    found = await ask(house.desk, dates[0][0], dates[0][1])
    assert found["rooms"][0]["offers"][0]["total"] == dates[0][2]


async def test_nights_that_are_sold_out_are_named_and_the_stay_is_split(
    house: House, owner_connection: Connection
) -> None:
    hotel = house.desk.hotel
    await owner_connection.execute(
        "update room_type_availability set overbooking = -100 where omd_id = $1 and business_id = $2 "
        "and (room_type_id = $3 and date >= '2027-05-12' or room_type_id = $4 and date < '2027-05-12') "
        "and date between '2027-05-10' and '2027-05-13'",
        *(hotel.omd_id, hotel.id, house.twin, house.double),
    )
    said = await ask(house.desk, "2027-05-10", "2027-05-14", rate_plan_ids=[house.flex])
    (room,) = said["rooms"]
    assert sentences(room, house.flex, house.twin) == [
        "Wednesday 12 May 2027 is sold out (room type twin).",
        "Thursday 13 May 2027 is sold out (room type twin).",
    ]
    (split,) = room["instead"]["splits"]
    assert [(each["room_type_id"], each["arrival"], each["departure"]) for each in split["stays"]] == [
        (house.twin, "2027-05-10", "2027-05-12"),
        (house.double, "2027-05-12", "2027-05-14"),
    ]
    assert split["total"] == "480.00"
    assert {each["available"] for each in said["room_types"]} == {0}


async def test_types_that_were_not_asked_for_are_told_where_those_asked_for_take_no_such_party(house: House) -> None:
    said = await ask(
        house.desk, "2027-05-06", "2027-05-07", [{"adults": 2, "child_ages": [3]}], room_type_ids=[house.twin]
    )
    (room,) = said["rooms"]
    assert "The room takes 2 guests at most, the party has 3 (room type twin)." in sentences(
        room, house.flex, house.twin
    )
    assert [(each["room_type_id"], each["total"]) for each in room["instead"]["room_types"]] == [
        (house.double, "126.00")
    ]


async def test_400_guests_get_a_reason_and_not_an_error(house: House) -> None:
    said = await ask(house.desk, "2027-05-06", "2027-05-07", [{"adults": 400}])
    assert "The room takes 3 guests at most, the party has 400 (room type double)." in sentences(
        said["rooms"][0], house.flex, house.double
    )
    assert said["rooms"][0]["instead"] == {"dates": [], "room_types": [], "splits": []}
    refused = await send(house.desk, "2027-05-06", "2027-05-07", [{"adults": 501}])
    assert list(problems_of(refused)) == ["/rooms/0/adults"]


async def test_a_retired_plan_is_not_offered_and_cannot_be_asked_for(house: House) -> None:
    await house.desk.done("POST", f"/rate-plans/{house.saver}/retire")
    said = await ask(house.desk, "2027-05-06", "2027-05-07")
    assert {plan for plan, _ in totals(said["rooms"][0])} == {house.flex}
    refused = await send(
        house.desk, "2027-05-06", "2027-05-07", rate_plan_ids=[house.flex, house.saver], room_type_ids=[10**6]
    )
    assert problems_of(refused) == {"/rate_plan_ids/1": "unknown_rate_plan", "/room_type_ids/0": "unknown_room_type"}


async def test_a_plan_that_is_not_sold_yet_says_from_when_on_it_is(house: House) -> None:
    plan = await house.desk.plan("EARLY", sold_from="2027-04-01")
    await house.desk.priced(house.desk.season(plan, "twin", "2027-05-01", "2027-06-01", "90.00", "90.00"))
    said = await ask(house.desk, "2027-05-06", "2027-05-07", rate_plan_ids=[plan])
    assert sentences(said["rooms"][0], plan, house.twin) == ["It is sold from Thursday 1 April 2027 on (plan EARLY)."]


@pytest.mark.parametrize(
    ("arrival", "departure", "code"),
    [
        ("2027-05-07", "2027-05-07", "departure_not_after_arrival"),
        ("2027-02-01", "2027-02-03", "arrival_in_the_past"),
        ("2031-05-01", "2031-05-03", "beyond_horizon"),
    ],
)
async def test_dates_that_cannot_be_are_refused_by_name(house: House, arrival: str, departure: str, code: str) -> None:
    refused = await send(house.desk, arrival, departure)
    assert refused.status_code == 422
    assert code in problems_of(refused).values()


async def test_too_much_at_once_is_refused(house: House) -> None:
    many = await send(house.desk, "2027-05-01", "2027-07-01", TWO * 9)
    assert problems_of(many) == {"/rooms": "too_many_nights"}
    for rooms in (TWO * 10, []):
        assert list(problems_of(await send(house.desk, "2027-05-01", "2027-05-02", rooms))) == ["/rooms"]


async def test_prices_changed_since_are_in_the_next_offers_and_not_in_those_that_were_made(house: House) -> None:
    before = (await ask(house.desk, "2027-05-06", "2027-05-07"))["rooms"][0]["offers"][-1]
    await house.desk.priced(house.desk.season(house.flex, "twin double", "2027-05-01", "2027-06-01", "200", "220.00"))
    after = await ask(house.desk, "2027-05-06", "2027-05-07")
    assert after["rooms"][0]["offers"][-1]["total"] == "220.00"
    offer = unseal(before["offer"], KEYRING, hotel_actor(house.desk.hotel), NOW)
    assert str(offer.total) == before["total"] == "120.00"


async def test_the_destination_is_told_what_its_member_offers_and_nobody_else(
    house: House, client: httpx.AsyncClient, tokens: Tokens
) -> None:
    path = f"/api/v1/businesses/{house.desk.hotel.id}/offers"
    body = {"arrival": "2027-05-06", "departure": "2027-05-07", "rooms": TWO}
    theirs = await client.post(path, json=body, headers=tokens.of("alpha"))
    assert len(theirs.json()["rooms"][0]["offers"]) == 4
    assert (await client.post(path, json=body, headers=tokens.of("harbour"))).status_code == 404
    assert (await client.post(path, json=body)).status_code == 401
