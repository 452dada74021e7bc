"""One typed function a statement of `bookings.sql`, and the rows they give."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import get_args
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.offers import Offer, OfferedPlan, OfferedPolicy
from omd.features.rates import TaxLine
from omd.features.reservations.bookings.model import BookingSummary, DeclaredTax, UnpricedNights
from omd.features.reservations.model import Status
from omd.features.reservations.priced import Difference, OwnPrice, PricedCharge, PricedTax, StayPrice
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId

_SQL = load_statements("omd.features.reservations.bookings", "bookings.sql")


class BookingRow(msgspec.Struct, frozen=True):
    """A booking as the database holds it."""

    id: UUID
    code: str
    business_id: int
    booked_at: datetime
    booked_by: str


class PriceRow(msgspec.Struct, frozen=True):
    """What a stay was sold at, its plan, policies and lines as JSON, and the dates the stay has now."""

    reservation_id: UUID
    reservation_code: str
    booking_id: UUID | None
    booking_code: str | None
    agency: str | None
    offer_id: UUID
    room_type_id: int
    arrival: date
    departure: date
    adults: int
    children: list[int]
    country: str | None
    plan: str
    policies: str
    currency: str
    gross: Decimal
    on_top: Decimal
    owed: Decimal
    total: Decimal
    shown_at: datetime
    priced_at: datetime
    priced_by: str
    charges: str
    taxes: str
    stay_arrival: date
    stay_departure: date
    stay_adults: int
    stay_children: int
    stay_room_type_id: int
    version: int

    def read(self) -> StayPrice:
        """Return the price, with that in which it and the stay have come apart."""
        charges = msgspec.json.decode(self.charges, type=tuple[PricedCharge, ...])
        values = msgspec.structs.asdict(self)
        for name in ("plan", "policies", "charges", "taxes", *(name for name in values if name.startswith("stay_"))):
            del values[name]
        return StayPrice(
            **values,
            plan=msgspec.json.decode(self.plan, type=OfferedPlan),
            policies=msgspec.json.decode(self.policies, type=tuple[OfferedPolicy, ...]),
            charges=charges,
            taxes=msgspec.json.decode(self.taxes, type=tuple[TaxLine, ...]),
            nights_without_price=_outside(
                StayDates(self.stay_arrival, self.stay_departure).dates(), self.arrival, self.departure
            ),
            charges_without_night=_outside(
                sorted({each.date for each in charges}), self.stay_arrival, self.stay_departure
            ),
            differs=tuple(self._differences()),
        )

    def _differences(self) -> Iterator[Difference]:
        if self.stay_adults != self.adults:
            yield "adults"
        # The ages are those of the offer: a stay holds how many children there are.
        if self.stay_children != len(self.children):
            yield "children"
        if self.stay_room_type_id != self.room_type_id:
            yield "room_type"


class BookingFilter(msgspec.Struct, frozen=True):
    """Which bookings a list shows: of this code, and with a stay that has all of the rest; and before which one."""

    code: str | None
    since: date
    until: date
    statuses: Sequence[Status]
    agency: str | None
    before: UUID | None

    @property
    def narrowed(self) -> bool:
        """Say whether anything is asked of the stays of a booking: where nothing is, they are not looked at."""
        asked = (self.since, self.until, set(self.statuses), self.agency)
        return asked != (date.min, date.max, set(get_args(Status)), None)


class OwnPriceRow(msgspec.Struct, frozen=True):
    """What a guest's own stay was sold at, its lines as JSON."""

    plan_name: str
    meals: str
    currency: str
    gross: Decimal
    on_top: Decimal
    total: Decimal
    charges: str
    taxes: str

    def read(self) -> OwnPrice:
        """Return the price as its guest sees it."""
        return OwnPrice(
            self.plan_name,
            self.meals,
            self.currency,
            msgspec.json.decode(self.charges, type=tuple[PricedCharge, ...]),
            msgspec.json.decode(self.taxes, type=tuple[PricedTax, ...]),
            self.gross,
            self.on_top,
            self.total,
        )


def _outside(dates: Iterable[date], since: date, until: date) -> tuple[date, ...]:
    return tuple(each for each in dates if not since <= each < until)


async def use_offers(
    tx: Transaction, actor: Actor, business_id: BusinessId, offers: Sequence[Offer], now: datetime
) -> frozenset[UUID]:
    """Take offers and return the ids of those that nobody had taken."""
    taken: list[UUID] = await tx.value(
        _SQL["use_offers"],
        omd_id=actor.omd_id,
        business_id=business_id,
        offer_ids=[each.id for each in offers],
        now=now,
    )
    return frozenset(taken)


async def purge_used_offers(tx: Transaction, before: datetime, *, most: int) -> int:
    """Forget offers that were taken before an instant, at most so many; return how many."""
    return await tx.run(_SQL["purge_used_offers"], before=before, most=most)


