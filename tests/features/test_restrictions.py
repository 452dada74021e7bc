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


async def test_a_minimum_above_a_maximum_that_is_said_elsewhere_is_told(revenue: RevenueDesk) -> None:
    flex, twin = await revenue.plan("FLEX"), revenue.hotel.types["twin"].id
    assert "contradictions" not in (await revenue.restrict({"dates": MAY, "max_stay_through": 4})).json()
    fitting = await revenue.restrict({"dates": MAY, "rate_plan_ids": [flex], "min_stay_arrival": 4})
    assert "contradictions" not in fitting.json()
    answer = await revenue.restrict(
        {"dates": MAY, "rate_plan_ids": [flex], "room_type_ids": [twin], "weekdays": ["fri"], "min_stay_arrival": 5},
        {"dates": MAY, "room_type_ids": [twin], "min_advance": 30, "closed_to_departure": True},
    )
    (told,) = answer.json()["contradictions"]
    least = {"field": "min_stay_arrival", "value": 5, "rate_plan_id": flex, "room_type_id": twin}
    most = {"field": "max_stay_through", "value": 4, "rate_plan_id": None, "room_type_id": None}
    assert (told["least"], told["most"]) == (least, most)
    assert (told["rate_plan_ids"], told["room_type_id"]) == ([flex], twin)
    assert (told["first_date"], told["last_date"], told["dates"]) == ("2027-05-07", "2027-05-28", 4)
    assert told["detail"] == (
        "On 4 dates from 2027-05-07 to 2027-05-28 no stay fits: min_stay_arrival is 5 (plan FLEX, room type twin), "
        "max_stay_through is 4 (every plan, every room type). Lower the one or raise the other."
    )
    assert len(await revenue.restrictions("2027-05-07", "2027-05-08")) == 4, "it is put all the same"
    elsewhere = await revenue.restrict({"months": ["2027-06"], "min_stay_through": 9})
    assert "contradictions" not in elsewhere.json(), "only what a change takes part in is told"
    later = await revenue.restrict({"dates": MAY, "room_type_ids": [twin], "max_advance": 29})
    (same_level,) = later.json()["contradictions"]
    assert (same_level["least"]["field"], same_level["most"]["value"]) == ("min_advance", 29)
    assert (same_level["rate_plan_ids"], same_level["room_type_id"], same_level["dates"]) == (None, twin, 31)


async def test_levels_that_never_meet_do_not_contradict_each_other(revenue: RevenueDesk) -> None:
    flex, other = await revenue.plan("FLEX"), await revenue.plan("OTHER")
    twin, double = (revenue.hotel.types[code].id for code in ("twin", "double"))
    for levels in (
        ({"rate_plan_ids": [flex]}, {"rate_plan_ids": [other]}),
        ({"room_type_ids": [twin]}, {"room_type_ids": [double]}),
        ({"rate_plan_ids": [flex], "room_type_ids": [twin]}, {"room_type_ids": [double]}),
    ):
        low, high = levels
        answer = await revenue.restrict(
            {"dates": MAY, **low, "min_stay_arrival": 7}, {"dates": MAY, **high, "max_stay_arrival": 2}
        )
        assert "contradictions" not in answer.json()
        nothing = {"min_stay_arrival": None, "max_stay_arrival": None}
        await revenue.restrict({"dates": MAY, **low, **nothing}, {"dates": MAY, **high, **nothing})
    apart = await revenue.restrict(
        {"dates": MAY, "min_stay_arrival": 7, "weekdays": ["fri"]},
        {"dates": MAY, "rate_plan_ids": [flex], "max_stay_arrival": 2, "weekdays": ["mon"]},
        {"dates": MAY, "rate_plan_ids": [other], "max_advance": 3},
    )
    assert "contradictions" not in apart.json()


async def test_a_derived_plan_is_told_what_it_inherits(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX")
    derivation = {"parent_plan_id": flex, "factor": "0.9", "rounding": "down", "step": "1.00"}
    follows = await revenue.plan("FOLLOWS", derivation={**derivation, "inherits": ["min_stay_arrival"]})
    await revenue.plan("ALONE", derivation=derivation)
    await revenue.restrict({"dates": MAY, "rate_plan_ids": [follows], "max_stay_arrival": 2})
    (told,) = (await revenue.restrict({"dates": MAY, "rate_plan_ids": [flex], "min_stay_arrival": 3})).json()[
        "contradictions"
    ]
    assert (told["rate_plan_ids"], told["room_type_id"]) == ([follows], None)
    assert (told["least"]["rate_plan_id"], told["most"]["rate_plan_id"]) == (flex, follows)
    everywhere = await revenue.restrict({"dates": MAY, "max_stay_arrival": 1})
    sources = {
        (each["least"]["rate_plan_id"], tuple(each["rate_plan_ids"])) for each in everywhere.json()["contradictions"]
    }
    assert sources == {(flex, (flex, follows))}
