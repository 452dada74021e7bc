"""Encrypting what secret jobs need to know under the newest key, so that an older one may go."""

from collections.abc import Sequence
from typing import Any

from omd.db import Database, Transaction
from omd.infra.jobs import queries
from omd.infra.jobs.model import JobKind
from omd.infra.jobs.queue import context_of
from omd.infra.keyring import Keyring, Renewed, SecretUnreadable


async def renew_payloads(relay: Database, kinds: Sequence[JobKind[Any]], keyring: Keyring) -> Renewed:
    """Encrypt what waiting and dead jobs of the secret kinds need to know under the newest key. Safe twice."""
    secret = [kind.name for kind in kinds if kind.secret]

    async def work(tx: Transaction) -> Renewed:
        renewed = unreadable = 0
        for kept in await queries.lock_payloads(tx, secret):
            if keyring.is_newest(kept.payload):
                continue
            try:
                payload = keyring.renewed(kept.payload, context_of(kept.kind))
            except SecretUnreadable:
                unreadable += 1
                continue
            await queries.keep_payload(tx, kept.id, payload)
            renewed += 1
        return Renewed(renewed, unreadable)

    return await relay.write(None, work)
