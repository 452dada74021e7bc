"""Secrets of webhooks encrypted anew, after a new key was put in front of the old one."""

from omd.db import Database, Transaction
from omd.infra.keyring import Keyring, Renewed, SecretUnreadable
from omd.infra.webhooks import queries
from omd.infra.webhooks.model import secret_context
from omd.kernel.actor import Actor


async def renew_webhook_secrets(app: Database, system: Actor, keyring: Keyring) -> Renewed:
    """Encrypt the secrets of a tenant's webhooks under the newest key, as its system actor. Safe twice."""

    async def work(tx: Transaction) -> Renewed:
        renewed = unreadable = 0
        for kept in await queries.lock_secrets(tx, system.omd_id):
            old = [each for each in (kept.secret, kept.old_secret) if each is not None]
            if all(keyring.is_newest(each) for each in old):
                continue
            try:
                new = [keyring.renewed(each, secret_context(kept.id)) for each in old]
            except SecretUnreadable:
                unreadable += 1
                continue
            await queries.keep_secrets(tx, system.omd_id, kept.id, new[0], new[1] if len(new) > 1 else None)
            renewed += 1
        return Renewed(renewed, unreadable)

    return await app.write(system, work)
