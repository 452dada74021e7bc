"""Booking offers, several rooms in one transaction; and pricing a stay anew by an offer."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from omd.db import ReadTransaction, Transaction
from omd.features.availability import lock_type_nights
from omd.features.offers import Offer, OfferExpired, OfferUnreadable, unseal
from omd.features.reservations.bookings import queries
from omd.features.reservations.bookings.errors import OfferDoesNotFit, OfferUsed
from omd.features.reservations.bookings.model import BookedStay, Booking, NewBooking, OfferTaken
from omd.features.reservations.commands.book import hold, new_code
from omd.features.reservations.commands.reading import lock_row_for_change
from omd.features.reservations.model import Amendment, NewReservation, Price
from omd.features.reservations.priced import StayPrice
from omd.features.reservations.queries import ReservationRow, find_stay_key, free_expired_holds, list_summaries
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import DatabaseUnavailable, FieldProblem, InvalidInput, NotFound, OmdError
from omd.kernel.ids import BusinessId, RoomTypeId


async def book_offers(
    tx: Transaction, actor: Actor, business_id: BusinessId, wanted: NewBooking, *, now: datetime, keyring: Keyring
) -> Booking:
    """Book offers of a hotel, a stay each and all or none, at the prices they say, and return the booking.

    Raises `OfferUnreadable`, `OfferExpired` and `OfferUsed` naming the offers, `InvalidInput` for offers that are no
    one deal, `QuotaFull`, and as `book` does, with pointers into the offer that is refused.
    """
    offers = _unsealed([each.offer for each in wanted.offers], keyring, actor, actor.serves(business_id), now)
    _require_one_deal(offers)
    # Whoever takes the same offers waits here for the other, holding no counter yet.
    free = await queries.use_offers(tx, actor, business_id, offers, now)
    _require_unused(offers, free)
    booking_id = await queries.add_booking(tx, actor, business_id, code=new_code(), now=now)
    if len(offers) > 1:
        types = sorted({RoomTypeId(each.room_type_id) for each in offers})
        nights = StayDates(min(each.arrival for each in offers), max(each.departure for each in offers))
        await free_expired_holds(tx, actor, business_id, types, since=nights.arrival, until=nights.departure, now=now)
        await lock_type_nights(
            *(tx, actor.omd_id, business_id, types), starts_on=nights.arrival, ends_on=nights.departure
        )
    for at, (offer, taken) in enumerate(zip(offers, wanted.offers, strict=True)):
        try:
            # Translated here: a quota is refused by the database itself.
            with tx.translated():
                stay = _stay_of(offer, taken, wanted.hold_until)
                held = await hold(tx, actor, business_id, stay, now=now, keyring=keyring, agency=offer.agency)
        except DatabaseUnavailable:
            raise
        except OmdError as refusal:
            raise _about(refusal, at) from None
        await queries.put_price(tx, actor, held.reservation_id, booking_id, offer, now)
    return await get_booking(tx, actor, business_id, booking_id)


async def get_booking(tx: ReadTransaction, actor: Actor, business_id: BusinessId, booking_id: UUID) -> Booking:
    """Return a booking with its stays and their prices; raise `NotFound` when it is absent or another hotel's."""
    row = await queries.find_booking(tx, actor, business_id, booking_id)
    if row is None:
        raise NotFound(f"There is no booking {booking_id}.")
    prices = await queries.list_prices(tx, actor, business_id, booking_id)
    found = await list_summaries(tx, actor, business_id, [each.reservation_id for each in prices])
    stays = {each.id: each for each in found}
    return Booking(
        id=row.id,
        code=row.code,
        business_id=row.business_id,
        agency=prices[0].agency,
        booked_at=row.booked_at,
        booked_by=row.booked_by,
        currency=prices[0].currency,
        total=sum((each.total for each in prices), Decimal(0)),
        stays=tuple(BookedStay(stays[each.reservation_id], each) for each in prices),
    )


