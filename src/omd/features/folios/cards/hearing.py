"""What a provider tells by itself: proved by its signature, kept once, and learned from in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
import structlog

from omd.db import Database, Transaction
from omd.features.folios.cards import learning, queries
from omd.features.folios.cards.accounts import Tills
from omd.features.folios.cards.errors import ProviderNotSet
from omd.features.folios.model import Clerk
from omd.features.folios.queries import Books
from omd.infra.payments import ProviderEvent, WebhookNotSigned
from omd.kernel.actor import Actor

_log = structlog.get_logger(__name__)


class Heard(msgspec.Struct, frozen=True):
    """What came of what a provider told: learned from, known already, or of a payment that was not asked for here."""

    outcome: Literal["learned", "known_already", "not_ours"]


def provider_actor(books: Books, provider: str) -> Actor:
    """Return the actor that writes what a provider says in one hotel's books."""
    only = (books.business_id,)
    return Actor(books.omd_id, "system", only, only, f"provider:{provider}")


async def hear(
    database: Database,
    tills: Tills,
    books: Books,
    provider: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
) -> Heard:
    """Take what came in the name of a hotel's provider; raise `WebhookNotSigned` unless it proves to be its.

    A hotel that is not there, or has another provider, is told from one with a wrong signature by nobody.
    """
    actor = provider_actor(books, provider)
    try:
        async with database.reading(actor) as tx:
            till = await tills.open(tx, books, only=provider)
        event = till.provider.read_webhook(till.merchant, headers, body, now=now)
    except (ProviderNotSet, WebhookNotSigned) as refusal:
        _log.warning("payment_webhook_refused", provider=provider, business=books.business_id, why=refusal.detail)
        raise WebhookNotSigned("This is not signed by the hotel's provider, or not lately. It was not taken.") from None

    async def work(tx: Transaction) -> Heard:
        clerk = Clerk(actor, books.business_id, now)
        if not await queries.keep_event(tx, clerk, provider, event):
            return Heard("known_already")
        intent_id = _ours(event)
        if intent_id is None or await queries.find_intent(tx, books, intent_id) is None:
            _log.warning("payment_unknown", provider=provider, business=books.business_id, event_id=event.id)
            return Heard("not_ours")
        await learning.learn(tx, clerk, intent_id, event.payment)
        return Heard("learned")

    return await database.write(actor, work)


def _ours(event: ProviderEvent) -> UUID | None:
    try:
        return UUID(event.payment.our_id)
    except ValueError:
        return None
