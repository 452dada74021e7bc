"""From a token to whom it stands for, and the actors of maintenance work."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from omd.db import Database, ReadTransaction
from omd.features.identity import queries
from omd.features.identity.model import is_token, token_hash
from omd.features.identity.permissions import HOTEL_SCOPES, OMD_SCOPES
from omd.features.identity.principal import Grant, Principal
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.ids import OmdId

MAX_REMEMBERED = 10_000


async def resolve_token(db: Database, token: str) -> Principal | None:
    """Return whom the token stands for, None when it is unknown, malformed, expired or revoked.

    A hotel's token sees and changes that hotel; an OMD's token sees every member's rooms and no guest, unless the
    hotel consented. Scopes narrow both.
    """
    if not is_token(token):
        return None
    async with db.authenticating([token_hash(token)]) as tx:
        grant = await queries.find_token_grant(tx, token_hash(token))
    if grant is None:
        return None
    label = f"token:{grant.prefix}"
    most = OMD_SCOPES if grant.business_id is None else HOTEL_SCOPES
    actions = most if grant.scopes is None else frozenset(each for each in most if each.value in grant.scopes)
    held = (Grant(grant.business_id, actions),)
    if grant.business_id is not None:
        return Principal(label, grant.omd_id, held)
    async with db.reading(Actor(grant.omd_id, "omd", (), (), label)) as tx:
        members = await queries.list_member_ids(tx, grant.omd_id)
        consented = await queries.list_consenting_ids(tx, grant.omd_id)
    return Principal(label, grant.omd_id, held, members, consented)


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


class _Remembered(msgspec.Struct):
    """A principal, when its token was last known to be in force, and whether it came in since."""

    principal: Principal
    known_at: datetime
    used: bool


class PrincipalResolver:
    """Resolves tokens, remembering each for at most `ttl_seconds`, so that a revoked token is out within that time.

    When that time is over, one question to the database renews every hotel's token in use at once; a destination's
    is resolved anew, because a hotel may have joined. Only principals are remembered, never refusals: a stream of
    invented tokens cannot push the real ones out.
    """

    def __init__(self, db: Database, *, clock: Clock, ttl_seconds: float = 1.0) -> None:
        self._db = db
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_seconds)
        self._remembered: dict[bytes, _Remembered] = {}
        self._renewing = asyncio.Lock()

    async def resolve(self, token: str, *, before_asking: Callable[[], None] | None = None) -> Principal | None:
        """Return whom the token stands for, None when it is unknown, malformed or revoked.

        `before_asking` is called before the database is asked for a token that is not remembered; it may raise.
        """
        if not is_token(token):
            return None
        key = token_hash(token)
        known = self._remembered.get(key)
        if known is not None and not self._is_fresh(known):
            async with self._renewing:
                if not self._is_fresh(known):
                    await self._renew()
            known = self._remembered.get(key)
        if known is not None:
            known.used = True
            return known.principal
        if before_asking is not None:
            before_asking()
        asked_at = self._clock.now()
        principal = await resolve_token(self._db, token)
        if principal is not None:
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[key] = _Remembered(principal, asked_at, used=True)
        return principal

    def _is_fresh(self, known: _Remembered) -> bool:
        # A clock that was set back must not keep anybody alive: its age is then negative.
        return timedelta(0) <= self._clock.now() - known.known_at < self._ttl

    async def _renew(self) -> None:
        """Ask once for every hotel's token that came in since the last time; forget the others."""
        asked_at = self._clock.now()
        used = {key: known for key, known in self._remembered.items() if known.used and not known.principal.members}
        async with self._db.authenticating(used) as tx:
            in_force = await queries.list_in_force(tx, list(used))
        self._remembered = {
            key: _Remembered(known.principal, asked_at, used=False) for key, known in used.items() if key in in_force
        }
