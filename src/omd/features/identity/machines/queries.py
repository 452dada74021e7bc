"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.identity.holder import Holder
from omd.features.identity.machines.model import Key, ServiceAccount
from omd.features.identity.model import NewToken, token_hash
from omd.kernel.ids import OmdId

_SQL = load_statements("omd.features.identity.machines")


class IssuedToken(msgspec.Struct, frozen=True):
    """A key or OAuth token of an account, found by its hash."""

    id: int
    kind: Literal["key", "oauth"]
    revoked_at: datetime | None


async def list_keys(tx: ReadTransaction, holder: Holder, *, before: int, most: int) -> list[Key]:
    """Return at most `most` of the holder's keys with ids below `before`, the newest first, ended ones among them."""
    return await tx.many(
        *(_SQL["list_keys"], Key),
        omd_id=holder.omd_id,
        business_id=holder.business_id,
        before=before,
        most=most,
    )


async def lock_key(tx: Transaction, holder: Holder, key_id: int) -> Key | None:
    """Return the key, locked, None when the holder has none of this id."""
    return await tx.maybe(_SQL["lock_key"], Key, omd_id=holder.omd_id, business_id=holder.business_id, id=key_id)


async def is_replaced(tx: ReadTransaction, omd_id: OmdId, key_id: int) -> bool:
    """Say whether another key took the place of this one."""
    return bool(await tx.value(_SQL["is_replaced"], omd_id=omd_id, id=key_id))


async def add_key(
    tx: Transaction,
    holder: Holder,
    made: NewToken,
    *,
    name: str,
    scopes: Sequence[str] | None,
    expires_at: datetime | None,
    created_by: str,
    service_account_id: int | None = None,
    replaces_id: int | None = None,
    issued_by_id: int | None = None,
) -> Key:
    """Keep a new key by its hash; with `issued_by_id` it is an OAuth token issued for that key."""
    return await tx.one(
        _SQL["add_key"],
        Key,
        omd_id=holder.omd_id,
        business_id=holder.business_id,
        name=name,
        prefix=made.prefix,
        token_hash=token_hash(made.token),
        kind="key" if issued_by_id is None else "oauth",
        scopes=scopes,
        expires_at=expires_at,
        service_account_id=service_account_id,
        created_by=created_by,
        issued_by_id=issued_by_id,
        replaces_id=replaces_id,
    )


async def end_key(
    tx: Transaction,
    omd_id: OmdId,
    token_id: int,
    *,
    expires_at: datetime | None = None,
    revoked_at: datetime | None = None,
) -> int:
    """Let a key or token open until `expires_at` at most, or end it at once; return 0 when it was revoked before."""
    return await tx.run(_SQL["end_key"], omd_id=omd_id, id=token_id, expires_at=expires_at, revoked_at=revoked_at)


async def list_accounts(tx: ReadTransaction, holder: Holder, *, before: int, most: int) -> list[ServiceAccount]:
    """Return at most `most` of the holder's service accounts with ids below `before`, the newest first."""
    return await tx.many(
        *(_SQL["list_accounts"], ServiceAccount),
        omd_id=holder.omd_id,
        business_id=holder.business_id,
        before=before,
        most=most,
    )


async def find_client_id(tx: ReadTransaction, omd_id: OmdId, account_id: int) -> str | None:
    """Return the name by which a partner's program says who it is."""
    found: str | None = await tx.value(_SQL["find_client_id"], omd_id=omd_id, id=account_id)
    return found


async def lock_account(tx: Transaction, holder: Holder, account_id: int) -> ServiceAccount | None:
    """Return the account, locked, None when the holder has none of this id."""
    return await tx.maybe(
        _SQL["lock_account"], ServiceAccount, omd_id=holder.omd_id, business_id=holder.business_id, id=account_id
    )


async def add_account(
    tx: Transaction, holder: Holder, *, client_id: str, name: str, scopes: Sequence[str], created_by: str
) -> ServiceAccount:
    """Add a service account."""
    return await tx.one(
        _SQL["add_account"],
        ServiceAccount,
        omd_id=holder.omd_id,
        business_id=holder.business_id,
        client_id=client_id,
        name=name,
        scopes=scopes,
        created_by=created_by,
    )


async def change_account(
    tx: Transaction, omd_id: OmdId, account_id: int, *, name: str, scopes: Sequence[str]
) -> ServiceAccount:
    """Give an account another name and other scopes; its keys lose those that it lost."""
    return await tx.one(_SQL["change_account"], ServiceAccount, omd_id=omd_id, id=account_id, name=name, scopes=scopes)


async def revoke_keys_beyond(
    tx: Transaction, omd_id: OmdId, account_id: int, *, scopes: Sequence[str], now: datetime
) -> None:
    """End the keys and tokens of an account that have none of these scopes."""
    await tx.run(_SQL["revoke_keys_beyond"], omd_id=omd_id, id=account_id, scopes=scopes, now=now)


async def disable_account(tx: Transaction, omd_id: OmdId, account_id: int, *, now: datetime) -> None:
    """Disable an account, and with it all its keys and tokens."""
    await tx.run(_SQL["disable_account"], omd_id=omd_id, id=account_id, now=now)


async def find_token_of_account(tx: ReadTransaction, omd_id: OmdId, account_id: int, token: str) -> IssuedToken | None:
    """Return the account's key or OAuth token of this text, None when it has no such one."""
    return await tx.maybe(
        _SQL["find_token_of_account"],
        IssuedToken,
        omd_id=omd_id,
        service_account_id=account_id,
        token_hash=token_hash(token),
    )


async def purge_oauth_tokens(tx: Transaction, *, before: datetime, batch: int) -> int:
    """Delete at most `batch` OAuth tokens that expired before an instant and return how many there were."""
    return await tx.run(_SQL["purge_oauth_tokens"], before=before, batch=batch)
