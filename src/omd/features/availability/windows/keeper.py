"""Keeps windows, in this process and in Redis, and knows which of them are still true.

What makes a window worth believing is its version: the position of the event stream up to which it is true. The
process's tail tells which hotel changed at which position; a window older than that, of this process or of Redis, is
passed over. Nothing has to be deleted anywhere for that, and an older window can come back without harm.
"""

import asyncio
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime
from typing import ClassVar, Generic

import msgspec
import structlog
from prometheus_client import Counter

from omd.db import DatabaseContact
from omd.features.availability.windows.held import (
    MOST_WINDOW_BYTES,
    AnswerMemory,
    Held,
    HeldWindows,
    LastKnown,
    Looked,
    W,
)
from omd.infra.events import Event, Tail, Watch
from omd.infra.redis_circuit import RedisAway, RedisCircuit
from omd.infra.versioned import Kept, VersionedStore
from omd.kernel.clock import Clock
from omd.kernel.dates import StayDates
from omd.kernel.errors import OmdError
from omd.kernel.ids import BusinessId, OmdId

MOST_BEHIND_SECONDS = 1.0
"""How old, at most, what is answered from a window may be while the database is there to ask."""

MOST_HELD = 2_000
MOST_CHANGED = 200_000
BUSY_SECONDS = 5.0
"""A hotel asked for so lately has its next window read ahead, before somebody asks."""

FAR_AHEAD = 10_000
"""Positions that another process may be ahead of this one; a window further ahead was not written by us."""

_WAITS = 10
_WAIT_SECONDS = 0.01
_TRIES = 3

_log = structlog.get_logger(__name__)


