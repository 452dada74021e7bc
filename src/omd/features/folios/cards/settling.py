"""Asking the provider, and writing down what it says: between two transactions, since neither may wait for the other.

What is asked for is committed first. Whoever dies while the provider is asked, or before its answer is written down,
leaves a payment that is undecided: the provider's webhook decides it, or the job that asks the provider again.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
import structlog

from omd.db import Database, Transaction
from omd.features.folios.cards import learning, queries
from omd.features.folios.cards.accounts import Till, Tills
from omd.features.folios.cards.commands import find_payment, no_payment
from omd.features.folios.cards.errors import PaymentRefused
from omd.features.folios.cards.model import CardPayment, Intent
from omd.features.folios.model import Clerk
from omd.features.folios.queries import books_of
from omd.infra.payments import (
    PaymentState,
    ProviderRefused,
    ProviderUnanswered,
)
from omd.kernel.actor import Actor

NEVER_HEARD = "never_reached_provider"
LOST_AFTER = timedelta(minutes=2)
"""So old is a request that it is under way no more: a payment that the provider has not then, it never gets."""

_DONE = {"capture": "captured", "cancel": "cancelled"}

_log = structlog.get_logger(__name__)


class Settler(msgspec.Struct, frozen=True):
    """Whoever asks the provider in a hotel's name: a clerk with a request, or the job that looks after it."""

    database: Database
    clerk: Clerk
    tills: Tills

    async def settle(self, intent_id: UUID, *, asks_anew: bool = True) -> CardPayment:
        """Ask the provider for what it was not asked for, or did not answer, and return the payment as it is then.

        Without `asks_anew` a payment that the provider never heard of is given up once it is old, and not asked for:
        its payer is gone. Raises `PaymentRefused`, `ProviderNotSet` or `NotFound`; where the provider does not answer,
        the payment says so.
        """
        async with self.database.reading(self.clerk.actor) as tx:
            books = books_of(self.clerk)
            intent = await queries.find_intent(tx, books, intent_id)
            if intent is None:
                raise no_payment(intent_id)
            refunds = await queries.list_refunds(tx, books, [intent_id])
            till = await self.tills.open(tx, books)
        try:
            if not intent.is_decided:
                await self._ask(till, intent, asks_anew=asks_anew)
            for each in refunds:
                if each.status == "asked":
                    await self._give_back(till, intent, each)
        except (ProviderUnanswered, ProviderRefused) as silence:
            _log.warning("payment_provider_unanswered", payment=str(intent_id), reason=str(silence))
        async with self.database.reading(self.clerk.actor) as tx:
            return await find_payment(tx, books_of(self.clerk), intent_id)

    async def _ask(self, till: Till, intent: Intent, *, asks_anew: bool) -> None:
        """Ask for what is not decided of a payment, money that goes back aside."""
        if intent.asked is None or (intent.asked == "authorise" and not asks_anew):
            state = await till.provider.find(till.merchant, str(intent.id))
            if state is not None:
                await self._learn(intent.id, state)
            elif intent.asked is not None and self._is_lost(till, intent):
                await self._write(partial(learning.give_up, intent_id=intent.id, reason=NEVER_HEARD))
            return
        try:
            if intent.asked == "authorise":
                state = await till.provider.authorise(till.merchant, intent.request())
            elif intent.asked == "capture":
                amount = intent.capture_amount or intent.amount
                state = await till.provider.capture(till.merchant, intent.reference or "", amount)
            else:
                state = await till.provider.cancel(till.merchant, intent.reference or "")
        except ProviderRefused as refusal:
            await self._refused(till, intent, str(refusal))
            return
        await self._learn(intent.id, state)

    def _is_lost(self, till: Till, intent: Intent) -> bool:
        """Say whether a payment that the provider has not never got there; one by other credentials may have."""
        return till.set_at <= intent.created_at and self.clerk.now - intent.created_at >= LOST_AFTER

    async def _refused(self, till: Till, intent: Intent, reason: str) -> None:
        """Write down what a provider did that refuses: it may have done it before, and its answer have been lost."""
        state = await till.provider.find(till.merchant, str(intent.id))
        if state is not None:
            await self._learn(intent.id, state)
        if intent.asked == "authorise":
            if state is None:
                _require_asked_here(till, intent.created_at)
                await self._write(partial(learning.give_up, intent_id=intent.id, reason=reason))
            return
        if state is not None and state.status == _DONE[intent.asked or "cancel"]:
            return
        await self._write(partial(learning.forget_asked, intent_id=intent.id))
        raise _refusal(f"The provider did not {intent.asked} the payment", reason)

    async def _give_back(self, till: Till, intent: Intent, refund: queries.RefundRow) -> None:
        try:
            state = await till.provider.refund(till.merchant, intent.reference or "", str(refund.id), refund.amount)
        except ProviderRefused as refusal:
            found = await till.provider.find(till.merchant, str(intent.id))
            if found is None or not any(each.our_id == str(refund.id) for each in found.refunds):
                if found is None:
                    _require_asked_here(till, refund.asked_at)
                fail = partial(learning.fail_refund, intent_id=intent.id, refund=refund, state=found)
                await self._write(fail)
                raise _refusal("The provider gave nothing back, and it was posted back", str(refusal)) from None
            state = found
        await self._learn(intent.id, state)

    async def _learn(self, intent_id: UUID, state: PaymentState) -> None:
        await self._write(partial(learning.learn, intent_id=intent_id, state=state))

    async def _write(self, work: Callable[..., Awaitable[None]]) -> None:
        async def run(tx: Transaction) -> None:
            await work(tx, self.clerk)

        await self.database.write(self.clerk.actor, run)


async def settle_later(database: Database, actor: Actor, tills: Tills, intent_id: UUID, *, now: datetime) -> bool:
    """Ask the provider about a payment of the actor's one hotel; say whether nothing of it is open any more."""
    (business_id,) = actor.staff_business_ids
    settler = Settler(database, Clerk(actor, business_id, now), tills)
    try:
        payment = await settler.settle(intent_id, asks_anew=False)
    except PaymentRefused as refusal:
        _log.warning("payment_refused", payment=str(intent_id), reason=refusal.detail)
        payment = await settler.settle(intent_id, asks_anew=False)
    return payment.waits_for is None


def _require_asked_here(till: Till, asked_at: datetime) -> None:
    """Raise `ProviderUnanswered` where a provider may have been asked by other credentials, and so may have done it."""
    if till.set_at > asked_at:
        raise ProviderUnanswered("not known by the credentials of now")


def _refusal(said: str, reason: str) -> PaymentRefused:
    return PaymentRefused(f"{said}: {reason}.", data={"reason": reason})
