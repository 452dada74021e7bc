"""The prices that are measured: three plans with five years of nights for every type of every hotel.

Plans are added by the product; their nights, alike in all hotels, by one statement a plan, past the triggers that tell
and check, so that a run does not begin with minutes of it. What is kept is what the product would have kept.
"""

import asyncio
from datetime import date
from decimal import Decimal

from bench.dataset import HOTELS_PER_OMD, Dataset, database_of
from bench.home import Home
from omd.db import Database
from omd.features.identity import system_actor
from omd.features.inventory import list_businesses
from omd.features.rates.commands import create_plan
from omd.features.rates.model import Bracket, NewRatePlan
from omd.features.rates.queries import Hotel, list_price_plans
from omd.features.rates.spans import YEARS_AHEAD
from omd.features.rates.taxes import TaxPlace, TaxRule, commands, queries
from omd.kernel.actor import Actor
from omd.kernel.clock import SystemClock
from omd.kernel.ids import OmdId

PLANS = ("FLEX", "SAVER", "HALF")
_SHARES = (100, 90, 130)
_SINCE = date(2026, 1, 1)
_TAXES = (
    TaxRule(None, "destination", "VAT", "VAT", "percent", "included", Decimal(11), _SINCE, kinds=["room"]),
    TaxRule(None, "destination", "CITY", "City tax", "person_night", "on_top", Decimal(7), _SINCE),
    TaxRule(None, "destination", "PROMO", "Promotion tax", "person_night", "on_top", Decimal(5), _SINCE),
)


def price(home: Home, data: Dataset) -> None:
    """Give every hotel its plans and prices, and every destination its taxes, unless an earlier run did."""
    if home.sql("select count(*) > 0 from rates") == "t":
        return
    asyncio.run(_plan_and_tax(home, data))
    last = f"('{data.start}'::date + interval '{YEARS_AHEAD} years' - interval '2 days')"
    for code, share in zip(PLANS, _SHARES, strict=True):
        home.sql(
            f"""
            set session_replication_role = replica;
            insert into rate_plan_types (omd_id, business_id, rate_plan_id, room_type_id)
            select p.omd_id, p.business_id, p.id, t.id from rate_plans p
            join room_types t on t.omd_id = p.omd_id and t.business_id = p.business_id where p.code = '{code}'
            on conflict do nothing;
            insert into rates (omd_id, business_id, rate_plan_id, room_type_id, date, season_from, unit_nights,
                               extra_adult, amounts, children)
            select p.omd_id, p.business_id, p.id, t.id, d::date, date_trunc('month', d)::date, 1, 60,
                   array[n.price * 9 / 10, n.price]::numeric(12, 2)[], array[0, n.price / 4]::numeric(12, 2)[]
            from rate_plans p
            join room_types t on t.omd_id = p.omd_id and t.business_id = p.business_id
            cross join generate_series('{data.start}'::timestamp - interval '1 day', {last}, interval '1 day') d
            cross join lateral (
                select {share} * (280 + 10 * extract(month from d)::int + 60 * (extract(isodow from d) in (5, 6))::int
                                  + 40 * (t.id % 5)::int) / 100 as price) n
            where p.code = '{code}'
            order by p.omd_id, p.business_id, p.id, t.id, d;
            """  # noqa: S608 - words and dates of ours
        )
    home.sql("vacuum (analyze) rates;\ncheckpoint;")


def size(home: Home) -> tuple[int, int]:
    """Return how many prices of nights are stored, and in how many bytes with their keys."""
    rows, stored = home.sql("select (select count(*) from rates), pg_total_relation_size('rates')").split("|")
    return int(rows), int(stored)


def plans_of(home: Home) -> dict[int, list[int]]:
    """Return the ids of each hotel's plans."""
    found: dict[int, list[int]] = {}
    for line in home.sql("select business_id, id from rate_plans order by business_id, id").splitlines():
        hotel, plan = line.split("|")
        found.setdefault(int(hotel), []).append(int(plan))
    return found


async def _plan_and_tax(home: Home, data: Dataset) -> None:
    async with database_of(home, "omd_app") as database:
        for omd in range(data.omds):
            omd_id = OmdId(data.omd_of(omd * HOTELS_PER_OMD))
            actor = await system_actor(database, omd_id, label="bench")
            await _plan(database, actor)
            await _tax(database, actor)


async def _plan(database: Database, actor: Actor) -> None:
    now = SystemClock().now()
    async with database.reading(actor) as tx:
        hotels = await list_businesses(tx, actor.omd_id, 0, HOTELS_PER_OMD)
    for hotel in hotels:
        async with database.transaction(actor) as tx:
            if await list_price_plans(tx, Hotel(actor.omd_id, hotel.id)):
                continue
            for code in PLANS:
                plan = NewRatePlan(
                    code=code, name=code.capitalize(), meals="breakfast", brackets=[Bracket(0, 3), Bracket(3, 12)]
                )
                await create_plan(tx, actor, hotel.id, plan, now=now)


async def _tax(database: Database, actor: Actor) -> None:
    async with database.transaction(actor) as tx:
        if await queries.find_tax_rules(tx, actor.omd_id, None, None, None):
            return
        for rule in _TAXES:
            await commands.add_tax_rule(tx, TaxPlace(actor.omd_id, None), rule, None)
