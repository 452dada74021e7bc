"""Guests who share a room come after the others and leave before them: dates of their own, within the stay."""

import pytest

from support.front_desk import Desk, Json, problem_of
from support.rights import widen_keys

STAY = ("double", "2027-03-04", "2027-03-09")
ANA = {"last_name": "Popescu", "first_name": "Ana"}


def ion(**dates: str) -> Json:
    """Return who shares the room with Ana."""
    return {"last_name": "Rus", "first_name": "Ion", **dates}


async def forms_of(desk: Desk, stay: Json) -> list[Json]:
    """Read the registration forms of a stay."""
    answer = await desk.send("GET", f"/reservations/{stay['id']}/registration-forms")
    assert answer.status_code == 200, answer.text
    forms: list[Json] = answer.json()["forms"]
    return forms


async def test_who_comes_later_and_leaves_before_has_a_form_of_those_days(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    widen_keys(monkeypatch)
    dates = {"arrives_on": "2027-03-05", "leaves_on": "2027-03-07"}
    stay = await desk.booked(*STAY, adults=2, guests=[ANA, ion(**dates)])

    assert [{each: guest.get(each) for each in dates} for guest in stay["guests"]] == [dict.fromkeys(dates), dates]
    forms = await forms_of(desk, stay)

    assert [(form["arrival"], form["departure"]) for form in forms] == [
        ("2027-03-04", "2027-03-09"),
        ("2027-03-05", "2027-03-07"),
    ]


@pytest.mark.parametrize(
    "dates",
    [
        {"arrives_on": "2027-03-03"},
        {"arrives_on": "2027-03-09"},
        {"leaves_on": "2027-03-04"},
        {"leaves_on": "2027-03-10"},
    ],
)
async def test_nobody_comes_before_or_leaves_after_the_stay(desk: Desk, dates: dict[str, str]) -> None:
    refused = problem_of(await desk.book(*STAY, adults=2, guests=[ANA, ion(**dates)]), 422, "invalid_input")
    assert [(each["pointer"], each["code"]) for each in refused["problems"]] == [("/guests", "outside_stay")]
    stay = await desk.booked(*STAY, adults=2)
    refused = problem_of(await desk.amend(stay["id"], guests=[ANA, ion(**dates)]), 422, "invalid_input")
    assert (await desk.stay(stay["id"]))["version"] == 1


async def test_nobody_leaves_before_they_came(desk: Desk) -> None:
    dates = {"arrives_on": "2027-03-06", "leaves_on": "2027-03-06"}
    refused = problem_of(await desk.book(*STAY, adults=2, guests=[ANA, ion(**dates)]), 422, "invalid_input")
    assert refused["problems"][0]["pointer"].startswith("/guests/1")


async def test_who_had_dates_outside_of_the_new_ones_comes_and_leaves_with_the_stay(desk: Desk) -> None:
    dates = {"arrives_on": "2027-03-06", "leaves_on": "2027-03-08"}
    stay = await desk.booked(*STAY, adults=2, guests=[ANA, ion(**dates)])

    shorter = await desk.amended(stay["id"], departure="2027-03-07")

    assert {each: shorter["guests"][1].get(each) for each in dates} == {"arrives_on": "2027-03-06", "leaves_on": None}
    later = await desk.amended(stay["id"], arrival="2027-03-06", departure="2027-03-08")
    assert {each: later["guests"][1].get(each) for each in dates} == dict.fromkeys(dates)


async def test_dates_of_their_own_are_sent_back_as_they_were_read(desk: Desk) -> None:
    stay = await desk.booked(*STAY, adults=2, guests=[ANA, ion(leaves_on="2027-03-07")])

    again = await desk.amended(stay["id"], guests=stay["guests"], note="seen")

    assert again["guests"] == stay["guests"]
