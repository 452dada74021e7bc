"""The nights of a stay are charged at what they were sold at, each once, on the bills that its routes say."""

from datetime import date
from uuid import UUID

from omd.db import Transaction
from omd.features.folios import model, queries
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
        entry = NewEntry("charge", each.text, charge_kind=each.kind, cause=each.cause)
        posted += await queries.post_entry(tx, clerk, entry, postings) is not None
    return posted


async def charge_nights_of_stay(tx: Transaction, clerk: Clerk, reservation_id: UUID, until: date | None) -> list[Folio]:
    """Charge the nights of a stay as `charge_nights` does, and return its folios as they are then."""
    await charge_nights(tx, clerk, reservation_id, until)
    return await queries.list_folios(tx, queries.books_of(clerk), reservation_id, 0, _MOST_FOLIOS)
