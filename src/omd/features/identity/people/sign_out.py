"""Leaving: one session, or all of them."""

from datetime import datetime

from omd.db import Database
from omd.features.identity.people import queries
from omd.features.identity.people.events import record
from omd.features.identity.people.model import Origin, secret_hash
from omd.features.identity.people.sessions import Sessions, SignedIn


async def sign_out(db: Database, sessions: Sessions, signed_in: SignedIn, *, origin: Origin, now: datetime) -> None:
    """End a session, within a second everywhere."""
    user_id = signed_in.session.user_id
    async with db.transaction(None) as tx:
        await queries.open_person(tx, user_id)
        await queries.end_session(tx, secret_hash(signed_in.token), now)
        await record(tx, "sign_out", user_id=user_id, origin=origin, now=now)
    await sessions.forget(user_id)


async def sign_out_everywhere(
    db: Database, sessions: Sessions, signed_in: SignedIn, *, origin: Origin, now: datetime
) -> None:
    """End every session of a person, within a second everywhere."""
    user_id = signed_in.session.user_id
    async with db.transaction(None) as tx:
        await queries.open_person(tx, user_id)
        await queries.end_sessions(tx, user_id, now)
        await record(tx, "sign_out_everywhere", user_id=user_id, origin=origin, now=now)
    await sessions.forget(user_id)
