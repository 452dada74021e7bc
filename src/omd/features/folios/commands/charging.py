"""The nights of a stay are charged at what they owe, each once, on the bills that its routes say."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from omd.db import ReadTransaction, Transaction
from omd.features.folios import model, queries
from omd.features.folios.commands.posting import charge_folio
from omd.features.folios.model import Clerk, Folio, FolioChargeKind, NewEntry
from omd.features.folios.nights import (
    ChargedItem,
    NightCharge,
    NightItem,
    OwedPart,
    OwedTax,
    Settling,
    StandingCharge,
    charges_of_nights,
    is_settled,
    settle_item,
)
from omd.features.rates import TaxedCharge, find_tax_rules, reckon
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput

_MOST_FOLIOS = 500
_DAY = timedelta(days=1)


async def charge_nights(tx: Transaction, clerk: Clerk, reservation_id: UUID, until: date | None = None) -> int:
    """Charge the nights of a stay before a date, those that were spent unless one is named; return what was posted.

    A night that is charged at what it owes is not charged again, wherever its charges were moved. One that owes
    another amount than it was charged is charged anew, also where it was charged ahead. Raises `InvalidInput` for a
    date after the departure.
    """
    books = queries.books_of(clerk)
    if until is None:
        until = await queries.find_spent_until(tx, books, reservation_id, clerk.now)
    elif until > await queries.find_departure(tx, books, reservation_id):
        said = "No night of the stay is after its departure."
        raise InvalidInput(f"{said} Nothing was posted.", problems=(FieldProblem("/until", "after_departure", said),))
    posted = await charge_stays(tx, clerk, [reservation_id], until)
    return posted + await _charge_day_use(tx, clerk, reservation_id)


async def _charge_day_use(tx: Transaction, clerk: Clerk, reservation_id: UUID) -> int:
    """Charge a room used by day, once, at the price that was agreed on; return whether that was now."""
    books = queries.books_of(clerk)
    if await queries.find_day_use_due(tx, books, reservation_id, clerk.now) is None:
        return 0
    folio_id = await queries.find_folio_for(tx, clerk, reservation_id, "room")
    await queries.lock_folios(tx, books, [folio_id])
    # Somebody else may have charged it while this waited for the folio.
    due = await queries.find_day_use_due(tx, books, reservation_id, clerk.now)
    if due is None:
        return 0
    await charge_folio(
        *(tx, clerk, folio_id, "room", due.amount, f"Room by day, {due.date}"),
        cause=due.cause,
        reservation_id=reservation_id,
        served_on=due.date,
    )
    return 1


async def charge_nights_of_stay(tx: Transaction, clerk: Clerk, reservation_id: UUID, until: date | None) -> list[Folio]:
    """Charge the nights of a stay as `charge_nights` does, and return its folios as they are then."""
    await charge_nights(tx, clerk, reservation_id, until)
    return await queries.list_folios(tx, queries.books_of(clerk), reservation_id, 0, _MOST_FOLIOS)


async def list_uncharged(tx: ReadTransaction, clerk: Clerk, until: date, at_most: int) -> list[UUID]:
    """Return stays in the house of which a night before a date, or charged ahead, is not charged at what it owes."""
    return await queries.list_uncharged_stays(tx, queries.books_of(clerk), until, at_most)


async def charge_stays(tx: Transaction, clerk: Clerk, reservation_ids: Sequence[UUID], until: date) -> int:
    """Charge the nights of many stays before a date, as `charge_nights` does for one; return what was posted."""
    books = queries.books_of(clerk)
    await queries.lock_stays(tx, books, reservation_ids)
    await queries.lock_folios_of_stays(tx, books, reservation_ids)
    items = {_item(each): each for each in await queries.list_charged_items(tx, books, reservation_ids)}
    owed = {each.item: each for each in await _owed(tx, clerk, reservation_ids)}
    ahead = {(each.reservation_id, each.date) for each in items.values() if each.charged}
    differing = [
        item
        for item in sorted({*owed, *items}, key=_in_order)
        if (item.date < until or (item.reservation_id, item.date) in ahead)
        and not is_settled(owed.get(item), items.get(item))
    ]
    standing = await _standing(tx, clerk, [each for each in differing if each in items])
    settled = {item: settle_item(owed.get(item), items.get(item), standing.get(item, ())) for item in differing}
    return await _post(tx, clerk, settled, items)


async def _standing(tx: Transaction, clerk: Clerk, items: Sequence[NightItem]) -> dict[NightItem, list[StandingCharge]]:
    """Return where the charges of items stand, having locked the folios they are on."""
    standing: dict[NightItem, list[StandingCharge]] = {}
    stays = sorted({each.reservation_id for each in items})
    books = queries.books_of(clerk)
    for charge in await queries.list_standing_nights(tx, books, stays) if stays else ():
        if _item(charge) in items:
            standing.setdefault(_item(charge), []).append(charge)
    await queries.lock_folios(tx, books, sorted({each.folio_id for found in standing.values() for each in found}))
    return standing


async def _owed(tx: ReadTransaction, clerk: Clerk, reservation_ids: Sequence[UUID]) -> list[NightCharge]:
    """Return what the nights of stays owe; of an agreed price the taxes of the day, in percent, are taken out."""
    books = queries.books_of(clerk)
    parts = await queries.list_owed_parts(tx, books, reservation_ids)
    taxes = await queries.list_owed_taxes(tx, books, reservation_ids)
    taxes += await _taxes_in([each for each in parts if each.agreed and each.amount], tx, clerk)
    return [
        charge
        for stay in reservation_ids
        for charge in charges_of_nights(
            stay,
            [part for part in parts if part.reservation_id == stay],
            [tax for tax in taxes if tax.reservation_id == stay],
        )
    ]


async def _taxes_in(parts: Sequence[OwedPart], tx: ReadTransaction, clerk: Clerk) -> list[OwedTax]:
    if not parts:
        return []
    first, last = min(each.date for each in parts), max(each.date for each in parts)
    found = await find_tax_rules(tx, clerk.actor.omd_id, clerk.business_id, first, last + _DAY)
    rules = [each for each in found if each.is_percentage and each.placement == "included"]
    return [
        OwedTax(line.date, line.code, line.name, line.placement, line.amount, [], part.reservation_id)
        for part in parts
        for line in reckon(
            *(rules, StayDates(part.date, part.date + _DAY), [TaxedCharge(part.date, "room", part.amount)], [])
        ).lines
    ]


async def _post(
    tx: Transaction, clerk: Clerk, settled: dict[NightItem, Settling], items: dict[NightItem, ChargedItem]
) -> int:
    taken = 0
    for settling in settled.values():
        for each in settling.takes_back:
            await queries.take_back(tx, clerk, each.standing_id, "Charged anew")
            taken += 1
    folios = await _routed(tx, clerk, settled)
    entries: list[queries.Postable] = []
    for item, settling in settled.items():
        before = items[item].charges if item in items else 0
        for number, post in enumerate(settling.posts, before + 1):
            folio_id = post.folio_id or folios[item.reservation_id, item.kind]
            entry = NewEntry(
                *("charge", post.text, item.kind),
                cause=item.cause(number),
                reservation_id=item.reservation_id,
                served_on=item.date,
                item=item.item,
            )
            entries.append(queries.Postable(entry, model.charge(folio_id, item.kind, post.amount, post.taxes)))
    return taken + (await queries.post_entries(tx, clerk, entries) if entries else 0)


async def _routed(
    tx: Transaction, clerk: Clerk, settled: dict[NightItem, Settling]
) -> dict[tuple[UUID, FolioChargeKind], UUID]:
    wanted = {
        (item.reservation_id, item.kind)
        for item, settling in settled.items()
        if any(each.folio_id is None for each in settling.posts)
    }
    return await queries.find_folios_for(tx, clerk, sorted(wanted)) if wanted else {}


def _item(of: NightItem) -> NightItem:
    return NightItem(of.reservation_id, of.date, of.item)


def _in_order(item: NightItem) -> tuple[UUID, date, bool, str]:
    return item.reservation_id, item.date, item.kind == "tax", item.item
