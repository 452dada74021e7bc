"""Destinations, and the tokens with which programs come in."""

import hashlib
import re
import secrets
import string
from datetime import datetime
from typing import Literal

import msgspec

from omd.kernel.ids import BusinessId, OmdId

_PREFIX_LETTERS = string.ascii_lowercase + string.digits
PREFIX_LENGTH = 8
_SECRET_BYTES = 32
_TOKEN_FORM = re.compile(r"omd_[a-z0-9]{8}_[A-Za-z0-9_-]{32,100}")


class Omd(msgspec.Struct, frozen=True):
    """A destination management organisation: the tenant."""

    id: OmdId
    code: str
    name: str


class NewToken(msgspec.Struct, frozen=True):
    """A token just made: the only moment at which its text is known."""

    token: str
    prefix: str


class AccessToken(msgspec.Struct, frozen=True):
    """A token as it is kept: by its prefix, without its secret."""

    prefix: str
    name: str
    business_code: str | None
    created_at: datetime
    revoked_at: datetime | None


class TokenGrant(msgspec.Struct, frozen=True):
    """What a token that is in force opens: one hotel, or the whole OMD when `business_id` is None.

    `scopes` None means all that a program may.
    """

    token_hash: bytes
    omd_id: OmdId
    business_id: BusinessId | None
    id: int
    kind: Literal["key", "oauth"]
    prefix: str
    service_account_id: int | None
    scopes: list[str] | None
    expires_at: datetime | None
    last_used_at: datetime | None

    def opens_the_same(self, other: "TokenGrant") -> bool:
        """Say whether the other opens just as much for just as long."""
        return self == msgspec.structs.replace(other, last_used_at=self.last_used_at)


class Places(msgspec.Struct, frozen=True):
    """The hotels of a destination, and those of them that let it read their guests."""

    members: list[BusinessId]
    consented: list[BusinessId]


def make_token() -> NewToken:
    """Return a token of 256 random bits behind a prefix by which people name it."""
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(PREFIX_LENGTH))
    return NewToken(f"omd_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}", prefix)


def is_token(text: str) -> bool:
    """Say whether the text has the form of a token, so that nothing else reaches the database."""
    return _TOKEN_FORM.fullmatch(text) is not None


def token_hash(token: str) -> bytes:
    """Return the SHA-256 of a token: what is kept of it. A random secret of this length needs no salt."""
    return hashlib.sha256(token.encode()).digest()
