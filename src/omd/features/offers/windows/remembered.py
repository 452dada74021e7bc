"""What is free and what it costs, remembered together: the ground of offers without asking the database."""

import asyncio
import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
import structlog

from omd.db import DatabaseContact
from omd.features.availability import Held, HeldWindow, Horizon, Window, Windows, memory_alone
from omd.features.offers.ground import HotelGround
from omd.features.offers.quote import Ground, Supply
from omd.features.offers.windows.keeper import Prices
from omd.features.offers.windows.model import PriceWindow, Sold
from omd.features.offers.windows.nights import NightsMemory
from omd.features.offers.windows.pages import OfferPages
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

_log = structlog.get_logger(__name__)


class Remembered(msgspec.Struct, frozen=True):
    """Of one hotel, what is free on its next nights, and what it sells on them."""

    free: HeldWindow
    prices: Held[PriceWindow]
    sold: Sold

    def covers(self, nights: StayDates) -> bool:
        """Say whether it knows these nights, those before the business date aside, which nobody can have."""
        first = max(nights.arrival, self.free.window.starts_on)
        wanted = StayDates(first, nights.departure)
        return self.free.window.covers(wanted) and self.prices.window.covers(wanted)

    def ground(self) -> HotelGround:
        """Return what offers are made from; the dates that are open are those that are remembered."""
        window = self.free.window
        horizon = Horizon(window.starts_on, window.starts_on + timedelta(days=window.nights))
        supply = self.free.answer(("supply",), lambda: supply_of(window), _weight)
        return HotelGround(Ground(self.sold.basis, supply, self.sold.taxes), self.sold.policies, horizon)


class Recalled(msgspec.Struct, frozen=True):
    """What is remembered of some hotels for a stay, and of which the database has to be asked.

    `is_new` where something was read for this search.
    """

    hotels: Sequence[Remembered]
    beyond: Sequence[BusinessId]
    is_new: bool


class LastRemembered(msgspec.Struct, frozen=True):
    """What was known of some hotels last, with for how many whole seconds nobody has known better, 1 at least."""

    hotels: Sequence[Remembered]
    age: int


class Remembering:
    """Finds what is remembered of hotels, counters and prices both."""

    def __init__(self, free: Windows, prices: Prices, contact: DatabaseContact | None = None) -> None:
        """Without `contact` nobody notices that the database is away but by its refusals."""
        self._free = free
        self._prices = prices
        self.nights = NightsMemory()
        self.pages = OfferPages()
        self._contact = contact or DatabaseContact()

    @property
    def age(self) -> int:
        """For how many whole seconds it has not been known what happened; 0 unless something is away."""
        return self._free.age

    async def look(
        self, omd_id: OmdId, hotels: Sequence[BusinessId], stay: StayDates, now: datetime
    ) -> Recalled | None:
        """Return what is remembered of hotels for a stay, in their order; None where nothing is.

        Raises `DatabaseUnavailable`. That the actor sees the hotels is asked before.
        """
        free = await self._free.look(omd_id, hotels, stay, now)
        prices = None if free is None else await self._prices.look(omd_id, hotels, stay, now)
        if free is None or prices is None:
            return None
        priced = {each.window.business_id: each for each in prices.windows}
        found: list[Remembered] = []
        beyond: list[BusinessId] = []
        known = {each.window.business_id: each for each in free.windows}
        for hotel in hotels:
            of_free, of_prices = known.get(hotel), priced.get(hotel)
            if of_prices is not None and not of_prices.window.is_read:
                # Many hotels at once are much work: others have their turn in between.
                await asyncio.sleep(0)
            sold = None if of_free is None or of_prices is None else _sold(of_prices)
            if of_free is None or of_prices is None or sold is None:
                beyond.append(hotel)
            else:
                found.append(Remembered(of_free, of_prices, sold))
        return Recalled(found, beyond, free.is_new or prices.is_new) if found else None

    async def known_first(
        self,
        omd_id: OmdId,
        hotels: Sequence[BusinessId],
        stay: StayDates,
        now: datetime,
        *,
        from_memory_alone: bool,
    ) -> LastRemembered | None:
        """Return what was known last where the database need not be waited for; None where it is to be asked.

        Raises `DatabaseUnavailable` where it must not be: who asks could not be asked for either.
        """
        known = None
        if self._contact.is_silent or from_memory_alone:
            known = await self.last_known(omd_id, hotels, stay, now)
        if known is None and from_memory_alone:
            raise memory_alone()
        return known

    async def last_known(
        self, omd_id: OmdId, hotels: Sequence[BusinessId], stay: StayDates, now: datetime
    ) -> LastRemembered | None:
        """Return what was known of all hotels last, in their order, for when the database is away; else None."""
        free = await self._free.last_known(omd_id, hotels, stay, now)
        prices = None if free is None else await self._prices.last_known(omd_id, hotels, stay, now)
        if free is None or prices is None:
            return None
        found: list[Remembered] = []
        for of_free, of_prices in zip(free.windows, prices.windows, strict=True):
            if not of_prices.window.is_read:
                await asyncio.sleep(0)
            sold = _sold(of_prices)
            if sold is None:
                return None
            found.append(Remembered(of_free, of_prices, sold))
        return LastRemembered(found, max(free.age, prices.age))


def supply_of(window: Window) -> Supply:
    """Return what of every type may be sold on the nights of a window."""
    nights: list[date] = [window.starts_on + timedelta(days=at) for at in range(window.nights)]
    rooms = {kind.room_type_id: dict(zip(nights, kind.sellable, strict=False)) for kind in window.room_types}
    house = {night: left for night, left in zip(nights, window.house, strict=False) if left is not None}
    return Supply({int(kind): free for kind, free in rooms.items()}, house)


def _weight(supply: Supply) -> int:
    return sum(120 * len(nights) for nights in (*supply.rooms.values(), supply.house))


def _sold(prices: Held[PriceWindow]) -> Sold | None:
    """Return what was packed in a window; None where Redis gave what the database never had."""
    try:
        return prices.window.sold
    except (zlib.error, msgspec.DecodeError, LookupError):
        _log.warning("price_window_unreadable", business_id=prices.window.business_id)
        return None
