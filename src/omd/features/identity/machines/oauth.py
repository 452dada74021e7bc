"""OAuth 2.0 client credentials (RFC 6749, 4.4) and revocation (RFC 7009): tokens for partners' programs.

A service account is the client; any of its keys is the client's secret.
"""

import hmac
from datetime import datetime

import msgspec

from omd.db import Database, Transaction
from omd.features.identity import queries as identity_queries
from omd.features.identity.holder import Holder
from omd.features.identity.machines import queries
from omd.features.identity.machines.model import OAUTH_LIFETIME
from omd.features.identity.model import TokenGrant, is_token, make_token, token_hash
from omd.kernel.actor import Actor

MAX_SCOPE_LETTERS = 4_000


class OAuthRefused(Exception):
    """A refusal in the words of RFC 6749, 5.2; `status` and `challenge` go with it over HTTP."""

    def __init__(self, error: str, description: str, *, status: int = 400, challenge: bool = False) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
        self.challenge = challenge


class Credentials(msgspec.Struct, frozen=True):
    """How a client says who it is; `basic` when it used the Authorization header."""

    client_id: str
    secret: str
    basic: bool


class Client(msgspec.Struct, frozen=True):
    """A service account that proved who it is, by one of its keys."""

    grant: TokenGrant
    account_id: int
    client_id: str
    actor: Actor

    @property
    def holder(self) -> Holder:
        """Return whose account it is."""
        return Holder(self.grant.omd_id, self.grant.business_id)


class Issued(msgspec.Struct, frozen=True):
    """An access token just issued, as RFC 6749, 5.1 has it; `expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


async def authenticate_client(db: Database, credentials: Credentials, *, now: datetime) -> Client:
    """Return the client that the credentials prove; raise `OAuthRefused` with `invalid_client` otherwise.

    Whether the account, the key, or both are unknown, expired or ended, the answer is the same.
    """
    refusal = invalid_client(basic=credentials.basic)
    if not is_token(credentials.secret):
        raise refusal
    key = token_hash(credentials.secret)
    async with db.authenticating([key]) as tx:
        found = await identity_queries.list_token_grants(tx, [key], now)
    grant = found[0] if found else None
    if grant is None or grant.kind != "key" or grant.service_account_id is None:
        raise refusal
    actor = _issuer(grant)
    async with db.reading(actor) as tx:
        client_id = await queries.find_client_id(tx, grant.omd_id, grant.service_account_id)
    if client_id is None or not hmac.compare_digest(client_id.encode(), credentials.client_id.encode()):
        raise refusal
    return Client(grant, grant.service_account_id, client_id, actor)


async def issue_token(tx: Transaction, client: Client, *, scope: str | None, now: datetime) -> Issued:
    """Issue a token of the client's scopes, or of fewer, for 15 minutes at most and never beyond its key.

    Raises `OAuthRefused` with `invalid_scope`; `KeyEnded` or `ServiceAccountDisabled` when they ended meanwhile.
    """
    held = client.grant.scopes or []
    asked = held if scope is None else sorted(set(scope[:MAX_SCOPE_LETTERS].split(" ")) - {""})
    if not asked or not set(asked) <= set(held):
        raise OAuthRefused("invalid_scope", f"This client may have: {' '.join(sorted(held))}.")
    expires_at = now + OAUTH_LIFETIME
    if client.grant.expires_at is not None:
        expires_at = min(expires_at, client.grant.expires_at)
    made = make_token()
    await queries.add_key(
        *(tx, client.holder, made),
        name=f"OAuth token of {client.client_id}",
        scopes=asked,
        expires_at=expires_at,
        created_by=client.actor.label,
        service_account_id=client.account_id,
        issued_by_id=client.grant.id,
    )
    lifetime = int((expires_at - now).total_seconds())
    return Issued(made.token, "Bearer", lifetime, " ".join(sorted(asked)))


async def revoke_token(tx: Transaction, client: Client, token: str, *, now: datetime) -> None:
    """End a token of the client's account; a token that is unknown, over or somebody else's is none of its business.

    Raises `OAuthRefused` with `unsupported_token_type` for a key: whoever administers the account ends those.
    """
    if not is_token(token):
        return
    found = await queries.find_token_of_account(tx, client.grant.omd_id, client.account_id, token)
    if found is None:
        return
    if found.kind == "key":
        raise OAuthRefused("unsupported_token_type", "A key is ended by whoever administers the service account.")
    await queries.end_key(tx, client.grant.omd_id, found.id, revoked_at=now)


def _issuer(grant: TokenGrant) -> Actor:
    """Return the actor that reads the client's account and writes its tokens, and reaches nothing else."""
    label = f"account:{grant.service_account_id}"
    if grant.business_id is None:
        return Actor(grant.omd_id, "omd", (), (), label, administers_omd=True)
    hotel = (grant.business_id,)
    return Actor(grant.omd_id, "hotel", hotel, (), label, admin_business_ids=hotel)


def invalid_client(*, basic: bool) -> OAuthRefused:
    said = "The client is unknown, or its secret is wrong or over. A service account's key is its secret."
    return OAuthRefused("invalid_client", said, status=401, challenge=basic)
