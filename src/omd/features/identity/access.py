"""From a token to whom it stands for, and the actors of maintenance work."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from omd.db import Database, DatabaseContact, ReadTransaction
from omd.features.identity import queries
from omd.features.identity.known_lately import KnownLately
from omd.features.identity.model import Places, TokenGrant, is_token, token_hash
from omd.features.identity.permissions import HOTEL_SCOPES, OMD_SCOPES
from omd.features.identity.principal import Grant, Principal
from omd.features.identity.renewing import Renewal, worth_renewing
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.ids import OmdId

MAX_REMEMBERED = 10_000
_NO_TIME = timedelta(0)
NOTED_AFTER = timedelta(minutes=4)
"""A use is written when the one on record is older than this: often enough for a record true to five minutes."""


async def resolve_token(db: Database, token: str, *, now: datetime) -> Principal | None:
    """Return whom the token stands for at an instant, None when it is unknown, malformed, expired or revoked.

    A hotel's token sees and changes that hotel; an OMD's token sees every member's rooms and no guest, unless the
    hotel consented. Scopes narrow both.
    """
    if not is_token(token):
        return None
    for grant in await _list_grants(db, [token_hash(token)], now):
        return _principal_of(grant, await _find_places(db, [grant]))
    return None


def most_scopes(*, of_hotel: bool) -> frozenset[str]:
    """Return the scopes that a hotel's key, or a destination's, may have at most."""
    return frozenset(each.value for each in (HOTEL_SCOPES if of_hotel else OMD_SCOPES))


def system_scope(omd_id: OmdId, label: str) -> Actor:
    """Return the actor of maintenance work that knows no hotel yet: enough to list them."""
    return Actor(omd_id, "system", (), (), label)


async def system_actor_within(tx: ReadTransaction, omd_id: OmdId, *, label: str = "system") -> Actor:
    """Return the actor of maintenance work on all hotels there are now; `tx` acts for `system_scope` of the OMD."""
    members = (await queries.find_places(tx, omd_id)).members
    return Actor(omd_id, "system", tuple(members), tuple(members), label)


async def system_actor(db: Database, omd_id: OmdId, *, label: str = "system") -> Actor:
    """Return the actor of maintenance work on every hotel the OMD has now, its stays included."""
    async with db.reading(system_scope(omd_id, label)) as tx:
        return await system_actor_within(tx, omd_id, label=label)


async def _list_grants(db: Database, hashes: Iterable[bytes], now: datetime) -> list[TokenGrant]:
    """Return what those of the tokens open that are in force."""
    wanted = list(hashes)
    async with db.authenticating(wanted) as tx:
        return await queries.list_token_grants(tx, wanted, now)


async def _find_places(db: Database, grants: Iterable[TokenGrant]) -> dict[OmdId, Places]:
    """Return the hotels of every destination of which a token opens all, one question each."""
    places: dict[OmdId, Places] = {}
    for omd_id in sorted({grant.omd_id for grant in grants if grant.business_id is None}):
        async with db.reading(Actor(omd_id, "omd", (), (), "authentication")) as tx:
            places[omd_id] = await queries.find_places(tx, omd_id)
    return places


def _principal_of(grant: TokenGrant, places: Mapping[OmdId, Places]) -> Principal:
    # An account keeps its name when its key is rotated or its token renewed: retried requests find their answers.
    label = f"token:{grant.prefix}" if grant.service_account_id is None else f"account:{grant.service_account_id}"
    most = OMD_SCOPES if grant.business_id is None else HOTEL_SCOPES
    actions = most if grant.scopes is None else frozenset(each for each in most if each.value in grant.scopes)
    held = (Grant(grant.business_id, actions),)
    if grant.business_id is not None:
        return Principal(label, grant.omd_id, held)
    there = places[grant.omd_id]
    return Principal(label, grant.omd_id, held, tuple(there.members), tuple(there.consented))


class _Remembered(msgspec.Struct):
    """What a token opens, when that was last known to hold, and when the token last came in.

    `asked_at` is when it was asked, by the monotonic clock.
    """

    grant: TokenGrant
    places: Places | None
    principal: Principal
    known_at: datetime
    asked_at: float
    used_at: datetime


class PrincipalResolver:
    """Resolves tokens, remembering each for at most `ttl_seconds`, so that a revoked token is out within that time.

    When that time is over, one question to the database renews every token in use at once, with its bounds, and one
    more a destination in use its hotels and consents. Only principals are remembered, never refusals: a stream of
    invented tokens cannot push the real ones out.
    """

    def __init__(
        self, db: Database, *, clock: Clock, ttl_seconds: float = 1.0, contact: DatabaseContact | None = None
    ) -> None:
        """Without `contact` nobody is let in while the database is away."""
        self._db = db
        self._contact = contact or DatabaseContact()
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_seconds)
        self._remembered: dict[bytes, _Remembered] = {}
        self._lately = KnownLately()
        self._renewal = Renewal(self._renew)

    async def resolve(
        self, token: str, *, before_asking: Callable[[], None] | None = None, patience: float | None = None
    ) -> Principal | None:
        """Return whom the token stands for, None when it is unknown, malformed, expired or revoked.

        `before_asking` is called before the database is asked for a token that opened nothing here lately; it may
        raise. Raises `DatabaseUnavailable`, for a token that is known after `patience` seconds at the latest.
        """
        if not is_token(token):
            return None
        key = token_hash(token)
        known, now = self._remembered.get(key), self._clock.now()
        # The renewal that is under way may have begun too early; the one after it has not.
        for _ in range(2):
            if known is None or self._is_fresh(known, now):
                break
            await self._renewal.wait(patience)
            known, now = self._remembered.get(key), self._clock.now()
        if known is None:
            if before_asking is not None and not self._lately.has(key, now):
                before_asking()
            known = await self._first(key)
        if known is None:
            return None
        if known.grant.expires_at is not None and known.grant.expires_at <= now:
            return None
        known.used_at = now
        return known.principal

    def known_lately(self, token: str) -> Principal | None:
        """Return whom the token stood for when the database last answered, None when that is not known. Asks nobody."""
        known = self._remembered.get(token_hash(token)) if is_token(token) else None
        now = self._clock.now()
        if known is None or not self._contact.covers(known.asked_at):
            return None
        if known.grant.expires_at is not None and known.grant.expires_at <= now:
            return None
        known.used_at = now
        return known.principal

    async def keep(self) -> None:
        """Keep what is known of the tokens that came in lately fresh, until cancelled."""
        await self._renewal.keep(lambda: bool(self._remembered))

    def _is_fresh(self, known: _Remembered, now: datetime) -> bool:
        # A clock that was set back must not keep anybody alive: its age is then negative.
        return _NO_TIME <= now - known.known_at < self._ttl

    async def _first(self, key: bytes) -> _Remembered | None:
        """Ask for one token that is not remembered, and remember it."""
        now, asked_at = self._clock.now(), time.monotonic()
        for grant in await _list_grants(self._db, [key], now):
            places = await _find_places(self._db, [grant])
            principal = _principal_of(grant, places)
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            known = _Remembered(grant, places.get(grant.omd_id), principal, now, asked_at, now)
            self._remembered[key] = known
            self._lately.note(key, now)
            await self._note_uses([known])
            return known
        return None

    async def _renew(self) -> None:
        """Ask again for every token that came in lately; forget the others."""
        now, asked_at = self._clock.now(), time.monotonic()
        asked = worth_renewing(self._remembered, now)
        grants = await _list_grants(self._db, asked, now)
        places = await _find_places(self._db, grants)
        # Whoever came in meanwhile is as fresh as what was asked.
        late = {
            key: known for key, known in self._remembered.items() if key not in asked and known.asked_at >= asked_at
        }
        renewed: dict[bytes, _Remembered] = {}
        for grant in grants:
            known = self._remembered.get(grant.token_hash, asked[grant.token_hash])
            renewed[grant.token_hash] = _renewed(known, grant, places, now, asked_at)
        self._remembered = renewed | late
        while len(self._remembered) > MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        for key in renewed:
            self._lately.note(key, now)
        await self._note_uses(renewed.values())

    async def _note_uses(self, known: Iterable[_Remembered]) -> None:
        """Write when these came in, where what is on record is getting old."""
        due = [each for each in known if _is_due(each)]
        if not due:
            return
        hashes = [each.grant.token_hash for each in due]
        async with self._db.authenticating(hashes, writing=True) as tx:
            await queries.note_token_use(tx, hashes, [each.used_at for each in due])
        for each in due:
            each.grant = msgspec.structs.replace(each.grant, last_used_at=each.used_at)


def _is_due(known: _Remembered) -> bool:
    last = known.grant.last_used_at
    return last is None or known.used_at - last >= NOTED_AFTER


def _renewed(
    known: _Remembered, grant: TokenGrant, places: Mapping[OmdId, Places], now: datetime, asked_at: float
) -> _Remembered:
    """Return what is known now; the principal stays, with the actors it has made, while nothing of it changed."""
    there = None if grant.business_id is not None else places[grant.omd_id]
    same = known.grant.opens_the_same(grant) and known.places == there
    principal = known.principal if same else _principal_of(grant, places)
    return _Remembered(grant, there, principal, now, asked_at, known.used_at)
