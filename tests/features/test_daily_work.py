"""The daily work of the platform, as the worker does it: each a job of its own, none hiding another."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import msgspec
import pytest

from factories.stays import hold_stay
from omd.db import Database
from omd.entrypoints.jobs import (
    EXPIRY,
    FREE_HOLDS,
    OF_THE_PLATFORM,
    PLACE_WAITING,
    Doors,
    OfHotel,
    caused_by,
    handlers_of,
    told_of,
)
from omd.entrypoints.mailing import LetterQueue
from omd.entrypoints.schedules import schedules_of
from omd.features.folios.cards.accounts import Tills
from omd.features.reservations.waiting_list.commands import add_entry
from omd.features.reservations.waiting_list.model import WaitingWish
from omd.features.reservations.waiting_list.queries import Queue
from omd.infra.events import Event
from omd.infra.jobs import Attempt, Job, JobQueue, JobWorker, Scheduler, list_jobs, new_job
from omd.infra.keyring import Keyring
from omd.infra.mail import Letter, Mailer, MailNotSent, SmtpMailer
from omd.kernel.clock import FixedClock
from omd.kernel.ids import BusinessId, OmdId
from support.databases import opened
from support.jobs import agreeing
from support.logs import logged
from support.mail_server import mail_server
from support.servers import Servers
from support.worlds import NOW, TODAY, Connection, World, hotel_actor

PATIENCE_SECONDS = 60.0
DEAD_KEPT = timedelta(days=90)
TONIGHT = (TODAY, TODAY + timedelta(days=1))
KEYRING = Keyring.parse(Keyring.make_key())
TOKEN = "s3cret-token-of-a-link"
LETTER = Letter("invitation", "ana@grand.example", "You are invited", f"http://x/#{TOKEN}\n")


@pytest.fixture
async def doors(db: Database, maintenance_db: Database, servers: Servers, database_name: str) -> AsyncIterator[Doors]:
    async with opened(servers, database_name, "omd_relay") as relay:
        yield Doors(db, maintenance_db, relay)


class Shift:
    """A worker and its scheduler on a clock of the test's."""

    def __init__(self, doors: Doors, clock: FixedClock, mailer: Mailer) -> None:
        self.clock = clock
        self.doors = doors
        self.queue = JobQueue(doors.relay, keyring=KEYRING, clock=clock)
        watch = agreeing(clock)
        self.scheduler = Scheduler(self.queue, schedules_of(doors.maintenance), clock=clock, clock_watch=watch)
        self.handlers = handlers_of(
            doors, mailer=mailer, clock=clock, clock_watch=watch, dead_kept=DEAD_KEPT, tills=Tills({}, KEYRING)
        )
        self.worker = JobWorker(doors.relay, self.handlers, keyring=KEYRING)

    async def left(self) -> list[Job]:
        """Return what is not done."""
        async with self.doors.relay.reading(None) as tx:
            return await list_jobs(tx, state=None, most=100)

    async def work(self, *left: str) -> list[Job]:
        """Work until what is left stands so; return it."""
        stopping = asyncio.Event()
        working = asyncio.create_task(self.worker.run(stopping))
        async with asyncio.timeout(PATIENCE_SECONDS):
            found = await self.left()
            while sorted(job.state for job in found) != sorted(left):
                found = await self.left()
        stopping.set()
        await working
        return found


class NoMailer:
    """Stands where no letter is sent."""

    async def send(self, letter: Letter) -> None:
        raise MailNotSent(f"nobody sends {letter.kind} here")


@pytest.fixture
def shift(doors: Doors, clock: FixedClock) -> Shift:
    return Shift(doors, clock, NoMailer())


async def test_everything_of_a_day_is_put_in_and_done(
    shift: Shift, owner_connection: Connection, world: World, clock: FixedClock
) -> None:
    """Those of the platform, two of each destination, two of each hotel; the next day the same again."""
    assert await shift.scheduler.step() == len(OF_THE_PLATFORM) + 2 * 2 + 2 * 3
    assert await shift.scheduler.step() == 0
    await shift.work()
    clock.set(NOW + timedelta(days=170))
    assert await shift.scheduler.step() == len(OF_THE_PLATFORM) + 2 * 2 + 2 * 3
    await shift.work()
    ends = await owner_connection.fetch("select ends_on from availability_horizons")
    assert [row[0] for row in ends] == [date(2028, 10, 1)] * 2, "the horizons were rolled forward"


