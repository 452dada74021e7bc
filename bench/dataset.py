"""The destinations that are measured: made by the product's own import and horizon, the same at every run.

Five OMDs (times the scale) of 40 hotels of 100 rooms in five types. Ids follow from the order of the import, so that
pgbench can compute them; `read_dataset` proves it.
"""

import asyncio
import os
import time
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from bench.home import Home, superuser_dsn
from bench.model import BenchFailed
from omd.db import Database, Role
from omd.db.migrator import Migrator
from omd.entrypoints.databases import opened
from omd.features.availability.horizon import open_horizon
from omd.features.identity import create_token, list_omds, system_actor
from omd.features.inventory import import_inventory, list_businesses, parse_inventory
from omd.kernel.clock import SystemClock
from omd.kernel.ids import OmdId

OMDS = 5
HOTELS_PER_OMD = 40
ROOMS_PER_HOTEL = 100
OMD_CODES = "destination-"
"""How the codes of the destinations begin; other scenarios bring others."""

AT_ONCE = 2
TOKENS_FILE = "tokens.json"


class RoomKind(msgspec.Struct, frozen=True):
    """A room type that every hotel has; `rooms` is also its share of the bookings, in percent."""

    code: str
    rooms: int
    adults: int


KINDS = (
    RoomKind("double", 40, 2),
    RoomKind("twin", 20, 2),
    RoomKind("single", 20, 1),
    RoomKind("family", 15, 2),
    RoomKind("suite", 5, 2),
)


class Tokens(msgspec.Struct, frozen=True):
    """The access tokens of every OMD and every hotel, in the order of their ids."""

    made_for: str
    omds: list[str]
    hotels: list[str]


class Dataset(msgspec.Struct, frozen=True):
    """Where the ids begin, and which dates can be sold: arrivals from `start`."""

    scale: int
    first_omd: int
    first_business: int
    first_type: int
    start: date
    tokens: Tokens

    @property
    def omds(self) -> int:
        """How many destinations there are."""
        return OMDS * self.scale

    @property
    def hotels(self) -> int:
        """How many hotels there are."""
        return self.omds * HOTELS_PER_OMD

    def omd_of(self, hotel: int) -> int:
        """Return the OMD id of the hotel with this index."""
        return self.first_omd + hotel // HOTELS_PER_OMD

    def business_of(self, hotel: int) -> int:
        """Return the business id of the hotel with this index."""
        return self.first_business + hotel

    def type_of(self, hotel: int, kind: int) -> int:
        """Return the room type id of a kind of room in the hotel with this index."""
        return self.first_type + hotel * len(KINDS) + kind

    def pgbench_variables(self) -> dict[str, object]:
        """Return what the baseline scripts compute ids and dates from."""
        return {
            "first_omd": self.first_omd,
            "first_business": self.first_business,
            "first_type": self.first_type,
            "omds": self.omds,
            "hotels": self.hotels,
            "hotels_per_omd": HOTELS_PER_OMD,
            "start": self.start.isoformat(),
        }


class LoadTimes(msgspec.Struct, frozen=True):
    """Seconds each step of a load took, and how many room-nights it made."""

    migrate: float
    import_rooms: float
    open_horizon: float
    settle: float
    room_nights: int


def load(home: Home, scale: int) -> LoadTimes:
    """Fill an empty database: migrations, rooms, horizon; then settle it as autovacuum would in time."""
    home.new_database()
    began = time.perf_counter()
    asyncio.run(Migrator(superuser_dsn(home)).migrate())
    migrated = time.perf_counter()
    asyncio.run(_import(home, scale))
    imported = time.perf_counter()
    room_nights = asyncio.run(_open_horizons(home))
    filled = time.perf_counter()
    settle(home)
    settled = time.perf_counter()
    return LoadTimes(migrated - began, imported - migrated, filled - imported, settled - filled, room_nights)


def settle(home: Home) -> None:
    """Bring statistics and visibility maps up to date and write out what is in memory, outside of every figure."""
    home.sql("vacuum (analyze);\ncheckpoint;")


def empty_of_stays(home: Home) -> None:
    """Take every stay out again, so that each run begins with the same destination."""
    home.sql(
        """
        select coalesce(sum(sold), 0) > 0 as sold from room_type_availability \\gset
        \\if :sold
        set session_replication_role = replica;
        truncate reservation_nights, reservations, idempotency_keys, events cascade;
        update room_type_availability set sold = 0, forced = 0 where sold > 0 or forced > 0;
        update room_availability set reservation_id = null where reservation_id is not null;
        \\endif
        """
    )


