"""What pricing reads of a hotel for the nights of a stay, in one statement."""

from datetime import date
from decimal import Decimal

import msgspec

from factories.house import limit_house
from omd.db import Database
from omd.features.offers import ground_of, read_offer_ground
from omd.features.rates import read_offer_basis
from omd.kernel.dates import StayDates
from support.revenue import RevenueDesk, interval
from support.worlds import HORIZON_ENDS_ON, Connection, hotel_actor, omd_actor

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
    assert sorted(plans["FLEX"]["room_types"]) == sorted(revenue.hotel.types[code].id for code in ("twin", "double"))
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


async def test_the_ground_of_offers_holds_what_is_free_taxed_and_owed_and_nothing_of_another_tenant(
    revenue: RevenueDesk, db: Database, owner_connection: Connection
) -> None:
    hotel = revenue.hotel
    policy = await revenue.done("POST", "/rate-policies", {"kind": "no_show", "code": "ALL", "name": "All nights"})
    await revenue.done("POST", "/rate-policies", {"kind": "no_show", "code": "UNUSED", "name": "Of no plan"})
    await revenue.plan("FLEX", no_show_policy_id=policy["id"])
    await owner_connection.execute(
        "insert into tax_rules (omd_id, business_id, code, name, basis, placement, value, since, until) values "
        "($1, $2, 'CITY', 'City tax', 'person_night', 'on_top', 7.5, '2027-01-01', null), "
        "($1, $2, 'OLD', 'Over by then', 'person_night', 'on_top', 5, '2027-01-01', '2027-05-06'), "
        "($1, $3, 'OTHER', 'Of the lodge', 'person_night', 'on_top', 9, '2027-01-01', null)",
        *(hotel.omd_id, hotel.id, revenue.world.lodge.id),
    )
    await limit_house(owner_connection, hotel, STAY.arrival, STAY.departure, -4)
    (row,) = await read_offer_ground(db, hotel_actor(hotel), [hotel.id], STAY)
    known = ground_of(row, STAY)
    supply = known.ground.supply
    assert supply.least(hotel.types["double"].id, STAY) == 5
    assert supply.least(hotel.types["apartment"].id, STAY) == 0
    assert dict(supply.house) == dict.fromkeys(STAY.dates(), 6)
    assert [(each.code, each.value) for each in known.ground.taxes.rules] == [("CITY", Decimal("7.5"))]
    assert [each.code for each in known.policies] == ["ALL"]
    assert known.horizon is not None
    assert known.horizon.ends_on == HORIZON_ENDS_ON
    members = [hotel.id, revenue.world.lodge.id, revenue.world.harbour.id]
    assert await read_offer_ground(db, hotel_actor(revenue.world.harbour), members[:2], STAY) == []
    seen = await read_offer_ground(db, omd_actor(revenue.world.alpha), members, STAY)
    assert [each.business_id for each in seen] == members[:2]
