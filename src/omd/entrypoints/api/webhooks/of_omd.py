"""The webhooks of a destination over HTTP."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from omd.entrypoints.api.webhooks import work
from omd.entrypoints.api.webhooks.payloads import (
    CHANGED,
    DELETED,
    MADE,
    REPLAYED,
    ROTATED,
    TESTED,
    After,
    NewWebhook,
    OfPosition,
    OfStatus,
    ReplayAsked,
    SecretRotation,
    SenderDep,
    WebhookChange,
)
from omd.entrypoints.api.webhooks.work import Desk
from omd.entrypoints.webhooks import OMD_TYPES
from omd.features.identity.holder import holder_of_omd
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    KeyringDep,
    PageSize,
    PathId,
    PathUuid,
)
from omd.infra.webhooks import Attempt, Delivery, Webhook
from omd.kernel.actor import Actor


def _desk(request: Request[Any, Any, Any], database: DatabaseDep, actor: Actor, omd_id: int) -> Desk:
    return Desk.of(request, database, actor, holder_of_omd(actor, omd_id), OMD_TYPES)


class OmdWebhooks(Controller):
    """Addresses outside that are told what changes in all members: totals, never a guest or a stay."""

    path = "/omds/{omd_id:int}/webhooks"
    tags = ("Webhooks",)

    @get(operation_id="listOmdWebhooks", summary="List a destination's webhooks", responses=COMMON_PROBLEMS)
    async def list_webhooks(
        self, omd_id: PathId, request: Request[Any, Any, Any], actor: ActorDep, database: DatabaseDep
    ) -> list[Webhook]:
        """List the webhooks, the newest first, without their secrets; those that fail say since when."""
        return await work.list_all(_desk(request, database, actor, omd_id))

    @post(
        operation_id="createOmdWebhook", summary="Add a webhook to a destination", responses={**MADE, **COMMON_PROBLEMS}
    )
    async def create(
        self,
        omd_id: PathId,
        data: JSONBody[NewWebhook],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        webhook_sender: SenderDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Have an address told what changes in all members, never of a guest; its secret is shown once."""
        del idempotency_key
        desk = _desk(request, database, actor, omd_id)
        return await work.create(desk, data, keyring, webhook_sender, clock)

    @get(
        "/{webhook_id:uuid}",
        operation_id="getOmdWebhook",
        summary="Read a webhook of a destination",
        responses=COMMON_PROBLEMS,
    )
    async def read(
        self,
        omd_id: PathId,
        webhook_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
    ) -> Webhook:
        """Read a webhook, without its secret."""
        return await work.get_one(_desk(request, database, actor, omd_id), webhook_id)

    @patch(
        "/{webhook_id:uuid}",
        operation_id="changeOmdWebhook",
        summary="Change a webhook of a destination",
        responses={**CHANGED, **COMMON_PROBLEMS},
    )
    async def change(
        self,
        omd_id: PathId,
        webhook_id: PathUuid,
        data: JSONBody[WebhookChange],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        webhook_sender: SenderDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Change where it leads and of what it is told; disable it, or enable it again after it failed."""
        del idempotency_key
        return await work.change(_desk(request, database, actor, omd_id), webhook_id, data, webhook_sender, clock)

    @delete(
        "/{webhook_id:uuid}",
        operation_id="deleteOmdWebhook",
        summary="Delete a webhook of a destination",
        status_code=HTTP_200_OK,
        responses={**DELETED, **COMMON_PROBLEMS},
    )
    async def delete_webhook(
        self,
        omd_id: PathId,
        webhook_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Delete a webhook for good, with its deliveries and their log."""
        return await work.delete_one(_desk(request, database, actor, omd_id), webhook_id, clock)

    @post(
        "/{webhook_id:uuid}/rotate",
        operation_id="rotateOmdWebhookSecret",
        summary="Replace the secret of a webhook of a destination",
        status_code=HTTP_200_OK,
        responses={**ROTATED, **COMMON_PROBLEMS},
    )
    async def rotate(
        self,
        omd_id: PathId,
        webhook_id: PathUuid,
        data: JSONBody[SecretRotation],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Sign with a new secret; for the overlap messages carry both signatures, so that nothing is refused."""
        del idempotency_key
        return await work.rotate(_desk(request, database, actor, omd_id), webhook_id, data, keyring, clock)

    @post(
        "/{webhook_id:uuid}/test",
        operation_id="testOmdWebhook",
        summary="Test a webhook of a destination",
        status_code=HTTP_200_OK,
        responses={**TESTED, **COMMON_PROBLEMS},
    )
    async def test(
        self,
        omd_id: PathId,
        webhook_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        webhook_sender: SenderDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Send a signed message of the type `webhook.test` now, and tell what came back."""
        del idempotency_key
        return await work.test(_desk(request, database, actor, omd_id), webhook_id, keyring, webhook_sender, clock)

    @post(
        "/{webhook_id:uuid}/replay",
        operation_id="replayOmdWebhook",
        summary="Tell a webhook of a destination again",
        status_code=HTTP_202_ACCEPTED,
        responses={**REPLAYED, **COMMON_PROBLEMS},
    )
    async def replay(
        self,
        omd_id: PathId,
        webhook_id: PathUuid,
        data: JSONBody[ReplayAsked],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Tell again of all after a position or since an instant: delivered, given up, missed while disabled."""
        del idempotency_key
        return await work.replay(_desk(request, database, actor, omd_id), webhook_id, data)

    @get(
        "/{webhook_id:uuid}/deliveries",
        operation_id="listOmdWebhookDeliveries",
        summary="List what a webhook of a destination is told",
        responses=COMMON_PROBLEMS,
    )
    async def deliveries(
        self,
        omd_id: PathId,
        webhook_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        status: OfStatus = None,
        after: After = None,
        limit: PageSize = 100,
    ) -> Response[list[Delivery]]:
        """List deliveries, those of later events first, a page at a time; the Link header leads to the next page."""
        return await work.list_deliveries(_desk(request, database, actor, omd_id), webhook_id, status, after, limit)

    @get(
        "/{webhook_id:uuid}/attempts",
        operation_id="listOmdWebhookAttempts",
        summary="Read the log of a webhook of a destination",
        responses=COMMON_PROBLEMS,
    )
    async def attempts(
        self,
        omd_id: PathId,
        webhook_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        position: OfPosition = None,
        after: After = None,
        limit: PageSize = 100,
    ) -> Response[list[Attempt]]:
        """List attempts and what came of them, later ones first, tests among them; kept for 30 days."""
        return await work.list_attempts(_desk(request, database, actor, omd_id), webhook_id, position, after, limit)
