"""The way in: who a request acts for."""

from typing import Any

from litestar import Request

from omd.kernel.errors import OmdError


class NotAuthenticated(OmdError):
    """The request carries no token, or one that opens nothing."""

    code = "not_authenticated"
    status = 401
    title = "No valid token"


def bearer_token(request: Request[Any, Any, Any]) -> str:
    """Return the token of the Authorization header (RFC 6750), or raise `NotAuthenticated`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("Send the header `Authorization: Bearer <token>`. Make a token with `omd token create`.")
    return token.strip()
