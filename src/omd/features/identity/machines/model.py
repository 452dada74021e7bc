"""Keys and service accounts as they are kept and shown."""

import secrets
import string
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from omd.features.identity.access import most_scopes
from omd.features.identity.holder import Holder
from omd.kernel.errors import FieldProblem, InvalidInput

OAUTH_LIFETIME = timedelta(minutes=15)
OVERLAP = timedelta(hours=24)
"""How long a key that is rotated still opens, unless its owner says otherwise."""

LAST_EXPIRY = datetime(9999, 12, 31, tzinfo=UTC)
"""No key expires from here on: behind an offset, later instants have no date in UTC."""

_CLIENT_LETTERS = string.ascii_lowercase + string.digits
_CLIENT_LENGTH = 20


class Key(msgspec.Struct, frozen=True):
    """A key as it is kept: by its prefix, without its secret. `scopes` null: all that a program of its holder may."""

    id: int
    prefix: str
    name: str
    scopes: list[str] | None
    service_account_id: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    replaces_id: int | None


class ServiceAccount(msgspec.Struct, frozen=True):
    """A partner's program, with what its keys and tokens may do at most."""

    id: int
    client_id: str
    name: str
    scopes: list[str]
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


def checked_scopes(holder: Holder, asked: Sequence[str], *, at_most: Sequence[str] | None = None) -> list[str]:
    """Return the scopes once each, in order; raise `InvalidInput` naming every one that the holder's programs lack.

    `at_most` are those of the account that a key belongs to.
    """
    most = most_scopes(of_hotel=holder.business_id is not None)
    if at_most is not None:
        most &= set(at_most)
    problems = tuple(
        FieldProblem(f"/scopes/{index}", "unknown_scope", f"{scope!r} is not one of {', '.join(sorted(most))}.")
        for index, scope in enumerate(asked)
        if scope not in most
    )
    if problems:
        unknown = ", ".join(sorted({scope for scope in asked if scope not in most}))
        raise InvalidInput(f"These scopes cannot be given here: {unknown}. Nothing was done.", problems=problems)
    return sorted(set(asked))


def require_future(expires_at: datetime | None, now: datetime) -> None:
    """Raise `InvalidInput` for an expiry that is over already, or lies beyond the calendar."""
    if expires_at is None:
        return
    if expires_at <= now:
        code, said = "in_the_past", "The expiry must lie ahead."
    elif expires_at >= LAST_EXPIRY:
        code, said = "beyond_calendar", f"The expiry must lie before {LAST_EXPIRY:%Y-%m-%d}."
    else:
        return
    raise InvalidInput(said, problems=(FieldProblem("/expires_at", code, said),))


def make_client_id() -> str:
    """Return a new name by which a partner's program says which account it is; no secret."""
    return "client_" + "".join(secrets.choice(_CLIENT_LETTERS) for _ in range(_CLIENT_LENGTH))
