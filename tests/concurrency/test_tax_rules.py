"""Two rules of one code for the same days, added or moved at once: one stands, and without the guard both would."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from omd.db import Database, Transaction
from omd.features.rates.taxes import TaxPlace, TaxRule, commands
from omd.features.rates.taxes.errors import TaxRulesOverlap
from omd.kernel.actor import Actor
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, Connection, World, hotel_actor

LOCK = "select pg_advisory_xact_lock(1870212712, $1)"
RULE = TaxRule(None, "hotel", "CITY", "City tax", "person_night", "on_top", Decimal(7), date(2027, 6, 1))
RACERS = 8

Work = Callable[[Transaction], Awaitable[object]]


@pytest.fixture
def keeper(world: World) -> Actor:
    """Whoever keeps the taxes of the hotel `grand`."""
    return msgspec.structs.replace(hotel_actor(world.grand), admin_business_ids=(world.grand.id,))


async def race(
    racers: Database, owner: Connection, watcher: Connection, keeper: Actor, works: list[Work]
) -> list[object]:
    """Let everybody come to the lock, then go on; return what each got."""
    async with held_up(owner, LOCK, keeper.omd_id):
        running = [asyncio.create_task(attempt(racers, keeper, work)) for work in works]
        await until_waiting(watcher, len(works))
    return list(await asyncio.gather(*running))


async def test_of_rules_added_at_once_one_stands(
    racers: Database, owner_connection: Connection, watcher: Connection, keeper: Actor, world: World
) -> None:
    place = TaxPlace(world.alpha.id, world.grand.id)
    works: list[Work] = [lambda tx: commands.add_tax_rule(tx, place, RULE, None)] * RACERS
    got = await race(racers, owner_connection, watcher, keeper, works)
    assert sum(isinstance(each, TaxRulesOverlap) for each in got) == RACERS - 1
    assert await owner_connection.fetchval("select count(*) from tax_rules") == 1


async def test_a_rule_moved_and_one_added_do_not_meet(
    racers: Database, owner_connection: Connection, watcher: Connection, keeper: Actor, world: World
) -> None:
    place = TaxPlace(world.alpha.id, world.grand.id)
    earlier = msgspec.structs.replace(RULE, since=date(2027, 4, 1), until=date(2027, 6, 1))
    standing = await racers.write(keeper, lambda tx: commands.add_tax_rule(tx, place, earlier, None))
    assert standing.id is not None
    number = standing.id
    works: list[Work] = [
        lambda tx: commands.change_tax_rule(
            tx, place, number, {"until": None}, expected=lambda _version: None, now=NOW
        ),
        lambda tx: commands.add_tax_rule(tx, place, RULE, None),
    ]
    got = await race(racers, owner_connection, watcher, keeper, works)
    assert sum(isinstance(each, TaxRulesOverlap) for each in got) == 1


async def test_twin_without_the_lock_both_stand(
    racers: Database, owner_connection: Connection, watcher: Connection, keeper: Actor, world: World
) -> None:
    """The trigger still looks; neither writer sees the row of the other, who has not committed."""
    guard = await owner_connection.fetchval("select pg_get_functiondef('tg_tax_rules__apart'::regproc)")
    assert guard.count("perform pg_advisory_xact_lock(c_lock_class, new.omd_id);") == 1
    await owner_connection.execute(guard.replace("perform pg_advisory_xact_lock(c_lock_class, new.omd_id);", ""))
    place = TaxPlace(world.alpha.id, world.grand.id)
    async with racers.transaction(keeper) as first:
        await commands.add_tax_rule(first, place, RULE, None)
        await racers.write(keeper, lambda tx: commands.add_tax_rule(tx, place, RULE, None))
    assert await watcher.fetchval("select count(*) from tax_rules") == 2
