"""Restrictions and quotas through HTTP: put in bulk at their levels, taken away, read as runs of dates."""

import pytest

from support.front_desk import problem_of
from support.revenue import RevenueDesk, interval, problems_of

MAY = [interval("2027-05-01", "2027-06-01")]


async def test_restrictions_stand_at_the_level_at_which_they_are_said(revenue: RevenueDesk) -> None:
    flex, twin = await revenue.plan("FLEX"), revenue.hotel.types["twin"].id
    answer = await revenue.restrict(
        {"dates": MAY, "closed_to_arrival": True, "weekdays": ["sun"]},
        {"dates": MAY, "rate_plan_ids": [flex], "min_stay_arrival": 3, "weekdays": ["fri"]},
        {"dates": MAY, "rate_plan_ids": [flex], "room_type_ids": [twin], "min_stay_through": 2, "max_advance": 30},
        {"dates": [interval("2027-05-10", "2027-05-12")], "room_type_ids": [twin], "closed": True},
    )
    assert answer.json() == {"dates": 5 + 4 + 31 + 2, "changed": 42}
    found = await revenue.restrictions("2027-05-01", "2027-06-01")
    levels = {(each.get("rate_plan_id"), each.get("room_type_id")) for each in found}
    assert levels == {(None, None), (flex, None), (flex, twin), (None, twin)}
    assert {"room_type_id": twin, **interval("2027-05-10", "2027-05-12"), "closed": True} in found
    whole = {"rate_plan_id": flex, "room_type_id": twin, **interval("2027-05-01", "2027-06-01")}
    assert {**whole, "min_stay_through": 2, "max_advance": 30} in found
    told = (await revenue.events())[-1]
    assert (told["what"], told["rate_plan_ids"], told["ends_on"]) == ("restrictions", None, "2027-06-01")


async def test_what_is_left_out_stays_and_null_takes_away(revenue: RevenueDesk) -> None:
    await revenue.restrict({"dates": MAY, "min_stay_arrival": 3, "closed": True})
    await revenue.restrict({"dates": [interval("2027-05-10", "2027-05-20")], "closed": False, "max_stay_through": 7})
    assert await revenue.restrictions("2027-05-01", "2027-06-01") == [
        {**interval("2027-05-01", "2027-05-10"), "min_stay_arrival": 3, "closed": True},
        {**interval("2027-05-10", "2027-05-20"), "min_stay_arrival": 3, "max_stay_through": 7},
        {**interval("2027-05-20", "2027-06-01"), "min_stay_arrival": 3, "closed": True},
    ]
    nothing = {"dates": MAY, "min_stay_arrival": None, "closed": None, "max_stay_through": None}
    assert (await revenue.restrict(nothing)).json() == {"dates": 31, "changed": 31}
    assert await revenue.connection.fetchval("select count(*) from restrictions") == 0
    assert (await revenue.restrict(nothing)).json() == {"dates": 31, "changed": 0}


async def test_a_date_keeps_what_another_entry_of_the_change_takes_away_elsewhere(revenue: RevenueDesk) -> None:
    """Some dates of one change are emptied while others get something: each as its entry says."""
    await revenue.restrict({"dates": MAY, "closed": True})
    answer = await revenue.restrict(
        {"dates": [interval("2027-05-01", "2027-05-03")], "closed": None},
        {"dates": [interval("2027-05-03", "2027-05-05")], "closed": None, "min_advance": 2},
    )
    assert answer.json() == {"dates": 4, "changed": 4}
    assert await revenue.restrictions("2027-05-01", "2027-05-06") == [
        {**interval("2027-05-03", "2027-05-05"), "min_advance": 2},
        {**interval("2027-05-05", "2027-05-06"), "closed": True},
    ]


async def test_every_problem_of_restrictions_is_named_at_once(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX")
    answer = await revenue.restrict(
        {"dates": MAY},
        {"dates": [interval("2027-02-01", "2027-02-03")], "closed": True},
        {"dates": MAY, "rate_plan_ids": [flex, 2**31 - 1], "min_stay_arrival": 5, "max_stay_arrival": 2},
        {"months": ["2033-01"], "room_type_ids": [2**31 - 1], "closed": True},
    )
    assert problems_of(answer) == {
        "/restrictions/0": "nothing_said",
        "/restrictions/1/dates/0": "date_in_the_past",
        "/restrictions/2/rate_plan_ids/1": "unknown_rate_plan",
        "/restrictions/2/max_stay_arrival": "least_above_most",
        "/restrictions/3/months/0": "beyond_five_years",
        "/restrictions/3/room_type_ids/0": "unknown_room_type",
    }
    problem_of(answer, 422, "prices_not_possible")
    twice = await revenue.restrict({"dates": MAY, "closed": True}, {"months": ["2027-05"], "min_advance": 1})
    assert problems_of(twice) == {"/restrictions/1": "seasons_overlap"}
    assert await revenue.connection.fetchval("select count(*) from restrictions") == 0


async def test_quotas_are_put_read_and_lifted(revenue: RevenueDesk) -> None:
    twin, double = revenue.hotel.types["twin"].id, revenue.hotel.types["double"].id
    entries = [
        {"agency": "tui", "room_type_ids": [twin, double], "dates": MAY, "rooms": 1},
        {"agency": "dmo", "room_type_ids": [twin], "dates": MAY, "rooms": 0},
    ]
    assert await revenue.done("PUT", "/quotas", {"quotas": entries}) == {"dates": 93, "changed": 93}
    lifted = {"agency": "tui", "room_type_ids": [twin], "dates": [interval("2027-05-10", "2027-05-12")], "rooms": None}
    assert await revenue.done("PUT", "/quotas", {"quotas": [lifted]}) == {"dates": 2, "changed": 2}
    where = "starts_on=2027-05-01&ends_on=2027-06-01"
    found = await revenue.done("GET", f"/quotas?{where}&agency=tui")
    assert [(each["room_type_id"], each["starts_on"], each["ends_on"], each["rooms"]) for each in found] == [
        (double, "2027-05-01", "2027-06-01", 1),
        (twin, "2027-05-01", "2027-05-10", 1),
        (twin, "2027-05-12", "2027-06-01", 1),
    ]
    assert {each["agency"] for each in await revenue.done("GET", f"/quotas?{where}")} == {"tui", "dmo"}
    again = {**entries[0], "dates": [interval("2027-05-31", "2027-06-02")]}
    answer = await revenue.send("PUT", "/quotas", {"quotas": [entries[0], again]})
    assert problems_of(answer) == {"/quotas/1": "seasons_overlap"}


@pytest.mark.parametrize("path", ["rates", "restrictions", "quotas"])
async def test_no_more_than_a_year_is_read_at_once(revenue: RevenueDesk, path: str) -> None:
    answer = await revenue.send("GET", f"/{path}?starts_on=2027-05-01&ends_on=2028-06-01")
    assert problems_of(answer) == {"?ends_on": "interval_too_long"}