def is_loaded(home: Home, scale: int) -> bool:
    """Say whether an earlier run left the whole dataset of this scale."""
    if home.sql("select to_regclass('public.individual_rooms') is not null") != "t":
        return False
    rooms = home.sql(
        f"select count(*) from individual_rooms r join omds o on o.id = r.omd_id where o.code like '{OMD_CODES}%'"  # noqa: S608 - a word of ours
    )
    return rooms == str(OMDS * scale * HOTELS_PER_OMD * ROOMS_PER_HOTEL)


def read_dataset(home: Home, scale: int) -> Dataset:
    """Bring a kept database to this release and this day, and return where its ids begin."""
    asyncio.run(Migrator(superuser_dsn(home)).migrate())
    asyncio.run(_open_horizons(home))
    firsts = home.sql("select (select min(id) from omds), (select min(id) from businesses), min(id) from room_types")
    first_omd, first_business, first_type = (int(each) for each in firsts.split("|"))
    astray = home.sql(
        f"""
        select count(*) from room_types t join businesses b on b.id = t.business_id join omds o on o.id = b.omd_id
        where o.code like '{OMD_CODES}%' and (
           b.id not between {first_business} and {first_business + OMDS * scale * HOTELS_PER_OMD - 1}
           or t.omd_id <> {first_omd} + (b.id - {first_business}) / {HOTELS_PER_OMD}
           or t.id <> {first_type} + (b.id - {first_business}) * {len(KINDS)}
                      + array_position(array{[kind.code for kind in KINDS]}, t.code) - 1)
        """  # noqa: S608 - numbers and words of ours
    )
    if astray != "0":
        raise BenchFailed("The ids do not follow the order of the import: run with --fresh.")
    start = datetime.now(UTC).date() + timedelta(days=1)
    return Dataset(scale, first_omd, first_business, first_type, start, asyncio.run(_tokens(home)))


async def _import(home: Home, scale: int) -> None:
    async with database_of(home, "omd_maintenance") as database:
        for omd in range(OMDS * scale):
            file = parse_inventory(
                msgspec.json.encode(_records(omd)), file_name=f"destination {omd}", file_format="json"
            )
            await import_inventory(database, file, today=SystemClock())


async def _open_horizons(home: Home) -> int:
    turns = asyncio.Semaphore(AT_ONCE)
    async with database_of(home, "omd_maintenance") as database:

        async def open_one(omd_id: OmdId) -> int:
            async with turns:
                return (await open_horizon(database, omd_id, today=datetime.now(UTC).date())).room_nights

        async with database.reading(None) as tx:
            omds = await list_omds(tx)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(open_one(each.id)) for each in omds]
    return sum(task.result() for task in tasks)


async def _tokens(home: Home) -> Tokens:
    """Return the tokens an earlier run made for this very database, or make them."""
    path = home.folder / TOKENS_FILE
    database_name = home.sql("select oid from pg_database where datname = current_database()")
    if path.is_file():
        kept = msgspec.json.decode(path.read_bytes(), type=Tokens)
        if kept.made_for == database_name:
            return kept
    made = Tokens(database_name, [], [])
    async with database_of(home, "omd_maintenance") as database:
        async with database.reading(None) as tx:
            found = [each for each in await list_omds(tx) if each.code.startswith(OMD_CODES)]
            omds = sorted(found, key=lambda each: each.id)
        for omd in omds:
            actor = await system_actor(database, omd.id, label="bench")
            async with database.transaction(actor) as tx:
                made.omds.append((await create_token(tx, omd_id=omd.id, business_id=None, name="bench")).token)
                for hotel in await list_businesses(tx, omd.id, 0, HOTELS_PER_OMD):
                    token = await create_token(tx, omd_id=omd.id, business_id=hotel.id, name="bench")
                    made.hotels.append(token.token)
    _write_private(path, msgspec.json.encode(made))
    return made


def _write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def database_of(home: Home, role: Role) -> AbstractAsyncContextManager[Database]:
    return opened(home.postgres.dsn(user=role), role, AT_ONCE + 1)


def _records(omd: int) -> list[dict[str, object]]:
    """Return one destination as records of an inventory file."""
    code = f"{OMD_CODES}{omd:03}"
    records: list[dict[str, object]] = [{"record": "omd", "omd": code, "name": f"Destination {omd}"}]
    for hotel in range(HOTELS_PER_OMD):
        place = {"omd": code, "hotel": f"hotel-{hotel:03}"}
        name = f"Hotel {hotel} of destination {omd}"
        records.append({"record": "hotel", **place, "name": name, "time_zone": "Europe/Bucharest", "currency": "RON"})
        number = 101
        for kind in KINDS:
            at = {**place, "room_type": kind.code}
            capacity = {"max_adults": kind.adults, "max_children": 1, "quantity": kind.rooms}
            records.append({"record": "room_type", **at, "name": kind.code.capitalize(), **capacity})
            numbers = f"{number}-{number + kind.rooms - 1}"
            records.append({"record": "rooms", **at, "numbers": numbers, "floor": 1})
            number += kind.rooms
    return records
