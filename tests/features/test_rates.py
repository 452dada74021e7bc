"""Prices through HTTP: seasons put in bulk, and every way in which they are not possible."""

import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import problem_of
from support.parties import Tokens
from support.persons import Headers, Persons
from support.revenue import RevenueDesk, days, interval, problems_of
from support.worlds import NOW, World


async def test_a_season_a_weekend_and_a_month(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX", meals="breakfast")
    summer = {**revenue.season(flex, "double twin", "2027-07-01", "2027-07-01", "200", "260.50"), "months": ["2027-07"]}
    summer["dates"] = []
    week = {**summer, "name": "Summer", "weekdays": ["mon", "tue", "wed", "thu", "sun"]}
    weekend = {**summer, "name": "Weekends", "weekdays": ["fri", "sat"], "amounts": [None, "300"]}
    assert await revenue.priced(week, weekend) == {"dates": 62, "changed": 62}
    found = await revenue.prices(flex, "twin", "2027-06-25", "2027-08-05")
    assert list(found) == days("2027-07-01", "2027-08-01")
    assert [found[day] for day in ("2027-07-01", "2027-07-02", "2027-07-04")] == [
        ["200.00", "260.50"],
        [None, "300.00"],
        ["200.00", "260.50"],
    ]
    (told, put) = await revenue.events()
    assert told["what"] == "plan"
    assert (put["what"], put["rate_plan_ids"], put["starts_on"], put["ends_on"]) == (
        "rates",
        [flex],
        "2027-07-01",
        "2027-08-01",
    )


async def test_what_is_put_again_changes_nothing_and_null_takes_away(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX")
    season = revenue.season(flex, "twin", "2027-05-01", "2027-05-08", "100", "120")
    assert (await revenue.priced(season))["changed"] == 7
    events = len(await revenue.events())
    assert (await revenue.priced(season)) == {"dates": 7, "changed": 0}
    assert len(await revenue.events()) == events
    gone = {**season, "amounts": None, "dates": [{"starts_on": "2027-05-03", "ends_on": "2027-05-05"}]}
    assert (await revenue.priced(gone)) == {"dates": 2, "changed": 2}
    assert list(await revenue.prices(flex, "twin", "2027-05-01", "2027-06-01")) == [
        *days("2027-05-01", "2027-05-03"),
        *days("2027-05-05", "2027-05-08"),
    ]


async def test_every_problem_is_named_at_once_and_nothing_is_done(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX", brackets=[{"from_age": 0, "until_age": 6}])
    child = await revenue.derived("CHILD", flex, factor="0.9")
    gone = await revenue.plan("GONE")
    await revenue.done("POST", f"/rate-plans/{gone}/retire")
    bad = {
        **revenue.season(flex, "twin", "2027-02-27", "2027-03-05", "100", "-1", "300"),
        "rate_plan_ids": [flex, child, gone, 2**31 - 1, flex],
        "room_type_ids": [revenue.hotel.types["twin"].id, 2**31 - 1],
        "children": ["10", "20"],
        "extra_adult": "-0.01",
        "months": ["2032-03", "2040-01", "2027-02"],
    }
    good = revenue.season(flex, "twin", "2027-04-01", "2027-04-05", "100")
    answer = await revenue.price(good, bad, currency="EUR")
    assert problems_of(answer) == {
        "/currency": "currency_differs",
        "/seasons/1/dates/0": "date_in_the_past",
        "/seasons/1/months/0": "beyond_five_years",
        "/seasons/1/months/1": "beyond_five_years",
        "/seasons/1/months/2": "date_in_the_past",
        "/seasons/1/rate_plan_ids/1": "rate_plan_derived",
        "/seasons/1/rate_plan_ids/2": "rate_plan_retired",
        "/seasons/1/rate_plan_ids/3": "unknown_rate_plan",
        "/seasons/1/rate_plan_ids/4": "named_twice",
        "/seasons/1/room_type_ids/1": "unknown_room_type",
        "/seasons/1/amounts/1": "negative_price",
        "/seasons/1/extra_adult": "negative_price",
        "/seasons/1/amounts/2": "too_many_guests",
        "/seasons/1/children/1": "too_many_brackets",
    }
    problem_of(answer, 422, "prices_not_possible")
    assert await revenue.connection.fetchval("select count(*) from rates") == 0


async def test_seasons_of_one_change_may_not_overlap(revenue: RevenueDesk) -> None:
    flex, plain = await revenue.plan("FLEX"), await revenue.plan("PLAIN")
    summer = {**revenue.season([flex, plain], "twin double", "2027-06-01", "2027-09-01", "100"), "name": "Summer"}
    fair = {**revenue.season(plain, "double", "2027-08-30", "2027-09-05", "150"), "name": "Fair"}
    answer = await revenue.price(summer, fair)
    assert problems_of(answer) == {"/seasons/1": "seasons_overlap"}
    said = answer.json()["problems"][0]["detail"]
    for word in ("'Fair'", "'Summer'", "PLAIN", "double", "2027-08-30", "1 more"):
        assert word in said
    assert await revenue.connection.fetchval("select count(*) from rates") == 0
    # On other days of the week, of another plan, or of another room type they do not.
    apart = {**summer, "weekdays": ["mon", "tue", "wed", "thu"]}
    assert (await revenue.price(apart, {**fair, "weekdays": ["fri", "sat", "sun"]})).status_code == 200
    assert (await revenue.price({**summer, "rate_plan_ids": [flex]}, fair)).status_code == 200
    twice = {**fair, "dates": [*fair["dates"], {"starts_on": "2027-09-04", "ends_on": "2027-09-10"}]}
    assert problems_of(await revenue.price(twice)) == {"/seasons/0/dates/1": "dates_overlap"}


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"dates": []}, {"/seasons/0/dates": "no_date"}),
        ({"weekdays": ["sun"]}, {"/seasons/0/dates": "no_date"}),
        ({"amounts": [None, None]}, {"/seasons/0/amounts": "no_price"}),
        ({"amounts": None, "extra_adult": "5"}, {"/seasons/0/amounts": "prices_taken_away"}),
        ({"dates": [interval("2027-05-02", "2027-05-02")]}, {"/seasons/0/dates/0/ends_on": "end_not_after_start"}),
        ({"dates": [interval("2032-02-28", "2032-03-02")]}, {"/seasons/0/dates/0": "beyond_five_years"}),
        ({"months": ["0000-01"]}, {"/seasons/0/months/0": "date_in_the_past"}),
        ({"months": ["9999-12"]}, {"/seasons/0/months/0": "beyond_five_years"}),
        ({"amounts": ["1.234"]}, {"/seasons/0/amounts/0": "invalid_value"}),
        ({"amounts": [100]}, {"/seasons/0/amounts/0": "invalid_value"}),
    ],
)
async def test_a_season_that_says_nothing_is_refused(
    revenue: RevenueDesk, more: dict[str, object], problem: dict[str, str]
) -> None:
    flex = await revenue.plan("FLEX")
    season = {**revenue.season(flex, "twin", "2027-05-03", "2027-05-05", "100"), **more}
    assert problems_of(await revenue.price(season)) == problem


