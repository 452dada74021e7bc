"""Document numbers encrypted anew, after a new key was put in front of the old one.

These functions are the edge themselves: one transaction a batch, on a database of the maintenance role.
"""

from uuid import UUID

import msgspec

from omd.db import Database, ReadTransaction, Transaction, load_statements
from omd.features.identity import list_omds, system_actor
from omd.features.reservations.documents import document_context
from omd.infra.keyring import Keyring, Renewed, SecretUnreadable
from omd.kernel.actor import Actor

_SQL = load_statements("omd.features.reservations", "guests.sql")
_LABEL = "key renewal"
_FIRST = UUID(int=0)
BATCH = 200


class OldDocument(msgspec.Struct, frozen=True):
    """A number under an older key."""

    business_id: int
    id: UUID
    document_number: bytes


async def renew_documents(db: Database, keyring: Keyring) -> Renewed:
    """Encrypt every document number under the newest key; `db` acts in the role omd_maintenance. Safe twice."""
    async with db.reading(None) as tx:
        omds = [omd.id for omd in await list_omds(tx)]
    renewed = unreadable = 0
    for omd_id in omds:
        done = await _renew(db, await system_actor(db, omd_id, label=_LABEL), keyring)
        renewed, unreadable = renewed + done.renewed, unreadable + done.unreadable
    return Renewed(renewed, unreadable)


async def _renew(db: Database, actor: Actor, keyring: Keyring) -> Renewed:
    renewed = unreadable = 0
    after = _FIRST
    while True:
        async with db.reading(actor) as tx:
            found = await _list_old(tx, actor, keyring, after)
        if not found:
            return Renewed(renewed, unreadable)
        after = found[-1].id
        anew: list[tuple[OldDocument, bytes]] = []
        for each in found:
            context = document_context(actor.omd_id, each.business_id)
            try:
                anew.append((each, keyring.renewed(each.document_number, context)))
            except SecretUnreadable:
                unreadable += 1
        renewed += await _keep(db, actor, anew)


async def _list_old(tx: ReadTransaction, actor: Actor, keyring: Keyring, after: UUID) -> list[OldDocument]:
    return await tx.many(
        _SQL["list_old_documents"],
        OldDocument,
        omd_id=actor.omd_id,
        business_ids=actor.business_ids,
        newest_head=keyring.newest_head,
        after=after,
        most=BATCH,
    )


async def _keep(db: Database, actor: Actor, anew: list[tuple[OldDocument, bytes]]) -> int:
    async def work(tx: Transaction) -> int:
        return await tx.run(
            _SQL["keep_documents"],
            omd_id=actor.omd_id,
            business_ids=[each.business_id for each, _ in anew],
            ids=[each.id for each, _ in anew],
            old=[each.document_number for each, _ in anew],
            renewed=[renewed for _, renewed in anew],
        )

    return await db.write(actor, work) if anew else 0
