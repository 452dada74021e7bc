"""The way in: who a request acts for, decided before anything of it is read."""

from functools import partial
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from omd.entrypoints.api.limits import RequestLimits
from omd.entrypoints.api.operations import OPERATIONS
from omd.features.identity import Principal, PrincipalResolver
from omd.infra.http.arrival import arrival_of
from omd.kernel.actor import Actor
from omd.kernel.errors import OmdError

_ACTOR = "omd_actor"


class NotAuthenticated(OmdError):
    """The request carries no token, or one that opens nothing."""

    code = "not_authenticated"
    status = 401
    title = "No valid token"


class Door:
    """Lets a request in: authenticates it, and narrows its actor to what its operation may reach."""

    def __init__(self, resolver: PrincipalResolver, limits: RequestLimits) -> None:
        self._resolver = resolver
        self._limits = limits

    async def admit(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Be the guard of every operation: remember the actor, or raise the refusal.

        That is `NotAuthenticated`, `RateLimited` or `NotAllowed`. Limits come before what the action asks of anybody.
        """
        operation = getattr(handler, "operation_id", None)
        if not isinstance(operation, str):
            return
        action = OPERATIONS[operation]
        if action is None:
            await self._limits.admit_anybody(connection, operation)
            return
        principal = await self._principal(connection, operation)
        await self._limits.admit(connection, operation, principal)
        arrival = arrival_of(connection.scope)
        connection.scope[_ACTOR] = principal.actor_for(  # type: ignore[literal-required]  # a key of ours
            action, address=arrival.address, request_id=arrival.request_id
        )

    async def _principal(self, connection: ASGIConnection[Any, Any, Any, Any], operation: str) -> Principal:
        try:
            token = bearer_token(connection)
        except NotAuthenticated:
            await self._limits.admit_anybody(connection, operation)
            raise
        ask_first = partial(self._limits.before_asking, connection)
        principal = await self._resolver.resolve(token, before_asking=ask_first)
        if principal is None:
            await self._limits.note_unknown(connection, operation)
            raise NotAuthenticated("This token is unknown, expired or revoked. Make one with `omd token create`.")
        return principal


def admitted_actor(request: Request[Any, Any, Any]) -> Actor:
    """Return the actor the door let in; a handler of an open operation must not ask for one."""
    actor: Actor = request.scope[_ACTOR]  # type: ignore[literal-required]  # a key of ours
    return actor


def bearer_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the token of the Authorization header (RFC 6750), or raise `NotAuthenticated`."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("Send the header `Authorization: Bearer <token>`. Make a token with `omd token create`.")
    return token.strip()