async def test_a_price_for_more_than_the_standard_occupancy_would_never_be_charged(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX")
    season = revenue.season(flex, "double", "2027-05-03", "2027-05-05", "100", "120", "140")
    assert problems_of(await revenue.price(season)) == {"/seasons/0/amounts/2": "above_standard"}


async def test_five_years_ahead_and_the_rest_of_a_month_that_began(revenue: RevenueDesk, clock: FixedClock) -> None:
    flex = await revenue.plan("FLEX")
    whole = revenue.season(flex, "twin double single apartment", "2027-03-01", "2032-03-01", "100")
    assert (await revenue.priced(whole))["dates"] == 4 * 1827
    clock.set(NOW.replace(day=15))
    month = {**revenue.season(flex, "twin", "2027-04-01", "2027-04-02", "90"), "months": ["2027-03"]}
    assert (await revenue.priced(month))["dates"] == 17 + 1
    plans = [await revenue.plan(f"P{number}") for number in range(14)]
    too_many = revenue.season(plans, "twin double single apartment", "2027-04-01", "2032-03-01", "9")
    assert problems_of(await revenue.price(too_many)) == {"/seasons": "too_many_dates"}


async def test_children_extra_adults_and_weeks_are_read_back(revenue: RevenueDesk) -> None:
    flex = await revenue.plan(
        "FLEX", basis="person", brackets=[{"from_age": 0, "until_age": 3}, {"from_age": 3, "until_age": 12}]
    )
    season = {
        **revenue.season(flex, "double", "2027-05-01", "2027-05-02", None, "700"),
        "extra_adult": "210",
        "children": ["0", None],
        "unit_nights": 7,
    }
    await revenue.priced(season)
    (found,) = (await revenue.done("GET", "/rates?starts_on=2027-05-01&ends_on=2027-05-10"))["rates"]
    assert found["children"] == [["0.00", None]]
    assert (found["extra_adult"], found["unit_nights"], found["season_from"]) == (["210.00"], [7], ["2027-05-01"])


async def test_who_may_read_and_who_may_put_prices(
    revenue: RevenueDesk, persons: Persons, tokens: Tokens, world: World
) -> None:
    flex = await revenue.plan("FLEX")
    season = revenue.season(flex, "twin", "2027-05-01", "2027-05-02", "100")
    reads = "/rates?starts_on=2027-05-01&ends_on=2027-05-02"

    async def ask(headers: Headers) -> tuple[int, int]:
        put = await revenue.send("PUT", "/rates", {"currency": "RON", "seasons": [season]}, headers=headers)
        return (await revenue.send("GET", reads, headers=headers)).status_code, put.status_code

    for role, place, expected in (
        ("manager", world.grand, (200, 200)),
        ("receptionist", world.grand, (200, 403)),
        ("accountant", world.grand, (200, 403)),
        ("housekeeper", world.grand, (403, 403)),
        ("omd_analyst", world.alpha, (200, 403)),
        ("manager", world.lodge, (404, 404)),
        ("omd_administrator", world.beta, (404, 403)),
    ):
        assert await ask(await persons.headers(f"{role}{place.code}", (role, place))) == expected, role
    assert await ask(tokens.of("grand")) == (200, 200)
    assert await ask(tokens.of("alpha")) == (200, 403)
    assert await ask(tokens.of("lodge")) == (404, 404)


async def test_the_audit_says_what_was_there_before(revenue: RevenueDesk) -> None:
    flex = await revenue.plan("FLEX")
    twin = revenue.hotel.types["twin"].id
    await revenue.priced(revenue.season(flex, "twin", "2027-05-01", "2027-05-08", "100"))
    await revenue.priced(revenue.season(flex, "twin", "2027-05-03", "2027-05-04", "120"))
    entries = await revenue.connection.fetch(
        "select action, row_key, before #>> '{dates,0,amounts,0}' as before, before #>> '{dates,0,on}' as was_on, "
        "after #>> '{dates,0,amounts,0}' as after, after #>> '{dates,0,on}' as is_on "
        "from audit_log where thing = 'rates' order by at"
    )
    assert [tuple(each) for each in entries] == [
        ("insert", f"{flex}/{twin}", None, None, "100.00", "{[2027-05-01,2027-05-08)}"),
        ("update", f"{flex}/{twin}", "100.00", "{[2027-05-03,2027-05-04)}", "120.00", "{[2027-05-03,2027-05-04)}"),
    ]