async def test_each_hotel_has_its_night_by_its_own_clock(
    shift: Shift, owner_connection: Connection, world: World, clock: FixedClock
) -> None:
    await owner_connection.execute(
        "update businesses set time_zone = 'America/New_York', night_hour = 3 where id = $1", world.harbour.id
    )
    due = {}
    for hours in range(48):
        clock.set(NOW + timedelta(hours=hours))
        await shift.scheduler.step()
        for row in await owner_connection.fetch(
            "select key from job_keys where key like 'place_waiting/%' and added_at = $1", clock.now()
        ):
            due[row[0].removeprefix("place_waiting/business:")] = f"{clock.now():%dT%H}"
    grand, harbour = world.grand.id, world.harbour.id
    # Caught up when first looked, then 4 in Bucharest is 2 UTC, 3 in New York 8 UTC.
    assert {name: at for name, at in due.items() if name.startswith((f"{grand}/", f"{harbour}/"))} == {
        f"{grand}/2027-03-01": "01T09",
        f"{grand}/2027-03-02": "02T02",
        f"{grand}/2027-03-03": "03T02",
        f"{harbour}/2027-03-01": "01T09",
        f"{harbour}/2027-03-02": "02T08",
        f"{harbour}/2027-03-03": "03T08",
    }


UNPLACED = "select count(*) from reservation_nights where room_id is null"


async def test_who_waits_for_a_room_gets_it_at_night(shift: Shift, owner_connection: Connection, world: World) -> None:
    """As stays do whose room came free when the command that freed it was cut short."""
    for hotel in (world.grand, world.lodge, world.harbour):
        await hold_stay(owner_connection, hotel, "double", *TONIGHT, room=None, code=f"W-{hotel.code}")
    assert await owner_connection.fetchval(UNPLACED) == 3
    await shift.scheduler.step()
    await shift.work()
    assert await owner_connection.fetchval(UNPLACED) == 0


async def test_the_work_of_a_hotel_touches_no_other(
    shift: Shift, doors: Doors, owner_connection: Connection, world: World
) -> None:
    for hotel in (world.grand, world.lodge):
        await hold_stay(
            owner_connection, hotel, "double", TODAY, TODAY + timedelta(days=1), room=None, code=f"W-{hotel.code}"
        )
    payload = f'{{"omd_id":{world.grand.omd_id},"business_id":{world.grand.id},"on":"2027-03-01"}}'.encode()
    await shift.handlers.do(PLACE_WAITING.name, payload, Attempt(1, "x", 1))
    rows = await owner_connection.fetch("select business_id from reservation_nights where room_id is not null")
    assert {row[0] for row in rows} == {world.grand.id}


async def test_one_destination_that_cannot_be_rolled_hides_no_other(
    shift: Shift, owner_connection: Connection, world: World, clock: FixedClock
) -> None:
    clock.set(NOW + timedelta(days=170))
    await shift.scheduler.step()
    # Somebody made a table where beta's next quarter is to be.
    await owner_connection.execute(f"create table room_availability_o{world.beta.id}_2028q2 ()")
    (failed,) = await shift.work("waiting")
    assert failed.key == f"roll_horizon/omd:{world.beta.id}/{clock.now():%Y-%m-%d}"
    ends = await owner_connection.fetch("select omd_id, ends_on from availability_horizons")
    assert dict(map(tuple, ends)) == {world.alpha.id: date(2028, 10, 1), world.beta.id: date(2028, 4, 1)}
    await owner_connection.execute(f"drop table room_availability_o{world.beta.id}_2028q2")
    await owner_connection.execute("update jobs set execute_after = now()")
    await shift.work()
    rolled = "select ends_on from availability_horizons where omd_id = $1"
    assert await owner_connection.fetchval(rolled, world.beta.id) == date(2028, 10, 1)


async def test_a_letter_waits_for_the_mail_server(
    doors: Doors, clock: FixedClock, owner_connection: Connection
) -> None:
    """Today's letter would have been lost. While it waits, neither token nor address lie readable in the database."""
    async with mail_server() as server:
        port = server.port
    away = Shift(doors, clock, SmtpMailer(f"smtp://127.0.0.1:{port}", sender="omd@example.com", clock=clock))
    with logged() as written:
        async with doors.app.transaction(None) as tx:
            await LetterQueue(KEYRING).put(tx, LETTER)
        (waiting,) = await away.work("waiting")
    assert (waiting.kind, waiting.attempts) == ("send_mail", 1)
    assert "with the mail server" in (waiting.last_error or "")
    assert TOKEN not in written.getvalue()
    dump = await owner_connection.fetchval(
        "select string_agg(encode(j.payload, 'escape') || coalesce(l.traceback::text, ''), '') from jobs j, job_log l"
    )
    assert TOKEN not in dump
    assert "ana@" not in dump
    async with mail_server() as server:
        back = Shift(doors, clock, SmtpMailer(f"smtp://127.0.0.1:{server.port}", sender="omd@example.com", clock=clock))
        await owner_connection.execute("update jobs set execute_after = now()")
        await back.work()
        (taken,) = server.letters
    assert TOKEN in message_from_bytes(taken, policy=policy.default).get_content()
    assert await owner_connection.fetchval("select count(*) from jobs") == 0


