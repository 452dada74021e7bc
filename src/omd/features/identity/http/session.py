"""The session: signing in, who one is, switching destinations, signing out."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.params import JSONBody

from omd.features.identity.http.people import NO_STORE, PROBLEMS, OriginDep, PeopleDep, SignedInDep, signed_in_answer
from omd.features.identity.people.commands import ShownCode, switch
from omd.features.identity.people.events import record
from omd.features.identity.people.model import Email
from omd.features.identity.people.reception import Attempt
from omd.features.identity.people.sign_out import sign_out, sign_out_everywhere
from omd.features.identity.people.view import SessionView, describe_session
from omd.infra.http import ClockDep, DatabaseDep
from omd.kernel.errors import DatabaseUnavailable
from omd.kernel.ids import OmdId

Typed = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Code = Annotated[str, msgspec.Meta(min_length=6, max_length=10)]
RecoveryCode = Annotated[str, msgspec.Meta(min_length=12, max_length=30)]


class SignInRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """E-mail and password; with a second factor, a code of the app or one recovery code."""

    email: Email
    password: Typed
    code: Code | None = None
    recovery_code: RecoveryCode | None = None


class SwitchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The destination to work in from now on."""

    omd_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class SignIn(Controller):
    """The way in."""

    path = "/session"
    tags = ("Sign-in",)

    @post(operation_id="signIn", summary="Sign in", status_code=200, responses=PROBLEMS)
    async def sign_in(
        self,
        data: JSONBody[SignInRequest],
        request: Request[Any, Any, Any],
        people: PeopleDep,
        origin: OriginDep,
        database: DatabaseDep,
    ) -> Response[SessionView]:
        """Begin a session and set its cookie. A session that the browser had is over."""
        former = request.cookies.get(people.cookies.session_name)
        attempt = Attempt(data.email, data.password, ShownCode(data.code, data.recovery_code))
        token = await people.reception.sign_in(attempt, origin, former_token=former)
        return signed_in_answer(await view_of(people, database, token), people, token)


class OwnSession(Controller):
    """The session of whoever asks."""

    path = "/session"
    tags = ("Sign-in",)

    @get(operation_id="getSession", summary="Read who you are", responses=PROBLEMS)
    async def read(self, signed_in: SignedInDep, people: PeopleDep, database: DatabaseDep) -> Response[SessionView]:
        """Read who is signed in, their roles, what they may do, and the token that changes must carry."""
        idle = int(people.sessions.rules.idle.total_seconds())
        return Response(await describe_session(database, signed_in, idle_seconds=idle), headers=NO_STORE)

    @delete(operation_id="signOut", summary="Sign out", status_code=204, responses=PROBLEMS)
    async def sign_out(
        self, signed_in: SignedInDep, people: PeopleDep, origin: OriginDep, database: DatabaseDep, clock: ClockDep
    ) -> Response[None]:
        """End this session."""
        await sign_out(database, people.sessions, signed_in, origin=origin, now=clock.now())
        return Response(None, cookies=[people.cookies.no_session()])

    @post("/switch", operation_id="switchDestination", summary="Work elsewhere", status_code=200, responses=PROBLEMS)
    async def switch(
        self,
        data: JSONBody[SwitchRequest],
        signed_in: SignedInDep,
        people: PeopleDep,
        origin: OriginDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[SessionView]:
        """Work in another of your destinations from now on; the session goes on under another cookie and token."""
        held = frozenset(each.omd_id for each in signed_in.session.memberships)
        user_id, omd_id, now = signed_in.session.user_id, OmdId(data.omd_id), clock.now()
        async with database.transaction(None) as tx:
            token = await switch(tx, user_id, signed_in.token, omd_id, held, now=now)
            await record(tx, "switch", user_id=user_id, omd_id=omd_id, origin=origin, now=now)
        await people.sessions.forget(user_id)
        return signed_in_answer(await view_of(people, database, token), people, token)


class EndAll(Controller):
    """Every session of whoever asks."""

    path = "/sessions"
    tags = ("Sign-in",)

    @delete(operation_id="signOutEverywhere", summary="Sign out everywhere", status_code=204, responses=PROBLEMS)
    async def sign_out_everywhere(
        self, signed_in: SignedInDep, people: PeopleDep, origin: OriginDep, database: DatabaseDep, clock: ClockDep
    ) -> Response[None]:
        """End every session of yours, this one too."""
        await sign_out_everywhere(database, people.sessions, signed_in, origin=origin, now=clock.now())
        return Response(None, cookies=[people.cookies.no_session()])


async def view_of(people: "PeopleDep", database: DatabaseDep, token: str) -> SessionView:
    """Return what the holder of this token is told of their session."""
    signed_in = await people.sessions.resolve(token)
    if signed_in is None:
        raise DatabaseUnavailable("The session was ended while it began. Sign in again.", retry_after=1)
    idle = int(people.sessions.rules.idle.total_seconds())
    return await describe_session(database, signed_in, idle_seconds=idle)