class Keeper(ABC, Generic[W]):
    """The windows of one kind that this process may answer from: none where nobody follows the events (no `watch`)."""

    prefix: ClassVar[str]
    """What the keys of this kind begin with: its name, and its shape, as another release may write another one."""

    kept: ClassVar[tuple[str, str, str]]
    """As what the memory for windows, former ones and answers is told of to whoever watches."""

    most_bytes: ClassVar[int] = MOST_WINDOW_BYTES
    """How much of the memory of a process its windows may take."""

    lookups: ClassVar[Counter]
    """Searches that looked for windows, by where they were found: `process redis database none stale`."""

    def __init__(
        self,
        circuit: RedisCircuit,
        tail: Tail,
        watch: Watch | None,
        clock: Clock,
        *,
        most_behind_seconds: float = MOST_BEHIND_SECONDS,
        contact: DatabaseContact | None = None,
    ) -> None:
        """Without `contact` nothing is known while the database is away."""
        self._contact = contact or DatabaseContact()
        self._most_behind_seconds = most_behind_seconds
        self._store = VersionedStore(circuit)
        self._tail = tail
        self._watch = watch
        self._clock = clock
        held, former, answers = self.kept
        memory = AnswerMemory(answers)
        self._held = HeldWindows[W](held, most=MOST_HELD, most_bytes=self.most_bytes, memory=memory)
        self._former = HeldWindows[W](former, most=MOST_HELD, most_bytes=self.most_bytes)
        self._changed: dict[BusinessId, int] = {}
        self._all_changed: dict[OmdId, int] = {}
        self._floor: int | None = None
        self._life: str | None = None
        self._filling: dict[BusinessId, asyncio.Task[dict[BusinessId, Held[W]]]] = {}
        self._ahead: dict[BusinessId, OmdId] = {}
        self._reading_ahead: asyncio.Task[None] | None = None
        self._in_process, self._in_redis, self._from_database, self._none, self._stale = (
            self.lookups.labels(each) for each in ("process", "redis", "database", "none", "stale")
        )
        tail.listen(self._on_events)
        tail.on_loss(lambda: self._begin(None))

    @abstractmethod
    async def read(self, omd_id: OmdId, hotels: Sequence[BusinessId], now: datetime) -> list[Held[W]]:
        """Read windows of hotels in one round trip; nobody's rights decide what is in them, they are asked before."""

    @abstractmethod
    def encode(self, window: W) -> bytes:
        """Return a window as it is shared."""

    @abstractmethod
    def decode(self, written: bytes) -> W:
        """Return a window that was shared; raise `msgspec.DecodeError` for what is none."""

    @abstractmethod
    def tells(self, event: Event) -> bool:
        """Say whether windows of the event's hotel, or of all of its destination, may not be true any more."""

    @abstractmethod
    def leaves(self, window: W, event: Event) -> bool:
        """Say whether an event that may have changed windows has not changed this one."""

    @property
    def age(self) -> int:
        """For how many whole seconds it has not been known what happened; 0 unless something is away."""
        return int(self._behind)

    @property
    def _behind(self) -> float:
        assert self._watch is not None, "somebody was given a window"
        return max(0.0, time.monotonic() - self._watch.true_at)

    async def look(
        self, omd_id: OmdId, hotel_ids: Sequence[BusinessId], stay: StayDates, now: datetime
    ) -> Looked[W] | None:
        """Return the windows of those hotels that can answer for the stay, in their order; None when none can.

        Raises `DatabaseUnavailable`. That the actor sees the hotels is asked before.
        """
        if not self._may_be_believed():
            self._none.inc()
            return None
        held, is_new = self._held, False
        found, missing, asked_at = [], [], time.monotonic()
        for hotel in hotel_ids:
            each = held.get(hotel)
            if each is None or not each.window.is_of(now):
                missing.append(hotel)
            else:
                each.asked_at = asked_at
                found.append(each)
        if missing:
            filled = await self._fill(omd_id, hotel_ids, now)
            found = [filled[hotel] for hotel in hotel_ids if hotel in filled]
            for each in found:
                each.asked_at = asked_at
                is_new, each.is_new = is_new or each.is_new, False
        else:
            self._in_process.inc()
        if len(found) == len(hotel_ids) and all(each.window.covers(stay) for each in found):
            return Looked(found, (), is_new)
        known = [each for each in found if each.window.covers(stay)]
        covered = {each.window.business_id for each in known}
        if not known:
            self._none.inc()
            return None
        return Looked(known, [hotel for hotel in hotel_ids if hotel not in covered], is_new)

    async def last_known(
        self, omd_id: OmdId, hotel_ids: Sequence[BusinessId], stay: StayDates, now: datetime
    ) -> LastKnown[W] | None:
        """Return the windows as they were true last, for when the database is away; None where one is not to be had.

        They are looked for in this process, then in Redis, then among those that something happened to which could not
        be read any more. None is told of for longer than the contact says.
        """
        watch = self._watch
        if watch is None:
            return None
        if self._life is None and watch.life is not None:
            self._begin(watch.life)
        found = {hotel: held for hotel in hotel_ids if (held := self._held.get(hotel)) and self._is_good(held, now)}
        missing = [hotel for hotel in hotel_ids if hotel not in found]
        if missing and self._life is not None:
            shared = await self._ask_redis(self._read_shared(omd_id, missing, now)) or {}
            for hotel, held in shared.items():
                self._hold(hotel, held)
            found |= shared
        known = [each for hotel in hotel_ids if (each := found.get(hotel) or self._former.get(hotel)) is not None]
        if not known or len(known) != len(hotel_ids):
            return None
        true_at = min(watch.true_at, *(each.replaced_at for each in known if each.replaced_at is not None), math.inf)
        age = time.monotonic() - true_at
        if age > self._contact.most_silent_seconds or not all(
            each.window.is_of(now) and each.window.covers(stay) for each in known
        ):
            return None
        self._stale.inc()
        return LastKnown(known, max(1, math.ceil(age)))

    async def close(self) -> None:
        """Let go of what is under way."""
        under_way: set[asyncio.Task[object]] = {*self._filling.values()}
        if self._reading_ahead is not None:
            under_way.add(self._reading_ahead)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _may_be_believed(self) -> bool:
        """Say whether this process knows what happened up to a moment ago; begin anew in a new life of the database."""
        watch = self._watch
        if watch is None or time.monotonic() - watch.true_at > self._most_behind_seconds:
            return False
        if watch.life != self._life:
            self._begin(watch.life)
        return self._floor is not None

    def _begin(self, life: str | None) -> None:
        # What happened before is not known here: only what is true up to now, or later, will do.
        self._life, self._floor = life, self._tail.position
        self._held.clear()
        self._former.clear()
        self._changed.clear()
        self._all_changed.clear()

    def _is_good(self, each: Held[W], now: datetime) -> bool:
        window = each.window
        if each.life != self._life or self._floor is None or not window.is_of(now):
            return False
        changed = max(self._changed.get(window.business_id, 0), self._all_changed.get(window.omd_id, 0))
        return each.version >= max(self._floor, changed)

    def _on_events(self, events: Iterable[Event]) -> None:
        """Pass over from now on what is older than these events, where they tell of its nights."""
        for event in events:
            if not self.tells(event):
                continue
            omd_id = OmdId(event.omd_id)
            if event.business_id is not None:
                self._pass_over(omd_id, BusinessId(event.business_id), event)
                continue
            self._all_changed[omd_id] = event.position
            for hotel in self._held.hotels_of(omd_id):
                self._pass_over(omd_id, hotel, event)
        if len(self._changed) > MOST_CHANGED:
            self._begin(self._life)
        if self._ahead and self._reading_ahead is None:
            self._reading_ahead = asyncio.create_task(self._read_ahead())

    def _pass_over(self, omd_id: OmdId, hotel: BusinessId, event: Event) -> None:
        held = self._held.get(hotel)
        if held is not None and self._is_apart(held.window, event):
            return
        self._changed[hotel] = event.position
        if held is None or held.version >= event.position:
            return
        self._replace(hotel, held)
        if held.asked_at >= time.monotonic() - BUSY_SECONDS:
            self._ahead[hotel] = omd_id

    def _replace(self, hotel: BusinessId, held: Held[W]) -> None:
        """Pass over a window from now on; it is kept for when there will be no other."""
        self._held.take(hotel)
        held.replaced_at = time.monotonic()
        self._former.put(hotel, held)

    def _is_apart(self, window: W, event: Event) -> bool:
        # One of an earlier day says nothing of the nights of today's, which another process may have.
        return window.is_of(self._clock.now()) and self.leaves(window, event)

    async def _read_ahead(self) -> None:
        try:
            while self._ahead and self._may_be_believed():
                wanted, self._ahead = self._ahead, {}
                for omd_id in set(wanted.values()):
                    hotels = [hotel for hotel, of in wanted.items() if of == omd_id]
                    await self._fill(omd_id, hotels, self._clock.now())
        except OmdError as error:
            _log.info("windows_not_read_ahead", code=error.code)
        finally:
            self._ahead.clear()
            self._reading_ahead = None

    async def _fill(self, omd_id: OmdId, hotel_ids: Sequence[BusinessId], now: datetime) -> dict[BusinessId, Held[W]]:
        """Return windows that are good, of as many of the hotels as possible; one task at a time fills a hotel."""
        good: dict[BusinessId, Held[W]] = {}
        for _ in range(_TRIES):
            wanted = []
            for hotel in hotel_ids:
                held = good.get(hotel) or self._held.get(hotel)
                if held is not None and self._is_good(held, now):
                    good[hotel] = held
                else:
                    good.pop(hotel, None)
                    wanted.append(hotel)
            if not wanted:
                break
            ours = [hotel for hotel in wanted if hotel not in self._filling]
            if ours:
                task = asyncio.create_task(self._fill_these(omd_id, ours, now))
                self._filling.update(dict.fromkeys(ours, task))
            for each in {self._filling[hotel] for hotel in wanted if hotel in self._filling}:
                # Whoever hangs up leaves the others what they wait for.
                good.update(await asyncio.shield(each))
        return {hotel: held for hotel, held in good.items() if self._is_good(held, now)}

    async def _fill_these(
        self, omd_id: OmdId, hotels: Sequence[BusinessId], now: datetime
    ) -> dict[BusinessId, Held[W]]:
        try:
            found = await self._ask_redis(self._find_shared(omd_id, hotels, now)) or {}
            missing = [hotel for hotel in hotels if hotel not in found]
            if found:
                self._in_redis.inc()
            if missing:
                self._from_database.inc()
                fresh = {each.window.business_id: each for each in await self.read(omd_id, missing, now)}
                await self._ask_redis(self._share(omd_id, fresh.values()))
                found |= fresh
            for hotel, held in found.items():
                if self._is_good(held, now):
                    self._hold(hotel, held)
            return found
        finally:
            for hotel in hotels:
                self._filling.pop(hotel, None)

    def _hold(self, hotel: BusinessId, held: Held[W]) -> None:
        self._former.take(hotel)
        self._held.put(hotel, held)

    async def _ask_redis(self, work: Awaitable[dict[BusinessId, Held[W]] | None]) -> dict[BusinessId, Held[W]] | None:
        try:
            return await work
        except RedisAway:
            return None

    async def _find_shared(
        self, omd_id: OmdId, hotels: Sequence[BusinessId], now: datetime
    ) -> dict[BusinessId, Held[W]]:
        """Return what Redis has that is good, having waited a moment for what others fill just now."""
        found = await self._read_shared(omd_id, hotels, now)
        missing = [hotel for hotel in hotels if hotel not in found]
        if not missing:
            return found
        ours = await self._store.lock(self._key(omd_id, hotel) for hotel in missing)
        others = [hotel for hotel in missing if self._key(omd_id, hotel) not in ours]
        for _ in range(_WAITS):
            if not others:
                break
            await asyncio.sleep(_WAIT_SECONDS)
            found |= await self._read_shared(omd_id, others, now)
            others = [hotel for hotel in others if hotel not in found]
        return found

    async def _read_shared(
        self, omd_id: OmdId, hotels: Sequence[BusinessId], now: datetime
    ) -> dict[BusinessId, Held[W]]:
        keys = [self._key(omd_id, hotel) for hotel in hotels]
        found: dict[BusinessId, Held[W]] = {}
        garbage: list[str] = []
        for hotel, key, kept in zip(hotels, keys, await self._store.read(keys), strict=True):
            if kept is None:
                continue
            held = self._opened(omd_id, hotel, kept)
            if held is None:
                garbage.append(key)
            elif self._is_good(held, now):
                found[hotel] = held
        if garbage:
            await self._store.throw_away(garbage)
        return found

    def _opened(self, omd_id: OmdId, hotel: BusinessId, kept: Kept) -> Held[W] | None:
        """Return the window that was kept, or None for what this product did not write there."""
        try:
            window = self.decode(kept.value)
        except msgspec.DecodeError:
            return None
        is_ours = (window.omd_id, window.business_id) == (omd_id, hotel) and window.is_whole
        if not is_ours or self._life is None or kept.version > (self._tail.position or 0) + FAR_AHEAD:
            return None
        return Held(window, kept.version, self._life)

    async def _share(self, omd_id: OmdId, fresh: Iterable[Held[W]]) -> None:
        values = {
            self._key(omd_id, each.window.business_id): Kept(each.version, self.encode(each.window))
            for each in fresh
            if each.life == self._life
        }
        if values:
            await self._store.put_newer(values)

    def _key(self, omd_id: OmdId, hotel: BusinessId) -> str:
        # In braces what a cluster keeps together: the hotels of one search.
        return f"{self.prefix}:{self._life}:{{{omd_id}}}:{hotel}"
