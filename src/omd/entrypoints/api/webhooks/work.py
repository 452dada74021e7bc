"""What the resources of a hotel and of a destination do alike."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.status_codes import HTTP_201_CREATED, HTTP_202_ACCEPTED

from omd.db import Database, Transaction
from omd.entrypoints.api.webhooks.payloads import (
    LAST_POSITION,
    NewWebhook,
    ReplayAsked,
    SecretRotation,
    TestResult,
    WebhookChange,
    WebhookMade,
)
from omd.features.identity.holder import Holder
from omd.infra.http import Answer, Writer, json_answer, json_answer_with_secret, next_link
from omd.infra.keyring import Keyring
from omd.infra.webhooks import Attempt, Delivery, Place, Sender, Status, Webhook, commands, queries
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock

Row = TypeVar("Row")


class Desk(msgspec.Struct, frozen=True):
    """Who asks, about whose webhooks, and of what types these may be told."""

    request: Request[Any, Any, Any]
    database: Database
    actor: Actor
    place: Place
    types: Sequence[str]

    @classmethod
    def of(
        cls,
        request: Request[Any, Any, Any],
        database: Database,
        actor: Actor,
        holder: Holder,
        types: Sequence[str],
    ) -> "Desk":
        """Return the desk of a hotel or destination."""
        return cls(request, database, actor, Place(holder.omd_id, holder.business_id), types)

    @property
    def writer(self) -> Writer:
        """Return what runs the write of this request."""
        return Writer(self.request, self.database, self.actor)


async def list_all(desk: Desk) -> list[Webhook]:
    """Return the webhooks of a place."""
    async with desk.database.reading(desk.actor) as tx:
        return await queries.list_webhooks(tx, desk.place)


async def get_one(desk: Desk, webhook_id: UUID) -> Webhook:
    """Return a webhook; raise `NotFound`."""
    async with desk.database.reading(desk.actor) as tx:
        found = await queries.find_webhook(tx, desk.place, webhook_id)
    if found is None:
        raise commands.not_found(webhook_id)
    return found


async def create(desk: Desk, data: NewWebhook, keyring: Keyring, sender: Sender, clock: Clock) -> Response[bytes]:
    """Add a webhook."""
    commands.require_known(data.event_types, desk.types)

    async def work(tx: Transaction) -> Answer:
        webhook, secret = await commands.create_webhook(
            *(tx, desk.place, commands.Wanted(data.url, data.event_types, data.description)),
            keyring=keyring,
            created_by=desk.actor.label,
            to_loopback=sender.to_loopback,
            now=clock.now(),
        )
        return _with_secret(webhook, secret, HTTP_201_CREATED)

    return await desk.writer.run(work)


async def change(desk: Desk, webhook_id: UUID, data: WebhookChange, sender: Sender, clock: Clock) -> Response[bytes]:
    """Change a webhook."""
    commands.require_known(data.event_types or (), desk.types)

    async def work(tx: Transaction) -> Answer:
        changed = await commands.change_webhook(
            *(tx, desk.place, webhook_id),
            url=data.url,
            event_types=data.event_types,
            description=data.description,
            disabled=data.disabled,
            to_loopback=sender.to_loopback,
            now=clock.now(),
        )
        return json_answer(changed)

    return await desk.writer.run(work)


async def delete_one(desk: Desk, webhook_id: UUID, clock: Clock) -> Response[bytes]:
    """Take a webhook away."""

    async def work(tx: Transaction) -> Answer:
        return json_answer(await commands.delete_webhook(tx, desk.place, webhook_id, now=clock.now()))

    return await desk.writer.run(work)


async def rotate(desk: Desk, webhook_id: UUID, data: SecretRotation, keyring: Keyring, clock: Clock) -> Response[bytes]:
    """Give a webhook a new secret."""

    async def work(tx: Transaction) -> Answer:
        overlap = timedelta(seconds=data.overlap_seconds)
        webhook, secret = await commands.rotate_secret(
            tx, desk.place, webhook_id, keyring=keyring, overlap=overlap, now=clock.now()
        )
        return _with_secret(webhook, secret, 200)

    return await desk.writer.run(work)


async def test(desk: Desk, webhook_id: UUID, keyring: Keyring, sender: Sender, clock: Clock) -> Response[bytes]:
    """Send a test message, and answer with what came of it; no transaction is open meanwhile."""
    async with desk.database.reading(desk.actor) as tx:
        row = await queries.find_secret(tx, desk.place, webhook_id)
    if row is None:
        raise commands.not_found(webhook_id)
    body, headers = commands.test_message(webhook_id, row, keyring=keyring, now=clock.now())
    outcome = await sender.post(row.url, body, headers)

    async def work(tx: Transaction) -> Answer:
        # Deleted meanwhile: there is no log any more to write into.
        if await queries.lock_webhook(tx, desk.place, webhook_id) is None:
            raise commands.not_found(webhook_id)
        await queries.add_attempt(tx, desk.place, webhook_id, outcome, position=None, now=clock.now())
        return json_answer(TestResult(outcome.delivered, outcome.status, outcome.error, outcome.milliseconds))

    return await desk.writer.run(work)


async def replay(desk: Desk, webhook_id: UUID, data: ReplayAsked) -> Response[bytes]:
    """Have a webhook told of the past."""

    async def work(tx: Transaction) -> Answer:
        until = await queries.find_planned_position(tx)
        webhook = await commands.ask_for_replay(
            tx, desk.place, webhook_id, since=data.since, after=data.after_position, until=until
        )
        return json_answer(webhook, status=HTTP_202_ACCEPTED)

    return await desk.writer.run(work)


async def list_deliveries(
    desk: Desk, webhook_id: UUID, status: Status | None, after: int | None, limit: int
) -> Response[list[Delivery]]:
    """Return a page of a webhook's deliveries."""
    await get_one(desk, webhook_id)
    async with desk.database.reading(desk.actor) as tx:
        found = await queries.list_deliveries(
            *(tx, desk.place.omd_id, webhook_id),
            status=status,
            before=LAST_POSITION if after is None else after,
            most=limit + 1,
        )
    return _page(desk, found, [each.position for each in found], limit)


async def list_attempts(
    desk: Desk, webhook_id: UUID, position: int | None, after: int | None, limit: int
) -> Response[list[Attempt]]:
    """Return a page of a webhook's attempts."""
    await get_one(desk, webhook_id)
    async with desk.database.reading(desk.actor) as tx:
        found = await queries.list_attempts(
            *(tx, desk.place.omd_id, webhook_id),
            position=position,
            before=LAST_POSITION if after is None else after,
            most=limit + 1,
        )
    return _page(desk, found, [each.id for each in found], limit)


def _page(desk: Desk, found: list[Row], cursors: list[int], limit: int) -> Response[list[Row]]:
    last = str(cursors[limit - 1]) if len(found) > limit else None
    return Response(found[:limit], headers=next_link(desk.request, last))


def _with_secret(webhook: Webhook, secret: str, status: int) -> Answer:
    return json_answer_with_secret(WebhookMade(webhook, secret), WebhookMade(webhook, None), status=status)
