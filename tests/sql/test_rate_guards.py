"""What the database itself holds of prices, whoever writes: chains, rates of roots alone, brackets, policies."""

import re

import asyncpg
import pytest

from omd.kernel.money import NOT_IN_HUNDREDTHS
from support.worlds import Connection, World

PLAN = (
    "insert into rate_plans (omd_id, business_id, code, name, meals, basis, guarantee, terms, parent_plan_id, "
    "factor, amount, rounding, rounding_step) values ($1, $2, $3, $3, 'none', 'room', 'none', '{}', $4, "
    "case when $4::int is not null then 1 end, case when $4::int is not null then 0 end, "
    "case when $4::int is not null then 'half_up' end, case when $4::int is not null then 0.01 end) returning id"
)
HANG = (
    "update rate_plans set parent_plan_id = $2, factor = 1, amount = 0, rounding = 'up', rounding_step = 1 "
    "where id = $1"
)
RATE = (
    "insert into rates (omd_id, business_id, rate_plan_id, room_type_id, date, season_from, amounts) "
    "select omd_id, business_id, rate_plan_id, room_type_id, $1::text::date, $1::text::date, $2::text::numeric[] "
    "from rate_plan_types"
)


class Book:
    """Plans of the hotel `grand`, written past the product."""

    def __init__(self, connection: Connection, world: World) -> None:
        self.connection = connection
        self.hotel = world.grand

    async def plan(self, code: str, parent: int | None = None) -> int:
        """Add a plan."""
        made: int = await self.connection.fetchval(PLAN, self.hotel.omd_id, self.hotel.id, code, parent)
        return made

    async def sold_for(self, plan: int) -> None:
        """Let a plan have rates of the type twin."""
        await self.connection.execute(
            "insert into rate_plan_types (omd_id, business_id, rate_plan_id, room_type_id) values ($1, $2, $3, $4)",
            *(self.hotel.omd_id, self.hotel.id, plan, self.hotel.types["twin"].id),
        )

    async def refused(self, statement: str, *arguments: object) -> str:
        """Return the constraint that refuses a statement."""
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await self.connection.execute(statement, *arguments)
        return str(refusal.value.constraint_name)


@pytest.fixture
def book(owner_connection: Connection, world: World) -> Book:
    """The plans of the hotel `grand`."""
    return Book(owner_connection, world)


async def test_chains_end_and_have_three_links_at_most(book: Book) -> None:
    root = await book.plan("root")
    chain = [root]
    for code in ("one", "two", "three"):
        chain.append(await book.plan(code, chain[-1]))
    assert await book.refused(PLAN, book.hotel.omd_id, book.hotel.id, "four", chain[3]) == "rate_plans_depth"
    for below in chain:
        assert await book.refused(HANG, root, below) == "rate_plans_no_cycle"
    assert await book.refused(HANG, root, await book.plan("other")) == "rate_plans_depth"
    half = "update rate_plans set factor = null where id = $1"
    assert await book.refused(half, chain[1]) == "rate_plans_derivation_whole"
    gone = "update rate_plans set retired_at = now() where id = $1"
    assert await book.refused(gone, root) == "rate_plans_has_derived"


async def test_only_roots_have_rates_and_brackets(book: Book) -> None:
    root = await book.plan("root")
    child = await book.plan("child", root)
    bracket = (
        "insert into rate_plan_brackets (omd_id, business_id, rate_plan_id, position, from_age, until_age) "
        "values ($1, $2, $3, $4, $5, $6)"
    )
    place = (book.hotel.omd_id, book.hotel.id)
    assert await book.refused(bracket, *place, child, 1, 0, 3) == "rate_plans_derived_has_no_rates"
    await book.connection.execute(bracket, *place, root, 1, 3, 6)
    assert await book.refused(bracket, *place, root, 2, 5, 8) == "rate_plan_brackets_apart"
    assert await book.refused(bracket, *place, root, 2, 0, 2) == "rate_plan_brackets_apart"
    await book.sold_for(child)
    assert await book.refused(RATE, "2027-05-01", "{100}") == "rates_of_roots_alone"
    await book.connection.execute("delete from rate_plan_types")
    await book.sold_for(root)
    await book.connection.execute(RATE, "2027-05-01", "{100,NULL}")
    assert await book.refused(HANG, root, await book.plan("other")) == "rate_plans_derived_has_no_rates"
    await book.connection.execute("update rates set children = '{10}'")
    assert await book.refused("delete from rate_plan_brackets") == "rate_plan_brackets_in_use"


@pytest.mark.parametrize(
    ("amounts", "constraint"),
    [
        ("{-1}", "rates_amounts_not_negative"),
        ("{1,-1,NULL}", "rates_amounts_not_negative"),
        ("{}", "rates_amounts_given"),
    ],
)
async def test_no_price_is_below_zero(book: Book, amounts: str, constraint: str) -> None:
    await book.sold_for(await book.plan("root"))
    assert await book.refused(RATE, "2027-05-01", amounts) == constraint


async def test_a_policy_is_never_changed_and_a_restriction_says_something(book: Book) -> None:
    place = (book.hotel.omd_id, book.hotel.id)
    policy = await book.connection.fetchval(
        "insert into rate_policies (omd_id, business_id, kind, code, name, fees, texts, created_by) "
        "values ($1, $2, 'no_show', 'NS', 'No-show', '[]', '{}', 'test') returning id",
        *place,
    )
    assert await book.refused("update rate_policies set name = 'Other'") == "rate_policies_unchanged"
    assert await book.refused("delete from rate_policies") == "rate_policies_unchanged"
    plan = await book.plan("root")
    other_kind = "update rate_plans set cancellation_policy_id = $2 where id = $1"
    assert await book.refused(other_kind, plan, policy) == "rate_plans_policy_kind"
    silent = "insert into restrictions (omd_id, business_id, date) values ($1, $2, '2027-05-01')"
    assert await book.refused(silent, *place) == "restrictions_say_something"
    said = "insert into restrictions (omd_id, business_id, date, closed) values ($1, $2, '2027-05-01', true)"
    await book.connection.execute(said, *place)
    assert await book.refused(said, *place) == "restrictions_pkey"


async def test_a_hotel_keeps_its_books_in_hundredths_alone(owner_connection: Connection, world: World) -> None:
    added = (
        "insert into businesses (omd_id, code, name, time_zone, currency) values ($1, $2, $2, 'Europe/Bucharest', $2)"
    )
    for currency in NOT_IN_HUNDREDTHS:
        with pytest.raises(asyncpg.CheckViolationError) as refusal:
            await owner_connection.execute(added, world.alpha.id, currency)
        assert refusal.value.constraint_name == "businesses_currency_in_hundredths"
    said = await owner_connection.fetchval(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'businesses_currency_in_hundredths'"
    )
    assert set(re.findall("'([A-Z]{3})'", said)) == NOT_IN_HUNDREDTHS.keys()
    for currency in ("RON", "EUR", "HUF"):
        await owner_connection.execute(added, world.alpha.id, currency)
