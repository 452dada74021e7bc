"""What pricing reads of a hotel for the nights of a stay, in one statement."""

from datetime import date

import msgspec

from omd.db import Database
from omd.features.rates import read_offer_basis
from omd.kernel.dates import StayDates
from support.revenue import RevenueDesk, interval
from support.worlds import hotel_actor, omd_actor

STAY = StayDates(date(2027, 5, 6), date(2027, 5, 9))


async def test_it_holds_all_that_a_price_is_made_of(revenue: RevenueDesk, db: Database) -> None:
    flex = await revenue.plan("FLEX", brackets=[{"from_age": 0, "until_age": 6}])
    child = await revenue.derived("CHILD", flex, factor="0.9", inherits=["closed"])
    await revenue.done("POST", f"/rate-plans/{await revenue.plan('GONE')}/retire")
    season = {**revenue.season(flex, "twin double", "2027-05-01", "2027-05-08", "100", "120.50"), "children": ["30"]}
    await revenue.priced(season)
    await revenue.restrict(
        {"dates": [interval("2027-05-09", "2027-05-10")], "closed_to_departure": True},
        {"dates": [interval("2027-05-06", "2027-05-20")], "rate_plan_ids": [child], "min_stay_arrival": 2},
        {"dates": [interval("2027-05-10", "2027-05-20")], "closed": True},
    )
    (basis,) = await read_offer_basis(db, hotel_actor(revenue.hotel), [revenue.hotel.id], STAY)
    assert (basis.currency, basis.time_zone) == ("RON", "Europe/Bucharest")
    assert len(msgspec.json.decode(basis.room_types)) == 4
    plans = {each["code"]: each for each in msgspec.json.decode(basis.plans)}
    assert set(plans) == {"FLEX", "CHILD"}
    assert (plans["CHILD"]["parent_plan_id"], plans["CHILD"]["inherits"]) == (flex, ["closed"])
    assert plans["FLEX"]["brackets"] == [[0, 6]]
    twin, double = revenue.hotel.types["twin"].id, revenue.hotel.types["double"].id
    rates = msgspec.json.decode(basis.rates)
    assert [tuple(each[:3]) for each in rates if each[1] == twin] == [
        (flex, twin, "2027-05-06"),
        (flex, twin, "2027-05-07"),
    ]
    assert {each[1] for each in rates} == {twin, double}
    assert rates[0][3:] == ["2027-05-01", 1, None, [100.0, 120.5], [30.0]]
    restrictions = msgspec.json.decode(basis.restrictions)
    # The day of departure is no night, and still looked at; what is said of later dates is not.
    assert sorted(each[2] for each in restrictions) == [
        *("2027-05-06", "2027-05-07", "2027-05-08", "2027-05-09", "2027-05-09"),
    ]
    assert [None, None, "2027-05-09", None, None, True, *[None] * 6] in restrictions
    assert [child, None, "2027-05-06", None, None, None, 2, *[None] * 5] in restrictions


async def test_a_destination_reads_the_prices_of_its_members_and_of_nobody_else(
    revenue: RevenueDesk, db: Database
) -> None:
    flex = await revenue.plan("FLEX")
    await revenue.priced(revenue.season(flex, "twin", "2027-05-01", "2027-05-08", "100"))
    hotels = [revenue.world.grand.id, revenue.world.lodge.id, revenue.world.harbour.id]
    found = await read_offer_basis(db, omd_actor(revenue.world.alpha), hotels, STAY)
    assert [each.business_id for each in found] == hotels[:2]
    assert len(msgspec.json.decode(found[0].rates)) == 2
    assert [each.rates for each in found[1:]] == ["[]"]
    assert await read_offer_basis(db, hotel_actor(revenue.world.harbour), hotels[:2], STAY) == []
