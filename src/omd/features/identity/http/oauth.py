"""OAuth 2.0 over HTTP: tokens for partners' programs. Bodies, refusals and headers are those of RFC 6749 and 7009."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.status_codes import HTTP_200_OK

from omd.db import Transaction
from omd.features.identity.machines import oauth
from omd.features.identity.machines.errors import KeyEnded, ServiceAccountDisabled
from omd.features.identity.machines.oauth import Client, Credentials, Issued, OAuthRefused, invalid_client
from omd.infra.http import COMMON_PROBLEMS, FORM, ClockDep, DatabaseDep, FormInvalid, form_decoded, read_form
from omd.infra.http.refusals import note_refusal

_UNKEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_GRANT_TYPE = "client_credentials"


class OAuthError(msgspec.Struct, frozen=True):
    """A refusal as RFC 6749, 5.2 has it."""

    error: str
    error_description: str


def _form(*fields: str) -> RequestBody:
    """Return what the document says of a form: the handlers read it strictly themselves. The first field is needed."""
    text = Schema(type=OpenAPIType.STRING)
    schema = Schema(type=OpenAPIType.OBJECT, properties=dict.fromkeys(fields, text), required=list(fields[:1]))
    return RequestBody(content={FORM: OpenAPIMediaType(schema=schema)}, required=True)


@dataclass
class _TokenOperation(Operation):
    def __post_init__(self) -> None:
        self.request_body = _form("grant_type", "scope", "client_id", "client_secret")


@dataclass
class _RevocationOperation(Operation):
    def __post_init__(self) -> None:
        self.request_body = _form("token", "token_type_hint", "client_id", "client_secret")


def read_credentials(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """Return the client's credentials, from the header or from the form (RFC 6749, 2.3.1).

    Raises `OAuthRefused` when there are none, or when both ways are used at once.
    """
    in_form = "client_id" in form or "client_secret" in form
    if authorization is None:
        if not in_form:
            raise OAuthRefused("invalid_client", "Send client_id and client_secret.", status=401, challenge=True)
        return Credentials(form.get("client_id", ""), form.get("client_secret", ""), basic=False)
    if "client_secret" in form:
        raise OAuthRefused(
            "invalid_request", "Send the client's credentials in the header or in the form, not in both."
        )
    scheme, _, encoded = authorization.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
        client_id, colon, secret = decoded.partition(b":")
        if not colon:
            raise FormInvalid("no credentials")
        credentials = Credentials(form_decoded(client_id), form_decoded(secret), basic=True)
    except (binascii.Error, ValueError):
        raise invalid_client(basic=True) from None
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise OAuthRefused("invalid_request", "The header and the form name two clients.")
    return credentials


_REFUSALS = {
    **{status: COMMON_PROBLEMS[status] for status in (403, 413, 429, 503)},
    400: ResponseSpec(
        OAuthError, description="The request is not one of OAuth, or asks too much.", generate_examples=False
    ),
    401: ResponseSpec(OAuthError, description="The client is not known by these credentials.", generate_examples=False),
}


@post(
    "/token",
    operation_id="issueOAuthToken",
    summary="Get a token for a partner's program",
    tags=["OAuth"],
    operation_class=_TokenOperation,
    status_code=HTTP_200_OK,
    responses={
        200: ResponseSpec(Issued, description="A token for 15 minutes at most.", generate_examples=False),
        **_REFUSALS,
    },
)
async def issue(request: Request[Any, Any, Any], database: DatabaseDep, clock: ClockDep) -> Response[bytes]:
    """Change a service account's key for a short-lived token (RFC 6749, 4.4), with all its scopes or fewer.

    The client says who it is by HTTP Basic, or by `client_id` and `client_secret` in the form; the secret is any key
    of the service account.
    """
    form = await _form_of(request)
    client, basic = await _client(request, form, database, clock)
    granted = form.get("grant_type")
    if granted is None:
        raise OAuthRefused("invalid_request", f"Send grant_type={_GRANT_TYPE}.")
    if granted != _GRANT_TYPE:
        raise OAuthRefused("unsupported_grant_type", f"The one grant there is: {_GRANT_TYPE}.")

    async def work(tx: Transaction) -> Issued:
        return await oauth.issue_token(tx, client, scope=form.get("scope"), now=clock.now())

    try:
        issued = await database.write(client.actor, work)
    except (KeyEnded, ServiceAccountDisabled):
        raise invalid_client(basic=basic) from None
    return Response(msgspec.json.encode(issued), headers=_UNKEPT, media_type="application/json")


@post(
    "/revoke",
    operation_id="revokeOAuthToken",
    summary="End a token of a partner's program",
    tags=["OAuth"],
    operation_class=_RevocationOperation,
    status_code=HTTP_200_OK,
    responses={
        200: ResponseSpec(None, description="The token opens nothing any more.", generate_examples=False),
        **_REFUSALS,
    },
)
async def revoke(request: Request[Any, Any, Any], database: DatabaseDep, clock: ClockDep) -> Response[bytes]:
    """End one of your tokens (RFC 7009), within a second everywhere; a token that opens nothing is well ended too."""
    form = await _form_of(request)
    client, _ = await _client(request, form, database, clock)
    token = form.get("token")
    if not token:
        raise OAuthRefused("invalid_request", "Send token=<the token to end>.")

    async def work(tx: Transaction) -> None:
        await oauth.revoke_token(tx, client, token, now=clock.now())

    await database.write(client.actor, work)
    return Response(b"", headers=_UNKEPT, media_type="application/json")


async def _form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    try:
        return await read_form(request)
    except FormInvalid as problem:
        raise OAuthRefused("invalid_request", str(problem)) from None


async def _client(
    request: Request[Any, Any, Any], form: Mapping[str, str], database: DatabaseDep, clock: ClockDep
) -> tuple[Client, bool]:
    """Return the client that proved who it is, and whether by the Authorization header."""
    credentials = read_credentials(request.headers.get("authorization"), form)
    return await oauth.authenticate_client(database, credentials, now=clock.now()), credentials.basic


def _refused(request: Request[Any, Any, Any], refusal: OAuthRefused) -> Response[bytes]:
    note_refusal(f"oauth_{refusal.error}", refusal.status, request.scope)
    headers = {**_UNKEPT, **({"WWW-Authenticate": 'Basic realm="omd"'} if refusal.challenge else {})}
    body = msgspec.json.encode(OAuthError(refusal.error, refusal.description))
    return Response(body, status_code=refusal.status, headers=headers, media_type="application/json")


router = Router(path="/oauth", route_handlers=[issue, revoke], exception_handlers={OAuthRefused: _refused})
