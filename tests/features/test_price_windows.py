"""The windows of prices: a search that is remembered says what the database does, whatever is changed in between."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from factories.inventory_files import DOUBLE, GRAND, rooms, taken_over
from omd.db import Database
from omd.features.inventory import hold_business_date
from omd.features.offers.calendar import Guests
from omd.features.offers.http.searching import PricedDestinationAnswer, PricedFinder, PricedSearch
from omd.features.offers.windows import PriceWindow
from omd.features.offers.windows.keeper import LOOKUPS
from omd.features.rates import Party
from omd.features.rates.taxes import TaxPlace, TaxRule, commands
from omd.infra.versioned import Kept, VersionedStore
from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from support.followers import Follower, following
from support.front_desk import Desk
from support.revenue import Json, RevenueDesk, interval
from support.worlds import NOW, TODAY, World, omd_actor, system_actor

HIT, FILLED, READ = "hit", "fwd=miss; stored", "fwd=request"
COUPLE = Guests(Party(2))
PARTIES = [Guests(Party(1)), COUPLE, Guests(Party(2, (5,))), Guests(Party(2), "RO"), Guests(Party(9))]
STAYS = [
    StayDates(TODAY + timedelta(days=ahead), TODAY + timedelta(days=ahead + nights))
    for ahead, nights in ((0, 1), (3, 2), (9, 7), (28, 2))
]
SOON = STAYS[1]


class Searcher:
    """Searches the destination of the hotel `grand`, as remembered and as kept."""

    def __init__(self, follower: Follower, db: Database, world: World) -> None:
        self.follower = follower
        self._finder = PricedFinder(db, follower.remembering)
        self._actor = omd_actor(world.alpha)

    async def found(self, stay: StayDates, guests: Guests, *, is_fresh: bool = False) -> tuple[str, bytes]:
        """Return where the answer comes from, and the answer."""
        found = await self._finder.of_destination(
            self._actor, self._actor.business_ids, PricedSearch(stay, guests, NOW, is_fresh)
        )
        return found.source, found.body

    async def agrees(self) -> None:
        """Assert that what is remembered of every stay and party is what the database says."""
        for stay in STAYS:
            for guests in PARTIES:
                source, body = await self.found(stay, guests)
                assert source in (HIT, FILLED), stay
                assert (READ, body) == await self.found(stay, guests, is_fresh=True), (stay, guests)

    async def of_type(self, code: str, stay: StayDates = SOON, guests: Guests = COUPLE, at: int = 0) -> Any:
        """Return what is remembered of a room type of a hotel, by its place."""
        _, body = await self.found(stay, guests)
        member = msgspec.json.decode(body, type=PricedDestinationAnswer).businesses[at]
        [kind] = [each for each in member.room_types if each.code == code]
        return kind


class House(msgspec.Struct, frozen=True):
    """The hotel `grand` with two plans, and who searches it."""

    desk: RevenueDesk
    flex: int
    saver: int
    searcher: Searcher

    async def price(self, *amounts: str, starts_on: str = "2027-03-01", ends_on: str = "2027-06-01") -> None:
        """Put prices of all types."""
        await self.desk.priced(self.desk.season(self.flex, "twin double", starts_on, ends_on, *amounts))

    async def changed(self) -> str:
        """Hear of what was done, and assert that all that is remembered is true; return what the twin costs."""
        await self.searcher.follower.catch_up()
        await self.searcher.agrees()
        kind = await self.searcher.of_type("twin")
        return str(kind.total or kind.reasons[0].code)


@pytest.fixture
async def house(revenue: RevenueDesk, follower: Follower, db: Database, world: World) -> House:
    flex = await revenue.plan("FLEX", meals="breakfast", brackets=[{"from_age": 0, "until_age": 12}])
    saver = await revenue.derived("SAVER", flex, factor="0.9")
    house = House(revenue, flex, saver, Searcher(follower, db, world))
    await house.price("100.00", "120.00")
    await follower.catch_up()
    return house


async def test_whatever_changes_prices_is_heard(house: House) -> None:
    desk, dates = house.desk, [interval("2027-03-01", "2027-04-10")]
    assert await house.changed() == "216.00"
    await house.price("100.00", "140.00")
    assert await house.changed() == "252.00"
    await desk.restrict({"dates": dates, "rate_plan_ids": [house.saver], "min_stay_through": 3})
    assert await house.changed() == "280.00"
    await desk.restrict({"dates": dates, "room_type_ids": [desk.hotel.types["twin"].id], "closed": True})
    assert await house.changed() == "closed"
    await desk.restrict({"dates": dates, "room_type_ids": [desk.hotel.types["twin"].id], "closed": None})
    terms = {"supplements": [{"code": "SPA", "name": "Spa", "charge": "person_night", "amount": "5.00"}]}
    changed = await desk.send("PATCH", f"/rate-plans/{house.flex}", {"terms": terms})
    assert changed.is_success, changed.text
    assert await house.changed() == "300.00"
    assert (await desk.send("POST", f"/rate-plans/{house.saver}/retire")).is_success
    await house.price()
    assert await house.changed() == "not_priced"


async def test_whatever_changes_taxes_is_heard(house: House, db: Database, world: World) -> None:
    system = system_actor(world.alpha)
    rule = TaxRule(None, "destination", "CITY", "City tax", "person_night", "on_top", Decimal(7), TODAY)

    await house.changed()
    await db.write(system, lambda tx: commands.add_tax_rule(tx, TaxPlace(world.alpha.id, None), rule, None))
    assert await house.changed() == "244.00"
    own = msgspec.structs.replace(rule, value=Decimal(1), level="hotel")
    place = TaxPlace(world.alpha.id, world.grand.id)
    await db.write(system, lambda tx: commands.add_tax_rule(tx, place, own, None))
    assert await house.changed() == "220.00"


async def test_whatever_changes_the_house_is_heard(
    house: House, maintenance_db: Database, live: Desk, world: World
) -> None:
    await house.changed()
    await live.booked("twin", "2027-03-04", "2027-03-05")
    await house.changed()
    lines = (*GRAND, DOUBLE.replace("2,1,3", "4,1,5"), rooms("double", "101-105"))
    await taken_over(maintenance_db, *lines)
    await house.changed()
    async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
        await hold_business_date(tx, world.alpha.id, world.grand.id, TODAY + timedelta(days=1), actor="test")
    await house.searcher.follower.catch_up()
    _, body = await house.searcher.found(SOON, COUPLE)
    assert (READ, body) == await house.searcher.found(SOON, COUPLE, is_fresh=True)


async def test_a_year_of_prices_changed_in_one_call_is_heard(house: House) -> None:
    assert await house.changed() == "216.00"
    await house.price("200.00", "220.00", ends_on="2028-03-01")
    assert await house.changed() == "396.00"


async def test_what_is_of_no_matter_leaves_what_is_remembered(house: House, world: World) -> None:
    prices, desk = house.searcher.follower.prices, house.desk
    await house.changed()
    found = await prices.look(world.alpha.id, [world.grand.id], SOON, NOW)
    assert found is not None
    await house.price("500.00", starts_on="2027-05-01", ends_on="2027-05-20")
    quota = {"agency": "valley", "room_type_ids": [desk.hotel.types["twin"].id], "rooms": 1}
    answer = await desk.send("PUT", "/quotas", {"quotas": [{**quota, "dates": [interval("2027-03-02", "2027-03-09")]}]})
    assert answer.is_success, answer.text
    await house.changed()
    again = await prices.look(world.alpha.id, [world.grand.id], SOON, NOW)
    assert again is not None
    assert again.windows[0] is found.windows[0]


async def test_taxes_of_a_destination_are_of_no_matter_to_another(house: House, db: Database, world: World) -> None:
    follower = house.searcher.follower
    before = await follower.prices.look(world.beta.id, [world.harbour.id], SOON, NOW)
    rule = TaxRule(None, "destination", "CITY", "City tax", "stay", "on_top", Decimal(7), TODAY)
    place = TaxPlace(world.alpha.id, None)
    await db.write(system_actor(world.alpha), lambda tx: commands.add_tax_rule(tx, place, rule, None))
    await house.changed()
    after = await follower.prices.look(world.beta.id, [world.harbour.id], SOON, NOW)
    assert before is not None
    assert after is not None
    assert after.windows[0] is before.windows[0]


async def test_beyond_what_is_remembered_the_database_is_asked(house: House) -> None:
    far = StayDates(TODAY + timedelta(days=40), TODAY + timedelta(days=42))
    source, body = await house.searcher.found(far, COUPLE)
    assert (source, body) == ("fwd=miss", (await house.searcher.found(far, COUPLE, is_fresh=True))[1])


async def test_two_processes_share_what_one_has_read(
    house: House, db: Database, events: Database, clock: FixedClock, redis_url: str, world: World
) -> None:
    await house.changed()
    assert len(await house.searcher.follower.price_keys()) == len(world.alpha.hotels)
    async with following(db, events, clock, redis_url) as other:
        assert (await Searcher(other, db, world).found(SOON, COUPLE))[0] == HIT


@pytest.mark.parametrize("packed", [b"", b"garbage", bytes.fromhex("789c030000000001")])
async def test_what_nobody_packed_is_thrown_away(
    house: House, db: Database, events: Database, clock: FixedClock, redis_url: str, world: World, packed: bytes
) -> None:
    await house.changed()
    follower, grand = house.searcher.follower, world.grand
    found = await follower.prices.look(world.alpha.id, [grand.id], SOON, NOW)
    assert found is not None
    window = msgspec.structs.replace(found.windows[0].window, packed=packed)
    [key] = [each for each in await follower.price_keys() if each.endswith(b":%d" % grand.id)]
    async with following(db, events, clock, redis_url) as other:
        written = msgspec.msgpack.encode(window)
        assert msgspec.msgpack.decode(written, type=PriceWindow).business_id == grand.id
        await _shared(other, key.decode(), Kept(10**9, written))
        await Searcher(other, db, world).agrees()


async def _shared(follower: Follower, key: str, kept: Kept) -> None:
    store: VersionedStore = follower.prices._store
    await store.put_newer({key: kept})


async def test_over_http_a_destination_is_told_what_its_members_cost(
    revenue: RevenueDesk, live: Desk, world: World
) -> None:
    flex = await revenue.plan("FLEX", meals="breakfast", brackets=[{"from_age": 0, "until_age": 12}])
    season = revenue.season(flex, "double", "2027-03-01", "2027-06-01", "100.00", "120.00")
    await revenue.priced({**season, "extra_adult": "50.00", "children": ["20.00"]})
    path = f"/omds/{world.alpha.id}/offers?arrival=2027-03-04&departure=2027-03-06"
    said: Json = (await live.send("GET", f"{path}&child_ages=7&fresh=true", party="alpha")).json()
    assert (said["adults"], said["child_ages"]) == (2, [7])
    hotels = {each["business_id"]: each for each in said["businesses"]}
    assert set(hotels) == {each.id for each in world.alpha.hotels.values()}
    kinds = {each["code"]: each for each in hotels[world.grand.id]["room_types"]}
    assert {name: kinds["double"][name] for name in ("rate_plan", "gross", "on_top", "total")} == {
        "rate_plan": "FLEX",
        "gross": "280.00",
        "on_top": "0.00",
        "total": "280.00",
    }
    assert [each["code"] for each in kinds["twin"]["reasons"]] == ["not_priced"]
    for query, party, status in (
        ("", "grand", 403),
        ("&child_ages=18", "alpha", 422),
        ("&country=ro", "alpha", 422),
        ("&adults=0", "alpha", 422),
    ):
        assert (await live.send("GET", f"{path}{query}", party=party)).status_code == status, query
    assert (
        await live.send("GET", path.replace(f"/{world.alpha.id}/", f"/{world.beta.id}/"), party="alpha")
    ).status_code == 404
    far = path.replace("2027-03-06", "2030-03-06").replace("2027-03-04", "2030-03-04")
    assert (await live.send("GET", far, party="alpha")).json()["code"] == "beyond_horizon"
    page = await live.send("GET", f"{path}&limit=1", party="alpha")
    assert len(page.json()["businesses"]) == 1
    assert 'rel="next"' in page.headers["Link"]
    again = await live.send("GET", path, party="alpha", If_None_Match="*")
    assert (again.status_code, again.content) == (304, b"")


def _told(said: Json) -> Json:
    """Return what offers say, without what no two of them have alike."""
    rooms = [
        {**room, "offers": [{**offer, "id": None, "offer": None} for offer in room["offers"]]} for room in said["rooms"]
    ]
    return {**said, "rooms": rooms}


async def test_offers_made_of_what_is_remembered_are_those_of_the_database(
    revenue: RevenueDesk, live: Desk, world: World
) -> None:
    flex = await revenue.plan("FLEX", meals="breakfast", brackets=[{"from_age": 0, "until_age": 12}])
    await revenue.derived("SAVER", flex, factor="0.9")
    season = revenue.season(flex, "twin double", "2027-03-01", "2027-06-01", "100.00", "120.00")
    await revenue.priced({**season, "extra_adult": "50.00", "children": ["20.00"]})
    for _ in world.grand.types["twin"].rooms:
        await live.booked("twin", "2027-03-10", "2027-03-11")
    path = f"/api/v1/businesses/{world.grand.id}/offers"
    for arrival, departure, parties in (
        ("2027-03-04", "2027-03-06", [{"adults": 2}]),
        ("2027-03-04", "2027-03-11", [{"adults": 2, "child_ages": [5]}, {"adults": 1}]),
        ("2027-03-10", "2027-03-12", [{"adults": 2}]),
        ("2027-03-09", "2027-03-12", [{"adults": 40}]),
    ):
        body = {"arrival": arrival, "departure": departure, "rooms": parties}
        kept = (await revenue.client.post(path, json=body, headers=revenue.headers)).json()
        before = _remembered()
        async with asyncio.timeout(60):
            # Until this process has heard of what was booked, and trusts what it hears.
            while True:
                said = (await live.send("POST", path.removeprefix("/api/v1"), body)).json()
                if _remembered() > before and _told(said) == _told(kept):
                    break


def _remembered() -> float:
    """Return how often prices were looked for and found, wherever that was."""
    counted: float = sum(LOOKUPS.labels(each)._value.get() for each in ("process", "redis", "database"))
    return counted
