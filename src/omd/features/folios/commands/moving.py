"""What was posted is moved to another bill, or taken back: always by an entry that follows it."""

from collections.abc import Sequence
from uuid import UUID

from omd.db import Transaction
from omd.features.folios import model, queries
from omd.features.folios.commands.opening import find_folio, require_open, require_payer
from omd.features.folios.commands.posting import post, posted_as
from omd.features.folios.errors import EntryFollowed, EntryNotMovable, unknown_folio
from omd.features.folios.model import MOVABLE, Clerk, Entry, Folio, NewEntry, Posted, Posting
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound


async def correct_entry(tx: Transaction, clerk: Clerk, folio_id: UUID, entry_id: UUID, reason: str) -> Posted:
    """Take an entry back, on the folio where it is now: what it put on any account is taken off again.

    Raises `NotFound`, `EntryFollowed`, `EntryNotMovable` or `FolioClosed`; taking back a payment of which a part was
    given back raises `RefundAbovePaid`.
    """
    entry, _ = await find_standing(tx, clerk, folio_id, entry_id, [folio_id])
    if entry.kind == "correction":
        raise EntryNotMovable("What was taken back stays so: post it anew. Nothing was posted.")
    first_id = entry.origin_id or entry.id
    if await queries.is_of_card_payment(tx, queries.books_of(clerk), first_id):
        raise EntryNotMovable(
            "The provider moved this money: only a refund of the card payment moves it back. Nothing was posted."
        )
    of = await queries.find_item(tx, queries.books_of(clerk), first_id)
    if of.item is not None and of.has_left:
        raise EntryNotMovable(
            "The stay has left, and owes this night: let it off by a rebate, or undo the check-out. Nothing was posted."
        )
    return await posted_as(tx, clerk, folio_id, await queries.take_back(tx, clerk, entry.id, reason))


async def transfer_entry(
    tx: Transaction,
    clerk: Clerk,
    folio_id: UUID,
    entry_id: UUID,
    to_folio_id: UUID,
    reason: str | None,
    *,
    to_house: bool = False,
) -> Posted:
    """Move a charge or a payment from one folio to another of the hotel; answer with the folio it is on then.

    With `to_house` either may be one that nobody pays: the caller has looked whether the clerk may let it off. Raises
    `NotFound`, `InvalidInput`, `EntryFollowed`, `EntryNotMovable`, `FolioClosed` or `TransferNotAuthorised`.
    """
    entry, origin = await find_standing(tx, clerk, folio_id, entry_id, [folio_id, to_folio_id])
    if to_folio_id == folio_id:
        said = "The entry is on this folio already."
        raise InvalidInput(f"{said} Nothing was posted.", problems=(FieldProblem("/to_folio_id", "same_folio", said),))
    first = entry if entry.origin_id is None else await read_entry(tx, clerk, entry.origin_id)
    if entry.kind == "correction" or first.kind not in MOVABLE:
        raise EntryNotMovable("Charges and payments are moved; this entry stays. Nothing was posted.")
    new = NewEntry("transfer", reason or entry.text, follows_id=entry.id, origin_id=first.id)
    posted = await post(tx, clerk, to_folio_id, new, model.transfer(origin, folio_id, to_folio_id))
    if not to_house:
        await _require_payers(tx, clerk, first, await find_folio(tx, clerk, folio_id), posted.folio)
    return posted


async def _require_payers(tx: Transaction, clerk: Clerk, moved: Entry, source: Folio, target: Folio) -> None:
    """Raise `TransferNotAuthorised` where a move leaves a debt on a bill that nobody pays.

    A charge is owed where it went to, but a stay's own bills are one; what a payment paid is owed again where it was.
    """
    if moved.kind == "charge" or target.reservation_id is None:
        await require_payer(tx, clerk, target, own=source.reservation_id)
    if moved.kind == "payment" and source.balance > 0:
        await require_payer(tx, clerk, source, own=target.reservation_id)


async def find_standing(
    tx: Transaction, clerk: Clerk, folio_id: UUID, entry_id: UUID, folio_ids: Sequence[UUID]
) -> tuple[Entry, list[Posting]]:
    """Lock the folios, and return the entry that stands on the first with the postings it began with."""
    books = queries.books_of(clerk)
    locked = await queries.lock_folios(tx, books, sorted(folio_ids))
    if folio_id not in locked:
        raise NotFound(f"There is no folio {folio_id}.")
    for each in folio_ids:
        if each not in locked:
            raise unknown_folio("/to_folio_id")
        require_open(locked[each])
    entry = await read_entry(tx, clerk, entry_id)
    on_folios = [each.folio_id for each in await queries.list_postings(tx, books, entry.id) if each.folio_id]
    if folio_id not in on_folios:
        raise NotFound(f"There is no entry {entry_id} on this folio.")
    if entry.followed_by_id is not None or on_folios[-1] != folio_id:
        raise EntryFollowed(
            "The entry was moved or taken back already. Read the statement again; nothing was posted.",
            data={"followed_by_id": str(entry.followed_by_id or entry.id)},
        )
    first_id = entry.origin_id or entry.id
    if await queries.is_credited(tx, books, first_id):
        raise EntryNotMovable("A credit note takes something off this charge: it stays as it is. Nothing was posted.")
    return entry, await queries.list_postings(tx, books, first_id)


async def read_entry(tx: Transaction, clerk: Clerk, entry_id: UUID) -> Entry:
    """Return an entry; raise `NotFound`."""
    found = await queries.find_entry(tx, queries.books_of(clerk), entry_id)
    if found is None:
        raise NotFound(f"There is no entry {entry_id}.")
    return found
