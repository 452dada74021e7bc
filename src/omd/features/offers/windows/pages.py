"""What hotels sell on nights further ahead than their windows reach, remembered by pages of nights.

Nothing follows these nights: the database is asked each time whether anything happened to the prices of the hotel, and
for what is free, which changes with every booking, both in one round trip. So it is as true as what is read anew.
"""

from datetime import date, datetime

import msgspec

from omd.db import Database
from omd.features.offers.ground import HotelGround, horizon_read, supply_read
from omd.features.offers.quote import Ground
from omd.features.offers.windows.keeper import PRICED
from omd.features.offers.windows.model import Sold, SoldText
from omd.features.offers.windows.queries import PageRow, read_offer_page
from omd.kernel.dates import StayDates
from omd.kernel.errors import NotFound
from omd.kernel.ids import BusinessId, OmdId

FIRST_NIGHTS = 28
"""How many arrivals share a page."""

MORE_NIGHTS = 14
"""How many nights a page has after the last of these arrivals: a longer stay is read for itself."""

MOST_BYTES = 48 * 1024 * 1024
"""Memory of a process for pages: some 400 of hotels of five room types and three plans."""

WANTED_AFTER = 2
"""How many stays of a page are read for themselves: a page takes three times as long, and most are asked for once."""

MOST_ASKED = 20_000
"""Pages of which it is known how often they were asked for."""

_PER_CHARACTER = 2
"""What a character of JSON comes to in bytes once it is read, about."""

_TYPES = sorted(PRICED)


class Paged(msgspec.Struct, frozen=True):
    """The ground of offers for one stay, on a page of what the hotel sells."""

    ground: HotelGround
    sold: Sold


class _Kept(msgspec.Struct, frozen=True):
    position: int
    version: str
    sold: Sold
    bytes_held: int


class OfferPages:
    """Pages by hotel, up to so many bytes: the one that nobody asked for longest goes first."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: dict[tuple[BusinessId, date], _Kept] = {}
        self._asked: dict[tuple[BusinessId, date], int] = {}
        self.bytes = 0

    async def look(
        self, database: Database, omd_id: OmdId, hotel: BusinessId, stay: StayDates, now: datetime
    ) -> Paged | None:
        """Return the ground of a stay's offers; None for the first stays of a page, and for one that has none.

        Raises `NotFound` and `DatabaseUnavailable`. That the actor sees the hotel is asked before.
        """
        page = page_of(stay)
        if page is None or not self._is_wanted(hotel, page):
            return None
        kept = self._kept.get((hotel, page.arrival))
        known = None if kept is None else (kept.position, kept.version)
        row = await read_offer_page(database, omd_id, hotel, page, stay, now, _TYPES, known)
        if row is None:
            raise NotFound(f"There is no hotel {hotel}.")
        if kept is None or not row.is_same:
            kept = _read(hotel, page, row)
        else:
            kept = msgspec.structs.replace(kept, position=row.position, version=row.of_version)
        self._keep((hotel, page.arrival), kept)
        sold = kept.sold
        ground = Ground(sold.basis, supply_read(row.free, row.house_left), sold.taxes)
        return Paged(HotelGround(ground, sold.policies, horizon_read(row.open_from, row.last_departure)), sold)

    def _is_wanted(self, hotel: BusinessId, page: StayDates) -> bool:
        """Say whether a page was asked for often enough before."""
        key = (hotel, page.arrival)
        before = self._asked.pop(key, 0)
        if len(self._asked) >= MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        self._asked[key] = min(before + 1, WANTED_AFTER)
        return before >= WANTED_AFTER

    def _keep(self, key: tuple[BusinessId, date], kept: _Kept) -> None:
        self._forget(key)
        if kept.bytes_held > self._most_bytes:
            return
        while self.bytes + kept.bytes_held > self._most_bytes:
            self._forget(next(iter(self._kept)))
        self._kept[key] = kept
        self.bytes += kept.bytes_held

    def _forget(self, key: tuple[BusinessId, date]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.bytes -= kept.bytes_held


def page_of(stay: StayDates) -> StayDates | None:
    """Return the nights of the page on which a stay begins, None for one that is not all on it."""
    first = stay.arrival.toordinal() // FIRST_NIGHTS * FIRST_NIGHTS
    last = first + FIRST_NIGHTS + MORE_NIGHTS
    if first < 1 or last > date.max.toordinal() or stay.departure.toordinal() > last:
        return None
    return StayDates(date.fromordinal(first), date.fromordinal(last))


def _read(hotel: BusinessId, page: StayDates, row: PageRow) -> _Kept:
    text = SoldText(
        *(row.currency, row.time_zone, row.business_date, row.room_types, row.plans, row.rates),
        *(row.restrictions, row.locality_id, row.tax_rules, row.policies),
    )
    said = (row.room_types, row.plans, row.rates, row.restrictions, row.tax_rules, row.policies)
    weight = 10_000 + _PER_CHARACTER * sum(map(len, said))
    return _Kept(row.position, row.of_version, Sold.of_text(hotel, page, text, row.today), weight)
