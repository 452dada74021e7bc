"""Signing in by an OpenID Connect provider, over HTTP: there, and back."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import PathParameter, QueryParameter

from omd.features.identity.http.people import NO_STORE, PROBLEMS, OriginDep, People, PeopleDep
from omd.features.identity.people.errors import ProviderNotFound, ProviderRefused
from omd.features.identity.people.oidc import PENDING_LASTS, Pending, Provider
from omd.infra.http.strict_inputs import SENT_BY_OTHERS
from omd.infra.keyring import SecretUnreadable

_COOKIE = "omd_oidc"
_CONTEXT = "oidc pending"

ProviderName = Annotated[str, PathParameter(max_length=30, pattern="^[a-z0-9-]{1,30}$")]
Told = Annotated[str | None, QueryParameter(max_length=4000)]


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
        sealed = people.keyring.encrypt(msgspec.json.encode(pending), _CONTEXT).hex()
        seconds = int(PENDING_LASTS.total_seconds())
        cookie = people.cookies.make(people.cookies.name(_COOKIE), sealed, max_age_seconds=seconds)
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
        code: Told = None,
        oidc_state: Annotated[str | None, QueryParameter(name="state", max_length=200)] = None,
        iss: Told = None,
        error: Annotated[str | None, QueryParameter(max_length=200)] = None,
    ) -> Response[None]:
        """Begin a session for who the provider says has signed in, and go to the first page."""
        chosen = _named(people, provider)
        pending = _pending(request, people)
        if error is not None or code is None or oidc_state is None:
            raise ProviderRefused("The provider did not sign you in. Start again.")
        identity = await chosen.finish(pending, code=code, state=oidc_state, issuer=iss)
        former = request.cookies.get(people.cookies.session_name)
        token = await people.reception.sign_in_by_provider(identity, origin, former_token=former)
        lasts = int(people.sessions.rules.lasts.total_seconds())
        cookies = [
            people.cookies.session(token, max_age_seconds=lasts),
            people.cookies.make(people.cookies.name(_COOKIE), "", max_age_seconds=0),
        ]
        return Response(None, status_code=303, headers={"Location": "/", **NO_STORE}, cookies=cookies)


def _named(people: People, name: str) -> Provider:
    found = people.providers.get(name)
    if found is None:
        raise ProviderNotFound("There is no such provider. Sign in by e-mail and password.")
    return found


def _pending(request: Request[Any, Any, Any], people: People) -> Pending:
    sealed = request.cookies.get(people.cookies.name(_COOKIE), "")
    try:
        return msgspec.json.decode(people.keyring.decrypt(bytes.fromhex(sealed), _CONTEXT), type=Pending)
    except (ValueError, SecretUnreadable) as error:
        raise ProviderRefused("This browser did not begin to sign in here. Start again.") from error
