"""What the database itself holds of taxes, whoever writes: who reads and keeps a rule, its days, and what is past."""

from datetime import date, timedelta

import asyncpg
import msgspec
import pytest

from omd.kernel.actor import Actor
from support.roles import acting_as
from support.worlds import Connection, Hotel, World, hotel_actor, omd_actor

ADD = (
    "insert into tax_rules (omd_id, business_id, locality_id, code, name, basis, placement, value, since, until) "
    "values ($1, $2, $3, 'CITY', 'City tax', 'person_night', 'on_top', 7, $4, $5) returning id"
)
LONG_AGO, FAR_OFF = date(2020, 1, 1), date(2400, 1, 1)


def manager(hotel: Hotel) -> Actor:
    return msgspec.structs.replace(hotel_actor(hotel), admin_business_ids=(hotel.id,))


def administrator(world: World) -> Actor:
    return msgspec.structs.replace(omd_actor(world.alpha), administers_omd=True)


async def add(
    connection: Connection,
    hotel: Hotel,
    since: date,
    until: date | None = None,
    *,
    of_hotel: bool = True,
    locality_id: int | None = None,
) -> int:
    rule_id: int = await connection.fetchval(
        ADD, hotel.omd_id, hotel.id if of_hotel else None, locality_id, since, until
    )
    return rule_id


async def add_locality(connection: Connection, world: World, code: str) -> int:
    locality_id: int = await connection.fetchval(
        "insert into localities (omd_id, code, name) values ($1, $2, $2) returning id", world.alpha.id, code
    )
    return locality_id


@pytest.mark.parametrize(
    ("since", "until", "overlaps"),
    [
        (date(2400, 1, 1), date(2400, 3, 1), True),
        (date(2399, 1, 1), None, True),
        (date(2400, 1, 31), None, True),
        (date(2399, 1, 1), date(2400, 1, 1), False),
        (date(2400, 2, 1), None, False),
    ],
)
async def test_two_rules_of_a_code_and_place_never_hold_on_one_day(
    owner_connection: Connection, world: World, since: date, until: date | None, *, overlaps: bool
) -> None:
    standing = await add(owner_connection, world.grand, FAR_OFF, date(2400, 2, 1))
    if not overlaps:
        assert await add(owner_connection, world.grand, since, until) > standing
        return
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await add(owner_connection, world.grand, since, until)
    assert refusal.value.constraint_name == "tax_rules_apart"
    assert f"rule {standing} holds there" in str(refusal.value)


async def test_a_rule_is_not_moved_onto_another_one(owner_connection: Connection, world: World) -> None:
    await add(owner_connection, world.grand, FAR_OFF)
    earlier = await add(owner_connection, world.grand, date(2399, 1, 1), FAR_OFF)
    with pytest.raises(asyncpg.PostgresError, match="holds there"):
        await owner_connection.execute("update tax_rules set until = null where id = $1", earlier)


async def test_places_do_not_meet(owner_connection: Connection, world: World) -> None:
    """The same code on the same days, in two hotels, two localities, the destination, and another destination."""
    towns = [await add_locality(owner_connection, world, code) for code in ("a", "b")]
    for hotel in (world.grand, world.lodge, world.harbour):
        await add(owner_connection, hotel, FAR_OFF)
    for town in towns:
        await add(owner_connection, world.grand, FAR_OFF, of_hotel=False, locality_id=town)
    await add(owner_connection, world.grand, FAR_OFF, of_hotel=False)
    await add(owner_connection, world.harbour, FAR_OFF, of_hotel=False)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("delete from tax_rules", "tax_rules_begun"),
        ("update tax_rules set value = 8", "tax_rules_begun"),
        ("update tax_rules set since = '2021-01-01'", "tax_rules_begun"),
        ("update tax_rules set name = 'x', until = '2400-01-01'", "tax_rules_begun"),
        ("update tax_rules set until = '2021-01-01'", "tax_rules_past_days"),
    ],
)
async def test_what_has_begun_is_not_rewritten(
    owner_connection: Connection, world: World, change: str, constraint: str
) -> None:
    await add(owner_connection, world.grand, LONG_AGO)
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await owner_connection.execute(change)
    assert refusal.value.constraint_name == constraint
    await owner_connection.execute("update tax_rules set until = current_date + 1, version = version + 1")


