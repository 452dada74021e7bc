"""Keeps windows, in this process and in Redis, and knows which of them are still true.

What makes a window worth believing is its version: the position of the event stream up to which it is true. The
process's tail tells which hotel changed at which position; a window older than that, of this process or of Redis, is
passed over. Nothing has to be deleted anywhere for that, and an older window can come back without harm.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog
from prometheus_client import Counter

from omd.db import Database
from omd.features.availability.touched import COUNTED, EVERYTHING, touched_nights
from omd.features.availability.windows import queries
from omd.features.availability.windows.model import SHAPE, Window
from omd.infra.events import Event, Tail, Watch
from omd.infra.redis_circuit import RedisAway, RedisCircuit
from omd.infra.versioned import Kept, VersionedStore
from omd.kernel.clock import Clock
from omd.kernel.dates import StayDates
from omd.kernel.errors import OmdError
from omd.kernel.ids import BusinessId, OmdId

Result = TypeVar("Result")

MOST_BEHIND_SECONDS = 1.0
"""How old, at most, what is answered from a window may be while the database is there to ask."""

MOST_HELD = 2_000
MOST_CHANGED = 200_000
MOST_ANSWERS = 64
BUSY_SECONDS = 5.0
"""A hotel asked for so lately has its next window read ahead, before somebody asks."""

FAR_AHEAD = 10_000
"""Positions that another process may be ahead of this one; a window further ahead was not written by us."""

_WAITS = 10
_WAIT_SECONDS = 0.01
_TRIES = 3

LOOKUPS = Counter("omd_window_lookups_total", "Searches that looked for windows, by where they were.", ["found"])
_IN_PROCESS, _IN_REDIS, _READ, _NONE = (LOOKUPS.labels(each) for each in ("process", "redis", "database", "none"))
_log = structlog.get_logger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Window).decode


class HeldWindow:
    """A window in this process, with what was made of it for those who asked."""

    __slots__ = ("answers", "asked_at", "life", "version", "window")

    def __init__(self, window: Window, version: int, life: str) -> None:
        self.window = window
        self.version = version
        self.life = life
        self.asked_at = 0.0
        self.answers: dict[tuple[object, ...], Any] = {}

    def answer(self, key: tuple[object, ...], make: Callable[[], Result]) -> Result:
        """Return what was made under a key of this window, made now where it is not there."""
        found = self.answers.get(key)
        if found is None:
            if len(self.answers) >= MOST_ANSWERS:
                self.answers.clear()
            self.answers[key] = made = make()
            return made
        known: Result = found
        return known


class Windows:
    """The windows that this process may answer from: none where `watch` is None, as nobody follows the events."""

    def __init__(
        self,
        database: Database,
        circuit: RedisCircuit,
        tail: Tail,
        watch: Watch | None,
        clock: Clock,
        *,
        most_behind_seconds: float = MOST_BEHIND_SECONDS,
    ) -> None:
        self._most_behind_seconds = most_behind_seconds
        self._database = database
        self._store = VersionedStore(circuit)
        self._tail = tail
        self._watch = watch
        self._clock = clock
        self._held: dict[BusinessId, HeldWindow] = {}
        self._changed: dict[BusinessId, int] = {}
        self._floor: int | None = None
        self._life: str | None = None
        self._filling: dict[BusinessId, asyncio.Task[dict[BusinessId, HeldWindow]]] = {}
        self._ahead: dict[BusinessId, OmdId] = {}
        self._reading_ahead: asyncio.Task[None] | None = None
        tail.listen(self._on_events)

    @property
    def age(self) -> int:
        """For how many whole seconds it has not been known what happened; 0 unless something is away."""
        assert self._watch is not None, "somebody was given a window"
        return int(max(0.0, time.monotonic() - self._watch.true_at))

    async def look(
        self, omd_id: OmdId, hotel_ids: Sequence[BusinessId], stay: StayDates, now: datetime
    ) -> list[HeldWindow] | None:
        """Return the windows of these hotels in their order, or None when one cannot answer for the stay.

        Raises `DatabaseUnavailable`. That the actor sees the hotels is asked before.
        """
        if not self._may_be_believed():
            _NONE.inc()
            return None
        held = self._held
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
            if len(filled) != len(hotel_ids):
                _NONE.inc()
                return None
            found = [filled[hotel] for hotel in hotel_ids]
            for each in found:
                each.asked_at = asked_at
        else:
            _IN_PROCESS.inc()
        return found if all(each.window.covers(stay) for each in found) else None

    def last_known(self, hotel_ids: Sequence[BusinessId], stay: StayDates, now: datetime) -> list[HeldWindow] | None:
        """Return the windows as this process knew them last, for when the database is away; None where it does not."""
        found = [self._held.get(hotel) for hotel in hotel_ids]
        known = [each for each in found if each is not None and each.window.is_of(now) and each.window.covers(stay)]
        return known if known and len(known) == len(found) else None

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
        self._changed.clear()

    def _is_good(self, each: HeldWindow, now: datetime) -> bool:
        if each.life != self._life or self._floor is None or not each.window.is_of(now):
            return False
        return each.version >= max(self._floor, self._changed.get(each.window.business_id, 0))

    def _on_events(self, events: Iterable[Event]) -> None:
        """Pass over from now on what is older than these events, where they tell of its nights."""
        busy_since = time.monotonic() - BUSY_SECONDS
        for event in events:
            if event.business_id is None or not (event.type in COUNTED or event.type in EVERYTHING):
                continue
            hotel = BusinessId(event.business_id)
            held = self._held.get(hotel)
            nights = touched_nights(event.type, event.data)
            if held is not None and nights is not None and self._is_apart(held.window, nights):
                continue
            self._changed[hotel] = event.position
            if held is not None:
                if held.version >= event.position:
                    continue
                del self._held[hotel]
                if held.asked_at >= busy_since:
                    self._ahead[hotel] = OmdId(event.omd_id)
        if len(self._changed) > MOST_CHANGED:
            self._begin(self._life)
        if self._ahead and self._reading_ahead is None:
            self._reading_ahead = asyncio.create_task(self._read_ahead())

    def _is_apart(self, window: Window, nights: StayDates) -> bool:
        # One of an earlier day says nothing of the nights of today's, which another process may have.
        return window.is_of(self._clock.now()) and window.is_far_from(nights)

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

    async def _fill(
        self, omd_id: OmdId, hotel_ids: Sequence[BusinessId], now: datetime
    ) -> dict[BusinessId, HeldWindow]:
        """Return windows that are good, of as many of the hotels as possible; one task at a time fills a hotel."""
        good: dict[BusinessId, HeldWindow] = {}
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
    ) -> dict[BusinessId, HeldWindow]:
        try:
            found = await self._ask_redis(self._find_shared(omd_id, hotels, now)) or {}
            missing = [hotel for hotel in hotels if hotel not in found]
            if found:
                _IN_REDIS.inc()
            if missing:
                _READ.inc()
                read = await queries.read_windows(self._database, omd_id, missing, now=now)
                fresh = {each.window.business_id: HeldWindow(each.window, each.version, each.life) for each in read}
                await self._ask_redis(self._share(omd_id, fresh.values()))
                found |= fresh
            for hotel, held in found.items():
                if self._is_good(held, now):
                    self._hold(hotel, held)
            return found
        finally:
            for hotel in hotels:
                self._filling.pop(hotel, None)

    def _hold(self, hotel: BusinessId, held: HeldWindow) -> None:
        while len(self._held) >= MOST_HELD:
            del self._held[next(iter(self._held))]
        self._held[hotel] = held

    async def _ask_redis(
        self, work: Awaitable[dict[BusinessId, HeldWindow] | None]
    ) -> dict[BusinessId, HeldWindow] | None:
        try:
            return await work
        except RedisAway:
            return None

    async def _find_shared(
        self, omd_id: OmdId, hotels: Sequence[BusinessId], now: datetime
    ) -> dict[BusinessId, HeldWindow]:
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
    ) -> dict[BusinessId, HeldWindow]:
        keys = [self._key(omd_id, hotel) for hotel in hotels]
        found: dict[BusinessId, HeldWindow] = {}
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

    def _opened(self, omd_id: OmdId, hotel: BusinessId, kept: Kept) -> HeldWindow | None:
        """Return the window that was kept, or None for what this product did not write there."""
        try:
            window = _decode(kept.value)
        except msgspec.DecodeError:
            return None
        is_ours = (window.omd_id, window.business_id) == (omd_id, hotel) and window.is_whole
        if not is_ours or self._life is None or kept.version > (self._tail.position or 0) + FAR_AHEAD:
            return None
        return HeldWindow(window, kept.version, self._life)

    async def _share(self, omd_id: OmdId, fresh: Iterable[HeldWindow]) -> None:
        values = {
            self._key(omd_id, each.window.business_id): Kept(each.version, _encode(each.window))
            for each in fresh
            if each.life == self._life
        }
        if values:
            await self._store.put_newer(values)

    def _key(self, omd_id: OmdId, hotel: BusinessId) -> str:
        # In braces what a cluster keeps together: the hotels of one search.
        return f"window{SHAPE}:{self._life}:{{{omd_id}}}:{hotel}"
