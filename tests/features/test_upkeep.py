"""The daily upkeep: dates opened ahead, old ones archived, old answers thrown away."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
import typer

from factories.stays import hold_stay
from omd.db import Database
from omd.entrypoints.cli.upkeep import upkeep
from omd.features.availability.horizon import detach_old, open_horizon, quarter_start, quarters_between
from omd.features.availability.upkeep import UpkeepIncomplete, run_upkeep
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.servers import Servers
from support.worlds import HORIZON_ENDS_ON, HORIZON_STARTS_ON, NOW, TODAY, Connection, World

upkeep_app = typer.Typer()
upkeep_app.command()(upkeep)

LATER = datetime(2027, 8, 15, 9, 0, tzinfo=UTC)


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    return Terminal(servers, database_name, clock)


async def horizon(connection: Connection, omd_id: int) -> tuple[date, date]:
    row = await connection.fetchrow("select starts_on, ends_on from availability_horizons where omd_id = $1", omd_id)
    assert row is not None
    return row[0], row[1]


async def gaps(connection: Connection, omd_id: int) -> int:
    """Count the room-nights and type-nights that the horizon promises and the tables lack."""
    missing: int = await connection.fetchval(
        "select (select count(*) * (h.ends_on - h.starts_on) from individual_rooms r where r.omd_id = h.omd_id) "
        "- (select count(*) from room_availability a where a.omd_id = h.omd_id) "
        "+ (select count(*) * (h.ends_on - h.starts_on) from room_types t where t.omd_id = h.omd_id) "
        "- (select count(*) from room_type_availability c where c.omd_id = h.omd_id) "
        "from availability_horizons h where h.omd_id = $1",
        omd_id,
    )
    return missing


@pytest.mark.parametrize(
    ("first", "last", "quarters"),
    [
        (date(2027, 1, 1), date(2027, 3, 31), 1),
        (date(2027, 1, 1), date(2027, 4, 1), 2),
        (date(2026, 10, 1), date(2027, 11, 22), 5),
        (date(2028, 4, 1), date(2028, 3, 31), 0),
        (date(2028, 4, 1), date(2027, 1, 1), 0),
    ],
)
def test_quarters_are_counted_through_the_last_date(first: date, last: date, quarters: int) -> None:
    assert quarters_between(first, last) == quarters
    assert quarter_start(last).day == 1


async def test_nothing_to_do_is_said(terminal: Terminal, owner_connection: Connection, world: World) -> None:
    printed = await terminal.type(upkeep_app)
    assert printed.exit_code == 0, printed.output
    assert "2 destinations needed nothing. 0 old answers and 0 expired tokens were thrown away." in printed.stdout
    assert await horizon(owner_connection, world.alpha.id) == (HORIZON_STARTS_ON, HORIZON_ENDS_ON)


async def test_every_destination_is_rolled_forward(
    terminal: Terminal, clock: FixedClock, owner_connection: Connection, world: World
) -> None:
    clock.set(LATER)
    printed = await terminal.type(upkeep_app)
    assert "alpha: opened 2 quarters" in printed.stdout
    assert "beta: opened 2 quarters" in printed.stdout
    for omd in (world.alpha, world.beta):
        assert await horizon(owner_connection, omd.id) == (HORIZON_STARTS_ON, date(2028, 10, 1))
        assert await gaps(owner_connection, omd.id) == 0
    assert "2 destinations needed nothing" in (await terminal.type(upkeep_app)).stdout


async def test_old_quarters_are_archived_and_the_rest_still_serves(
    terminal: Terminal, clock: FixedClock, owner_connection: Connection, world: World
) -> None:
    await hold_stay(owner_connection, world.grand, "double", date(2027, 1, 3), date(2027, 1, 5), room="101", code="OLD")
    await hold_stay(owner_connection, world.grand, "double", date(2027, 9, 3), date(2027, 9, 5), room="101", code="NEW")
    clock.set(LATER)
    printed = await terminal.type(upkeep_app, "--keep-days", "100")
    assert "archived 3 partitions" in printed.stdout
    assert await horizon(owner_connection, world.alpha.id) == (date(2027, 4, 1), date(2028, 10, 1))
    assert await gaps(owner_connection, world.alpha.id) == 0
    assert await owner_connection.fetchval("select min(date) from reservation_nights") == date(2027, 9, 3)
    archived = await owner_connection.fetch(
        "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'archive' and relkind = 'r' and relname like '%\\_o' || $1 || '\\_%' order by relname",
        str(world.alpha.id),
    )
    assert [row[0] for row in archived] == [
        f"{table}_o{world.alpha.id}_2027q1"
        for table in ("reservation_nights", "room_availability", "room_type_availability")
    ]


async def test_many_runs_at_once_do_not_collide(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    done = await asyncio.gather(*(run_upkeep(maintenance_db, FixedClock(LATER)) for _ in range(4)))
    for index, omd in enumerate((world.alpha, world.beta)):
        assert sum(each.omds[index].quarters_opened for each in done) == 2
        assert await gaps(owner_connection, omd.id) == 0


async def test_a_first_horizon_begins_today(maintenance_db: Database, owner_connection: Connection) -> None:
    omd_id = await owner_connection.fetchval("insert into omds (code, name) values ('gamma', 'Gamma') returning id")
    opened = await open_horizon(maintenance_db, omd_id, today=TODAY)
    assert opened.quarters == (
        date(2027, 1, 1),
        date(2027, 4, 1),
        date(2027, 7, 1),
        date(2027, 10, 1),
        date(2028, 1, 1),
    )
    assert await horizon(owner_connection, omd_id) == (TODAY, date(2028, 4, 1))
    assert (await open_horizon(maintenance_db, omd_id, today=TODAY)).quarters == ()


async def test_a_hotel_that_lives_in_the_past_keeps_its_quarters(
    terminal: Terminal, clock: FixedClock, owner_connection: Connection, world: World
) -> None:
    await owner_connection.execute("update businesses set business_date = $1 where id = $2", TODAY, world.harbour.id)
    clock.set(LATER + timedelta(days=1_000))
    printed = await terminal.type(upkeep_app, "--keep-days", "10")
    assert "beta" not in printed.stdout
    assert await horizon(owner_connection, world.beta.id) == (HORIZON_STARTS_ON, HORIZON_ENDS_ON)
    starts_on, _ = await horizon(owner_connection, world.alpha.id)
    assert starts_on > TODAY


async def test_answers_older_than_a_day_are_thrown_away(
    terminal: Terminal, owner_connection: Connection, world: World
) -> None:
    for key, age in (("old", timedelta(hours=24, seconds=1)), ("young", timedelta(hours=23))):
        await owner_connection.execute(
            "insert into idempotency_keys (omd_id, actor, key, request_hash, status, headers, body, created_at) "
            "values ($1, 'test', $2, '', 200, '{}', '', $3)",
            *(world.alpha.id, key, NOW - age),
        )
    printed = await terminal.type(upkeep_app)
    assert "1 old answers and 0 expired tokens were thrown away" in printed.stdout
    assert await owner_connection.fetchval("select array_agg(key) from idempotency_keys") == ["young"]


async def test_a_table_that_stays_locked_stops_one_destination_only(
    maintenance_db: Database,
    owner_connection: Connection,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("omd.features.availability.horizon.LOCK_WAIT_MILLISECONDS", 50)
    monkeypatch.setattr("omd.features.availability.horizon.ATTEMPTS", 2)
    alpha = f"room_availability_o{world.alpha.id}"
    async with owner_connection.transaction():
        await owner_connection.execute(f"lock table {alpha} in access exclusive mode")
        with pytest.raises(UpkeepIncomplete, match="alpha"):
            await run_upkeep(maintenance_db, FixedClock(LATER))
    assert await horizon(owner_connection, world.alpha.id) == (HORIZON_STARTS_ON, HORIZON_ENDS_ON)
    assert (await horizon(owner_connection, world.beta.id))[1] == date(2028, 10, 1)
    assert (await run_upkeep(maintenance_db, FixedClock(LATER))).omds[0].quarters_opened == 2


async def test_another_tenants_quarters_are_not_detached(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    await detach_old(maintenance_db, world.alpha.id, date(2027, 7, 1))
    assert (await horizon(owner_connection, world.alpha.id))[0] == date(2027, 7, 1)
    assert (await horizon(owner_connection, world.beta.id))[0] == HORIZON_STARTS_ON
    assert await gaps(owner_connection, world.beta.id) == 0


async def test_who_waits_gets_a_room_that_became_free_unnoticed(
    terminal: Terminal, owner_connection: Connection, world: World
) -> None:
    """A room-night given back by somebody who may not move others, and who then went away."""
    waiting = await hold_stay(
        owner_connection, world.grand, "twin", date(2027, 3, 10), date(2027, 3, 12), room=None, code="WAITS"
    )
    printed = await terminal.type(upkeep_app)
    assert "1 stays that waited for a room got one." in printed.stdout, printed.output
    rooms = await owner_connection.fetch("select room_id from reservation_nights where reservation_id = $1", waiting)
    assert [row["room_id"] is not None for row in rooms] == [True, True]
