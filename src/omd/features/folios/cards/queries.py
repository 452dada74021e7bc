"""One typed function a statement of `queries.sql`, and the rows they give."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.folios.cards.model import Act, CardRefund, Intent, Learned, Purpose, RefundStatus
from omd.features.folios.model import Clerk
from omd.features.folios.queries import Books
from omd.infra.payments import ProviderEvent

_SQL = load_statements("omd.features.folios.cards")


class AccountRow(msgspec.Struct, frozen=True):
    """By which provider a hotel takes cards, and what it is known by there, encrypted."""

    provider: str
    api_key: bytes
    webhook_secret: bytes
    set_at: datetime
    set_by: str
    version: int


class SealedAccount(msgspec.Struct, frozen=True):
    """What a hotel is known by at its provider, encrypted."""

    business_id: int
    api_key: bytes
    webhook_secret: bytes


class RefundRow(msgspec.Struct, frozen=True):
    """Money that goes back, as it is kept."""

    id: UUID
    intent_id: UUID
    amount: Decimal
    of_deposit: bool
    text: str
    status: RefundStatus
    reference: str | None
    entry_id: UUID | None
    asked_at: datetime
    asked_by: str

    def shown(self) -> CardRefund:
        """Return it as it is told."""
        return CardRefund(
            id=self.id,
            amount=self.amount,
            of="deposit" if self.of_deposit else "payments",
            text=self.text,
            status=self.status,
            entry_id=self.entry_id,
            asked_at=self.asked_at,
            asked_by=self.asked_by,
        )


async def find_account(tx: ReadTransaction, books: Books) -> AccountRow | None:
    """Return by which provider a hotel takes cards, or None."""
    return await tx.maybe(_SQL["find_account"], AccountRow, **_of(books))


async def put_account(tx: Transaction, clerk: Clerk, *, provider: str, api_key: bytes, webhook_secret: bytes) -> None:
    """Say by which provider a hotel takes cards; what it is known by is encrypted."""
    await tx.run(_SQL["put_account"], provider=provider, api_key=api_key, webhook_secret=webhook_secret, **_by(clerk))


async def lock_accounts(tx: Transaction, omd_id: int) -> list[SealedAccount]:
    """Return what the hotels of a destination are known by at their providers, locked."""
    return await tx.many(_SQL["lock_accounts"], SealedAccount, omd_id=omd_id)


async def keep_account(tx: Transaction, omd_id: int, account: SealedAccount) -> None:
    """Write what a hotel is known by at its provider, encrypted anew."""
    await tx.run(_SQL["keep_account"], omd_id=omd_id, **msgspec.structs.asdict(account))


async def add_intent(
    tx: Transaction,
    clerk: Clerk,
    folio_id: UUID,
    *,
    purpose: Purpose,
    provider: str,
    is_test: bool,
    currency: str,
    amount: Decimal,
    captures: bool,
    text: str,
    token: str,
) -> UUID:
    """Add a payment that the provider is asked for; return its id."""
    added: UUID = await tx.value(
        _SQL["add_intent"],
        folio_id=folio_id,
        purpose=purpose,
        provider=provider,
        is_test=is_test,
        currency=currency,
        amount=amount,
        captures=captures,
        text=text,
        token=token,
        **_by(clerk),
    )
    return added


async def find_intent(tx: ReadTransaction, books: Books, intent_id: UUID) -> Intent | None:
    """Return a payment, or None."""
    return await tx.maybe(_SQL["find_intent"], Intent, intent_id=intent_id, **_of(books))


async def lock_intent(tx: Transaction, books: Books, intent_id: UUID) -> Intent | None:
    """Lock a payment that is going to be changed; return it, or None."""
    return await tx.maybe(_SQL["lock_intent"], Intent, intent_id=intent_id, **_of(books))


async def list_intents(
    tx: ReadTransaction, books: Books, folio_id: UUID, after: UUID | None, limit: int
) -> list[Intent]:
    """Return at most `limit` payments of a folio after one."""
    return await tx.many(_SQL["list_intents"], Intent, folio_id=folio_id, after=after, limit=limit, **_of(books))


async def ask(tx: Transaction, books: Books, intent_id: UUID, asked: Act | None, amount: Decimal | None = None) -> None:
    """Note what the provider is asked for; None where nothing is to come of what it was asked for."""
    await tx.run(_SQL["ask"], intent_id=intent_id, asked=asked, capture_amount=amount, **_of(books))


async def change_intent(
    tx: Transaction, books: Books, intent_id: UUID, learned: Learned, entry_id: UUID | None
) -> None:
    """Write what is known of a payment, and the entry that posted it, if that is new."""
    facts = msgspec.structs.asdict(learned)
    await tx.run(_SQL["change_intent"], intent_id=intent_id, entry_id=entry_id, **facts, **_of(books))


async def add_to_refunds(tx: Transaction, books: Books, intent_id: UUID, *, asked: Decimal, done: Decimal) -> None:
    """Add to what is asked to go back of a payment and to what went back; below zero, take off."""
    await tx.run(_SQL["add_to_refunds"], intent_id=intent_id, asked_more=asked, done_more=done, **_of(books))


async def add_refund(tx: Transaction, clerk: Clerk, refund: RefundRow) -> None:
    """Add money that goes back."""
    facts = msgspec.structs.asdict(refund)
    facts["refund_id"] = facts.pop("id")
    del facts["asked_at"], facts["asked_by"]
    await tx.run(_SQL["add_refund"], **facts, **_by(clerk))


async def change_refund(
    tx: Transaction, books: Books, refund_id: UUID, status: RefundStatus, reference: str | None, entry_id: UUID | None
) -> None:
    """Write what became of money that goes back, and the entry that posted it last."""
    await tx.run(
        _SQL["change_refund"],
        refund_id=refund_id,
        status=status,
        reference=reference,
        entry_id=entry_id,
        **_of(books),
    )


async def list_refunds(tx: ReadTransaction, books: Books, intent_ids: Sequence[UUID]) -> list[RefundRow]:
    """Return what goes back of payments."""
    return await tx.many(_SQL["list_refunds"], RefundRow, intent_ids=intent_ids, **_of(books))


async def keep_event(tx: Transaction, clerk: Clerk, provider: str, event: ProviderEvent) -> bool:
    """Keep what a provider told; say whether that is new."""
    is_new: bool = await tx.value(
        _SQL["keep_event"],
        provider=provider,
        event_id=event.id,
        type=event.type,
        reference=event.payment.reference,
        our_id=event.payment.our_id,
        state=msgspec.json.encode(event.payment).decode(),
        occurred_at=event.at,
        omd_id=clerk.actor.omd_id,
        business_id=clerk.business_id,
        now=clerk.now,
    )
    return is_new


async def find_caused(tx: ReadTransaction, books: Books, cause: str) -> UUID | None:
    """Return the entry that was posted for a cause, or None."""
    entry_id: UUID | None = await tx.value(_SQL["find_caused"], cause=cause, **_of(books))
    return entry_id


async def find_standing_folio(tx: ReadTransaction, books: Books, entry_id: UUID) -> UUID:
    """Return the folio on which an entry that is there is now."""
    folio_id: UUID = await tx.value(_SQL["find_standing_folio"], entry_id=entry_id, **_of(books))
    return folio_id


async def record_event(tx: Transaction, clerk: Clerk, folio_id: UUID, what: str, data: dict[str, str | None]) -> None:
    """Write into the folio's events what is asked of a provider, or was learned of it."""
    encoded = msgspec.json.encode(data).decode()
    await tx.run(_SQL["record_event"], folio_id=folio_id, type=what, data=encoded, **_by(clerk))


def _of(books: Books) -> dict[str, int]:
    return {"omd_id": books.omd_id, "business_id": books.business_id}


def _by(clerk: Clerk) -> dict[str, object]:
    actor = clerk.actor
    return {"omd_id": actor.omd_id, "business_id": clerk.business_id, "actor": actor.label, "now": clerk.now}
