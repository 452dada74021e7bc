"""Service accounts over HTTP: partners' programs at a hotel, and at a destination."""

from typing import Any

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Database, Transaction
from omd.features.identity.holder import Holder, holder_of_business, holder_of_omd
from omd.features.identity.http.keys import Name, Scopes
from omd.features.identity.machines import commands, queries
from omd.features.identity.machines.model import ServiceAccount
from omd.infra.http import (
    COMMON_PROBLEMS,
    LAST_ID,
    ActorDep,
    Answer,
    BeforeId,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PageSize,
    PathId,
    Writer,
    json_answer,
    page_by_id,
)
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock


class NewServiceAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A partner's program to let in, and what its keys and tokens may do at most."""

    name: Name
    scopes: Scopes


class ServiceAccountChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. Scopes that are taken away are taken from every key and token too."""

    name: Name | None = None
    scopes: Scopes | None = None


_STANDS = ResponseSpec(ServiceAccount, description="The account as it stands.", generate_examples=False)


async def _list(
    request: Request[Any, Any, Any], database: Database, actor: Actor, holder: Holder, before: int, limit: int
) -> Response[list[ServiceAccount]]:
    async with database.reading(actor) as tx:
        found = await queries.list_accounts(tx, holder, before=before, most=limit + 1)
    return page_by_id(request, found, limit)


async def _create(writer: Writer, actor: Actor, holder: Holder, data: NewServiceAccount) -> Response[bytes]:
    async def work(tx: Transaction) -> Answer:
        account = await commands.create_account(tx, actor, holder, name=data.name, scopes=data.scopes)
        return json_answer(account, status=HTTP_201_CREATED)

    return await writer.run(work)


async def _change(
    writer: Writer, holder: Holder, account_id: int, data: ServiceAccountChange, clock: Clock
) -> Response[bytes]:
    async def work(tx: Transaction) -> Answer:
        return json_answer(
            await commands.change_account(tx, holder, account_id, name=data.name, scopes=data.scopes, now=clock.now())
        )

    return await writer.run(work)


async def _disable(writer: Writer, holder: Holder, account_id: int, clock: Clock) -> Response[bytes]:
    async def work(tx: Transaction) -> Answer:
        return json_answer(await commands.disable_account(tx, holder, account_id, now=clock.now()))

    return await writer.run(work)


class HotelAccounts(Controller):
    """Partners' programs that work with one hotel, such as its channel manager."""

    path = "/businesses/{business_id:int}/service-accounts"
    tags = ("Service accounts",)

    @get(
        operation_id="listBusinessServiceAccounts", summary="List a hotel's service accounts", responses=COMMON_PROBLEMS
    )
    async def list_accounts(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: BeforeId = LAST_ID,
        limit: PageSize = 100,
    ) -> Response[list[ServiceAccount]]:
        """List a hotel's service accounts, the newest first, disabled ones among them, a page at a time."""
        return await _list(request, database, actor, holder_of_business(actor, business_id), after, limit)

    @post(
        operation_id="createBusinessServiceAccount",
        summary="Let a partner's program in at a hotel",
        responses={201: _STANDS, **COMMON_PROBLEMS},
    )
    async def create(
        self,
        business_id: PathId,
        data: JSONBody[NewServiceAccount],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a service account. Make it a key to come in with; `client_id` and that key get OAuth tokens."""
        del idempotency_key
        holder = holder_of_business(actor, business_id)
        return await _create(Writer(request, database, actor), actor, holder, data)

    @patch(
        "/{account_id:int}",
        operation_id="changeBusinessServiceAccount",
        summary="Change a service account of a hotel",
        responses={200: _STANDS, **COMMON_PROBLEMS},
    )
    async def change(
        self,
        business_id: PathId,
        account_id: PathId,
        data: JSONBody[ServiceAccountChange],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Rename an account or change its scopes; its keys and tokens lose what it loses, and never gain."""
        del idempotency_key
        holder = holder_of_business(actor, business_id)
        return await _change(Writer(request, database, actor), holder, account_id, data, clock)

    @delete(
        "/{account_id:int}",
        operation_id="disableBusinessServiceAccount",
        summary="Disable a service account of a hotel",
        status_code=HTTP_200_OK,
        responses={200: _STANDS, **COMMON_PROBLEMS},
    )
    async def disable(
        self,
        business_id: PathId,
        account_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """End an account for good, and all its keys and tokens with it, within a second on every server."""
        holder = holder_of_business(actor, business_id)
        return await _disable(Writer(request, database, actor), holder, account_id, clock)


class OmdAccounts(Controller):
    """Partners' programs that work with a destination, such as its channel manager."""

    path = "/omds/{omd_id:int}/service-accounts"
    tags = ("Service accounts",)

    @get(
        operation_id="listOmdServiceAccounts",
        summary="List a destination's service accounts",
        responses=COMMON_PROBLEMS,
    )
    async def list_accounts(
        self,
        omd_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: BeforeId = LAST_ID,
        limit: PageSize = 100,
    ) -> Response[list[ServiceAccount]]:
        """List a destination's service accounts, the newest first, disabled ones among them, a page at a time."""
        return await _list(request, database, actor, holder_of_omd(actor, omd_id), after, limit)

    @post(
        operation_id="createOmdServiceAccount",
        summary="Let a partner's program in at a destination",
        responses={201: _STANDS, **COMMON_PROBLEMS},
    )
    async def create(
        self,
        omd_id: PathId,
        data: JSONBody[NewServiceAccount],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a service account. Make it a key to come in with; `client_id` and that key get OAuth tokens."""
        del idempotency_key
        holder = holder_of_omd(actor, omd_id)
        return await _create(Writer(request, database, actor), actor, holder, data)

    @patch(
        "/{account_id:int}",
        operation_id="changeOmdServiceAccount",
        summary="Change a service account of a destination",
        responses={200: _STANDS, **COMMON_PROBLEMS},
    )
    async def change(
        self,
        omd_id: PathId,
        account_id: PathId,
        data: JSONBody[ServiceAccountChange],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Rename an account or change its scopes; its keys and tokens lose what it loses, and never gain."""
        del idempotency_key
        holder = holder_of_omd(actor, omd_id)
        return await _change(Writer(request, database, actor), holder, account_id, data, clock)

    @delete(
        "/{account_id:int}",
        operation_id="disableOmdServiceAccount",
        summary="Disable a service account of a destination",
        status_code=HTTP_200_OK,
        responses={200: _STANDS, **COMMON_PROBLEMS},
    )
    async def disable(
        self,
        omd_id: PathId,
        account_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """End an account for good, and all its keys and tokens with it, within a second on every server."""
        holder = holder_of_omd(actor, omd_id)
        return await _disable(Writer(request, database, actor), holder, account_id, clock)
