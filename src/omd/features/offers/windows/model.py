"""What a hotel sells on its next nights, as it is kept: packed, until somebody asks."""

import zlib
from datetime import date, datetime, timedelta
from functools import cached_property

import msgspec

from omd.features.offers.basis import OfferBasis, basis_of
from omd.features.offers.calendar import Calendar, Guests, Kinship, PartyCalendar
from omd.features.offers.ground import decode_policies, decode_rules
from omd.features.offers.model import OfferedPolicy
from omd.features.offers.quote import LocalTaxes
from omd.features.rates import OfferBasisRow
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

NIGHTS = 44
"""The nights of a window from the business date on: those that are known to be free or not, and two weeks more."""

SHAPE = 1
"""Part of every key: a window written in another shape, as by another release, is not found."""

MOST_PARTIES = 16
MOST_BYTES = 20_000_000
"""What a window may come to when it is unpacked: more than a hotel of 200 room types and plans has."""


class SoldText(msgspec.Struct, frozen=True, array_like=True):
    """What a hotel sells, the parts as the database gives them: JSON."""

    currency: str
    time_zone: str
    business_date: date | None
    room_types: str
    plans: str
    rates: str
    restrictions: str
    locality_id: int | None
    tax_rules: str
    policies: str


_encode_text = msgspec.msgpack.Encoder().encode
_decode_text = msgspec.msgpack.Decoder(SoldText).decode


class PriceWindow(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """What a hotel sells on the `nights` nights from `starts_on`, its business date, on; `packed` is a `SoldText`.

    It is of use from `begins_at` until `ends_at`, while that is the business date; null where the date is held by hand.
    """

    omd_id: OmdId
    business_id: BusinessId
    starts_on: date
    begins_at: datetime | None
    ends_at: datetime | None
    nights: int
    packed: bytes

    @property
    def is_whole(self) -> bool:
        """Say whether what was packed can be read."""
        try:
            return self.nights == NIGHTS and self._text is not None
        except (zlib.error, msgspec.DecodeError):
            return False

    @property
    def bytes_held(self) -> int:
        """How many bytes of memory it takes at most once it is read, about: what it is packed into, a hundred times."""
        return 1_000 + 100 * len(self.packed)

    def is_of(self, now: datetime) -> bool:
        """Say whether the hotel still works on the day with which the window begins."""
        return (self.begins_at is None or self.begins_at <= now) and (self.ends_at is None or now < self.ends_at)

    def covers(self, stay: StayDates) -> bool:
        """Say whether every night of the stay is in it."""
        return self.starts_on <= stay.arrival and stay.departure <= self.starts_on + timedelta(days=self.nights)

    def is_far_from(self, nights: StayDates) -> bool:
        """Say whether these nights are neither in it nor in the one of tomorrow, which others may have already."""
        return nights.departure <= self.starts_on or nights.arrival >= self.starts_on + timedelta(days=NIGHTS + 2)

    @property
    def is_read(self) -> bool:
        """Say whether what was packed has been read already."""
        return "sold" in self.__dict__

    @cached_property
    def sold(self) -> "Sold":
        """What was packed, read once."""
        nights = StayDates(self.starts_on, self.starts_on + timedelta(days=self.nights))
        return Sold.of_text(self.business_id, nights, self._text, self.starts_on)

    @property
    def _text(self) -> SoldText:
        return _decode_text(_unpacked(self.packed))


class Sold:
    """What a hotel sells on some nights, and what these cost the parties that asked lately."""

    def __init__(
        self, basis: OfferBasis, taxes: LocalTaxes, policies: tuple[OfferedPolicy, ...], booked_on: date
    ) -> None:
        """`booked_on` is the day on which the hotel works."""
        self.basis = basis
        self.taxes = taxes
        self.policies = policies
        self.calendar = Calendar(basis, taxes, booked_on)
        self.like = Kinship(basis, taxes.rules).like
        self._parties: dict[Guests, PartyCalendar] = {}

    @classmethod
    def of_text(cls, business_id: BusinessId, nights: StayDates, text: SoldText, booked_on: date) -> "Sold":
        """Return what the database says that a hotel sells on the nights that it was read for."""
        row = OfferBasisRow(
            *(business_id, text.currency, text.time_zone, text.business_date),
            *(text.room_types, text.plans, text.rates, text.restrictions),
        )
        taxes = LocalTaxes(text.locality_id, decode_rules(text.tax_rules))
        return cls(basis_of(row, nights), taxes, decode_policies(text.policies), booked_on)

    def calendar_of(self, guests: Guests) -> PartyCalendar:
        """Return what the nights cost a party and all who are charged as it is."""
        guests = self.like(guests)
        known = self._parties.get(guests)
        if known is None:
            if len(self._parties) >= MOST_PARTIES:
                del self._parties[next(iter(self._parties))]
            known = self._parties[guests] = self.calendar.of(guests)
        return known


def packed(text: SoldText) -> bytes:
    """Return what a hotel sells as a window keeps it: a tenth of its size."""
    return zlib.compress(_encode_text(text), 1)


def _unpacked(written: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(written, MOST_BYTES)
    if not unpacking.eof:
        raise zlib.error("what was packed is cut off, or too large")
    return text
