"""One hotel of 222 rooms with every room of the next 60 nights sold: what a desk looks at on its fullest day."""

import asyncio
import random
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from bench.home import Home
from omd.db import Database, Role
from omd.entrypoints.databases import opened
from omd.features.availability.horizon import open_horizon
from omd.features.identity import create_token, system_actor
from omd.features.inventory import import_inventory, parse_inventory
from omd.kernel.clock import SystemClock
from omd.kernel.ids import BusinessId, OmdId

FILE = Path(__file__).resolve().parents[1] / "examples" / "hotel-222.csv"
OMD_CODE = "brasov"
ROOMS = 222
DAYS = 60
_LENGTHS = (1, 1, 2, 2, 2, 3, 3, 4, 5, 7)
_SYLLABLES = (
    "an",
    "bar",
    "chi",
    "dum",
    "el",
    "flo",
    "gri",
    "hor",
    "ion",
    "la",
    "mar",
    "nis",
    "pop",
    "ră",
    "stan",
    "țu",
)
_ENDINGS = ["escu", "eanu", "u", "ici", "oiu", "an"]
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class DeskHotel(msgspec.Struct, frozen=True):
    """The hotel, a token of its desk, and its day."""

    business_id: int
    token: str
    today: date
    stays: int


class _Stay(msgspec.Struct, frozen=True):
    code: str
    name: str
    type_id: int
    room_id: int
    arrival: date
    departure: date
    status: str


def open_desk(home: Home) -> DeskHotel:
    """Bring the hotel in where it is not there yet, sell it out, and return it."""
    omd_id, business_id, token = bring_in(home)
    today = datetime.now(UTC).date()
    stays = _sell_out(home, omd_id, business_id, today)
    return DeskHotel(business_id, token, today, stays)


def bring_in(home: Home) -> tuple[int, int, str]:
    """Bring the hotel in where it is not there yet; return its destination, itself, and a token of its desk."""
    if home.sql(f"select count(*) from omds where code = '{OMD_CODE}'") == "0":  # noqa: S608 - a word of ours
        asyncio.run(_import(home))
    omd_id, business_id = (
        int(each)
        for each in home.sql(
            f"select b.omd_id, b.id from businesses b join omds o on o.id = b.omd_id where o.code = '{OMD_CODE}'"  # noqa: S608 - words and numbers of ours
        ).split("|")
    )
    return omd_id, business_id, asyncio.run(_token(home, OmdId(omd_id), BusinessId(business_id)))


def _sell_out(home: Home, omd_id: int, business_id: int, today: date) -> int:
    sold = int(home.sql(f"select count(*) from reservations where business_id = {business_id}"))  # noqa: S608 - a number of ours
    if sold:
        # Another scenario of this run has done it.
        return sold
    rooms = [
        tuple(int(each) for each in line.split("|"))
        for line in home.sql(
            f"select id, room_type_id from individual_rooms where business_id = {business_id} order by id"  # noqa: S608 - words and numbers of ours
        ).splitlines()
    ]
    stays = list(_invent(rooms, today))
    values = ",\n".join(
        f"('{s.code}','{s.name}',{s.type_id},{s.room_id},date '{s.arrival}',date '{s.departure}','{s.status}')"
        for s in stays
    )
    # As the triggers would have it; one stay at a time through the API takes a minute for what is not measured.
    home.sql(
        f"""
        begin;
        set local session_replication_role = replica;
        create temporary table invented (code, name, type_id, room_id, arrival, departure, status) on commit drop as
            values {values};
        with booked as (
            insert into reservations (omd_id, business_id, code, room_type_id, arrival, departure, adults, children,
                status, amount, currency, booked_at, booked_by, checked_in_at)
            select {omd_id}, {business_id}, code, type_id, arrival, departure, 1, 0, status,
                   (departure - arrival) * 240, 'RON', now(), 'bench', case when status = 'in_house' then now() end
            from invented returning omd_id, business_id, id, code, arrival, departure)
        , named as (
            insert into reservation_guests (omd_id, business_id, reservation_id, is_primary, first_name, last_name)
            select b.omd_id, b.business_id, b.id, true, 'Ana', i.name from booked b join invented i using (code))
        insert into reservation_nights (omd_id, business_id, reservation_id, date, room_type_id, room_id)
        select b.omd_id, b.business_id, b.id, b.arrival + n, i.type_id, i.room_id
        from booked b join invented i using (code)
        cross join lateral generate_series(0, b.departure - b.arrival - 1) n;
        update room_type_availability c set sold = s.sold
        from (select room_type_id, date, count(*) as sold from reservation_nights
              where omd_id = {omd_id} and business_id = {business_id} group by 1, 2) s
        where c.omd_id = {omd_id} and c.business_id = {business_id} and c.room_type_id = s.room_type_id
          and c.date = s.date;
        update room_availability a set reservation_id = n.reservation_id from reservation_nights n
        where a.omd_id = {omd_id} and a.business_id = {business_id} and n.omd_id = {omd_id}
          and n.business_id = {business_id} and a.room_id = n.room_id and a.date = n.date;
        commit;
        vacuum (analyze) reservations, reservation_guests, reservation_nights, room_type_availability;
        """  # noqa: S608 - numbers and words of ours
    )
    return len(stays)


def _invent(rooms: list[tuple[int, ...]], today: date) -> list[_Stay]:
    """Return stays that leave no night of the next `DAYS` free; names and codes are as varied as real ones."""
    chance = random.Random(ROOMS)
    made = []
    for room_id, type_id in rooms:
        arrival = today - timedelta(days=chance.randint(1, 4))
        while arrival < today + timedelta(days=DAYS):
            departure = arrival + timedelta(days=chance.choice(_LENGTHS))
            if departure >= today:
                came = arrival < today or (arrival == today and chance.random() < 0.3)
                code = "".join(chance.choices(_CODE_LETTERS, k=8))
                name = "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3))) + chance.choice(_ENDINGS)
                status = "in_house" if came else "confirmed"
                made.append(_Stay(code, name.capitalize(), type_id, room_id, arrival, departure, status))
            arrival = departure
    return made


async def _import(home: Home) -> None:
    async with _database(home, "omd_maintenance") as database:
        file = parse_inventory(FILE.read_bytes(), file_name=FILE.name, file_format="csv")
        await import_inventory(database, file, today=SystemClock())


async def _token(home: Home, omd_id: OmdId, business_id: BusinessId) -> str:
    """Open the hotel's dates as far as they should be, and return a new token of its desk."""
    async with _database(home, "omd_maintenance") as database:
        await open_horizon(database, omd_id, today=datetime.now(UTC).date())
        actor = await system_actor(database, omd_id, label="bench")
        async with database.transaction(actor) as tx:
            made = await create_token(tx, omd_id=omd_id, business_id=business_id, name="bench desk")
    return made.token


def _database(home: Home, role: Role) -> AbstractAsyncContextManager[Database]:
    return opened(home.postgres.dsn(user=role), role, 2)