async def test_what_has_ended_is_not_prolonged(owner_connection: Connection, world: World) -> None:
    await add(owner_connection, world.grand, LONG_AGO, date(2021, 1, 1))
    for until in ("null", "'2400-01-01'"):
        with pytest.raises(asyncpg.PostgresError, match="past"):
            await owner_connection.execute(f"update tax_rules set until = {until}")


async def test_what_has_not_begun_is_changed_and_deleted(owner_connection: Connection, world: World) -> None:
    tomorrow = await owner_connection.fetchval("select current_date + 2")
    await add(owner_connection, world.grand, tomorrow)
    await owner_connection.execute(
        "update tax_rules set value = 8, name = 'x', since = since + 1, until = $1", tomorrow + timedelta(days=9)
    )
    assert await owner_connection.execute("delete from tax_rules") == "DELETE 1"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("basis = 'percent', value = 101", "tax_rules_value_sane"),
        ("value = -1", "tax_rules_value_sane"),
        ("value = 0.00001", "tax_rules_value_sane"),
        ("until = since", "tax_rules_holds_for_a_while"),
        ("kinds = '{room}'", "tax_rules_kinds_of_percentages"),
        ("basis = 'percent', kinds = '{drinks}'", "tax_rules_kinds_known"),
        ("min_age = 9, max_age = 8", "tax_rules_ages_sane"),
        ("basis = 'stay', max_nights = 3", "tax_rules_max_nights_of_nights"),
        ("spares_countries = '{RO}', only_countries = '{RO}'", "tax_rules_countries_sane"),
        ("only_countries = '{Romania}'", "tax_rules_countries_sane"),
        ("locality_id = 1", "tax_rules_of_one_place"),
    ],
)
async def test_a_rule_that_says_nonsense_is_refused(
    owner_connection: Connection, world: World, change: str, constraint: str
) -> None:
    await add(owner_connection, world.grand, FAR_OFF)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await owner_connection.execute(f"update tax_rules set {change}")
    assert refusal.value.constraint_name == constraint


async def test_a_hotel_reads_what_may_hold_there_and_no_other_hotels_rules(
    owner_connection: Connection, world: World
) -> None:
    town = await add_locality(owner_connection, world, "town")
    own, _ = [await add(owner_connection, hotel, FAR_OFF) for hotel in (world.grand, world.lodge)]
    of_town = await add(owner_connection, world.grand, FAR_OFF, of_hotel=False, locality_id=town)
    of_omd = await add(owner_connection, world.grand, FAR_OFF, of_hotel=False)
    await add(owner_connection, world.harbour, FAR_OFF, of_hotel=False)
    async with acting_as(owner_connection, "omd_app", hotel_actor(world.grand)):
        seen = await owner_connection.fetch("select id from tax_rules order by id")
    assert [row["id"] for row in seen] == [own, of_town, of_omd]


async def test_a_hotels_managers_write_its_own_rules_alone(owner_connection: Connection, world: World) -> None:
    town = await add_locality(owner_connection, world, "town")
    async with acting_as(owner_connection, "omd_app", manager(world.grand)):
        await add(owner_connection, world.grand, FAR_OFF)
        assert await owner_connection.execute("update tax_rules set value = 8") == "UPDATE 1"
    for whose, of_hotel, locality_id in (
        *[(world.lodge, True, None), (world.harbour, True, None)],
        *[(world.grand, False, None), (world.grand, False, town)],
    ):
        async with acting_as(owner_connection, "omd_app", manager(world.grand)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await add(owner_connection, whose, FAR_OFF, of_hotel=of_hotel, locality_id=locality_id)
    async with acting_as(owner_connection, "omd_app", hotel_actor(world.grand)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await add(owner_connection, world.grand, FAR_OFF)


async def test_a_destinations_administrator_writes_its_rules_and_no_hotels(
    owner_connection: Connection, world: World
) -> None:
    async with acting_as(owner_connection, "omd_app", administrator(world)):
        town = await add_locality(owner_connection, world, "town")
        await add(owner_connection, world.grand, FAR_OFF, of_hotel=False)
        await add(owner_connection, world.grand, FAR_OFF, of_hotel=False, locality_id=town)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await add(owner_connection, world.grand, FAR_OFF)
    async with acting_as(owner_connection, "omd_app", omd_actor(world.alpha)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await add(owner_connection, world.grand, FAR_OFF, of_hotel=False)
