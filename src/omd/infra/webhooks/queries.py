"""One typed function per statement of `webhooks.sql`: what those who keep webhooks ask and do."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from omd.db import ReadTransaction, Transaction, load_statements
from omd.infra.webhooks.model import Attempt, Delivery, KeptSecret, Place, SecretRow, Status, Webhook
from omd.infra.webhooks.target import Outcome

_SQL = load_statements("omd.infra.webhooks", "webhooks.sql")


async def list_webhooks(tx: ReadTransaction, place: Place) -> list[Webhook]:
    """Return the webhooks of a place, the newest first."""
    return await tx.many(_SQL["list_webhooks"], Webhook, omd_id=place.omd_id, business_id=place.business_id)


async def find_webhook(tx: ReadTransaction, place: Place, webhook_id: UUID) -> Webhook | None:
    """Return a webhook of the place."""
    return await tx.maybe(
        _SQL["find_webhook"], Webhook, omd_id=place.omd_id, business_id=place.business_id, id=webhook_id
    )


async def lock_webhook(tx: Transaction, place: Place, webhook_id: UUID) -> Webhook | None:
    """Return a webhook of the place, locked."""
    return await tx.maybe(
        _SQL["lock_webhook"], Webhook, omd_id=place.omd_id, business_id=place.business_id, id=webhook_id
    )


async def count_webhooks(tx: ReadTransaction, place: Place) -> int:
    """Return how many webhooks there are in a place."""
    count: int = await tx.value(_SQL["count_webhooks"], omd_id=place.omd_id, business_id=place.business_id)
    return count


async def add_webhook(
    tx: Transaction,
    place: Place,
    webhook_id: UUID,
    *,
    url: str,
    event_types: Sequence[str],
    description: str,
    secret: bytes,
    created_by: str,
    now: datetime,
) -> None:
    """Keep a new webhook; its secret is encrypted."""
    await tx.run(
        _SQL["add_webhook"],
        omd_id=place.omd_id,
        id=webhook_id,
        business_id=place.business_id,
        url=url,
        event_types=list(event_types),
        description=description,
        secret=secret,
        created_by=created_by,
        now=now,
    )


async def change_webhook(
    tx: Transaction,
    place: Place,
    webhook_id: UUID,
    *,
    url: str,
    event_types: Sequence[str],
    description: str,
    disabled_at: datetime | None,
) -> None:
    """Change a webhook; what was held against it is forgotten."""
    await tx.run(
        _SQL["change_webhook"],
        omd_id=place.omd_id,
        id=webhook_id,
        url=url,
        event_types=list(event_types),
        description=description,
        disabled_at=disabled_at,
    )


async def rotate_secret(
    tx: Transaction, place: Place, webhook_id: UUID, *, secret: bytes, until: datetime | None
) -> None:
    """Sign with a new secret, encrypted, and with the old one until an instant."""
    await tx.run(_SQL["rotate_secret"], omd_id=place.omd_id, id=webhook_id, secret=secret, until=until)


async def delete_webhook(tx: Transaction, place: Place, webhook_id: UUID, *, now: datetime) -> None:
    """Take a webhook away; its deliveries and their log are thrown away by the daily work."""
    await tx.run(_SQL["delete_webhook"], omd_id=place.omd_id, id=webhook_id, now=now)


async def ask_for_replay(
    tx: Transaction, place: Place, webhook_id: UUID, *, since: datetime | None, after: int | None, until: int
) -> None:
    """Have the worker tell a webhook of the past."""
    await tx.run(_SQL["ask_for_replay"], omd_id=place.omd_id, id=webhook_id, since=since, after=after, until=until)


async def find_planned_position(tx: ReadTransaction) -> int:
    """Return up to which event every webhook has its deliveries."""
    position: int = await tx.value(_SQL["find_planned_position"])
    return position


async def find_secret(tx: ReadTransaction, place: Place, webhook_id: UUID) -> SecretRow | None:
    """Return where a webhook leads and what it is signed with, encrypted."""
    return await tx.maybe(
        _SQL["find_secret"], SecretRow, omd_id=place.omd_id, business_id=place.business_id, id=webhook_id
    )


async def list_deliveries(
    tx: ReadTransaction, omd_id: int, webhook_id: UUID, *, status: Status | None, before: int, most: int
) -> list[Delivery]:
    """Return deliveries of a webhook, those of later events first."""
    return await tx.many(
        _SQL["list_deliveries"], Delivery, omd_id=omd_id, id=webhook_id, status=status, before=before, most=most
    )


async def list_attempts(
    tx: ReadTransaction, omd_id: int, webhook_id: UUID, *, position: int | None, before: int, most: int
) -> list[Attempt]:
    """Return attempts of a webhook, later ones first."""
    return await tx.many(
        _SQL["list_attempts"],
        Attempt,
        omd_id=omd_id,
        subscription_id=webhook_id,
        position=position,
        before=before,
        most=most,
    )


async def add_attempt(
    tx: Transaction, place: Place, webhook_id: UUID, outcome: Outcome, *, position: int | None, now: datetime
) -> None:
    """Write down what came of an attempt; without a position it was a test."""
    await tx.run(
        _SQL["add_attempt"],
        omd_id=place.omd_id,
        subscription_id=webhook_id,
        business_id=place.business_id,
        position=position,
        now=now,
        milliseconds=outcome.milliseconds,
        status=outcome.status,
        error=outcome.error,
    )


async def lock_secrets(tx: Transaction, omd_id: int) -> list[KeptSecret]:
    """Return what the webhooks of a tenant are signed with, kept from changing."""
    return await tx.many(_SQL["lock_secrets"], KeptSecret, omd_id=omd_id)


async def keep_secrets(tx: Transaction, omd_id: int, webhook_id: UUID, secret: bytes, old_secret: bytes | None) -> None:
    """Put the same secrets, encrypted anew, in their place."""
    await tx.run(_SQL["keep_secrets"], omd_id=omd_id, id=webhook_id, secret=secret, old_secret=old_secret)
