"""Fills a database with the demo: each step finds what an earlier or a killed run left, and does the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

import omd
from omd.db import Database, Transaction, load_statements
from omd.entrypoints.demo.destinations import DESTINATIONS, destination_records
from omd.entrypoints.demo.guests import invent_stays
from omd.entrypoints.demo.prices import price_hotel
from omd.entrypoints.demo.taxes import settle_taxes
from omd.features.availability import open_horizon
from omd.features.identity import Omd, list_omds, system_actor
from omd.features.inventory import (
    Business,
    InventoryFile,
    import_inventory,
    list_businesses,
    list_room_types,
    parse_inventory,
    read_inventory_file,
)
from omd.features.reservations import SoldOut, hold
from omd.infra.command_line import progress_bar
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.ids import BusinessId

Item = TypeVar("Item")

MISSION_HOTEL = Path(omd.__file__).resolve().parents[2] / "examples" / "hotel-222.csv"
LABEL = "demo"
AT_ONCE = 2
"""How many things are filled side by side: PostgreSQL takes one core for each."""

STAYS_PER_HOTEL = 15
MOST_HOTELS = 1000

_SQL = load_statements("omd.entrypoints.demo")


class Scale(msgspec.Struct, frozen=True):
    """How much of the demo is filled in: at most 5 OMDs of at most 40 hotels of 100 rooms each."""

    omds: int = 5
    hotels: int = 40


class Filler:
    """Brings a migrated database to the demo's state."""

    def __init__(self, maintenance: Database, app: Database, clock: Clock) -> None:
        self._maintenance = maintenance
        self._app = app
        self._clock = clock

    async def import_destinations(self, scale: Scale) -> None:
        """Import every destination that is not there with all its hotels, each in one transaction."""
        standing = {each.code: len(await self._hotels(each)) for each in await self._omds()}
        files = [file for file in _demo_files(scale) if standing.get(file.omds[0].code, 0) < file.totals.hotels]
        total, done = sum(file.totals.rooms for file in files), 0
        with progress_bar("Importing rooms") as report:
            for file in files:

                def report_file(rooms: int, _total: int, before: int = done) -> None:
                    report(before + rooms, total)

                await import_inventory(self._maintenance, file, today=self._clock, progress=report_file)
                done += file.totals.rooms
                report(done, total)

    async def open_horizons(self) -> None:
        """Open the nights of the coming year for every destination, a quarter at a time."""
        omds = await self._omds()
        reports: dict[str, tuple[int, int]] = {}
        with progress_bar("Opening quarters for sale") as report:

            async def open_one(destination: Omd) -> None:
                def report_one(done: int, total: int) -> None:
                    reports[destination.code] = (done, total)
                    most = max(total for _, total in reports.values())
                    report(sum(done for done, _ in reports.values()), most * len(omds))

                hotels = await self._hotels(destination)
                if hotels:
                    today = max(hotel.date_now(self._clock) for hotel in hotels)
                    await open_horizon(self._maintenance, destination.id, today=today, progress=report_one)

            await _side_by_side(omds, open_one)

    async def settle_taxes(self) -> None:
        """Put the hotels of every destination into their localities, with the example taxes of these."""
        for destination in await self._omds():
            actor, hotels = await system_actor(self._app, destination.id, label=LABEL), await self._hotels(destination)
            await self._app.write(actor, partial(settle_taxes, actor=actor, destination=destination, hotels=hotels))

    async def price_hotels(self) -> None:
        """Give every hotel without rate plans its plans and prices, a hotel in one transaction."""
        work: list[tuple[Actor, Business]] = []
        for destination in await self._omds():
            actor = await system_actor(self._app, destination.id, label=LABEL)
            work += [(actor, hotel) for hotel in await self._hotels(destination)]
        done = 0
        with progress_bar("Pricing the nights") as report:

            async def price_one(pair: tuple[Actor, Business]) -> None:
                nonlocal done
                actor, hotel = pair
                await self._app.write(actor, partial(price_hotel, actor=actor, hotel=hotel, clock=self._clock))
                done += 1
                report(done, len(work))

            await _side_by_side(work, price_one)

    async def book_stays(self) -> None:
        """Book the demo's guests into every hotel without a reservation, a hotel in one transaction."""
        work = [pair for destination in await self._omds() for pair in await self._empty_hotels(destination)]
        done = 0
        with progress_bar("Booking the first guests") as report:

            async def book_one(pair: tuple[Actor, Business]) -> None:
                nonlocal done
                await self._book_into(*pair)
                done += 1
                report(done, len(work))

            await _side_by_side(work, book_one)

    async def first_hotel(self) -> tuple[Omd, Business]:
        """Return the hotel whose tokens are printed, and its destination."""
        omds = {each.code: each for each in await self._omds()}
        destination = omds[DESTINATIONS[0].code]
        return destination, (await self._hotels(destination))[0]

    async def _book_into(self, actor: Actor, hotel: Business) -> None:
        async with self._app.reading(actor) as tx:
            room_types = await list_room_types(tx, actor.omd_id, hotel.id)
        stays = invent_stays(hotel, room_types, hotel.date_now(self._clock), STAYS_PER_HOTEL)

        async def book_all(tx: Transaction) -> None:
            for stay in stays:
                try:
                    await hold(tx, actor, hotel.id, stay, now=self._clock.now())
                except SoldOut:
                    # The dice may ask for more suites than the hotel has; the next guest gets a chance.
                    continue

        await self._app.write(actor, book_all)

    async def _omds(self) -> list[Omd]:
        async with self._maintenance.reading(None) as tx:
            return await list_omds(tx)

    async def _hotels(self, destination: Omd) -> list[Business]:
        actor = await system_actor(self._maintenance, destination.id, label=LABEL)
        async with self._maintenance.reading(actor) as tx:
            return await list_businesses(tx, destination.id, 0, MOST_HOTELS)

    async def _empty_hotels(self, destination: Omd) -> list[tuple[Actor, Business]]:
        actor = await system_actor(self._app, destination.id, label=LABEL)
        async with self._app.reading(actor) as tx:
            empty: list[BusinessId] = await tx.value(_SQL["list_empty_hotels"], omd_id=destination.id)
        return [(actor, hotel) for hotel in await self._hotels(destination) if hotel.id in empty]


def _demo_files(scale: Scale) -> list[InventoryFile]:
    """Return the inventory files of the demo, hotel 222 among them."""
    files = []
    for destination in DESTINATIONS[: scale.omds]:
        records = msgspec.json.encode(destination_records(destination, scale.hotels))
        files.append(parse_inventory(records, file_name=destination.name, file_format="json"))
    if MISSION_HOTEL.is_file():
        # It lies beside the sources; an installed program goes without.
        files.append(read_inventory_file(MISSION_HOTEL))
    return files


async def _side_by_side(items: Sequence[Item], work: Callable[[Item], Awaitable[None]]) -> None:
    """Do the work for every item, `AT_ONCE` at a time; the first error ends all of it."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(item: Item) -> None:
        async with turns:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(in_turn(item))
    except ExceptionGroup as failed:
        # The first one is the reason; the others say the same of what ran beside it.
        raise failed.exceptions[0] from failed
