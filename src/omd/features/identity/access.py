"""From a token to the actor it stands for: the one door by which a request comes in."""

from datetime import datetime, timedelta

from omd.db import Database, ReadTransaction
from omd.features.identity import queries
from omd.features.identity.model import is_token, token_hash
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.ids import OmdId

MAX_REMEMBERED = 10_000


async def resolve_actor(db: Database, token: str) -> Actor | None:
    """Return whom the token stands for, None when it is unknown, malformed or revoked.

    A hotel's token sees and changes that hotel; an OMD's token sees every member's rooms and no guest.
    """
    if not is_token(token):
        return None
    async with db.authenticating(token_hash(token)) as tx:
        grant = await queries.find_token_grant(tx, token_hash(token))
    if grant is None:
        return None
    label = f"token:{grant.prefix}"
    if grant.business_id is not None:
        return Actor(grant.omd_id, "hotel", (grant.business_id,), (grant.business_id,), label)
    async with db.reading(Actor(grant.omd_id, "omd", (), (), label)) as tx:
        members = await queries.list_member_ids(tx, grant.omd_id)
    return Actor(grant.omd_id, "omd", members, (), label)


def system_scope(omd_id: OmdId, label: str) -> Actor:
    """Return the actor of maintenance work that knows no hotel yet: enough to list them."""
    return Actor(omd_id, "system", (), (), label)


async def system_actor_within(tx: ReadTransaction, omd_id: OmdId, *, label: str = "system") -> Actor:
    """Return the actor of maintenance work on all hotels there are now; `tx` acts for `system_scope` of the OMD."""
    members = await queries.list_member_ids(tx, omd_id)
    return Actor(omd_id, "system", members, members, label)


async def system_actor(db: Database, omd_id: OmdId, *, label: str = "system") -> Actor:
    """Return the actor of maintenance work on every hotel the OMD has now, its stays included."""
    async with db.reading(system_scope(omd_id, label)) as tx:
        return await system_actor_within(tx, omd_id, label=label)


class ActorResolver:
    """Resolves tokens, remembering each for at most `ttl_seconds`, so that a revoked token is out within that time.

    Only actors are remembered, never refusals: a stream of invented tokens cannot push the real ones out.
    """

    def __init__(self, db: Database, *, clock: Clock, ttl_seconds: float = 1.0) -> None:
        self._db = db
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_seconds)
        self._remembered: dict[bytes, tuple[datetime, Actor]] = {}

    async def resolve(self, token: str) -> Actor | None:
        """Return whom the token stands for, None when it is unknown, malformed or revoked."""
        if not is_token(token):
            return None
        key = token_hash(token)
        asked_at = self._clock.now()
        known = self._remembered.get(key)
        # A clock that was set back must not keep an actor alive: its age is then negative.
        if known is not None and timedelta(0) <= asked_at - known[0] < self._ttl:
            return known[1]
        actor = await resolve_actor(self._db, token)
        self._remembered.pop(key, None)
        if actor is not None:
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[key] = (asked_at, actor)
        return actor
