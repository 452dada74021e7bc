"""Card payments as data, and the one rule of what a provider's word makes of them: forward only, in any order."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from omd.infra.payments import Asked, PaymentState, RefundState

Purpose = Literal["payment", "deposit"]
Act = Literal["authorise", "capture", "cancel"]
CardStatus = Literal[
    "created", "authorised", "captured", "partly_refunded", "refunded", "declined", "failed", "cancelled"
]
RefundStatus = Literal["asked", "done", "failed"]
Outcome = Literal["declined", "failed", "cancelled"]

CENT = Decimal("0.01")
AS_KEPT: dict[str, RefundStatus] = {"pending": "asked", "done": "done", "failed": "failed"}
"""What a provider calls money that goes back, as it is kept."""

_OURS: dict[RefundStatus, int] = {"asked": 0, "failed": 1, "done": 3}
_THEIRS: dict[RefundStatus, int] = {"asked": 2, "done": 3, "failed": 4}
_OUTCOMES: dict[str, Outcome] = {"declined": "declined", "failed": "failed", "cancelled": "cancelled"}


class CardRefund(msgspec.Struct, frozen=True):
    """Money that goes back to a card; `entry_id` is the entry that posted it last."""

    id: UUID
    amount: Decimal
    of: Literal["payments", "deposit"]
    text: str
    status: RefundStatus
    entry_id: UUID | None
    asked_at: datetime
    asked_by: str


class CardPayment(msgspec.Struct, frozen=True):
    """A payment by card, as far as the provider has said; `test` marks one by which no money moves.

    `waits_for` is `provider` while nobody knows whether it did what it was asked for, and `guest` while the payer is to
    confirm it at `confirm_url`; what it waits for is found out by itself. `entry_id` is the entry that posted it.
    """

    id: UUID
    folio_id: UUID
    purpose: Purpose
    provider: str
    test: bool
    status: CardStatus
    waits_for: Literal["provider", "guest"] | None
    amount: Decimal
    currency: str
    captured: Decimal
    refunded: Decimal
    text: str
    reason: str | None
    confirm_url: str | None
    entry_id: UUID | None
    refunds: tuple[CardRefund, ...]
    created_at: datetime
    created_by: str
    version: int


class PaymentAccount(msgspec.Struct, frozen=True):
    """By which provider a hotel takes cards; what it is known by there is not shown.

    `webhook_path` is where the provider tells the API of payments: have it do so there.
    """

    provider: str
    test: bool
    webhook_path: str
    set_at: datetime
    set_by: str
    version: int


class Intent(msgspec.Struct, frozen=True):
    """A payment as it is kept. `asked` is what the provider was asked for and did not answer."""

    id: UUID
    folio_id: UUID
    purpose: Purpose
    provider: str
    is_test: bool
    currency: str
    amount: Decimal
    captures: bool
    text: str
    asked: Act | None
    token: str | None
    capture_amount: Decimal | None
    reference: str | None
    authorised: bool
    captured: Decimal
    refunds_asked: Decimal
    refunded: Decimal
    outcome: Outcome | None
    reason: str | None
    confirm_url: str | None
    entry_id: UUID | None
    status: CardStatus
    created_at: datetime
    created_by: str
    version: int

    @property
    def is_decided(self) -> bool:
        """Say whether nothing more is to come by itself: an authorised one waits for the hotel."""
        if self.asked is not None:
            return False
        return self.captured > 0 or self.outcome is not None or (self.authorised and not self.captures)

    def request(self) -> Asked:
        """Return what the provider is asked for."""
        return Asked(str(self.id), self.amount, self.currency, self.token or "", self.captures)

    def shown(self, refunds: tuple[CardRefund, ...]) -> CardPayment:
        """Return the payment as it is told."""
        waits: Literal["provider", "guest"] | None = None
        if self.asked is not None or any(each.status == "asked" for each in refunds):
            waits = "provider"
        elif not self.is_decided:
            waits = "provider" if self.confirm_url is None else "guest"
        return CardPayment(
            **{name: getattr(self, name) for name in _TOLD},
            test=self.is_test,
            waits_for=waits,
            refunds=refunds,
        )


_TOLD = tuple(name for name in CardPayment.__struct_fields__ if name in Intent.__struct_fields__)


class Learned(msgspec.Struct, frozen=True):
    """What is known of a payment besides its refunds."""

    asked: Act | None
    token: str | None
    reference: str | None
    authorised: bool
    captured: Decimal
    outcome: Outcome | None
    reason: str | None
    confirm_url: str | None


def learned_from(intent: Intent, state: PaymentState) -> Learned:
    """Return what is known of a payment with a provider's word, which may be an old one, or the same again.

    Sums and marks only grow, so the order in which words come does not matter: what was captured decides, and a first
    end stays the end. What was asked for is answered once the payment has what was asked for, or can have it no more.
    An end before any word of the provider is what we made of its silence, and its first word overrules that.
    """
    captured = intent.captured or state.captured
    is_first = intent.reference is None
    end = None if is_first else intent.outcome
    outcome = end or (_OUTCOMES.get(state.status) if not captured else None)
    over = captured > 0 or outcome is not None
    # Whoever asked for the payment itself is answered by any word of it; a capture or an end, by itself alone.
    asked = None if over or intent.asked == "authorise" else intent.asked
    authorised = intent.authorised or captured > 0 or state.status in ("authorised", "captured")
    return Learned(
        asked=asked,
        token=None,
        reference=intent.reference or state.reference,
        authorised=authorised,
        captured=captured,
        outcome=outcome,
        reason=None if captured else (None if is_first else intent.reason) or state.reason,
        confirm_url=None if over or authorised else state.confirm_url or intent.confirm_url,
    )


def is_news(status: RefundStatus, reference: str | None, state: RefundState) -> bool:
    """Say whether a provider's word of money that goes back says more than is kept of it.

    Asked for, given up by us without a word of the provider (failed, and no reference), under way there, done, failed
    there: each says more than those before it, in whatever order they come.
    """
    ours = _OURS[status] if reference is None else _THEIRS[status]
    return _THEIRS[AS_KEPT[state.status]] > ours


def agrees(intent: Intent, state: PaymentState) -> bool:
    """Say whether a provider speaks of this very payment, and of no more money than it is about."""
    amounts = (state.amount, state.captured, *(each.amount for each in state.refunds))
    return (
        all(each.is_finite() and each == each.quantize(CENT) for each in amounts)
        and str(intent.id) == state.our_id
        and intent.reference in (None, state.reference)
        and (intent.amount, intent.currency) == (state.amount, state.currency)
        and 0 <= state.captured <= intent.amount
        and (intent.captured == 0 or state.captured in (0, intent.captured))
        and all(each.amount > 0 for each in state.refunds)
        and sum((each.amount for each in state.refunds if each.status != "failed"), Decimal(0)) <= state.captured
    )
