"""Signing in by an OpenID Connect provider, over HTTP: there, back, and by a second factor where there is one."""

from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar, cast

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody, PathParameter, QueryParameter

from omd.features.identity.http.people import NO_STORE, PROBLEMS, OriginDep, People, PeopleDep, signed_in_answer
from omd.features.identity.http.session import Code, RecoveryCode, view_of
from omd.features.identity.people.commands import ShownCode
from omd.features.identity.people.errors import ProviderNotFound, ProviderRefused, SecondFactorRequired
from omd.features.identity.people.oidc import PENDING_LASTS, Identity, Pending, Provider
from omd.features.identity.people.view import SessionView
from omd.infra.http import ClockDep, DatabaseDep
from omd.infra.http.problems import refusal_answer
from omd.infra.http.strict_inputs import SENT_BY_OTHERS
from omd.infra.keyring import SecretUnreadable
from omd.kernel.errors import FieldProblem, InvalidInput

VOUCHED_LASTS = timedelta(minutes=5)
"""How long the provider's word stands in for a password while a code of the second factor is typed."""

_COOKIE = "omd_oidc"
_CONTEXT = "oidc pending"
_VOUCHED_COOKIE = "omd_vouched"
_VOUCHED_CONTEXT = "oidc vouched"

ProviderName = Annotated[str, PathParameter(max_length=30, pattern="^[a-z0-9-]{1,30}$")]
Told = Annotated[str | None, QueryParameter(max_length=4000)]


class Vouched(msgspec.Struct, frozen=True):
    """Whom a provider has vouched for, when: what the browser keeps, encrypted, until a code is shown besides."""

    identity: Identity
    at: datetime


class SecondFactorShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the app, or one recovery code."""

    code: Code | None = None
    recovery_code: RecoveryCode | None = None


Kept = TypeVar("Kept")


class ProviderSignIn(Controller):
    """The way in by a provider. Accounts are there already: nobody gets one by signing in."""

    path = "/oidc/{provider:str}"
    tags = ("Sign-in",)

    @get(
        "/start",
        operation_id="startProviderSignIn",
        summary="Sign in by a provider",
        status_code=303,
        responses=PROBLEMS,
    )
    async def start(self, provider: ProviderName, people: PeopleDep) -> Response[None]:
        """Send the browser to the provider."""
        address, pending = await _named(people, provider).begin()
        cookie = _sealed(people, _COOKIE, _CONTEXT, pending, PENDING_LASTS)
        return Response(None, status_code=303, headers={"Location": address, **NO_STORE}, cookies=[cookie])

    @get(
        "/callback",
        operation_id="finishProviderSignIn",
        summary="Come back from a provider",
        status_code=303,
        responses=PROBLEMS,
        opt={SENT_BY_OTHERS: True},
    )
    async def callback(
        self,
        provider: ProviderName,
        request: Request[Any, Any, Any],
        people: PeopleDep,
        origin: OriginDep,
        clock: ClockDep,
        code: Told = None,
        oidc_state: Annotated[str | None, QueryParameter(name="state", max_length=200)] = None,
        iss: Told = None,
        error: Annotated[str | None, QueryParameter(max_length=200)] = None,
    ) -> Response[None]:
        """Begin a session for who the provider says has signed in, and go to the first page.

        Who has a second factor here is asked for its code: 401 `second_factor_required`, and a cookie, good for five
        minutes, with which `POST /api/v1/session/second-factor` takes it.
        """
        chosen = _named(people, provider)
        pending = _unsealed(request, people, _COOKIE, _CONTEXT, Pending)
        if pending is None:
            raise ProviderRefused("This browser did not begin to sign in here. Start again.")
        if error is not None or code is None or oidc_state is None:
            raise ProviderRefused("The provider did not sign you in. Start again.")
        identity = await chosen.finish(pending, code=code, state=oidc_state, issuer=iss)
        former = request.cookies.get(people.cookies.session_name)
        done = _gone(people, _COOKIE)
        try:
            token = await people.reception.sign_in_by_provider(identity, origin, former_token=former)
        except SecondFactorRequired:
            refused = refusal_answer(request, _code_wanted())
            vouched = Vouched(identity, clock.now())
            refused.cookies = [_sealed(people, _VOUCHED_COOKIE, _VOUCHED_CONTEXT, vouched, VOUCHED_LASTS), done]
            return cast("Response[None]", refused)
        lasts = int(people.sessions.rules.lasts.total_seconds())
        cookies = [people.cookies.session(token, max_age_seconds=lasts), done]
        return Response(None, status_code=303, headers={"Location": "/", **NO_STORE}, cookies=cookies)


class SecondFactorDesk(Controller):
    """The second step for whom a provider has vouched."""

    path = "/session/second-factor"
    tags = ("Sign-in",)

    @post(
        operation_id="finishSecondFactorSignIn",
        summary="Show a code after a provider",
        status_code=200,
        responses=PROBLEMS,
    )
    async def show(
        self,
        data: JSONBody[SecondFactorShown],
        request: Request[Any, Any, Any],
        people: PeopleDep,
        origin: OriginDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[SessionView]:
        """Begin a session for whom a provider vouched for in the last five minutes, and who shows a code besides."""
        vouched = _unsealed(request, people, _VOUCHED_COOKIE, _VOUCHED_CONTEXT, Vouched)
        if vouched is None or not timedelta(0) <= clock.now() - vouched.at <= VOUCHED_LASTS:
            raise ProviderRefused("No provider has vouched for you in the last minutes. Start again with the provider.")
        if data.code is None and data.recovery_code is None:
            said = "Send `code` from your authenticator app, or a `recovery_code`."
            raise InvalidInput(said, problems=(FieldProblem("/code", "missing", said),))
        token = await people.reception.sign_in_by_provider(
            vouched.identity,
            origin,
            former_token=request.cookies.get(people.cookies.session_name),
            shown=ShownCode(data.code, data.recovery_code),
        )
        answer: Response[SessionView] = signed_in_answer(await view_of(people, database, token), people, token)
        answer.cookies.append(_gone(people, _VOUCHED_COOKIE))
        return answer


def _named(people: People, name: str) -> Provider:
    found = people.providers.get(name)
    if found is None:
        raise ProviderNotFound("There is no such provider. Sign in by e-mail and password.")
    return found


def _sealed(people: People, name: str, context: str, kept: msgspec.Struct, lasts: timedelta) -> Cookie:
    """Return a cookie whose content nobody reads or makes but this server."""
    sealed = people.keyring.encrypt(msgspec.json.encode(kept), context).hex()
    return people.cookies.make(people.cookies.name(name), sealed, max_age_seconds=int(lasts.total_seconds()))


def _unsealed(
    request: Request[Any, Any, Any], people: People, name: str, context: str, kind: type[Kept]
) -> Kept | None:
    """Return what such a cookie of the browser holds, None when there is none or it is not whole."""
    sealed = request.cookies.get(people.cookies.name(name), "")
    try:
        return msgspec.json.decode(people.keyring.decrypt(bytes.fromhex(sealed), context), type=kind)
    except (ValueError, SecretUnreadable):
        return None


def _code_wanted() -> SecondFactorRequired:
    return SecondFactorRequired(
        "The provider vouches for you, and your account has a second factor: send its `code`, or a `recovery_code`, "
        "to POST /api/v1/session/second-factor within 5 minutes."
    )


def _gone(people: People, name: str) -> Cookie:
    return people.cookies.make(people.cookies.name(name), "", max_age_seconds=0)
