"""Night audits that run by themselves: at the hotel's hour, one date after the other, and what waits for people."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from omd.db import Database
from omd.entrypoints.jobs import NIGHT_AUDIT, Doors, OfHotel, handlers_of
from omd.entrypoints.schedules import schedules_of
from omd.features.folios.cards.accounts import Tills
from omd.infra.jobs import Attempt, JobQueue, Scheduler
from omd.infra.mail import SmtpMailer
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.databases import opened
from support.front_desk import Desk
from support.jobs import agreeing
from support.nightly import Night
from support.persons import Persons
from support.racing import held_up, until_waiting
from support.served_app import KEYRING
from support.servers import Servers
from support.worlds import Connection


@pytest.fixture
async def night(desk: Desk, persons: Persons, clock: FixedClock) -> Night:
    """The hotel `grand`, which closes its dates."""
    return Night(await OfferDesk.at(desk), persons, clock)


@pytest.fixture
async def doors(db: Database, maintenance_db: Database, servers: Servers, database_name: str) -> AsyncIterator[Doors]:
    """The databases of a worker."""
    async with opened(servers, database_name, "omd_relay") as relay:
        yield Doors(db, maintenance_db, relay)


async def work_of(doors: Doors, night: Night) -> None:
    """Do the job of the hotel's night as a worker does."""
    watch = agreeing(night.clock)
    mailer = SmtpMailer("smtp://127.0.0.1:9", sender="nobody@example.com", clock=night.clock)
    dead = timedelta(days=90)
    tills = Tills({}, KEYRING)
    handlers = handlers_of(doors, mailer=mailer, clock=night.clock, clock_watch=watch, dead_kept=dead, tills=tills)
    hotel = night.desk.hotel
    payload = msgspec.json.encode(OfHotel(hotel.omd_id, hotel.id, night.clock.now().date()))
    await handlers.do(NIGHT_AUDIT.name, payload, Attempt(1, "night", 1))


async def test_it_is_due_at_the_hour_of_the_hotel_that_closes_its_dates(night: Night, doors: Doors) -> None:
    await night.audited(hour=3)
    watch = agreeing(night.clock)
    queue = JobQueue(doors.relay, keyring=None, clock=night.clock)
    scheduler = Scheduler(queue, schedules_of(doors.maintenance), clock=night.clock, clock_watch=watch)
    keys = "select array_agg(key order by key) from job_keys where key like 'night_audit/%'"
    night.clock.set(datetime(2027, 3, 28, 0, 59, tzinfo=UTC))
    await scheduler.step()
    name = f"night_audit/business:{night.desk.hotel.id}"
    assert await night.desk.connection.fetchval(keys) == [f"{name}/2027-03-27"]
    night.clock.set(datetime(2027, 3, 28, 1, 0, tzinfo=UTC))
    await scheduler.step()
    said = "at three, which does not come in the night in which the clock is put forward"
    assert await night.desk.connection.fetchval(keys) == [f"{name}/2027-03-27", f"{name}/2027-03-28"], said


async def test_dates_that_were_missed_are_closed_one_after_the_other(night: Night, doors: Doors) -> None:
    await night.audited()
    stay = await night.in_house("double", "2027-03-01", "2027-03-09")
    night.clock.set(datetime(2027, 3, 4, 2, tzinfo=UTC))
    await work_of(doors, night)
    listed = (await night.cashier.send("GET", f"{night.path}?limit=2")).json()
    assert [(each["business_date"], each["status"]) for each in listed] == [
        ("2027-03-03", "succeeded"),
        ("2027-03-02", "succeeded"),
    ]
    (folio,) = await night.cashier.folios_of(stay)
    assert folio["balance"] == "642.00"
    await work_of(doors, night)
    assert (await night.cashier.folios_of(stay))[0]["balance"] == "642.00"


async def test_what_waits_for_people_is_not_tried_again_by_itself(night: Night, doors: Doors) -> None:
    await night.audited(due_outs="decide")
    await night.in_house("double", "2027-03-01", "2027-03-02")
    night.clock.set(datetime(2027, 3, 4, 2, tzinfo=UTC))
    await work_of(doors, night)
    shown = await night.shown(night.clock.now().date() - timedelta(days=2))
    assert (shown["audit"]["error"], len(shown["decisions"])) == ("night_audit_blocked", 1)


async def test_bookings_and_the_desk_go_on_while_a_date_is_closed(night: Night, owner_connection: Connection) -> None:
    """Held up in the middle of its charges, the audit holds nobody up; who comes meanwhile is charged with the rest."""
    await night.audited()
    first = await night.in_house("double", "2027-03-01", "2027-03-04")
    later = await night.sold("double", "2027-03-01", "2027-03-04")
    night.past(night.clock.now().date())
    await night.put({"mode": "audit", "no_shows": "keep"})
    await night.cashier.charged(first, "5.00")
    (folio,) = await night.cashier.folios_of(first)
    async with held_up(owner_connection, "select from folios where id = $1::text::uuid for update", folio["id"]):
        closing = asyncio.create_task(night.cashier.send("POST", night.path, {"business_date": "2027-03-01"}))
        await until_waiting(owner_connection)
        await night.desk.booked("single", "2027-03-01", "2027-03-03")
        await night.desk.stepped(later, "check-in")
        twin = await night.cashier.send("POST", night.path, {"business_date": "2027-03-01"})
        assert twin.json()["code"] == "night_audit_under_way"
    answer = await closing
    assert answer.status_code == 201, answer.text
    assert [(await night.cashier.folios_of(stay))[0]["balance"] for stay in (first, later)] == ["219.00", "214.00"]
    assert answer.json()["audit"]["attempts"] == 1
