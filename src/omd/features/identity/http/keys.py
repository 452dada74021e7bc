"""Keys over HTTP: of a hotel, and of a destination."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Database, Transaction
from omd.features.identity.holder import Holder, holder_of_business, holder_of_omd
from omd.features.identity.machines import commands, queries
from omd.features.identity.machines.model import OVERLAP, Key
from omd.features.identity.model import NewToken
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
    json_answer_with_secret,
    page_by_id,
)
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock

MONTH_SECONDS = 31 * 24 * 3600

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Scopes = Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(min_length=1, max_length=100)]
Instant = Annotated[datetime, msgspec.Meta(tz=True, description="An instant with its offset, RFC 3339.")]


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to make. Without scopes it may do all that its service account may, or that a program may there."""

    name: Name
    scopes: Scopes | None = None
    expires_at: Instant | None = None
    service_account_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


class Rotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many seconds the old key still opens: a day unless said otherwise, 0 ends it now."""

    overlap_seconds: Annotated[int, msgspec.Meta(ge=0, le=MONTH_SECONDS)] = int(OVERLAP.total_seconds())


class KeyMade(msgspec.Struct, frozen=True):
    """A key just made. `secret` is shown this once: a repeated request gets null, and rotates the key for another."""

    key: Key
    secret: str | None


_MADE = {
    201: ResponseSpec(KeyMade, description="The key is made; its secret is shown this once.", generate_examples=False)
}
_REVOKED = {200: ResponseSpec(Key, description="The key is over.", generate_examples=False)}


def _made(made: tuple[Key, NewToken]) -> Answer:
    key, token = made
    return json_answer_with_secret(KeyMade(key, token.token), KeyMade(key, None), status=HTTP_201_CREATED)


async def _list(
    request: Request[Any, Any, Any], database: Database, actor: Actor, holder: Holder, before: int, limit: int
) -> Response[list[Key]]:
    async with database.reading(actor) as tx:
        found = await queries.list_keys(tx, holder, before=before, most=limit + 1)
    return page_by_id(request, found, limit)


async def _create(writer: Writer, actor: Actor, holder: Holder, data: NewKey, clock: Clock) -> Response[bytes]:
    async def work(tx: Transaction) -> Answer:
        made = await commands.create_key(
            *(tx, actor, holder),
            name=data.name,
            scopes=data.scopes,
            expires_at=data.expires_at,
            service_account_id=data.service_account_id,
            now=clock.now(),
        )
        return _made(made)

    return await writer.run(work)


async def _rotate(
    writer: Writer, actor: Actor, holder: Holder, key_id: int, data: Rotation, clock: Clock
) -> Response[bytes]:
    async def work(tx: Transaction) -> Answer:
        overlap = timedelta(seconds=data.overlap_seconds)
        return _made(await commands.rotate_key(tx, actor, holder, key_id, overlap=overlap, now=clock.now()))

    return await writer.run(work)


async def _revoke(writer: Writer, holder: Holder, key_id: int, clock: Clock) -> Response[bytes]:
    async def work(tx: Transaction) -> Answer:
        return json_answer(await commands.revoke_key(tx, holder, key_id, now=clock.now()))

    return await writer.run(work)


class HotelKeys(Controller):
    """The keys with which programs come in to one hotel."""

    path = "/businesses/{business_id:int}/keys"
    tags = ("Keys",)

    @get(operation_id="listBusinessKeys", summary="List a hotel's keys", responses=COMMON_PROBLEMS)
    async def list_keys(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: BeforeId = LAST_ID,
        limit: PageSize = 100,
    ) -> Response[list[Key]]:
        """List a hotel's keys, ended ones too, the newest first, by prefix and without secrets, a page at a time."""
        return await _list(request, database, actor, holder_of_business(actor, business_id), after, limit)

    @post(operation_id="createBusinessKey", summary="Make a key of a hotel", responses={**_MADE, **COMMON_PROBLEMS})
    async def create(
        self,
        business_id: PathId,
        data: JSONBody[NewKey],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Make a key; only its hash is kept, so its secret is shown in this answer and never again."""
        del idempotency_key
        holder = holder_of_business(actor, business_id)
        return await _create(Writer(request, database, actor), actor, holder, data, clock)

    @post(
        "/{key_id:int}/rotate",
        operation_id="rotateBusinessKey",
        summary="Replace a key of a hotel",
        responses={**_MADE, **COMMON_PROBLEMS},
    )
    async def rotate(
        self,
        business_id: PathId,
        key_id: PathId,
        data: JSONBody[Rotation],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Make a key with the same name, scopes and expiry; the old one opens for the overlap yet, then no more."""
        del idempotency_key
        holder = holder_of_business(actor, business_id)
        return await _rotate(Writer(request, database, actor), actor, holder, key_id, data, clock)

    @delete(
        "/{key_id:int}",
        operation_id="revokeBusinessKey",
        summary="End a key of a hotel",
        status_code=HTTP_200_OK,
        responses={**_REVOKED, **COMMON_PROBLEMS},
    )
    async def revoke(
        self,
        business_id: PathId,
        key_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """End a key and the tokens issued for it, within a second on every server."""
        holder = holder_of_business(actor, business_id)
        return await _revoke(Writer(request, database, actor), holder, key_id, clock)


class OmdKeys(Controller):
    """The keys with which programs come in to a whole destination."""

    path = "/omds/{omd_id:int}/keys"
    tags = ("Keys",)

    @get(operation_id="listOmdKeys", summary="List a destination's keys", responses=COMMON_PROBLEMS)
    async def list_keys(
        self,
        omd_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: BeforeId = LAST_ID,
        limit: PageSize = 100,
    ) -> Response[list[Key]]:
        """List a destination's keys, ended ones too, the newest first, by prefix, without secrets, a page at a time."""
        return await _list(request, database, actor, holder_of_omd(actor, omd_id), after, limit)

    @post(operation_id="createOmdKey", summary="Make a key of a destination", responses={**_MADE, **COMMON_PROBLEMS})
    async def create(
        self,
        omd_id: PathId,
        data: JSONBody[NewKey],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Make a key; only its hash is kept, so its secret is shown in this answer and never again."""
        del idempotency_key
        holder = holder_of_omd(actor, omd_id)
        return await _create(Writer(request, database, actor), actor, holder, data, clock)

    @post(
        "/{key_id:int}/rotate",
        operation_id="rotateOmdKey",
        summary="Replace a key of a destination",
        responses={**_MADE, **COMMON_PROBLEMS},
    )
    async def rotate(
        self,
        omd_id: PathId,
        key_id: PathId,
        data: JSONBody[Rotation],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Make a key with the same name, scopes and expiry; the old one opens for the overlap yet, then no more."""
        del idempotency_key
        holder = holder_of_omd(actor, omd_id)
        return await _rotate(Writer(request, database, actor), actor, holder, key_id, data, clock)

    @delete(
        "/{key_id:int}",
        operation_id="revokeOmdKey",
        summary="End a key of a destination",
        status_code=HTTP_200_OK,
        responses={**_REVOKED, **COMMON_PROBLEMS},
    )
    async def revoke(
        self,
        omd_id: PathId,
        key_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """End a key and the tokens issued for it, within a second on every server."""
        holder = holder_of_omd(actor, omd_id)
        return await _revoke(Writer(request, database, actor), holder, key_id, clock)
