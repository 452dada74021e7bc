"""Values in Redis that carry a version: an older one never takes a newer one's place, and garbage is thrown away."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec
import structlog
from prometheus_client import Counter
from redis.asyncio import Redis

from omd.infra.redis_circuit import RedisCircuit

KEEP_SECONDS = 3_600
LOCK_MILLISECONDS = 500
"""How long whoever fills a value is waited for; one that died holds nobody up longer."""

_PUT_NEWER = files("omd.infra.versioned").joinpath("put_newer.lua").read_text(encoding="utf-8")
_VERSION_DIGITS, _CHECK_DIGITS = 16, 8
_HEAD = _VERSION_DIGITS + _CHECK_DIGITS

GARBAGE = Counter("omd_redis_garbage_total", "Values found in Redis that this product did not write so.")
_log = structlog.get_logger(__name__)


class Kept(msgspec.Struct, frozen=True):
    """A value, and the version it is true at."""

    version: int
    value: bytes


class VersionedStore:
    """Reads and writes such values; every method raises `RedisAway` when Redis is not there."""

    def __init__(self, circuit: RedisCircuit) -> None:
        self._circuit = circuit

    async def read(self, keys: Sequence[str]) -> list[Kept | None]:
        """Return what is kept under each key, in one round trip; None for nothing and for garbage."""

        async def get(redis: Redis) -> list[bytes | None]:
            found: Any = await redis.mget(keys)
            return list(found)

        found = await self._circuit.ask(get)
        kept = [None if each is None else opened(each) for each in found]
        garbage = [key for key, each, good in zip(keys, found, kept, strict=True) if each is not None and good is None]
        if garbage:
            await self.throw_away(garbage)
        return kept

    async def throw_away(self, keys: Sequence[str]) -> None:
        """Throw away values that are not what they should be."""
        GARBAGE.inc(len(keys))
        _log.warning("redis_garbage", keys=len(keys), first=keys[0])
        await self._circuit.ask(lambda redis: redis.delete(*keys))

    async def put_newer(self, values: Mapping[str, Kept]) -> None:
        """Keep values, each unless a newer one is there, and let go of their locks; one round trip."""

        async def put(redis: Redis) -> object:
            async with redis.pipeline(transaction=False) as pipe:
                for key, kept in values.items():
                    arguments = (kept.version, closed(kept), KEEP_SECONDS * 1_000)
                    pipe.eval(_PUT_NEWER, 2, key, _lock_of(key), *arguments)
                return await pipe.execute()

        await self._circuit.ask(put)

    async def lock(self, keys: Iterable[str]) -> set[str]:
        """Return the keys that are ours to fill: for those others fill their value is worth waiting for."""
        wanted = list(keys)

        async def take(redis: Redis) -> list[object]:
            async with redis.pipeline(transaction=False) as pipe:
                for key in wanted:
                    pipe.set(_lock_of(key), b"1", nx=True, px=LOCK_MILLISECONDS)
                given: list[object] = await pipe.execute()
                return given

        given = await self._circuit.ask(take)
        return {key for key, ours in zip(wanted, given, strict=True) if ours}


def closed(kept: Kept) -> bytes:
    """Return a value as it is written: its version, a checksum of all of it, itself."""
    version = b"%0*d" % (_VERSION_DIGITS, kept.version)
    return b"%b%0*x%b" % (version, _CHECK_DIGITS, zlib.crc32(kept.value, zlib.crc32(version)), kept.value)


def opened(written: bytes) -> Kept | None:
    """Return the value that was written, or None when these bytes are not one."""
    version, check, value = written[:_VERSION_DIGITS], written[_VERSION_DIGITS:_HEAD], written[_HEAD:]
    if len(check) < _CHECK_DIGITS or not version.isdigit():
        return None
    if check != b"%0*x" % (_CHECK_DIGITS, zlib.crc32(value, zlib.crc32(version))):
        return None
    return Kept(int(version), value)


def _lock_of(key: str) -> str:
    return f"{key}:filling"
