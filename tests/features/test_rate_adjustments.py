"""Prices of derived plans as they are read, and prices raised or lowered in one call, all of them or none."""

import httpx
import pytest

from support.revenue import Json, RevenueDesk, interval, problems_of

WEEKEND = ["fri", "sat"]


@pytest.fixture
async def flex(revenue: RevenueDesk) -> int:
    """A plan with prices of the first week of May; the second of May is a Sunday."""
    plan = await revenue.plan("FLEX", brackets=[{"from_age": 0, "until_age": 3}, {"from_age": 3, "until_age": 12}])
    season = revenue.season(plan, "twin", "2027-05-01", "2027-05-08", "100.00", "120.50")
    await revenue.priced({**season, "extra_adult": "50.00", "children": ["0.00", "30.00"]})
    return plan


async def adjust(
    revenue: RevenueDesk, plan: int, *adjustments: Json, currency: str = "RON", key: str | None = None
) -> httpx.Response:
    """Ask for prices of twins to be raised or lowered."""
    what = {"rate_plan_ids": [plan], "room_type_ids": [revenue.hotel.types["twin"].id]}
    asked = [{**what, "dates": [interval("2027-05-01", "2027-05-15")], **each} for each in adjustments]
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"currency": currency, "adjustments": asked}
    return await revenue.send("POST", "/rates/adjustments", body, headers={**revenue.headers, **headers})


async def read(revenue: RevenueDesk, plan: int) -> Json:
    """Return what is read of a plan, the first date and the one room type."""
    (found,) = (await revenue.done("GET", f"/rates?starts_on=2027-05-07&ends_on=2027-05-09&rate_plan_id={plan}"))[
        "rates"
    ]
    return {name: value[0] if isinstance(value, list) else value for name, value in found.items()}


async def test_prices_of_a_derived_plan_are_computed_and_say_of_which_they_are(revenue: RevenueDesk, flex: int) -> None:
    saver = await revenue.derived("SAVER", flex, factor="0.9", rounding="down", step="1.00")
    last = await revenue.derived("LAST", saver, amount="-100")
    root = await read(revenue, flex)
    assert (root["derived_from"], root["amounts"]) == (None, ["100.00", "120.50"])
    told = await read(revenue, saver)
    assert (told["rate_plan_id"], told["derived_from"]) == (saver, flex)
    assert (told["amounts"], told["extra_adult"], told["children"]) == (["90.00", "108.00"], "45.00", ["0.00", "27.00"])
    # Below zero is never sold, and told as what it comes to.
    assert (await read(revenue, last))["amounts"] == ["-10.00", "8.00"]
    of_all = (await revenue.done("GET", "/rates?starts_on=2027-05-01&ends_on=2027-05-08"))["rates"]
    assert [(each["rate_plan_id"], each["derived_from"]) for each in of_all] == [(flex, None)]


async def test_weekends_of_a_season_are_raised_on_what_is_there(revenue: RevenueDesk, flex: int) -> None:
    answer = await adjust(revenue, flex, {"weekdays": WEEKEND, "percent": "10"})
    # Of the four days of weekends two have a price: Saturday the first and Friday the seventh.
    assert answer.json() == {"dates": 4, "changed": 2}
    raised = await read(revenue, flex)
    assert (raised["amounts"], raised["extra_adult"], raised["children"]) == (
        *(["110.00", "132.55"], "55.00"),
        ["0.00", "33.00"],
    )
    prices = await revenue.prices(flex, "twin", "2027-05-01", "2027-05-15")
    assert [day for day, amounts in prices.items() if amounts[0] == "110.00"] == ["2027-05-01", "2027-05-07"]
    assert len(prices) == 7
    both = await adjust(revenue, flex, {"weekdays": WEEKEND, "percent": "-50", "amount": "20", "step": "0.50"})
    assert both.json()["changed"] == 2
    lowered = await read(revenue, flex)
    assert (lowered["amounts"], lowered["extra_adult"], lowered["children"]) == (
        *(["75.00", "86.50"], "27.50"),
        ["0.00", "16.50"],
    )
    assert (await revenue.events())[-1] == {
        "what": "rates",
        "rate_plan_ids": [flex],
        "room_type_ids": [revenue.hotel.types["twin"].id],
        "starts_on": "2027-05-01",
        "ends_on": "2027-05-15",
    }


async def test_a_price_below_zero_keeps_all_as_they_are(revenue: RevenueDesk, flex: int) -> None:
    before = await revenue.prices(flex, "twin", "2027-05-01", "2027-05-15")
    refused = await adjust(
        revenue, flex, {"weekdays": ["mon"], "percent": "10"}, {"weekdays": WEEKEND, "amount": "-100.50"}
    )
    assert problems_of(refused) == {"/adjustments/1": "price_out_of_range"}
    assert refused.json()["problems"][0]["detail"].startswith(
        "The price of plan FLEX, room type twin on 2027-05-01 would be -0.50. "
    )
    assert await revenue.prices(flex, "twin", "2027-05-01", "2027-05-15") == before


async def test_all_that_is_wrong_with_adjustments_is_named_at_once(revenue: RevenueDesk, flex: int) -> None:
    saver = await revenue.derived("SAVER", flex)
    wrong = await adjust(
        revenue,
        saver,
        {"percent": "-101", "step": "0"},
        {"rate_plan_ids": [flex], "dates": [interval("2027-02-01", "2027-02-03")]},
        currency="EUR",
    )
    assert problems_of(wrong) == {
        "/currency": "currency_differs",
        "/adjustments/0/rate_plan_ids/0": "rate_plan_derived",
        "/adjustments/0/percent": "negative_price",
        "/adjustments/0/step": "step_not_positive",
        "/adjustments/1": "nothing_said",
        "/adjustments/1/dates/0": "date_in_the_past",
    }
    twice = await adjust(revenue, flex, {"percent": "10"}, {"weekdays": WEEKEND, "amount": "20"})
    assert problems_of(twice) == {"/adjustments/1": "seasons_overlap"}


async def test_a_retry_under_its_key_adjusts_once(revenue: RevenueDesk, flex: int) -> None:
    for _ in range(2):
        answer = await adjust(revenue, flex, {"percent": "10"}, key="raise")
        assert (answer.status_code, answer.json()["changed"]) == (200, 7)
    assert (await read(revenue, flex))["amounts"] == ["110.00", "132.55"]