async def add_booking(tx: Transaction, actor: Actor, business_id: BusinessId, *, code: str, now: datetime) -> UUID:
    """Add a booking and return its id."""
    identifier: UUID = await tx.value(
        _SQL["add_booking"],
        omd_id=actor.omd_id,
        business_id=business_id,
        code=code,
        actor=actor.label,
        now=now,
    )
    return identifier


async def put_price(
    tx: Transaction, actor: Actor, reservation_id: UUID, booking_id: UUID, offer: Offer, now: datetime
) -> None:
    """Write what a stay of a booking was sold at."""
    await tx.value(
        _SQL["put_price"],
        omd_id=actor.omd_id,
        business_id=offer.business_id,
        reservation_id=reservation_id,
        booking_id=booking_id,
        price=msgspec.json.encode(offer).decode(),
        actor=actor.label,
        now=now,
    )


async def reprice_reservation(tx: Transaction, actor: Actor, reservation_id: UUID, offer: Offer, now: datetime) -> None:
    """Put the price of an offer in place of the one a stay has."""
    await tx.value(
        _SQL["reprice_reservation"],
        omd_id=actor.omd_id,
        business_id=offer.business_id,
        reservation_id=reservation_id,
        price=msgspec.json.encode(offer).decode(),
        actor=actor.label,
        now=now,
    )


async def price_nights(
    tx: Transaction, actor: Actor, reservation_id: UUID, since: date, offer: Offer, now: datetime
) -> None:
    """Put the lines of an offer from a night on in place of those that the price of a stay has."""
    await tx.value(
        _SQL["price_nights"],
        omd_id=actor.omd_id,
        business_id=offer.business_id,
        reservation_id=reservation_id,
        since=since,
        price=msgspec.json.encode(offer).decode(),
        actor=actor.label,
        now=now,
    )


async def find_booking(
    tx: ReadTransaction, actor: Actor, business_id: BusinessId, booking_id: UUID
) -> BookingRow | None:
    """Return a booking of a hotel, or None."""
    return await tx.maybe(
        _SQL["find_booking"], BookingRow, omd_id=actor.omd_id, business_id=business_id, booking_id=booking_id
    )


async def list_bookings(
    tx: ReadTransaction, actor: Actor, business_id: BusinessId, wanted: BookingFilter, *, page_size: int
) -> list[BookingSummary]:
    """Return a page of a hotel's bookings, the newest first."""
    return await tx.many(
        _SQL["list_bookings"],
        BookingSummary,
        omd_id=actor.omd_id,
        business_id=business_id,
        page_size=page_size,
        narrowed=wanted.narrowed,
        **msgspec.structs.asdict(wanted),
    )


async def list_prices(tx: ReadTransaction, actor: Actor, business_id: BusinessId, booking_id: UUID) -> list[StayPrice]:
    """Return what the stays of a booking were sold at, by arrival."""
    rows = await tx.many(
        _SQL["list_prices"], PriceRow, omd_id=actor.omd_id, business_id=business_id, booking_id=booking_id
    )
    return [row.read() for row in rows]


async def find_price(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> StayPrice | None:
    """Return what a stay of the actor's hotels was sold at, or None."""
    row = await tx.maybe(
        _SQL["find_price"],
        PriceRow,
        omd_id=actor.omd_id,
        business_ids=actor.readable_business_ids,
        reservation_id=reservation_id,
    )
    return None if row is None else row.read()


async def find_own_price(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> OwnPrice | None:
    """Return what the guest's own stay was sold at, or None where it was not sold by an offer."""
    row = await tx.maybe(
        _SQL["find_own_price"],
        OwnPriceRow,
        omd_id=actor.omd_id,
        business_ids=actor.business_ids,
        reservation_id=reservation_id,
    )
    return None if row is None else row.read()


async def declare_taxes(
    tx: ReadTransaction,
    actor: Actor,
    business_ids: Collection[BusinessId],
    month: StayDates,
    locality_id: int | None,
    now: datetime,
) -> list[DeclaredTax]:
    """Return what each tax rule came to in some hotels on the nights of a month that were spent."""
    return await tx.many(
        _SQL["declare_taxes"],
        DeclaredTax,
        omd_id=actor.omd_id,
        business_ids=business_ids,
        starts_on=month.arrival,
        ends_on=month.departure,
        locality_id=locality_id,
        now=now,
    )


async def count_unpriced_nights(
    tx: ReadTransaction, actor: Actor, business_ids: Collection[BusinessId], month: StayDates, now: datetime
) -> list[UnpricedNights]:
    """Return how many nights of a month were spent in some hotels without a price of an offer."""
    return await tx.many(
        _SQL["count_unpriced_nights"],
        UnpricedNights,
        omd_id=actor.omd_id,
        business_ids=business_ids,
        starts_on=month.arrival,
        ends_on=month.departure,
        now=now,
    )
