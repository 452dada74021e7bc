"""What may be done to webhooks. The actor's context decides whose there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from omd.db import Transaction
from omd.infra.keyring import Keyring
from omd.infra.webhooks import queries
from omd.infra.webhooks.errors import ReplayUnderWay, TooManyWebhooks
from omd.infra.webhooks.model import Place, SecretRow, Webhook, secret_context
from omd.infra.webhooks.signing import make_secret, signed_headers, spelled
from omd.infra.webhooks.target import target_of
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound

MOST = 50
"""Webhooks of one place."""

TEST_TYPE = "webhook.test"


class Wanted(msgspec.Struct, frozen=True):
    """Where a webhook leads, of what it is told (empty: of all), and what it is for."""

    url: str
    event_types: list[str]
    description: str


def require_known(event_types: Sequence[str], known: Sequence[str]) -> None:
    """Raise `InvalidInput` naming every type of which nobody is told here."""
    problems = tuple(
        FieldProblem(f"/event_types/{index}", "unknown_event_type", f"{each!r} is not one of {', '.join(known)}.")
        for index, each in enumerate(event_types)
        if each not in known
    )
    if problems:
        raise InvalidInput("Of these types nobody is told here. Leave them out; none means all.", problems=problems)


async def create_webhook(
    tx: Transaction,
    place: Place,
    wanted: Wanted,
    *,
    keyring: Keyring,
    created_by: str,
    to_loopback: bool,
    now: datetime,
) -> tuple[Webhook, str]:
    """Add a webhook and return it with its secret, which is shown this once.

    Raises `UrlNotPossible` for where it cannot lead, `TooManyWebhooks` for one more than 50 in a place.
    """
    target_of(wanted.url, to_loopback=to_loopback)
    if await queries.count_webhooks(tx, place) >= MOST:
        raise TooManyWebhooks(f"There are {MOST} webhooks here. Delete one that is not needed.")
    webhook_id, secret = uuid4(), make_secret()
    await queries.add_webhook(
        *(tx, place, webhook_id),
        url=wanted.url,
        event_types=sorted(set(wanted.event_types)),
        description=wanted.description,
        secret=keyring.encrypt(secret, secret_context(webhook_id)),
        created_by=created_by,
        now=now,
    )
    return await _known(tx, place, webhook_id), spelled(secret)


async def change_webhook(
    tx: Transaction,
    place: Place,
    webhook_id: UUID,
    *,
    url: str | None,
    event_types: list[str] | None,
    description: str | None,
    disabled: bool | None,
    to_loopback: bool,
    now: datetime,
) -> Webhook:
    """Change what is not None; raise `UrlNotPossible`. What it missed while disabled is told by a replay alone."""
    webhook = await _known(tx, place, webhook_id)
    if url is not None:
        target_of(url, to_loopback=to_loopback)
    disabled_at = webhook.disabled_at
    if disabled is not None:
        disabled_at = (disabled_at or now) if disabled else None
    await queries.change_webhook(
        *(tx, place, webhook_id),
        url=url or webhook.url,
        event_types=webhook.event_types if event_types is None else sorted(set(event_types)),
        description=webhook.description if description is None else description,
        disabled_at=disabled_at,
    )
    return await _known(tx, place, webhook_id)


async def rotate_secret(
    tx: Transaction, place: Place, webhook_id: UUID, *, keyring: Keyring, overlap: timedelta, now: datetime
) -> tuple[Webhook, str]:
    """Sign with a new secret, and with the old one beside it for the overlap; return the new one, shown this once."""
    await _known(tx, place, webhook_id)
    secret = make_secret()
    sealed = keyring.encrypt(secret, secret_context(webhook_id))
    await queries.rotate_secret(tx, place, webhook_id, secret=sealed, until=now + overlap if overlap else None)
    return await _known(tx, place, webhook_id), spelled(secret)


async def delete_webhook(tx: Transaction, place: Place, webhook_id: UUID, *, now: datetime) -> Webhook:
    """Take a webhook away for good, with what it was yet to be told."""
    webhook = await _known(tx, place, webhook_id)
    await queries.delete_webhook(tx, place, webhook_id, now=now)
    return webhook


async def ask_for_replay(
    tx: Transaction, place: Place, webhook_id: UUID, *, since: datetime | None, after: int | None, until: int
) -> Webhook:
    """Have a webhook told again of what came after a position or since an instant; raise `ReplayUnderWay`."""
    webhook = await _known(tx, place, webhook_id)
    if (since is None) == (after is None):
        said = "Say from where: either `after_position` or `since`, an instant."
        raise InvalidInput(said, problems=(FieldProblem("/after_position", "one_of_two", said),))
    if webhook.replay_until is not None:
        raise ReplayUnderWay(f"This webhook is being told of all up to position {webhook.replay_until}. Wait for it.")
    await queries.ask_for_replay(tx, place, webhook_id, since=since, after=after, until=until)
    return await _known(tx, place, webhook_id)


def test_message(webhook_id: UUID, row: SecretRow, *, keyring: Keyring, now: datetime) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a test message, signed as any other."""
    body = msgspec.json.encode({"type": TEST_TYPE, "timestamp": now, "data": {"webhook_id": webhook_id}})
    secret = keyring.decrypt(row.secret, secret_context(webhook_id))
    return body, signed_headers(f"test_{uuid4().hex}", body, [secret], now=now)


async def _known(tx: Transaction, place: Place, webhook_id: UUID) -> Webhook:
    webhook = await queries.lock_webhook(tx, place, webhook_id)
    if webhook is None:
        raise not_found(webhook_id)
    return webhook


def not_found(webhook_id: UUID) -> NotFound:
    """Return the refusal for a webhook that the place does not have."""
    return NotFound(f"There is no webhook {webhook_id}.")
