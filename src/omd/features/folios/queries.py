"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.folios.model import (
    Account,
    AccountTotal,
    ChargedTax,
    Clerk,
    Company,
    Entry,
    EntryKind,
    Folio,
    FolioChargeKind,
    Method,
    NewEntry,
    Payer,
    Posting,
    Route,
    StatementLine,
)
from omd.features.folios.nights import ChargedItem, OwedPart, OwedTax, StandingCharge
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.folios")
_NOTHING = Decimal(0)


class Books(msgspec.Struct, frozen=True):
    """Whose books are read."""

    omd_id: OmdId
    business_id: BusinessId


class LineRow(msgspec.Struct, frozen=True):
    """A line of a statement with its entry, and the taxes as JSON."""

    line: int
    account: Account
    amount: Decimal
    balance: Decimal
    taxes: str
    id: UUID
    kind: EntryKind
    charge_kind: FolioChargeKind | None
    method: Method | None
    business_date: date
    text: str
    follows_id: UUID | None
    origin_id: UUID | None
    followed_by_id: UUID | None
    posted_at: datetime
    posted_by: str
    served_on: date | None
    credits_id: UUID | None

    def read(self) -> StatementLine:
        """Return the line."""
        entry = Entry(*(getattr(self, name) for name in Entry.__struct_fields__))
        taxes = msgspec.json.decode(self.taxes, type=tuple[ChargedTax, ...], strict=False)
        return StatementLine(self.line, entry, self.account, self.amount, self.balance, taxes)


class FolioFor(msgspec.Struct, frozen=True):
    """On which folio a kind of charge of a stay goes."""

    reservation_id: UUID
    kind: FolioChargeKind
    folio_id: UUID


class ItemOf(msgspec.Struct, frozen=True):
    """Of which stay and night a charge is, what it is of that, and whether the stay has left."""

    reservation_id: UUID | None
    item: str | None
    has_left: bool


class Postable(msgspec.Struct, frozen=True):
    """An entry with what it consists of."""

    entry: NewEntry
    postings: Sequence[Posting]


def books_of(clerk: Clerk) -> Books:
    """Return the books that a clerk writes in."""
    return Books(clerk.actor.omd_id, clerk.business_id)


