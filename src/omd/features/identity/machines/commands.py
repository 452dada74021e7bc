"""What may be done to keys and service accounts. The actor's context decides whose rows there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from omd.db import Transaction
from omd.features.identity.holder import Holder
from omd.features.identity.machines import queries
from omd.features.identity.machines.errors import KeyEnded, ServiceAccountDisabled
from omd.features.identity.machines.model import (
    Key,
    ServiceAccount,
    checked_scopes,
    make_client_id,
    require_future,
)
from omd.features.identity.model import NewToken, make_token
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound


async def create_key(
    tx: Transaction,
    actor: Actor,
    holder: Holder,
    *,
    name: str,
    scopes: Sequence[str] | None,
    expires_at: datetime | None,
    service_account_id: int | None,
    now: datetime,
) -> tuple[Key, NewToken]:
    """Make a key and return it with its text, which is kept nowhere.

    Without scopes it may do all that its account may, or all that a program of its holder may. Raises `InvalidInput`
    for a scope beyond that or an expiry that is over, `NotFound` for an account of somebody else,
    `ServiceAccountDisabled` for one that is over.
    """
    require_future(expires_at, now)
    if service_account_id is not None:
        account = await _enabled(tx, holder, service_account_id)
        given: list[str] | None = checked_scopes(holder, scopes or account.scopes, at_most=account.scopes)
    else:
        given = None if scopes is None else checked_scopes(holder, scopes)
    made = make_token()
    key = await queries.add_key(
        *(tx, holder, made),
        name=name,
        scopes=given,
        expires_at=expires_at,
        created_by=actor.label,
        service_account_id=service_account_id,
    )
    return key, made


async def rotate_key(
    tx: Transaction, actor: Actor, holder: Holder, key_id: int, *, overlap: timedelta, now: datetime
) -> tuple[Key, NewToken]:
    """Make a key that takes another's place, with its name, scopes and expiry; the old one opens for the overlap yet.

    A key has one successor: of two who rotate it at once, one gets `KeyEnded`, as does who rotates a key that is over.
    """
    old = await _key(tx, holder, key_id)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise KeyEnded(f"The key {old.prefix} is over; make a new one.")
    if await queries.is_replaced(tx, holder.omd_id, key_id):
        raise KeyEnded(f"The key {old.prefix} has been replaced already; rotate the one that took its place.")
    made = make_token()
    key = await queries.add_key(
        *(tx, holder, made),
        name=old.name,
        scopes=old.scopes,
        expires_at=old.expires_at,
        created_by=actor.label,
        service_account_id=old.service_account_id,
        replaces_id=key_id,
    )
    if overlap:
        await queries.end_key(tx, holder.omd_id, key_id, expires_at=now + overlap)
    else:
        await queries.end_key(tx, holder.omd_id, key_id, revoked_at=now)
    return key, made


async def revoke_key(tx: Transaction, holder: Holder, key_id: int, *, now: datetime) -> Key:
    """End a key and the tokens issued for it, within a second everywhere; once more changes nothing."""
    key = await _key(tx, holder, key_id)
    if key.revoked_at is None:
        await queries.end_key(tx, holder.omd_id, key_id, revoked_at=now)
    return await _key(tx, holder, key_id)


async def create_account(
    tx: Transaction, actor: Actor, holder: Holder, *, name: str, scopes: Sequence[str]
) -> ServiceAccount:
    """Add a service account; raise `InvalidInput` for a scope that the holder's programs lack."""
    given = checked_scopes(holder, scopes)
    return await queries.add_account(
        tx, holder, client_id=make_client_id(), name=name, scopes=given, created_by=actor.label
    )


async def change_account(
    tx: Transaction,
    holder: Holder,
    account_id: int,
    *,
    name: str | None,
    scopes: Sequence[str] | None,
    now: datetime,
) -> ServiceAccount:
    """Rename an account or change its scopes; its keys lose what it loses, and never gain.

    Raises `InvalidInput` for a scope that the holder's programs lack, `ServiceAccountDisabled` for one that is over.
    """
    account = await _enabled(tx, holder, account_id)
    given = account.scopes if scopes is None else checked_scopes(holder, scopes)
    await queries.revoke_keys_beyond(tx, holder.omd_id, account_id, scopes=given, now=now)
    return await queries.change_account(tx, holder.omd_id, account_id, name=name or account.name, scopes=given)


async def disable_account(tx: Transaction, holder: Holder, account_id: int, *, now: datetime) -> ServiceAccount:
    """End an account for good, with all its keys and tokens; once more changes nothing."""
    await _account(tx, holder, account_id)
    await queries.disable_account(tx, holder.omd_id, account_id, now=now)
    return await _account(tx, holder, account_id)


async def _key(tx: Transaction, holder: Holder, key_id: int) -> Key:
    key = await queries.lock_key(tx, holder, key_id)
    if key is None:
        raise NotFound(f"There is no key {key_id}.")
    return key


async def _account(tx: Transaction, holder: Holder, account_id: int) -> ServiceAccount:
    account = await queries.lock_account(tx, holder, account_id)
    if account is None:
        raise NotFound(f"There is no service account {account_id}.")
    return account


async def _enabled(tx: Transaction, holder: Holder, account_id: int) -> ServiceAccount:
    account = await _account(tx, holder, account_id)
    if account.disabled_at is not None:
        raise ServiceAccountDisabled(f"The service account {account.client_id} is disabled; make a new one.")
    return account
