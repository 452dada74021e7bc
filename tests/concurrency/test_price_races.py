"""Two changes of a hotel's prices at once: one stands whole, no chain closes, no derived plan gets rates."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from omd.db import Database, Transaction
from omd.features.offers import ground_of, read_offer_ground
from omd.features.rates import commands
from omd.features.rates.by_date import Changed, Interval, RatesChange, Season
from omd.features.rates.errors import PricesNotPossible, RatePlanCycle, RatePlanHasRates
from omd.features.rates.model import Derivation, NewPolicy, NewRatePlan, RatePlan, RatePlanChange
from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from omd.kernel.errors import OmdError
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, TODAY, Connection, World, hotel_actor

NIGHTS = 4 * 366
"""A year of four room types, with a leap day."""

LOCK = "select lock_rates($1)"
Work = Callable[[Transaction], Awaitable[Changed | RatePlan]]


@pytest.fixture
async def plans(racers: Database, world: World) -> tuple[int, int]:
    """Two root plans without rates."""
    made = []
    for code in ("A", "B"):
        wanted = NewRatePlan(code, code)
        plan = await attempt(
            racers,
            hotel_actor(world.grand),
            lambda tx, wanted=wanted: commands.create_plan(  # type: ignore[misc]
                tx, hotel_actor(world.grand), world.grand.id, wanted, now=NOW
            ),
        )
        assert isinstance(plan, RatePlan)
        made.append(plan.id)
    return made[0], made[1]


def derive(world: World, plan: int, parent: int) -> Work:
    """Return the work that hangs a plan below another."""
    change = RatePlanChange(derivation=Derivation(parent))
    actor = hotel_actor(world.grand)
    where = (actor, world.grand.id, plan, change)
    return lambda tx: commands.change_plan(tx, *where, expected=lambda _: None, clock=FixedClock(NOW))


def price(world: World, plan: int, amount: str) -> Work:
    """Return the work that puts a year of prices of every room type."""
    types: list[int] = [each.id for each in world.grand.types.values()]
    dates = [Interval(TODAY, TODAY.replace(year=TODAY.year + 1))]
    season = Season(name=amount, rate_plan_ids=[plan], room_type_ids=types, amounts=[amount], dates=dates)
    change, actor = RatesChange("RON", [season]), hotel_actor(world.grand)
    return lambda tx: commands.set_rates(tx, actor, world.grand.id, change, clock=FixedClock(NOW))


async def race(
    racers: Database, watcher: Connection, holder: Connection, world: World, *works: Work
) -> list[Changed | RatePlan | OmdError]:
    """Let the works begin while the prices are locked, so that all of them wait before any goes on."""
    async with held_up(holder, LOCK, world.grand.id):
        tasks = [asyncio.create_task(attempt(racers, hotel_actor(world.grand), work)) for work in works]
        await until_waiting(watcher, len(works))
    return list(await asyncio.gather(*tasks))


async def test_two_bulk_changes_leave_one_of_them_whole(
    racers: Database, watcher: Connection, owner_connection: Connection, world: World, plans: tuple[int, int]
) -> None:
    works = [price(world, plans[0], amount) for amount in ("100.00", "200.00")]
    done = await race(racers, watcher, owner_connection, world, *works)
    assert done == [Changed(NIGHTS, NIGHTS)] * 2
    amounts = await owner_connection.fetch("select distinct amounts[1]::text as amount from rates")
    assert len(amounts) == 1
    assert await owner_connection.fetchval("select count(*) from rates") == NIGHTS


async def test_two_plans_never_hang_below_each_other(
    racers: Database, watcher: Connection, owner_connection: Connection, world: World, plans: tuple[int, int]
) -> None:
    one, other = plans
    works = (derive(world, one, other), derive(world, other, one))
    done = await race(racers, watcher, owner_connection, world, *works)
    assert sorted(type(each).__name__ for each in done) == [RatePlan.__name__, RatePlanCycle.__name__]
    assert await owner_connection.fetchval("select count(*) from rate_plans where parent_plan_id is not null") == 1


async def test_offers_tell_the_very_policies_that_their_plans_name(
    racers: Database, watcher: Connection, owner_connection: Connection, world: World
) -> None:
    """A new version comes between what is read of the plans and of the policies: both are of one instant."""
    actor, hotel, nights = hotel_actor(world.grand), world.grand.id, StayDates(TODAY, TODAY + timedelta(days=2))
    new = NewPolicy("cancellation", "48H", "Two days before")
    policy = await racers.write(actor, lambda tx: commands.create_policy(tx, actor, hotel, new, now=NOW))
    wanted = NewRatePlan("A", "A", cancellation_policy_id=policy.id)
    await racers.write(actor, lambda tx: commands.create_plan(tx, actor, hotel, wanted, now=NOW))
    async with held_up(owner_connection, "lock table rate_plan_brackets in access exclusive mode"):
        asking = asyncio.create_task(read_offer_ground(racers, actor, [hotel], nights, None))
        await until_waiting(watcher)
        await owner_connection.execute(
            "with newer as (insert into rate_policies (omd_id, business_id, kind, code, version, name, fees, texts, "
            "created_by) select omd_id, business_id, kind, code, 2, name, fees, texts, created_by from rate_policies "
            "returning id) update rate_plans set cancellation_policy_id = (select id from newer)"
        )
    (row,) = await asking
    known = ground_of(row, nights)
    named = {each.offered.cancellation_policy_id for each in known.ground.basis.plans}
    assert named == {each.id for each in known.policies} == {policy.id}


async def test_a_plan_that_becomes_derived_gets_no_rates_meanwhile(
    racers: Database, watcher: Connection, owner_connection: Connection, world: World, plans: tuple[int, int]
) -> None:
    one, other = plans
    works = (derive(world, one, other), price(world, one, "100.00"))
    done = await race(racers, watcher, owner_connection, world, *works)
    refused = [each for each in done if isinstance(each, OmdError)]
    assert len(refused) == 1
    assert isinstance(refused[0], PricesNotPossible | RatePlanHasRates)
    both = "select count(*) from rates r join rate_plans p on p.id = r.rate_plan_id where p.parent_plan_id is not null"
    assert await owner_connection.fetchval(both) == 0
