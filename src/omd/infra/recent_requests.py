"""How the requests of the last minutes went, for everybody together and for each tenant, over all workers.

Each worker counts for itself and leaves what it has counted of a minute in Redis, under a name of its own, so that
leaving it twice changes nothing. Without Redis one worker tells of its own part, and says so.
"""

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec
from redis.asyncio import Redis

from omd.infra.redis_circuit import RedisAway, RedisCircuit

MINUTES = 5
MOST_KEYS = 10_000
"""Tenants told apart in one minute; more of them count for everybody together only."""

EVERYBODY = "platform"
BOUNDS_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000)
_KEPT_SECONDS = (MINUTES + 1) * 60
_FIRST_REFUSAL, _LIMITED, _FIRST_FAILURE = 400, 429, 500


class Tally(msgspec.Struct, array_like=True):
    """Requests: all, limited, refused otherwise, failed; by duration."""

    requests: int = 0
    limited: int = 0
    refused: int = 0
    failed: int = 0
    durations: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))

    def count(self, status: int, milliseconds: float) -> None:
        """Count one request."""
        self.requests += 1
        if status >= _FIRST_FAILURE or status == 0:
            self.failed += 1
        elif status == _LIMITED:
            self.limited += 1
        elif status >= _FIRST_REFUSAL:
            self.refused += 1
        at = 0
        for bound in BOUNDS_MS:
            if milliseconds <= bound:
                break
            at += 1
        self.durations[at] += 1

    def add(self, other: "Tally") -> None:
        """Count what another tally has counted."""
        self.requests += other.requests
        self.limited += other.limited
        self.refused += other.refused
        self.failed += other.failed
        self.durations = [own + more for own, more in zip(self.durations, other.durations, strict=True)]

    def within_ms(self, share: float) -> int | None:
        """Return the milliseconds within which this share of the requests was answered, rounded up to a bound.

        None without requests; what took longer than every bound is told as the last of them.
        """
        wanted, seen = share * self.requests, 0
        if not self.requests:
            return None
        for bound, count in zip(BOUNDS_MS, self.durations, strict=False):
            seen += count
            if seen >= wanted:
                return bound
        return BOUNDS_MS[-1]


class Recent(msgspec.Struct, frozen=True):
    """What was counted of a key and of everybody, and whether all workers are in it."""

    own: Tally
    everybody: Tally
    of_all_workers: bool


class RecentRequests:
    """The requests of the last minutes as this worker counted them, shared by Redis."""

    def __init__(self, circuit: RedisCircuit) -> None:
        self._circuit = circuit
        self._name = secrets.token_hex(6)
        self._minutes: dict[int, dict[str, Tally]] = {}
        self._changed: set[tuple[int, str]] = set()

    def note(self, keys: Iterable[str], *, now: float, status: int, seconds: float) -> None:
        """Count a request for everybody and for these keys; `now` in seconds since the epoch."""
        minute = int(now // 60)
        tallies = self._minutes.get(minute)
        if tallies is None:
            self._forget(minute)
            tallies = self._minutes[minute] = {}
        for key in (EVERYBODY, *keys):
            tally = tallies.get(key)
            if tally is None:
                if len(tallies) >= MOST_KEYS:
                    continue
                tally = tallies[key] = Tally()
            tally.count(status, seconds * 1000)
            self._changed.add((minute, key))

    async def share(self) -> None:
        """Leave what has changed in Redis; what cannot be left now is left the next time."""
        changed, self._changed = self._changed, set()
        known = [(minute, key) for minute, key in changed if minute in self._minutes]
        if not known:
            return

        async def leave(redis: Redis) -> None:
            pipe = redis.pipeline(transaction=False)
            for minute, key in known:
                pipe.hset(_place(minute, key), self._name, msgspec.msgpack.encode(self._minutes[minute][key]))
                pipe.expire(_place(minute, key), _KEPT_SECONDS)
            await pipe.execute()

        try:
            await self._circuit.ask(leave)
        except RedisAway:
            self._changed.update(known)

    async def of(self, key: str, *, now: float) -> Recent:
        """Return what was counted of a key and of everybody in the last minutes, the one under way included."""
        minutes = range(int(now // 60) - MINUTES + 1, int(now // 60) + 1)

        async def read(redis: Redis) -> list[dict[bytes, bytes]]:
            pipe = redis.pipeline(transaction=False)
            for minute in minutes:
                pipe.hgetall(_place(minute, key))
                pipe.hgetall(_place(minute, EVERYBODY))
            found: list[dict[bytes, bytes]] = await pipe.execute()
            return found

        await self.share()
        try:
            found = await self._circuit.ask(read)
        except RedisAway:
            own = [self._minutes.get(minute, {}) for minute in minutes]
            return Recent(
                own=_sum(each.get(key) for each in own),
                everybody=_sum(each.get(EVERYBODY) for each in own),
                of_all_workers=False,
            )
        return Recent(own=_sum(_read(found[::2])), everybody=_sum(_read(found[1::2])), of_all_workers=True)

    def _forget(self, minute: int) -> None:
        """Forget the minutes that are over; after a clock was set back, those that are still to come as well."""
        self._minutes = {each: tallies for each, tallies in self._minutes.items() if minute - MINUTES < each <= minute}


def _place(minute: int, key: str) -> str:
    return f"recent:{minute}:{key}"


def _sum(tallies: Iterable[Tally | None]) -> Tally:
    together = Tally()
    for each in tallies:
        if each is not None:
            together.add(each)
    return together


def _read(hashes: Iterable[dict[bytes, bytes]]) -> Iterable[Tally]:
    for each in hashes:
        for value in each.values():
            tally = _tally(value)
            if tally is not None:
                yield tally


def _tally(value: Any) -> Tally | None:
    """Return what a worker left, None for what none of ours did: Redis may hold anything."""
    try:
        tally = msgspec.msgpack.decode(value, type=Tally)
    except msgspec.DecodeError:
        return None
    return tally if len(tally.durations) == len(BOUNDS_MS) + 1 else None
