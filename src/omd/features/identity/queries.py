"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.identity.model import AccessToken, Omd, Places, TokenGrant
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.identity")


async def list_token_grants(tx: ReadTransaction, token_hashes: Sequence[bytes], now: datetime) -> list[TokenGrant]:
    """Return what those of the tokens open that are in force at an instant; the others are left out."""
    return await tx.many(_SQL["list_token_grants"], TokenGrant, token_hashes=token_hashes, now=now)


async def note_token_use(tx: ReadTransaction, token_hashes: Sequence[bytes], used_at: Sequence[datetime]) -> None:
    """Note when each of the tokens last came in; `tx` authenticates them and may write."""
    await tx.value(_SQL["note_token_use"], token_hashes=token_hashes, used_at=used_at)


async def find_places(tx: ReadTransaction, omd_id: OmdId) -> Places:
    """Return the hotels of an OMD, and which of them let it read their guests."""
    return await tx.one(_SQL["find_places"], Places, omd_id=omd_id)


async def find_member_by_code(tx: ReadTransaction, omd_id: OmdId, code: str) -> BusinessId | None:
    """Return the id of the hotel with this code, None when there is none."""
    found: BusinessId | None = await tx.value(_SQL["find_member_by_code"], omd_id=omd_id, code=code)
    return found


async def has_member(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId) -> bool:
    """Say whether the hotel is a member of the OMD."""
    return bool(await tx.value(_SQL["has_member"], omd_id=omd_id, business_id=business_id))


async def list_omds(tx: ReadTransaction) -> list[Omd]:
    """Return every destination the actor may see, by code; the maintenance role sees all without a tenant."""
    return await tx.many(_SQL["list_omds"], Omd)


async def find_omd_by_code(tx: ReadTransaction, code: str) -> Omd | None:
    """Return the destination with this code, None when there is none."""
    return await tx.maybe(_SQL["find_omd_by_code"], Omd, code=code)


async def get_omd(tx: ReadTransaction, omd_id: OmdId) -> Omd | None:
    """Return the destination with this id, None when the actor may not see it or it is not there."""
    return await tx.maybe(_SQL["find_omd"], Omd, omd_id=omd_id)


async def add_omd(tx: Transaction, code: str, name: str) -> OmdId | None:
    """Add a destination and return its id, None when its code is taken already."""
    added: OmdId | None = await tx.value(_SQL["add_omd"], code=code, name=name)
    return added


async def rename_omd(tx: Transaction, omd_id: OmdId, name: str) -> None:
    """Give a destination another name."""
    await tx.run(_SQL["rename_omd"], omd_id=omd_id, name=name)


async def add_token(
    tx: Transaction,
    *,
    omd_id: OmdId,
    business_id: BusinessId | None,
    name: str,
    prefix: str,
    token_hash: bytes,
    scopes: Sequence[str] | None,
    expires_at: datetime | None,
) -> None:
    """Keep a new key by its hash."""
    await tx.run(
        _SQL["add_token"],
        omd_id=omd_id,
        business_id=business_id,
        name=name,
        prefix=prefix,
        token_hash=token_hash,
        scopes=scopes,
        expires_at=expires_at,
    )


async def list_tokens(tx: ReadTransaction, omd_id: OmdId) -> list[AccessToken]:
    """Return the tokens of an OMD and its hotels, the newest first, revoked ones among them."""
    return await tx.many(_SQL["list_tokens"], AccessToken, omd_id=omd_id)


async def revoke_tokens(tx: Transaction, omd_id: OmdId, prefix: str, now: datetime) -> int:
    """End the tokens in force that have this prefix and return how many there were."""
    return await tx.run(_SQL["revoke_token"], omd_id=omd_id, prefix=prefix, now=now)
