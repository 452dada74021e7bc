"""The way in: who a request acts for, decided before anything of it is read."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from omd.db import DatabaseContact
from omd.entrypoints.api.limits import RequestLimits
from omd.entrypoints.api.operations import ANSWERED_FROM_MEMORY, OPERATIONS
from omd.entrypoints.api.watching import note_caller
from omd.features.identity import (
    CsrfRefused,
    GuestPasses,
    Origin,
    Principal,
    PrincipalResolver,
    Sessions,
    SignedIn,
    is_csrf_token,
    is_guest_pass,
)
from omd.features.identity.http import CookieRules
from omd.features.identity.renewing import PATIENCE_SECONDS
from omd.infra.http.arrival import arrival_of
from omd.kernel.actor import Actor
from omd.kernel.errors import DatabaseUnavailable, OmdError

_ACTOR = "omd_actor"
_SIGNED_IN = "omd_signed_in"
_ORIGIN = "omd_origin"
_KNOWN_LATELY = "omd_known_lately"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_AGENT_LENGTH = 300
CSRF_HEADER = "x-csrf-token"

Connection = ASGIConnection[Any, Any, Any, Any]


class NotAuthenticated(OmdError):
    """The request carries neither a token nor a session, or one that opens nothing."""

    code = "not_authenticated"
    status = 401
    title = "No valid token"


class Door:
    """Lets a request in: authenticates it, and narrows its actor to what its operation may reach.

    A program shows its token in the Authorization header, a guest the pass of one stay; a browser its session in a
    cookie, which it sends along whoever's page asked, so that a change must also prove that a page of this site did.
    """

    def __init__(
        self,
        resolver: PrincipalResolver,
        limits: RequestLimits,
        sessions: Sessions,
        guests: GuestPasses,
        *,
        cookies: CookieRules,
        public_url: str,
        contact: DatabaseContact | None = None,
    ) -> None:
        """Without `contact` nobody comes in while the database is away."""
        self._contact = contact or DatabaseContact()
        self._resolver = resolver
        self._limits = limits
        self._sessions = sessions
        self._guests = guests
        self._cookie = cookies.session_name
        self._site = urlsplit(public_url).netloc.lower()

    async def admit(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Be the guard of every operation: remember the actor, or raise the refusal.

        That is `NotAuthenticated`, `RateLimited` or `NotAllowed`. Limits come before what the action asks of anybody.
        """
        operation = getattr(handler, "operation_id", None)
        if not isinstance(operation, str):
            return
        origin = origin_of(connection)
        _keep(connection, _ORIGIN, origin)
        action = OPERATIONS[operation]
        if action is None:
            await self._limits.admit_anybody(connection, operation)
            self._refuse_other_sites(connection)
            return
        principal = await self._principal(connection, operation)
        note_caller(connection.scope, principal, connection.path_params)
        await self._limits.admit(connection, operation, principal)
        actor = principal.actor_for(action, address=origin.address, request_id=origin.request_id)
        _keep(connection, _ACTOR, actor)

    async def readmit(self, connection: Connection, operation: str) -> Actor:
        """Ask again who a request that lasts is of: the actor of now, or the refusal. Charges nothing."""
        action = OPERATIONS[operation]
        assert action is not None, "what lasts is somebody's"
        origin: Origin = connection.scope[_ORIGIN]  # type: ignore[literal-required]  # a key of ours
        principal: Principal | None
        if "authorization" in connection.headers:
            token = bearer_token(connection)
            principal = self._guests.resolve(token) if is_guest_pass(token) else await self._resolver.resolve(token)
        else:
            signed_in = await self._sessions.resolve(connection.cookies.get(self._cookie, ""), is_use=False)
            principal = None if signed_in is None else signed_in.principal
        if principal is None:
            raise NotAuthenticated("This token or session is over.")
        return principal.actor_for(action, address=origin.address, request_id=origin.request_id)

    async def keep_known(self) -> None:
        """Keep fresh who came in lately, until cancelled: they go on a while when the database is away.

        Where nobody may go on then, nobody is asked for ahead.
        """
        if self._contact.most_silent_seconds <= 0:
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._resolver.keep())
            tasks.create_task(self._sessions.keep())

    async def _principal(self, connection: Connection, operation: str) -> Principal:
        """Return who asks, as the database knows them, or, for what memory answers, as it did when it last answered."""
        if operation not in ANSWERED_FROM_MEMORY:
            return await self._known_now(connection, operation, None)
        if self._contact.is_silent:
            known = await self._known_lately(connection)
            if known is not None:
                return known
        try:
            return await self._known_now(connection, operation, PATIENCE_SECONDS)
        except DatabaseUnavailable:
            known = await self._known_lately(connection)
            if known is not None:
                return known
            if self._contact.is_silent:
                raise
        # It answers others: it is slow, not away. What it refuses by itself it refuses again.
        return await self._known_now(connection, operation, None)

    async def _known_lately(self, connection: Connection) -> Principal | None:
        principal: Principal | None = None
        if "authorization" in connection.headers:
            with suppress(NotAuthenticated):
                principal = self._resolver.known_lately(bearer_token(connection))
        elif (session := connection.cookies.get(self._cookie)) is not None:
            signed_in = await self._sessions.known_lately(session)
            principal = None if signed_in is None else signed_in.principal
            if principal is not None and connection.scope["method"] not in _SAFE:  # type: ignore[typeddict-item]  # HTTP alone comes here
                self._require_own_page(connection, session)
        if principal is not None:
            _keep(connection, _KNOWN_LATELY, principal.label)
        return principal

    async def _known_now(self, connection: Connection, operation: str, patience: float | None) -> Principal:
        ask_first = partial(self._limits.before_asking, connection)
        if "authorization" not in connection.headers and "cookie" in connection.headers:
            session = connection.cookies.get(self._cookie)
            if session is not None:
                return await self._person(connection, session, operation, ask_first, patience)
        try:
            token = bearer_token(connection)
        except NotAuthenticated:
            await self._limits.admit_anybody(connection, operation)
            raise
        if is_guest_pass(token):
            principal, instead = self._guests.resolve(token), "Show the code of the stay and the surname again."
        else:
            principal = await self._resolver.resolve(token, before_asking=ask_first, patience=patience)
            instead = "Make one with `omd token create`."
        if principal is None:
            await self._limits.note_unknown(connection, operation)
            raise NotAuthenticated(f"This token is unknown, expired or revoked. {instead}")
        return principal

    async def _person(
        self,
        connection: Connection,
        session: str,
        operation: str,
        ask_first: Callable[[], None],
        patience: float | None,
    ) -> Principal:
        signed_in = await self._sessions.resolve(session, before_asking=ask_first, patience=patience)
        if signed_in is None:
            await self._limits.note_unknown(connection, operation)
            raise NotAuthenticated("Your session is over. Sign in again.")
        if connection.scope["method"] not in _SAFE:  # type: ignore[typeddict-item]  # HTTP alone comes here
            self._require_own_page(connection, session)
        _keep(connection, _SIGNED_IN, signed_in)
        return signed_in.principal

    def _require_own_page(self, connection: Connection, session: str) -> None:
        if self._comes_from(connection) is not True:
            raise CsrfRefused("This change did not come from a page of this site; nothing was done.")
        if not is_csrf_token(connection.headers.get(CSRF_HEADER, ""), session):
            raise CsrfRefused(
                "Send the header X-CSRF-Token with the csrf_token that GET /api/v1/session tells; nothing was done."
            )

    def _refuse_other_sites(self, connection: Connection) -> None:
        """Refuse a change that a page of another site asks for: it would sign a visitor in as somebody else."""
        if connection.scope["method"] not in _SAFE and self._comes_from(connection) is False:  # type: ignore[typeddict-item]  # as above
            raise CsrfRefused("This did not come from a page of this site; nothing was done.")

    def _comes_from(self, connection: Connection) -> bool | None:
        """Say whether a page of this site asked, by the headers that browsers let no page set; None without any."""
        origin = connection.headers.get("origin")
        if origin is not None:
            try:
                asked = urlsplit(origin).netloc.lower()
            except ValueError:
                # What is no address, such as `http://[`, is no page of this site.
                return False
            return asked != "" and asked in (self._site, connection.headers.get("host", "").lower())
        site = connection.headers.get("sec-fetch-site")
        return None if site is None else site == "same-origin"


