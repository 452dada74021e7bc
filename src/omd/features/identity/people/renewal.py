"""Secrets of second factors encrypted anew, after a new key was put in front of the old one."""

from omd.db import Database, Transaction
from omd.features.identity.people import queries
from omd.features.identity.people.commands import totp_context
from omd.infra.keyring import Keyring, Renewed, SecretUnreadable


async def renew_second_factors(maintenance: Database, app: Database, keyring: Keyring) -> Renewed:
    """Encrypt the secret of every second factor under the newest key, a transaction each. Safe twice.

    `maintenance` knows who there is, `app` opens each of them.
    """
    async with maintenance.reading(None) as tx:
        people = [each.id for each in await queries.list_people(tx)]
    renewed = unreadable = 0
    for user_id in people:
        try:
            # The default binds each by itself; its type is not inferred.
            renewed += await app.write(None, lambda tx, user_id=user_id: _renew(tx, user_id, keyring))  # type: ignore[misc]
        except SecretUnreadable:
            unreadable += 1
    return Renewed(renewed, unreadable)


async def _renew(tx: Transaction, user_id: int, keyring: Keyring) -> bool:
    await queries.open_person(tx, user_id)
    kept = await queries.lock_credentials(tx, user_id)
    if kept is None or kept.totp_secret is None or keyring.is_newest(kept.totp_secret):
        return False
    await queries.keep_totp_secret(tx, user_id, keyring.renewed(kept.totp_secret, totp_context(user_id)))
    return True
