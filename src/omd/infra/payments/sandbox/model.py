"""The test provider's own books: merchants, their payments, and what is told of them. No money is anywhere here.

What a card does is said by its token, as in the sandboxes of real providers; see `TOKENS`.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from omd.infra.payments.provider import PaymentState, ProviderEvent, RefundState

Behaviour = Literal[
    "ok",
    "declined",
    "confirms",
    "refund_fails",
    "silent",
    "broken",
    "down",
    "refused",
    "conflict",
    "forgotten",
    "late",
]
TOKENS: Mapping[str, Behaviour] = {
    "tok_ok": "ok",
    "tok_declined": "declined",
    "tok_confirm": "confirms",
    "tok_refund_fails": "refund_fails",
    "tok_silent": "silent",
    "tok_broken": "broken",
    "tok_down": "down",
    "tok_refused": "refused",
    "tok_conflict": "conflict",
    "tok_forgotten": "forgotten",
    "tok_late": "late",
}
"""`tok_confirm` waits for its payer (3-D Secure); `tok_silent` does what it is asked, and the first answer never comes;
`tok_broken` does it, and the first answer is none; `tok_down` is not charged, and the answer is 503; `tok_refused` is
no request that can be done; `tok_refund_fails` is charged, and fails to take money back; `tok_conflict` is as
`tok_silent` and `tok_forgotten` as `tok_broken`, and both are refused what was done when they ask for it again;
`tok_late` is refused what it is asked for first, and gets it the second time: as where the first was only under way."""

_REFUSED_AGAIN: Mapping[Behaviour, str] = {"conflict": "done_already", "forgotten": "unknown_payment"}


class Refused(Exception):
    """What was asked cannot be done; the message is the word for why."""


class Payment(msgspec.Struct):
    """A payment as it is now."""

    state: PaymentState
    behaviour: Behaviour
    captures: bool


class Account(msgspec.Struct):
    """A merchant: its key, the secret that what it is told is signed with, and its address for that."""

    api_key: str
    webhook_secret: bytes
    webhook_url: str | None = None
    payments: dict[str, Payment] = {}
    events: list[ProviderEvent] = []
    put_off: set[str] = set()

    def by_reference(self, reference: str) -> Payment:
        """Return a payment; raise `Refused`."""
        found = self.payments.get(reference)
        if found is None:
            raise Refused("unknown_payment")
        return found

    def find(self, our_id: str) -> Payment | None:
        """Return a payment by the merchant's name for it, or None."""
        return next((each for each in self.payments.values() if each.state.our_id == our_id), None)

    def pay(self, state: PaymentState, token: str, *, captures: bool, url: str, now: datetime) -> Payment:
        """Make a payment, or return the one that was made under the same name; raise `Refused`."""
        made = self.find(state.our_id)
        if made is not None:
            if (made.state.amount, made.state.currency) != (state.amount, state.currency):
                raise Refused("other_payment_under_this_name")
            return _done_before(made)
        behaviour = TOKENS.get(token)
        if behaviour is None or behaviour == "refused":
            raise Refused("unknown_token")
        self._put_off_once(behaviour, state.our_id)
        payment = Payment(state, behaviour, captures)
        self.payments[payment.state.reference] = payment
        if behaviour == "declined":
            self._become(payment, "payment.declined", now, status="declined", reason="insufficient_funds")
        elif behaviour == "confirms":
            self._become(payment, "payment.pending", now, confirm_url=url)
        else:
            self._authorised(payment, now)
        return payment

    def confirm(self, reference: str, *, agreed: bool, now: datetime) -> Payment:
        """Let the payer confirm a payment, or not; raise `Refused` for one that does not wait for it."""
        payment = self.by_reference(reference)
        if payment.state.status != "pending":
            raise Refused("not_pending")
        if agreed:
            self._authorised(payment, now)
        else:
            why = "payer_did_not_confirm"
            self._become(payment, "payment.failed", now, status="failed", reason=why, confirm_url=None)
        return payment

    def capture(self, reference: str, amount: Decimal, now: datetime) -> Payment:
        """Take what was authorised, once; the same amount again is the same capture. Raises `Refused`."""
        payment = self.by_reference(reference)
        if payment.state.status == "captured" and payment.state.captured == amount:
            return _done_before(payment)
        self._put_off_once(payment.behaviour, f"{reference}:capture")
        if payment.state.status != "authorised" or not 0 < amount <= payment.state.amount:
            raise Refused("not_capturable")
        self._become(payment, "payment.captured", now, status="captured", captured=amount)
        return payment

    def cancel(self, reference: str, now: datetime) -> Payment:
        """Give up what was not captured; raise `Refused`."""
        payment = self.by_reference(reference)
        if payment.state.status == "cancelled":
            return _done_before(payment)
        self._put_off_once(payment.behaviour, f"{reference}:cancel")
        if payment.state.status not in ("authorised", "pending"):
            raise Refused("not_cancellable")
        self._become(payment, "payment.cancelled", now, status="cancelled", confirm_url=None)
        return payment

    def refund(self, reference: str, our_id: str | None, amount: Decimal, now: datetime) -> Payment:
        """Give money back, once for each name of the merchant's; raise `Refused`."""
        payment = self.by_reference(reference)
        refunds = payment.state.refunds
        if our_id is not None and any(each.our_id == our_id for each in refunds):
            return _done_before(payment)
        if our_id is not None:
            self._put_off_once(payment.behaviour, our_id)
        given = sum((each.amount for each in refunds if each.status != "failed"), Decimal(0))
        if amount <= 0 or given + amount > payment.state.captured:
            raise Refused("refund_above_captured")
        status: Literal["done", "failed"] = "failed" if payment.behaviour == "refund_fails" else "done"
        refund = RefundState(f"ref_{secrets.token_hex(12)}", amount, status, our_id)
        self._become(payment, f"refund.{status}", now, refunds=(*refunds, refund))
        return payment

    def _put_off_once(self, behaviour: Behaviour, name: str) -> None:
        if behaviour == "late" and name not in self.put_off:
            self.put_off.add(name)
            raise Refused("busy")

    def _authorised(self, payment: Payment, now: datetime) -> None:
        self._become(payment, "payment.authorised", now, status="authorised", confirm_url=None)
        if payment.captures:
            amount = payment.state.amount
            self._become(payment, "payment.captured", now, status="captured", captured=amount)

    def _become(self, payment: Payment, what: str, now: datetime, **facts: object) -> None:
        payment.state = msgspec.structs.replace(payment.state, **facts)
        self.events.append(ProviderEvent(f"evt_{secrets.token_hex(12)}", what, now, payment.state))


def _done_before(payment: Payment) -> Payment:
    """Return a payment to whoever asks again for what was done; raise `Refused` where its card's token says so."""
    if payment.behaviour in _REFUSED_AGAIN:
        raise Refused(_REFUSED_AGAIN[payment.behaviour])
    return payment