def origin_of(connection: Connection) -> Origin:
    """Return where a request comes from, under the id that the gate gave it."""
    arrival = arrival_of(connection.scope)
    agent = connection.headers.get("user-agent", "")[:_AGENT_LENGTH]
    return Origin(arrival.address, arrival.request_id, agent, arrival.neighbourhood)


def admitted_actor(request: Request[Any, Any, Any]) -> Actor:
    """Return the actor the door let in; a handler of an open operation must not ask for one."""
    actor: Actor = _kept(request, _ACTOR)
    return actor


def was_known_lately(request: Request[Any, Any, Any]) -> bool:
    """Say whether the door let in somebody of whom the database could not be asked: memory alone may answer them."""
    return _KNOWN_LATELY in request.scope


def admitted_person(request: Request[Any, Any, Any]) -> SignedIn:
    """Return who came in with a session; only operations that a person does for themselves ask."""
    signed_in: SignedIn = _kept(request, _SIGNED_IN)
    return signed_in


def admitted_origin(request: Request[Any, Any, Any]) -> Origin:
    """Return where the request came from."""
    origin: Origin = _kept(request, _ORIGIN)
    return origin


def bearer_token(connection: Connection) -> str:
    """Return the token of the Authorization header (RFC 6750), or raise `NotAuthenticated`."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("Send the header `Authorization: Bearer <token>`. Make a token with `omd token create`.")
    return token.strip()


def _keep(connection: Connection, name: str, value: object) -> None:
    connection.scope[name] = value  # type: ignore[literal-required]  # a key of ours


def _kept(request: Request[Any, Any, Any], name: str) -> Any:
    return request.scope[name]  # type: ignore[literal-required]  # a key of ours
