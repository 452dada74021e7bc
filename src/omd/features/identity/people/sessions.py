"""From a session's token to whom it stands for: asked of this process, then of Redis, then of the database.

This process remembers a session for a second. When that is over, one question to the database renews every session in
use at once; so what was ended or changed is noticed within a second of use, even where Redis could not be told of it.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from omd.db import Database, DatabaseContact
from omd.features.identity import queries as identity_queries
from omd.features.identity.known_lately import KnownLately
from omd.features.identity.people import queries
from omd.features.identity.people.copies import SessionCopies
from omd.features.identity.people.errors import SignInAgain
from omd.features.identity.people.model import Membership, Session, SessionRow, SessionRules, is_secret, secret_hash
from omd.features.identity.permissions import ROLES
from omd.features.identity.principal import Grant, Principal
from omd.features.identity.renewing import Renewal, worth_renewing
from omd.infra.keyring import Keyring
from omd.infra.redis_circuit import RedisCircuit
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.ids import BusinessId, OmdId

MAX_REMEMBERED = 20_000
TOUCH_EVERY = timedelta(minutes=1)
CLOCKS_APART = timedelta(minutes=5)
"""A session that begins later than this from now was made by a clock that is wrong, or ours is."""

FRESH = timedelta(minutes=15)
"""How long after signing in one's own ways in may be changed: a session that was left open must not do it."""

NOWHERE = OmdId(0)
"""The destination of somebody without any role: no row has it."""


class SignedIn(msgspec.Struct, frozen=True):
    """A session that was let in: its token, what is known of it, and whom it stands for."""

    token: str
    session: Session
    principal: Principal


class _Remembered(msgspec.Struct):
    session: Session
    principal: Principal
    known_at: datetime
    asked_at: float
    used_at: datetime


class _Members(msgspec.Struct, frozen=True):
    members: tuple[BusinessId, ...]
    consented: tuple[BusinessId, ...]
    known_at: datetime
    asked_at: float


