"""What people do about their own account."""

from typing import Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post, put
from litestar.params import JSONBody

from omd.features.identity.http.people import NO_STORE, PROBLEMS, OriginDep, PeopleDep, SignedInDep, signed_in_answer
from omd.features.identity.http.session import Code, Typed, view_of
from omd.features.identity.people import commands, queries
from omd.features.identity.people.events import record
from omd.features.identity.people.model import AccessEvent, SessionLine
from omd.features.identity.people.second_factor import provisioning_uri
from omd.features.identity.people.sessions import require_fresh
from omd.features.identity.people.view import SessionView
from omd.infra.http import LAST_ID, BeforeId, ClockDep, DatabaseDep, PageSize, page_by_id


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password there is, and the one to come."""

    old_password: Typed
    new_password: Typed


class NewSecondFactor(msgspec.Struct, frozen=True):
    """What an authenticator app takes: the address as a QR code, or the secret typed in."""

    uri: str
    secret: str


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first code that the app shows."""

    code: Code


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Codes that stand in for a lost app, once each. They are shown this once."""

    recovery_codes: list[str]
    session: SessionView


class Me(Controller):
    """The account of whoever asks."""

    path = "/me"
    tags = ("Account",)

    @put("/password", operation_id="changePassword", summary="Change your password", responses=PROBLEMS)
    async def change_password(
        self,
        data: JSONBody[PasswordChange],
        signed_in: SignedInDep,
        people: PeopleDep,
        origin: OriginDep,
        database: DatabaseDep,
    ) -> Response[SessionView]:
        """Change your password. Every session of yours is over but this one, which goes on under another cookie."""
        token = await people.reception.change_password(signed_in, data.old_password, data.new_password, origin)
        return signed_in_answer(await view_of(people, database, token), people, token)

    @post(
        "/second-factor",
        operation_id="beginSecondFactor",
        summary="Set up a second factor",
        status_code=200,
        responses=PROBLEMS,
    )
    async def begin(
        self, signed_in: SignedInDep, people: PeopleDep, origin: OriginDep, database: DatabaseDep, clock: ClockDep
    ) -> Response[NewSecondFactor]:
        """Get a secret for your authenticator app. It counts once it is confirmed by a code."""
        require_fresh(signed_in, clock.now())
        user_id, now = signed_in.session.user_id, clock.now()
        async with database.transaction(None) as tx:
            secret = await commands.begin_second_factor(tx, user_id, keyring=people.keyring)
            person, _ = await commands.find_by_id(tx, user_id)
            await record(tx, "second_factor_begin", user_id=user_id, origin=origin, now=now)
        return Response(NewSecondFactor(provisioning_uri(secret, person.email), secret), headers=NO_STORE)

    @post(
        "/second-factor/confirm",
        operation_id="confirmSecondFactor",
        summary="Confirm the second factor",
        status_code=200,
        responses=PROBLEMS,
    )
    async def confirm(
        self,
        data: JSONBody[Confirmation],
        signed_in: SignedInDep,
        people: PeopleDep,
        origin: OriginDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[RecoveryCodes]:
        """Confirm the second factor by its first code, and get recovery codes. Your other sessions are over."""
        user_id, now = signed_in.session.user_id, clock.now()
        async with database.transaction(None) as tx:
            codes = await commands.confirm_second_factor(tx, user_id, data.code, keyring=people.keyring, now=now)
            await queries.end_sessions(tx, user_id, now)
            token = await commands.begin_session(
                tx,
                user_id,
                second_factor=True,
                working_omd_id=signed_in.session.working_omd_id,
                rules=people.sessions.rules,
                origin=origin,
                now=now,
            )
            await record(tx, "second_factor_confirm", user_id=user_id, origin=origin, now=now)
        await people.sessions.forget(user_id)
        return signed_in_answer(RecoveryCodes(codes, await view_of(people, database, token)), people, token)

    @delete("/second-factor", operation_id="removeSecondFactor", summary="Remove the second factor", responses=PROBLEMS)
    async def remove(self, signed_in: SignedInDep, origin: OriginDep, database: DatabaseDep, clock: ClockDep) -> None:
        """Remove your second factor and its recovery codes."""
        require_fresh(signed_in, clock.now())
        user_id = signed_in.session.user_id
        async with database.transaction(None) as tx:
            await commands.remove_second_factor(tx, user_id)
            await record(tx, "second_factor_remove", user_id=user_id, origin=origin, now=clock.now())

    @get("/sessions", operation_id="listSessions", summary="List your sessions", responses=PROBLEMS)
    async def list_sessions(
        self, signed_in: SignedInDep, people: PeopleDep, database: DatabaseDep, clock: ClockDep
    ) -> list[SessionLine]:
        """List where you are signed in, the newest first; at most 100."""
        user_id, now = signed_in.session.user_id, clock.now()
        async with database.transaction(None) as tx:
            await queries.open_person(tx, user_id)
            return await queries.list_sessions(tx, user_id, now=now, idle_since=now - people.sessions.rules.idle)

    @get("/activity", operation_id="listActivity", summary="List what happened to your account", responses=PROBLEMS)
    async def list_activity(
        self,
        request: Request[Any, Any, Any],
        signed_in: SignedInDep,
        database: DatabaseDep,
        after: BeforeId = LAST_ID,
        limit: PageSize = 100,
    ) -> Response[list[AccessEvent]]:
        """List sign-ins, failures and changes of your account, the newest first, a page at a time."""
        user_id = signed_in.session.user_id
        async with database.transaction(None) as tx:
            await queries.open_person(tx, user_id)
            found = await queries.list_events(tx, user_id, before=after, most=limit + 1)
        return page_by_id(request, found, limit)
