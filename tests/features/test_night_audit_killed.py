"""A night audit killed by SIGKILL again and again, a few words further each time: it ends as one that nobody killed."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from omd.db import Database
from omd.features.folios import check_books
from omd.features.nightaudit import check_audits
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.front_desk import Desk
from support.killing import killed_at
from support.nightly import Night
from support.persons import Persons
from support.revenue import RevenueDesk
from support.servers import Servers
from support.worlds import World, system_actor

PATIENCE_SECONDS = 60.0
NEVER = 1_000_000
TAXES = (("VAT", "percent", "included", 9), ("CITY", "person_night", "on_top", 7))
MORNING = datetime(2027, 3, 4, 3, tzinfo=UTC)
"""After three dates that nobody closed."""

CLOSED = {
    "stays": [
        "in_house until 2027-03-04",
        "in_house until 2027-03-04",
        "no_show until 2027-03-03",
        "no_show until 2027-03-05",
        "confirmed until 2027-03-06",
    ],
    "posted": ["2027-03-01: 4, 366.98", "2027-03-02: 4, 366.98", "2027-03-03: 4, 366.98"],
    "figures": ["2027-03-01: 366.98, 2, 1", "2027-03-02: 366.98, 2, 1", "2027-03-03: 366.98, 2, 0"],
    "counts": [
        *("arrivals 1", "departures 0", "charges 4", "close 4"),
        *("arrivals 1", "departures 1", "charges 4", "close 4"),
        *("arrivals 0", "departures 1", "charges 4", "close 4"),
    ],
    "booked": ["2027-03-01 6", "2027-03-02 2", "2027-03-03 1"],
    "date": "2027-03-04",
    "succeeded": 3,
}
"""Entries and room revenue of each date; room revenue, rooms occupied and no-shows of its statistics."""

OUTCOME = {
    "stays": "select status || ' until ' || departure from reservations order by id",
    "posted": """
        select e.business_date || ': ' || count(distinct e.id) || ', '
               || - sum(p.amount) filter (where p.account = 'room_revenue')
        from ledger_entries e join ledger_postings p on p.entry_id = e.id group by e.business_date order by 1""",
    "figures": """
        select date || ': ' || sum(room_revenue) || ', ' || sum(occupied) || ', ' || sum(no_shows)
        from daily_statistics group by date order by 1""",
    "counts": """
        select step || ' ' || coalesce(counts ->> 'no_shows', counts ->> 'extended', counts ->> 'charges',
                                   counts ->> 'rows')
        from night_audit_steps where step <> 'on_the_books'
        order by business_date, array_position(array['arrivals', 'departures', 'charges', 'close'], step)""",
    "booked": "select as_of || ' ' || sum(rooms) from on_the_books group by as_of order by 1",
}


@pytest.mark.parametrize(("attempts", "deaths"), [((NEVER,), 0), (range(8, NEVER, 4), 12)], ids=["not once", "often"])
async def test_what_is_killed_ends_as_what_is_not(
    desk: Desk,
    persons: Persons,
    revenue: RevenueDesk,
    clock: FixedClock,
    servers: Servers,
    database_name: str,
    maintenance_db: Database,
    world: World,
    tmp_path: Path,
    attempts: Iterable[int],
    deaths: int,
) -> None:
    """Each attempt dies in a later word than the one before, before or after PostgreSQL heard it."""
    night = Night(await OfferDesk.at(desk), persons, clock)
    # What an added night costs is what the stay was sold at.
    season = revenue.season(night.offers.plan.id, "double", "2027-03-01", "2027-04-01", "200.00", "200.00")
    await revenue.priced(season)
    for code, basis, placement, value in TAXES:
        await desk.connection.execute(
            "insert into tax_rules (omd_id, business_id, code, name, basis, placement, value, since) "
            "values ($1, $2, $3, $3, $4, $5, $6, '2020-01-01')",
            *(desk.hotel.omd_id, desk.hotel.id, code, basis, placement, value),
        )
    await night.audited()
    await night.in_house("double", "2027-03-01", "2027-03-02")
    await night.in_house("double", "2027-03-01", "2027-03-04")
    await night.sold("double", "2027-03-01", "2027-03-03")
    await night.sold("double", "2027-03-02", "2027-03-05")
    await night.sold("single", "2027-03-05", "2027-03-06", adults=1)
    died = 0
    for at, words in enumerate(attempts):
        now = (MORNING + timedelta(minutes=at)).isoformat()
        arguments = (str(world.alpha.id), str(world.grand.id), now)
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            killed_at(
                *(servers, database_name, tmp_path, words, "support.auditing", *arguments),
                role="omd_app",
                passed_on=words % 2 == 0,
            ) as audit,
        ):
            await audit.ended.wait()
        if not audit.killed.is_set():
            break
        died += 1
        # Silent for long enough, by the clock of the server.
        await desk.connection.execute(
            "update night_audits set beat_at = beat_at - interval '1 hour' where status = 'running'"
        )
    assert died >= deaths
    outcome = {name: [row[0] for row in await desk.connection.fetch(question)] for name, question in OUTCOME.items()}
    date = await desk.connection.fetchval("select business_date::text from businesses where id = $1", desk.hotel.id)
    succeeded = (await night.events()).count("night_audit.succeeded")
    assert {**outcome, "date": date, "succeeded": succeeded} == CLOSED
    async with maintenance_db.reading(system_actor(world.alpha)) as tx:
        verdicts = [*await check_books(tx, world.alpha.id), *await check_audits(tx, world.alpha.id)]
    assert [msgspec.to_builtins(each) for each in verdicts if each.breaches] == []