class Sessions:
    """Resolves the tokens of sessions, and is told when one ended or a person's rights changed."""

    def __init__(
        self,
        db: Database,
        circuit: RedisCircuit,
        *,
        keyring: Keyring,
        clock: Clock,
        rules: SessionRules,
        ttl_seconds: float = 1.0,
        contact: DatabaseContact | None = None,
    ) -> None:
        """Without `contact` nobody is let in while the database is away."""
        self._db = db
        self._contact = contact or DatabaseContact()
        self._copies = SessionCopies(circuit, keyring)
        self._clock = clock
        self.rules = rules
        self._ttl = timedelta(seconds=ttl_seconds)
        self._remembered: dict[bytes, _Remembered] = {}
        self._members: dict[OmdId, _Members] = {}
        self._lately = KnownLately()
        self._renewal = Renewal(self._renew)

    async def resolve(
        self,
        token: str,
        *,
        before_asking: Callable[[], None] | None = None,
        is_use: bool = True,
        patience: float | None = None,
    ) -> SignedIn | None:
        """Return who comes in with this token, None when it is unknown, malformed, over or rested too long.

        `before_asking` is called before the database is asked for a session that has no copy and opened nothing here
        lately; it may raise. Without `is_use` nobody is taken to be at the screen: a stream that is open does not keep
        a session from resting. Raises `DatabaseUnavailable`, for a session that is known after `patience` seconds
        at the latest.
        """
        if not is_secret(token):
            return None
        key = secret_hash(token)
        known = self._remembered.get(key)
        # The renewal that is under way may have begun too early; the one after it has not.
        for _ in range(2):
            if known is None or self._is_fresh(known.known_at):
                break
            await self._renewal.wait(patience)
            known = self._remembered.get(key)
        if known is None:
            known = await self._first_sight(key, before_asking)
        now = self._clock.now()
        if known is None or known.session.is_over(now, self.rules):
            self._remembered.pop(key, None)
            return None
        known.used_at = now
        if is_use and now - known.session.last_seen_at >= TOUCH_EVERY:
            await self._touch(key, known, now)
        return SignedIn(token, known.session, known.principal)

    async def known_lately(self, token: str) -> SignedIn | None:
        """Return who came in with this token when the database last answered, None when that is not known.

        Asks Redis alone: for whether the person was changed since, and for a copy where this process has not seen them.
        """
        if not is_secret(token):
            return None
        key, now = secret_hash(token), self._clock.now()
        known = self._remembered.get(key)
        if known is not None and self._contact.covers(known.asked_at):
            session, principal = known.session, known.principal
            if await self._copies.is_changed(session.user_id):
                return None
        else:
            copy = await self._copies.read(key)
            if copy is None or not self._contact.covers(time.monotonic()):
                return None
            members = self._members.get(copy.working_omd_id or NOWHERE)
            if _is_of_omd(copy) and (members is None or not self._contact.covers(members.asked_at)):
                return None
            session, principal = copy, _principal_of(copy, members if _is_of_omd(copy) else None)
        if session.is_over(now, self.rules):
            return None
        if known is not None:
            known.used_at = now
        return SignedIn(token, session, principal)

    async def keep(self) -> None:
        """Keep what is known of the sessions that came in lately fresh, until cancelled."""
        await self._renewal.keep(lambda: bool(self._remembered))

    async def forget(self, user_id: int) -> None:
        """Let what ended or changed for a person, committed before, be seen everywhere within a second."""
        for key in [key for key, known in self._remembered.items() if known.session.user_id == user_id]:
            del self._remembered[key]
        await self._copies.mark_changed(user_id, self._clock.now())

    def _is_fresh(self, known_at: datetime) -> bool:
        # A clock that was set back must not keep anybody alive: the age is then negative.
        return timedelta(0) <= self._clock.now() - known_at < self._ttl

    async def _first_sight(self, key: bytes, before_asking: Callable[[], None] | None) -> _Remembered | None:
        now, asked_at = self._clock.now(), time.monotonic()
        session = await self._copies.read(key)
        if session is None:
            if before_asking is not None and not self._lately.has(key, now):
                before_asking()
            session = (await self._load([key])).get(key)
            if session is None:
                return None
            await self._copies.make(key, session)
        return self._remember(key, await self._known(session, now, asked_at))

    def _remember(self, key: bytes, known: _Remembered) -> _Remembered:
        while len(self._remembered) >= MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[key] = known
        self._lately.note(key, known.known_at)
        return known

    async def _renew(self) -> None:
        """Ask once for every session that came in lately; forget the others."""
        now, asked_at = self._clock.now(), time.monotonic()
        used = worth_renewing(self._remembered, now)
        loaded = await self._load(list(used))
        renewed: dict[bytes, _Remembered] = {}
        for key, known in used.items():
            session = loaded.get(key)
            if session is None or session.memberships != known.session.memberships:
                # A copy may be of another opinion: whoever ended this could not tell Redis, or has yet to.
                await self._copies.mark_changed(known.session.user_id, now)
            if session is not None:
                renewed[key] = await self._known(session, now, asked_at, before=known)
        # Whoever came in meanwhile is as fresh as what was asked.
        late = {key: known for key, known in self._remembered.items() if key not in used and known.asked_at >= asked_at}
        self._remembered = {**renewed, **late}
        for key in renewed:
            self._lately.note(key, now)

    async def _known(
        self, session: Session, at: datetime, asked_at: float, *, before: _Remembered | None = None
    ) -> _Remembered:
        of_omd = _is_of_omd(session)
        used_at = at if before is None else before.used_at
        if before is not None and not of_omd and _same_rights(before.session, session):
            return _Remembered(session, before.principal, at, asked_at, used_at)
        members = await self._members_of(session.working_omd_id or NOWHERE, session.user_id) if of_omd else None
        return _Remembered(session, _principal_of(session, members), at, asked_at, used_at)

    async def _members_of(self, omd_id: OmdId, user_id: int) -> _Members:
        known = self._members.get(omd_id)
        if known is None or not self._is_fresh(known.known_at):
            now, asked_at = self._clock.now(), time.monotonic()
            async with self._db.reading(Actor(omd_id, "omd", (), (), _label_of(user_id))) as tx:
                places = await identity_queries.find_places(tx, omd_id)
            known = self._members[omd_id] = _Members(tuple(places.members), tuple(places.consented), now, asked_at)
        return known

    async def _load(self, keys: list[bytes]) -> dict[bytes, Session]:
        now = self._clock.now()
        if not keys:
            return {}
        async with self._db.authenticating(keys) as tx:
            await queries.open_people_of_sessions(tx, keys)
            rows = await queries.load_sessions(
                tx, keys, now=now, idle_since=now - self.rules.idle, latest_start=now + CLOCKS_APART
            )
        return {row.token_hash: session_of(row) for row in rows}

    async def _touch(self, key: bytes, known: _Remembered, now: datetime) -> None:
        """Note the use in the database and in the copy; the memory first, so that one of many requests does it."""
        known.session = msgspec.structs.replace(known.session, last_seen_at=now)
        async with self._db.transaction(None) as tx:
            await queries.open_keys(tx, token_hashes=[key])
            await queries.touch_session(tx, key, now)
        await self._copies.make(key, known.session)


def session_of(row: SessionRow) -> Session:
    """Return the session a row tells of. What it may do is told in whole: roles of every destination."""
    memberships = msgspec.json.decode(row.memberships, type=tuple[Membership, ...])
    held = [each.omd_id for each in memberships]
    return Session(
        user_id=row.user_id,
        is_operator=row.is_operator,
        # A destination that somebody left is none they work in. Until they switch they work in the one they joined
        # first: whoever invites them to another must not decide where they are.
        working_omd_id=row.working_omd_id if row.working_omd_id in held else next(iter(held), None),
        second_factor=row.second_factor,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        memberships=memberships,
    )


def _is_of_omd(session: Session) -> bool:
    return any(each.business_id is None and each.omd_id == session.working_omd_id for each in session.memberships)


def _label_of(user_id: int) -> str:
    return f"user:{user_id}"


def _principal_of(session: Session, members: _Members | None) -> Principal:
    """Return whom a session stands for; `members` where it is of a destination."""
    omd_id = session.working_omd_id or NOWHERE
    return Principal(
        _label_of(session.user_id),
        omd_id,
        tuple(_grant(each) for each in session.memberships if each.omd_id == omd_id),
        members=members.members if members else (),
        consented=members.consented if members else (),
        user_id=session.user_id,
        is_operator=session.is_operator,
    )


def _same_rights(one: Session, other: Session) -> bool:
    return (
        one.memberships == other.memberships
        and one.working_omd_id == other.working_omd_id
        and one.is_operator == other.is_operator
    )


def _grant(membership: Membership) -> Grant:
    return Grant(membership.business_id, ROLES[membership.role], membership.role)


def require_fresh(signed_in: SignedIn, now: datetime) -> None:
    """Raise `SignInAgain` unless the session began a moment ago."""
    if now - signed_in.session.created_at > FRESH:
        raise SignInAgain("This takes a session that just began. Sign in again, then repeat it. Nothing was done.")
