"""The nights of a stay are charged at what they were sold at, each once, on the bills that its routes say."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from omd.db import ReadTransaction, Transaction
from omd.features.folios import model, queries
from omd.features.folios.commands.posting import charge_folio
from omd.features.folios.model import Clerk, Folio, NewEntry
from omd.features.folios.nights import charges_of_nights
from omd.kernel.errors import FieldProblem, InvalidInput

_MOST_FOLIOS = 500


async def charge_nights(tx: Transaction, clerk: Clerk, reservation_id: UUID, until: date | None = None) -> int:
    """Charge the nights of a stay before a date, those that were spent unless one is named; return the new charges.

    A night that was charged is not charged again, also where that charge was moved or taken back. A stay that was
    booked without an offer has no prices by night: it is charged by hand. Raises `InvalidInput` for a date after the
    departure.
    """
    books = queries.books_of(clerk)
    if until is None:
        until = await queries.find_spent_until(tx, books, reservation_id, clerk.now)
    elif until > await queries.find_departure(tx, books, reservation_id):
        said = "No night of the stay is after its departure."
        raise InvalidInput(f"{said} Nothing was posted.", problems=(FieldProblem("/until", "after_departure", said),))
    parts = await queries.list_priced_parts(tx, books, reservation_id, until)
    taxes = await queries.list_night_taxes(tx, books, reservation_id, until)
    charges = list(charges_of_nights(reservation_id, parts, taxes))
    kinds = {each.kind for each in charges}
    folios = {kind: await queries.find_folio_for(tx, clerk, reservation_id, kind) for kind in sorted(kinds)}
    await queries.lock_folios(tx, books, sorted(set(folios.values())))
    posted = 0
    for each in charges:
        postings = model.charge(folios[each.kind], each.kind, each.amount, each.taxes)
        entry = NewEntry("charge", each.text, charge_kind=each.kind, cause=each.cause, served_on=each.date)
        posted += await queries.post_entry(tx, clerk, entry, postings) is not None
    return posted + await _charge_day_use(tx, clerk, reservation_id)


async def _charge_day_use(tx: Transaction, clerk: Clerk, reservation_id: UUID) -> int:
    """Charge a room used by day, once, at the price that was agreed on; return whether that was now."""
    books = queries.books_of(clerk)
    if await queries.find_day_use_due(tx, books, reservation_id) is None:
        return 0
    folio_id = await queries.find_folio_for(tx, clerk, reservation_id, "room")
    await queries.lock_folios(tx, books, [folio_id])
    # Somebody else may have charged it while this waited for the folio.
    due = await queries.find_day_use_due(tx, books, reservation_id)
    if due is None:
        return 0
    await charge_folio(tx, clerk, folio_id, "room", due.amount, f"Room by day, {due.date}", cause=due.cause)
    return 1


async def charge_nights_of_stay(tx: Transaction, clerk: Clerk, reservation_id: UUID, until: date | None) -> list[Folio]:
    """Charge the nights of a stay as `charge_nights` does, and return its folios as they are then."""
    await charge_nights(tx, clerk, reservation_id, until)
    return await queries.list_folios(tx, queries.books_of(clerk), reservation_id, 0, _MOST_FOLIOS)


async def list_uncharged(tx: ReadTransaction, clerk: Clerk, until: date, at_most: int) -> list[UUID]:
    """Return stays in the house of which a night before a date, sold by an offer, is not charged yet."""
    return await queries.list_uncharged_stays(tx, queries.books_of(clerk), until, at_most)


async def charge_stays(tx: Transaction, clerk: Clerk, reservation_ids: Sequence[UUID], until: date) -> int:
    """Charge the nights of many stays before a date, as `charge_nights` does for one; return the new charges."""
    books = queries.books_of(clerk)
    parts = await queries.list_parts_of_stays(tx, books, reservation_ids, until)
    taxes = await queries.list_taxes_of_stays(tx, books, reservation_ids, until)
    charges = {
        each.cause: (stay, each)
        for stay in reservation_ids
        for each in charges_of_nights(
            stay,
            [part for part in parts if part.reservation_id == stay],
            [tax for tax in taxes if tax.reservation_id == stay],
        )
    }
    posted = await queries.list_posted_causes(tx, books, list(charges))
    due = [(stay, each) for cause, (stay, each) in charges.items() if cause not in posted]
    wanted = sorted({(stay, each.kind) for stay, each in due})
    folios = await queries.find_folios_for(tx, clerk, wanted)
    return await queries.post_entries(
        tx,
        clerk,
        [
            queries.Postable(
                NewEntry("charge", each.text, charge_kind=each.kind, cause=each.cause, served_on=each.date),
                model.charge(folios[stay, each.kind], each.kind, each.amount, each.taxes),
            )
            for stay, each in due
        ],
    )