async def find_stay_hotel(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> BusinessId | None:
    """Return which of the actor's hotels holds a stay, or None."""
    found: BusinessId | None = await tx.value(
        _SQL["find_stay_hotel"],
        omd_id=actor.omd_id,
        business_ids=actor.readable_business_ids,
        reservation_id=reservation_id,
    )
    return found


async def open_folio(
    tx: Transaction,
    clerk: Clerk,
    reservation_id: UUID | None,
    *,
    payer: Payer,
    company_id: int | None,
    label: str | None,
) -> UUID:
    """Open the next folio of a stay, or of the house (None); return its id."""
    opened: UUID = await tx.value(
        _SQL["open_folio"],
        reservation_id=reservation_id,
        payer=payer,
        company_id=company_id,
        label=label,
        **_by(clerk),
    )
    return opened


async def find_folio_for(tx: Transaction, clerk: Clerk, reservation_id: UUID, kind: FolioChargeKind) -> UUID:
    """Return the folio on which a kind of charge of a stay goes; open it where there is none."""
    found: UUID = await tx.value(_SQL["find_folio_for"], reservation_id=reservation_id, kind=kind, **_by(clerk))
    return found


async def change_folio(tx: Transaction, clerk: Clerk, folio: Folio, *, closes: bool = False) -> None:
    """Write who pays a folio and its label, or close it."""
    await tx.value(
        _SQL["change_folio"],
        folio_id=folio.id,
        payer=folio.payer,
        company_id=folio.company_id,
        label=folio.label,
        closes=closes,
        **_by(clerk),
    )


async def list_folios(
    tx: ReadTransaction, books: Books, reservation_id: UUID | None, after: int, limit: int
) -> list[Folio]:
    """Return the folios of a stay, or of the house (None), by number."""
    return await tx.many(
        _SQL["list_folios"], Folio, reservation_id=reservation_id, after=after, limit=limit, **_of(books)
    )


async def find_folio(tx: ReadTransaction, books: Books, folio_id: UUID) -> Folio | None:
    """Return a folio as it is now, or None."""
    return await tx.maybe(_SQL["find_folio"], Folio, folio_id=folio_id, **_of(books))


async def lock_folios(tx: Transaction, books: Books, folio_ids: Sequence[UUID]) -> dict[UUID, Folio]:
    """Lock folios that are going to be written to; return those there are, by id."""
    found = await tx.many(_SQL["lock_folios"], Folio, folio_ids=folio_ids, **_of(books))
    return {each.id: each for each in found}


async def nobody_pays(tx: ReadTransaction, books: Books, folio_id: UUID) -> bool:
    """Say whether neither a company nor a guest whose stay is not over pays a folio."""
    found: bool = await tx.value(_SQL["nobody_pays"], folio_id=folio_id, **_of(books))
    return found


async def list_routed_stays(tx: ReadTransaction, books: Books, folio: Folio, limit: int) -> list[str]:
    """Return the codes of at most `limit` other stays, not over yet, of which charges go on a folio."""
    found: list[str] = await tx.value(
        _SQL["list_routed_stays"], folio_id=folio.id, reservation_id=folio.reservation_id, limit=limit, **_of(books)
    )
    return found


async def post_entry(tx: Transaction, clerk: Clerk, entry: NewEntry, postings: Sequence[Posting]) -> UUID | None:
    """Post an entry; return its id, None where its cause was posted for already."""
    posted: UUID | None = await tx.value(
        _SQL["post_entry"],
        entry=msgspec.json.encode(entry).decode(),
        postings=msgspec.json.encode(postings).decode(),
        **_by(clerk),
    )
    return posted


async def find_entry(tx: ReadTransaction, books: Books, entry_id: UUID) -> Entry | None:
    """Return an entry, or None."""
    return await tx.maybe(_SQL["find_entry"], Entry, entry_id=entry_id, **_of(books))


async def is_of_card_payment(tx: ReadTransaction, books: Books, entry_id: UUID) -> bool:
    """Say whether an entry posted what a provider of card payments moved."""
    found: bool = await tx.value(_SQL["is_of_card_payment"], entry_id=entry_id, **_of(books))
    return found


async def is_credited(tx: ReadTransaction, books: Books, entry_id: UUID) -> bool:
    """Say whether a credit note takes something off a charge, or an entry is what one takes off."""
    found: bool = await tx.value(_SQL["is_credited"], entry_id=entry_id, **_of(books))
    return found


async def list_postings(tx: ReadTransaction, books: Books, entry_id: UUID) -> list[Posting]:
    """Return the postings of an entry."""
    return await tx.many(_SQL["list_postings"], Posting, entry_id=entry_id, **_of(books))


async def list_lines(tx: ReadTransaction, books: Books, folio_id: UUID, after: int, limit: int) -> list[StatementLine]:
    """Return at most `limit` lines of a folio's statement after a line."""
    rows = await tx.many(_SQL["list_lines"], LineRow, folio_id=folio_id, after=after, limit=limit, **_of(books))
    return [row.read() for row in rows]


async def find_spent_until(tx: ReadTransaction, books: Books, reservation_id: UUID, now: datetime) -> date:
    """Return the day up to which the nights of a stay that is there were spent."""
    spent: date = await tx.value(_SQL["find_spent_until"], reservation_id=reservation_id, now=now, **_of(books))
    return spent


async def find_departure(tx: ReadTransaction, books: Books, reservation_id: UUID) -> date:
    """Return when a stay that is there departs."""
    departure: date = await tx.value(_SQL["find_departure"], reservation_id=reservation_id, **_of(books))
    return departure


async def lock_stays(tx: Transaction, books: Books, reservation_ids: Sequence[UUID]) -> None:
    """Lock stays whose nights are going to be charged, in the order in which everybody locks several."""
    await tx.value(_SQL["lock_stays"], reservation_ids=reservation_ids, **_of(books))


async def lock_folios_of_stays(tx: Transaction, books: Books, reservation_ids: Sequence[UUID]) -> None:
    """Lock the folios of stays, and those that their charges are routed to."""
    await tx.value(_SQL["lock_folios_of_stays"], reservation_ids=reservation_ids, **_of(books))


async def list_uncharged_stays(tx: ReadTransaction, books: Books, until: date, limit: int) -> list[UUID]:
    """Return at most `limit` stays in the house of which a night is not charged at what it owes."""
    found: list[UUID] = await tx.value(_SQL["list_uncharged_stays"], until=until, limit=limit, **_of(books))
    return found


async def list_owed_parts(tx: ReadTransaction, books: Books, reservation_ids: Sequence[UUID]) -> list[OwedPart]:
    """Return what the nights of stays owe, by kind."""
    return await tx.many(_SQL["list_owed_parts"], OwedPart, reservation_ids=reservation_ids, **_of(books))


async def list_owed_taxes(tx: ReadTransaction, books: Books, reservation_ids: Sequence[UUID]) -> list[OwedTax]:
    """Return the taxes that guests pay of the nights of stays."""
    return await tx.many(_SQL["list_owed_taxes"], OwedTax, reservation_ids=reservation_ids, **_of(books))


class DayUseDue(msgspec.Struct, frozen=True):
    """What a room used by day costs, and the cause of its one charge."""

    amount: Decimal
    date: date
    cause: str


async def find_day_use_due(tx: ReadTransaction, books: Books, reservation_id: UUID) -> DayUseDue | None:
    """Return what a room used by day is to be charged with, or None where it was, or nothing is due."""
    return await tx.maybe(_SQL["find_day_use_due"], DayUseDue, reservation_id=reservation_id, **_of(books))


async def list_charged_items(tx: ReadTransaction, books: Books, reservation_ids: Sequence[UUID]) -> list[ChargedItem]:
    """Return what was charged of the nights of stays, item by item."""
    return await tx.many(_SQL["list_charged_items"], ChargedItem, reservation_ids=reservation_ids, **_of(books))


async def list_standing_nights(
    tx: ReadTransaction, books: Books, reservation_ids: Sequence[UUID]
) -> list[StandingCharge]:
    """Return the charges of nights of stays that stand."""
    return await tx.many(_SQL["list_standing_nights"], StandingCharge, reservation_ids=reservation_ids, **_of(books))


async def find_item(tx: ReadTransaction, books: Books, entry_id: UUID) -> ItemOf:
    """Return of which stay and night a charge that is there is."""
    return await tx.one(_SQL["find_item"], ItemOf, entry_id=entry_id, **_of(books))


async def take_back(tx: Transaction, clerk: Clerk, entry_id: UUID, text: str, rebated: Decimal = _NOTHING) -> UUID:
    """Take an entry back that nothing follows, on the folio where it is now; return the id of the correction.

    `rebated` is how much of it is let off and not owed any more.
    """
    taken: UUID = await tx.value(_SQL["take_back"], entry_id=entry_id, text=text, rebated=rebated, **_by(clerk))
    return taken


async def find_folios_for(
    tx: Transaction, clerk: Clerk, wanted: Sequence[tuple[UUID, FolioChargeKind]]
) -> dict[tuple[UUID, FolioChargeKind], UUID]:
    """Return the folios on which kinds of charges of stays go; open them where there are none."""
    found = await tx.many(
        _SQL["find_folios_for"],
        FolioFor,
        reservation_ids=[each[0] for each in wanted],
        kinds=[each[1] for each in wanted],
        **_by(clerk),
    )
    return {(each.reservation_id, each.kind): each.folio_id for each in found}


async def post_entries(tx: Transaction, clerk: Clerk, entries: Sequence[Postable]) -> int:
    """Post entries in their order; return how many there were whose cause was not posted for."""
    posted: int = await tx.value(_SQL["post_entries"], entries=msgspec.json.encode(entries).decode(), **_by(clerk))
    return posted


async def list_routes(tx: ReadTransaction, books: Books, reservation_id: UUID) -> list[Route]:
    """Return on which folios the charges of a stay go."""
    return await tx.many(_SQL["list_routes"], Route, reservation_id=reservation_id, **_of(books))


async def put_routes(tx: Transaction, books: Books, reservation_id: UUID, routes: Sequence[Route]) -> None:
    """Say on which folios the charges of a stay go, in place of what was said before."""
    kinds = [each.kind for each in routes]
    await tx.run(_SQL["remove_routes"], reservation_id=reservation_id, kinds=kinds, **_of(books))
    for each in routes:
        await tx.run(
            _SQL["put_route"], reservation_id=reservation_id, kind=each.kind, folio_id=each.folio_id, **_of(books)
        )


async def list_companies(tx: ReadTransaction, books: Books, after_id: int, limit: int) -> list[Company]:
    """Return at most `limit` companies with an id above `after_id`."""
    return await tx.many(_SQL["list_companies"], Company, after_id=after_id, limit=limit, **_of(books))


async def find_company(tx: ReadTransaction, books: Books, company_id: int) -> Company | None:
    """Return a company with what it owes, or None."""
    return await tx.maybe(_SQL["find_company"], Company, company_id=company_id, **_of(books))


async def lock_company(tx: Transaction, books: Books, company_id: int) -> int | None:
    """Lock a company; return its version, or None."""
    version: int | None = await tx.value(_SQL["lock_company"], company_id=company_id, **_of(books))
    return version


async def add_company(tx: Transaction, books: Books, **facts: str | None) -> int:
    """Add a company; return its id."""
    added: int = await tx.value(_SQL["add_company"], **facts, **_of(books))
    return added


async def change_company(tx: Transaction, books: Books, company_id: int, **facts: str | None) -> None:
    """Rewrite what is known of a company."""
    await tx.run(_SQL["change_company"], company_id=company_id, **facts, **_of(books))


async def sum_accounts(tx: ReadTransaction, books: Books, dates: StayDates) -> list[AccountTotal]:
    """Return what went on each account on the business dates `[arrival, departure)`."""
    return await tx.many(
        _SQL["sum_accounts"], AccountTotal, starts_on=dates.arrival, ends_on=dates.departure, **_of(books)
    )


def _of(books: Books) -> dict[str, int]:
    return {"omd_id": books.omd_id, "business_id": books.business_id}


def _by(clerk: Clerk) -> dict[str, object]:
    actor = clerk.actor
    return {"omd_id": actor.omd_id, "business_id": clerk.business_id, "actor": actor.label, "now": clerk.now}
