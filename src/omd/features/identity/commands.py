"""What may be done to destinations and their access tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from omd.db import Transaction
from omd.features.identity import queries
from omd.features.identity.errors import HotelNotFound, TokenNotFound
from omd.features.identity.model import NewToken, make_token, token_hash
from omd.kernel.ids import BusinessId, OmdId

Put = Literal["added", "changed", "unchanged"]


async def put_omd(tx: Transaction, *, code: str, name: str) -> tuple[OmdId, Put]:
    """Add the destination with this code, or give the one that stands this name; return its id and what was done."""
    # Looking first spares an id: an insert that finds its code taken has used one up.
    standing = await queries.find_omd_by_code(tx, code)
    if standing is None:
        added = await queries.add_omd(tx, code, name)
        if added is not None:
            return added, "added"
        standing = await queries.find_omd_by_code(tx, code)
        assert standing is not None, "destinations are never deleted"
    if standing.name == name:
        return standing.id, "unchanged"
    await queries.rename_omd(tx, standing.id, name)
    return standing.id, "changed"


async def create_token(
    tx: Transaction,
    *,
    omd_id: OmdId,
    business_id: BusinessId | None,
    name: str,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a key of one hotel, or of the whole OMD when `business_id` is None; only its hash is kept.

    Without scopes it may do all that a program may. Raises `HotelNotFound` when the hotel is not a member of the OMD.
    """
    if business_id is not None and not await queries.has_member(tx, omd_id, business_id):
        raise HotelNotFound(f"Hotel {business_id} is not a member of this destination; no token was made.")
    made = make_token()
    await queries.add_token(
        tx,
        omd_id=omd_id,
        business_id=business_id,
        name=name,
        prefix=made.prefix,
        token_hash=token_hash(made.token),
        scopes=scopes,
        expires_at=expires_at,
    )
    return made


async def revoke_token(tx: Transaction, *, omd_id: OmdId, prefix: str, now: datetime) -> None:
    """End a token, within a second everywhere; raise `TokenNotFound` when none in force has this prefix."""
    if not await queries.revoke_tokens(tx, omd_id, prefix, now):
        raise TokenNotFound(f"No token in force has the prefix {prefix}. List the tokens to see the ones there are.")
