"""A charge is divided over two bills, or lowered: taken back whole, and posted anew in the parts that are to stand."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from omd.db import Transaction
from omd.features.folios import model, queries
from omd.features.folios.commands.moving import find_standing, read_entry
from omd.features.folios.commands.opening import find_folio, require_payer
from omd.features.folios.commands.posting import post, posted_as, require_above_zero
from omd.features.folios.errors import EntryNotMovable
from omd.features.folios.model import ChargedTax, Clerk, Entry, NewEntry, Posted, Posting, taxes_of_part
from omd.kernel.errors import FieldProblem, InvalidInput

_CENT = Decimal("0.01")
_HALF, _HUNDRED = Decimal(50), Decimal(100)


async def split_charge(
    tx: Transaction,
    clerk: Clerk,
    folio_id: UUID,
    entry_id: UUID,
    to_folio_id: UUID,
    *,
    amount: Decimal | None,
    percent: Decimal | None,
    reason: str | None,
) -> list[Posted]:
    """Move a part of a charge, half unless an amount or a share is named, to another folio; return what stands then.

    Raises `NotFound`, `InvalidInput`, `EntryFollowed`, `EntryNotMovable`, `FolioClosed` or `TransferNotAuthorised`.
    """
    if amount is not None and percent is not None:
        said = "Say how much goes over there by `amount` or by `share`, not by both."
        raise InvalidInput(f"{said} Nothing was posted.", problems=(FieldProblem("/amount", "one_of_two", said),))
    entry, first, origin = await _charge(tx, clerk, folio_id, entry_id, [folio_id, to_folio_id])
    if to_folio_id == folio_id:
        said = "The charge is on this folio already."
        raise InvalidInput(f"{said} Nothing was posted.", problems=(FieldProblem("/to_folio_id", "same_folio", said),))
    source = await find_folio(tx, clerk, folio_id)
    await require_payer(tx, clerk, await find_folio(tx, clerk, to_folio_id), own=source.reservation_id)
    total = _total(origin)
    share = _HALF if percent is None else percent
    part = (total * share / _HUNDRED).quantize(_CENT, ROUND_HALF_UP) if amount is None else amount
    _require_part(part, total, "/share" if amount is None else "/amount")
    await queries.take_back(tx, clerk, entry.id, reason or first.text)
    moved = taxes_of_part(_taxes(origin), total, part)
    stays = [ChargedTax(each.code, each.amount - its.amount) for each, its in zip(_taxes(origin), moved, strict=True)]
    return [
        await _post_part(tx, clerk, folio_id, first, total - part, stays),
        await _post_part(tx, clerk, to_folio_id, first, part, moved),
    ]


async def rebate_charge(
    tx: Transaction, clerk: Clerk, folio_id: UUID, entry_id: UUID, amount: Decimal, reason: str
) -> Posted:
    """Take a part of a charge back, with its share of the taxes, or all of it; return what stands in its place.

    That is the rest, or the entry that took all of it back. What was let off of a night is not owed any more.
    Raises `NotFound`, `InvalidInput`, `EntryFollowed`, `EntryNotMovable` or `FolioClosed`.
    """
    entry, first, origin = await _charge(tx, clerk, folio_id, entry_id, [folio_id])
    total = _total(origin)
    if amount > total:
        said = f"The charge is {total}: no more of it is let off."
        raise InvalidInput(f"{said} Nothing was posted.", problems=(FieldProblem("/amount", "not_a_part", said),))
    require_above_zero(amount)
    taken_id = await queries.take_back(tx, clerk, entry.id, reason, amount)
    left = total - amount
    if not left:
        return await posted_as(tx, clerk, folio_id, taken_id)
    return await _post_part(tx, clerk, folio_id, first, left, taxes_of_part(_taxes(origin), total, left))


async def _charge(
    tx: Transaction, clerk: Clerk, folio_id: UUID, entry_id: UUID, folio_ids: Sequence[UUID]
) -> tuple[Entry, Entry, list[Posting]]:
    """Return a charge that stands on a folio: the entry that moved it last, that which posted it, its postings."""
    entry, origin = await find_standing(tx, clerk, folio_id, entry_id, folio_ids)
    first = entry if entry.origin_id is None else await read_entry(tx, clerk, entry.origin_id)
    if entry.kind == "correction" or first.kind != "charge":
        raise EntryNotMovable("Charges alone are divided or lowered; this entry stays. Nothing was posted.")
    return entry, first, origin


async def _post_part(
    tx: Transaction, clerk: Clerk, folio_id: UUID, first: Entry, amount: Decimal, taxes: Sequence[ChargedTax]
) -> Posted:
    assert first.charge_kind is not None, "a charge has its kind"
    of = await queries.find_item(tx, queries.books_of(clerk), first.id)
    new = NewEntry(
        *("charge", first.text, first.charge_kind),
        reservation_id=of.reservation_id,
        served_on=first.served_on,
        item=of.item,
    )
    return await post(tx, clerk, folio_id, new, model.charge(folio_id, first.charge_kind, amount, taxes))


def _total(origin: Sequence[Posting]) -> Decimal:
    return sum((each.amount for each in origin if each.account == "guest_ledger"), Decimal(0))


def _taxes(origin: Sequence[Posting]) -> list[ChargedTax]:
    return [ChargedTax(each.tax_code or "", -each.amount) for each in origin if each.account == "tax_payable"]


def _require_part(part: Decimal, total: Decimal, pointer: str) -> None:
    require_above_zero(part)
    if part >= total:
        said = f"The charge is {total}: a part of it is less."
        raise InvalidInput(f"{said} Nothing was posted.", problems=(FieldProblem(pointer, "not_a_part", said),))