async def get_price(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> StayPrice:
    """Return what a stay was sold at; raise `NotFound` for none of the actor's, or one that no offer priced."""
    price = await queries.find_price(tx, actor, reservation_id)
    if price is None:
        raise NotFound(f"There is no stay {reservation_id} that was sold by an offer.")
    return price


async def reprice(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    sealed: str,
    *,
    expected: Callable[[int], None],
    now: datetime,
    keyring: Keyring,
) -> StayPrice:
    """Give a stay the price of an offer made for what it is now, and return it; what it was stays in the audit.

    `expected` is called with the current version and raises when the caller read another. Raises `OfferUnreadable`,
    `OfferExpired`, `OfferUsed`, `NotFound`, `ActionRefused` for a closed stay, and `OfferDoesNotFit` naming in what.
    """
    if await find_stay_key(tx, actor, reservation_id) is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    offer = unseal(sealed, keyring, actor, now)
    # Before the stay is locked: whoever books the offer holds it, and may want to move this stay.
    free = await queries.use_offers(tx, actor, offer.business_id, [offer], now)
    row = await lock_row_for_change(tx, actor, reservation_id, Amendment(), now)
    expected(row.version)
    if row.business_id != offer.business_id:
        raise _other_hotel()
    if offer.id not in free:
        said = "The offer was booked, or a stay was priced by it. Ask for a new one."
        raise OfferUsed(said, problems=(FieldProblem("/offer", OfferUsed.code, said),))
    former = await queries.find_price(tx, actor, reservation_id)
    _require_fit(row, offer, None if former is None else former.agency)
    await queries.reprice_reservation(tx, actor, reservation_id, offer, now)
    return await get_price(tx, actor, reservation_id)


def _unsealed(
    sealed: Sequence[str], keyring: Keyring, actor: Actor, business_id: BusinessId, now: datetime
) -> list[Offer]:
    """Return the offers, all of the hotel; raise for those that are none, naming them, else for those that expired."""
    offers: list[Offer] = []
    refused: list[tuple[int, OmdError]] = []
    for at, text in enumerate(sealed):
        try:
            offer = unseal(text, keyring, actor, now)
            if offer.business_id != business_id:
                raise _other_hotel()
        except (OfferUnreadable, OfferExpired) as refusal:
            refused.append((at, refusal))
        else:
            offers.append(offer)
    for kind in (OfferUnreadable, OfferExpired):
        of_kind = [(at, each) for at, each in refused if isinstance(each, kind)]
        if of_kind:
            problems = tuple(FieldProblem(f"/offers/{at}/offer", kind.code, each.detail) for at, each in of_kind)
            raise kind(of_kind[0][1].detail, problems=problems)
    return offers


def _other_hotel() -> OfferUnreadable:
    return OfferUnreadable("This is no offer of this hotel, or it was changed on its way. Ask for a new one.")


def _require_one_deal(offers: Sequence[Offer]) -> None:
    """Raise `InvalidInput` for an offer that is there twice, and for one of another agency or currency."""
    problems: list[FieldProblem] = []
    for at, offer in enumerate(offers):
        if any(offer.id == each.id for each in offers[:at]):
            said = "The same offer is there twice; each room needs one of its own."
            problems.append(FieldProblem(f"/offers/{at}/offer", "offer_twice", said))
        if offer.agency != offers[0].agency:
            said = "A booking is sold by one agency; book what another sells by itself."
            problems.append(FieldProblem(f"/offers/{at}/offer", "other_agency", said))
        if offer.currency != offers[0].currency:
            said = "A booking is in one currency; ask for new offers."
            problems.append(FieldProblem(f"/offers/{at}/offer", "other_currency", said))
    if problems:
        raise InvalidInput("These offers are no one booking.", problems=tuple(problems))


def _require_unused(offers: Sequence[Offer], free: frozenset[UUID]) -> None:
    said = "The offer was booked, or a stay was priced by it. Ask for a new one."
    problems = tuple(
        FieldProblem(f"/offers/{at}/offer", OfferUsed.code, said)
        for at, offer in enumerate(offers)
        if offer.id not in free
    )
    if problems:
        raise OfferUsed(said, problems=problems)


def _stay_of(offer: Offer, taken: OfferTaken, hold_until: datetime | None) -> NewReservation:
    return NewReservation(
        room_type_id=offer.room_type_id,
        arrival=offer.arrival,
        departure=offer.departure,
        guests=taken.guests,
        adults=offer.adults,
        children=len(offer.children),
        price=Price(str(offer.total), offer.currency),
        room_id=taken.room_id,
        note=taken.note,
        external_reference=taken.external_reference,
        hold_until=hold_until,
    )


def _about(refusal: OmdError, at: int) -> OmdError:
    """Return the refusal of a stay as one of the booking: pointers lead into its offer, which `data.offer` counts."""
    refusal.problems = tuple(
        FieldProblem(f"/offers/{at}{each.pointer}", each.code, each.detail) for each in refusal.problems
    )
    refusal.data = {**refusal.data, "offer": at}
    return refusal


def _require_fit(row: ReservationRow, offer: Offer, agency: str | None) -> None:
    """Raise `OfferDoesNotFit` naming all in which the offer is not for the stay as it is."""
    pairs = (
        ("room type", offer.room_type_id, row.room_type_id),
        ("arrival", offer.arrival, row.arrival),
        ("departure", offer.departure, row.departure),
        ("number of adults", offer.adults, row.adults),
        ("number of children", len(offer.children), row.children),
        ("agency", offer.agency, agency),
    )
    problems = tuple(
        FieldProblem(
            "/offer", "does_not_fit", f"Its {what} is {theirs or 'none'}; that of the stay is {ours or 'none'}."
        )
        for what, theirs, ours in pairs
        if theirs != ours
    )
    if problems:
        said = "The offer is not for this stay as it is now: " + " ".join(each.detail for each in problems)
        raise OfferDoesNotFit(f"{said} Ask for one that is.", problems=problems)
