"""People, the sessions they sign in to, and the secrets by which they are known."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from omd.features.identity.permissions import Role
from omd.kernel.ids import BusinessId, OmdId

_SECRET_BYTES = 32
_SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{43}")

Email = Annotated[str, msgspec.Meta(min_length=3, max_length=320, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")]
PersonName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
Language = Literal["en", "ro"]
LinkPurpose = Literal["password_reset", "invitation"]

LINK_LASTS: dict[LinkPurpose, timedelta] = {
    "password_reset": timedelta(minutes=30),
    "invitation": timedelta(days=7),
}


class SessionRules(msgspec.Struct, frozen=True):
    """How long a session lasts: unused, and at all."""

    idle: timedelta = timedelta(minutes=30)
    lasts: timedelta = timedelta(hours=12)


class Origin(msgspec.Struct, frozen=True):
    """Where a request came from: network address, id of the request, and the program that sent it.

    `neighbourhood` is what the address shares with those that its owner can take as well.
    """

    address: str = ""
    request_id: str = ""
    agent: str = ""
    neighbourhood: str = ""


class Person(msgspec.Struct, frozen=True):
    """A user."""

    id: int
    email: str
    name: str
    language: Language
    is_operator: bool
    is_disabled: bool


class PersonLine(msgspec.Struct, frozen=True):
    """A user in the operator's list."""

    id: int
    email: str
    name: str
    is_operator: bool
    created_at: datetime
    disabled_at: datetime | None


class Credentials(msgspec.Struct, frozen=True):
    """What a person proves who they are with, as it is kept."""

    password_hash: str | None
    totp_secret: bytes | None
    totp_confirmed_at: datetime | None
    totp_last_step: int | None

    @property
    def has_second_factor(self) -> bool:
        """Say whether signing in takes a code."""
        return self.totp_confirmed_at is not None


class Membership(msgspec.Struct, frozen=True, array_like=True):
    """A role in a hotel, or in the destination itself when `business_id` is None."""

    omd_id: OmdId
    business_id: BusinessId | None
    role: Role


class SessionRow(msgspec.Struct, frozen=True):
    """A session in force as it is kept, with what its person may do, as JSON."""

    token_hash: bytes
    user_id: int
    is_operator: bool
    working_omd_id: OmdId | None
    second_factor: bool
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    memberships: str


class Session(msgspec.Struct, frozen=True):
    """A session in force, and what its person may do. Holds no name and no secret."""

    user_id: int
    is_operator: bool
    working_omd_id: OmdId | None
    second_factor: bool
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    memberships: tuple[Membership, ...]

    def is_over(self, now: datetime, rules: SessionRules) -> bool:
        """Say whether it has lasted, or rested, too long."""
        return now >= self.expires_at or now - self.last_seen_at >= rules.idle


class SessionLine(msgspec.Struct, frozen=True):
    """A session in its person's own list."""

    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    second_factor: bool
    address: str
    agent: str


class AccessEvent(msgspec.Struct, frozen=True):
    """Something that happened at the way in; instants in UTC."""

    id: int
    at: datetime
    kind: str
    outcome: str
    omd_id: OmdId | None
    address: str


class Named(msgspec.Struct, frozen=True):
    """A hotel or destination by its names."""

    id: int
    code: str
    name: str


def make_secret() -> str:
    """Return 256 random bits as text: a session, or what a link carries."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def is_secret(text: str) -> bool:
    """Say whether a text has the form of a secret of ours, so that nothing else reaches a store."""
    return _SECRET_FORM.fullmatch(text) is not None


def secret_hash(secret: str) -> bytes:
    """Return the SHA-256 of a secret: what is kept of it. A random secret of this length needs no salt."""
    return hashlib.sha256(secret.encode()).digest()


def csrf_token(session_token: str) -> str:
    """Return what a page must send back beside its cookie: derived from the session, so another's is of no use.

    A script on another site can neither read the cookie nor this, and who has the session's token needs neither.
    """
    return hmac.digest(session_token.encode(), b"omd csrf", "sha256").hex()


def is_csrf_token(given: str, session_token: str) -> bool:
    """Say whether this is the session's, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(given.encode(), csrf_token(session_token).encode())


def normal_email(text: str) -> str:
    """Return an e-mail address as it is kept: one spelling, in small letters."""
    return unicodedata.normalize("NFKC", text).strip().lower()
