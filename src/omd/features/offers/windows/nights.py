"""The nights that parties were offered by hotels, kept for so many of them in one process."""

from datetime import date

from omd.features.offers.calendar import Guests
from omd.features.offers.nights import PartyNights
from omd.features.offers.told import ToldNight
from omd.features.offers.windows.model import Sold
from omd.kernel.ids import BusinessId

MOST_PARTIES_KEPT = 500
"""Parties of hotels, of 256 kB at most and some 80 of a hotel with five room types and three plans."""


class NightsMemory:
    """Nights by hotel, the first of those it was read for, and party; those nobody asked for longest go first."""

    def __init__(self, most: int = MOST_PARTIES_KEPT) -> None:
        self._most = most
        self._kept: dict[tuple[BusinessId, date, Guests], PartyNights[ToldNight]] = {}

    def of(self, sold: Sold, guests: Guests) -> PartyNights[ToldNight]:
        """Return the nights of all who are charged as a party is, by what a hotel sells: none where that changed."""
        key = (sold.basis.business_id, sold.basis.nights.arrival, sold.like(guests))
        known = self._kept.pop(key, None)
        if known is not None and known.basis is sold.basis:
            # Back as the last: what is asked for stays.
            self._kept[key] = known
            return known
        if known is None and len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        nights = self._kept[key] = PartyNights[ToldNight](sold.basis, sold.calendar.dates, sold.taxes.rules)
        return nights