async def test_a_guest_who_cancels_lets_who_waits_in_even_when_the_door_dies(shift: Shift) -> None:
    """What the door does after its answer, the job of the event does too; who cancels at the desk needs none."""
    guests = Event(9, 1, 2, "reservation", "x", 2, "reservation.cancelled", "guest:ABC", NOW, NOW, "{}")
    job = caused_by(guests)
    assert job is not None
    assert (job.kind, job.key) == (PLACE_WAITING, "place_waiting/business:2/event:9")
    assert caused_by(msgspec.structs.replace(guests, actor="user:7")) is None
    assert caused_by(msgspec.structs.replace(guests, type="reservation.booked")) is None
    lapsed = caused_by(msgspec.structs.replace(guests, actor=EXPIRY))
    assert (None if lapsed is None else lapsed.kind) == PLACE_WAITING
    assert await shift.queue.put(job, job) == 1
    assert await shift.queue.put(job) == 0


async def test_who_waits_is_told_of_nights_that_come_free_and_closed_when_they_count_no_more(
    shift: Shift, owner_connection: Connection, world: World, clock: FixedClock
) -> None:
    hotel = world.grand
    queue = Queue(hotel_actor(hotel), hotel.id)
    wish = WaitingWish(date(2027, 3, 10), date(2027, 3, 12), last_name="Asteptescu", counts_until=date(2027, 3, 5))
    async with shift.doors.app.transaction(hotel_actor(hotel)) as tx:
        await add_entry(tx, queue, wish, NOW)
    data = '{"arrival": "2027-03-11", "departure": "2027-03-14"}'
    event = Event(9, hotel.omd_id, hotel.id, "reservation", "x", 2, "reservation.cancelled", "u", NOW, NOW, data)
    elsewhere = msgspec.structs.replace(event, position=10, data=data.replace("03-1", "04-1"))
    jobs = [told_of(elsewhere), told_of(event), told_of(msgspec.structs.replace(event, position=11))]
    assert await shift.queue.put(*(each for each in jobs if each is not None)) == 3
    await shift.work()
    told = "select array_agg(type order by seq) from events where aggregate = 'waiting_list'"
    assert await owner_connection.fetchval(told) == ["waiting_list.added", "waiting_list.servable"]
    clock.set(datetime(2027, 3, 6, 12, tzinfo=UTC))
    night = new_job(PLACE_WAITING, OfHotel(OmdId(hotel.omd_id), BusinessId(hotel.id), date(2027, 3, 6)))
    assert await shift.queue.put(night) == 1
    await shift.work()
    assert await owner_connection.fetchval("select status from waiting_list_entries") == "expired"


@pytest.mark.parametrize("kind", ["reservation.booked", "reservation.hold_extended"])
async def test_a_hold_is_freed_when_it_is_over_and_not_before(
    shift: Shift, owner_connection: Connection, world: World, clock: FixedClock, kind: str
) -> None:
    """The job is due at the end of the hold; one that came early by another machine's clock comes again."""
    until = NOW + timedelta(hours=6)
    stay = await hold_stay(owner_connection, world.grand, "twin", *TONIGHT, room="301", status="tentative")
    await owner_connection.execute("update reservations set hold_until = $1", until)
    data = msgspec.json.encode({"hold_until": until}).decode()
    event = Event(9, world.alpha.id, world.grand.id, "reservation", str(stay), 1, kind, "user:7", NOW, NOW, data)
    job = caused_by(event)
    assert job is not None
    assert (job.kind, job.not_before) == (FREE_HOLDS, until)
    assert await shift.queue.put(job) == 1
    due = await owner_connection.fetchval("select execute_after - now() from jobs")
    assert timedelta(hours=5, minutes=59) < due <= timedelta(hours=6)
    await owner_connection.execute("update jobs set execute_after = now()")
    await shift.work("waiting")
    assert await owner_connection.fetchval("select status from reservations") == "tentative"
    clock.set(until)
    await owner_connection.execute("update jobs set execute_after = now()")
    await shift.work()
    row = await owner_connection.fetchrow("select status, cancellation_reason from reservations")
    assert tuple(row or ()) == ("cancelled", "hold_expired")


async def test_a_letter_to_nobody_is_thrown_away(shift: Shift) -> None:
    """It was put down so that asking for one takes as long for an e-mail that nobody has; no mailer is asked."""
    async with shift.doors.app.transaction(None) as tx:
        await LetterQueue(KEYRING).put(tx, msgspec.structs.replace(LETTER, to=""))
    await shift.work()
