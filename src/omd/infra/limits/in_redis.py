"""The limits that all workers share: one script in Redis, one round trip a request."""

import asyncio
import hashlib
import math
from collections.abc import Sequence
from importlib.resources import files

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError

from omd.infra.limits.model import Level, Verdict, verdict_of

_SCRIPT = files("omd.infra.limits").joinpath("gcra.lua").read_text(encoding="utf-8")
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
PATIENCE_SECONDS = 0.25
"""How long one request may wait for a Redis that hangs; those after it do not wait at all."""

KEY_PREFIX = "{limits}:"
"""In braces, so that a cluster keeps the levels of one request together."""


class RedisAway(Exception):
    """Redis could not be asked, or did not answer as it must."""


class InRedisLimits:
    """Charges requests in Redis.

    Requests that come while others are on their way there wait for each other and go together: under load many of
    them share a round trip, and one connection is enough.
    """

    def __init__(self, redis: Redis, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        # A connection of our own: the pool's lending and the client's timers cost more than the question itself.
        self._connection = redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        self._redis = redis
        self._patience_seconds = patience_seconds
        self._waiting: list[tuple[Sequence[Level], asyncio.Future[Verdict]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def take(self, levels: Sequence[Level]) -> Verdict:
        """Charge one request to every level, or, when one refuses, to none; raise `RedisAway`."""
        answered: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((levels, answered))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        return await answered

    async def close(self) -> None:
        """Wait for what is on its way, and close the connection."""
        if self._sending is not None:
            await self._sending
        await self._connection.disconnect()
        await self._redis.aclose()

    async def _send(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._send_together(batch)
        finally:
            self._sending = None

    async def _send_together(self, batch: list[tuple[Sequence[Level], asyncio.Future[Verdict]]]) -> None:
        requests = [levels for levels, _ in batch]
        stood = self._connection.is_connected
        try:
            try:
                verdicts = await self._ask(requests)
            except RedisConnectionError:
                if not stood:
                    raise
                # It may just have closed a connection that was idle for long: a new one tells.
                verdicts = await self._ask(requests)
        except (RedisError, OSError, ValueError, TypeError, IndexError) as error:
            for _, answered in batch:
                if not answered.done():
                    answered.set_exception(RedisAway(f"{type(error).__name__}: {error}"))
            return
        for (_, answered), verdict in zip(batch, verdicts, strict=True):
            # Whoever hung up meanwhile is not there to be told.
            if not answered.done():
                answered.set_result(verdict)

    async def _ask(self, requests: list[Sequence[Level]]) -> list[Verdict]:
        answers = await self._run(requests)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            # A server that was started anew knows no scripts; what it did not know it did not charge either.
            await self._teach()
            again = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            for at, answer in zip(again, await self._run([requests[at] for at in again]), strict=True):
                answers[at] = answer
        verdicts = []
        for levels, answer in zip(requests, answers, strict=True):
            if not isinstance(answer, bytes):
                raise answer if isinstance(answer, RedisError) else ResponseError("the script gave no numbers")
            verdicts.append(verdict_of(levels, [int(number) for number in answer.split()]))
        return verdicts

    async def _run(self, requests: list[Sequence[Level]]) -> list[object]:
        """Send all at once and return what each was answered, refusals of the script among it."""
        calls = [self._connection.pack_command("EVALSHA", _SHA, *_arguments(levels)) for levels in requests]
        commands = [piece for call in calls for piece in call]
        answers: list[object] = []
        async with asyncio.timeout(self._patience_seconds):
            await self._connection.send_packed_command(commands)
            for _ in requests:
                try:
                    answers.append(await self._connection.read_response(timeout=math.inf))
                except ResponseError as error:
                    answers.append(error)
        return answers

    async def _teach(self) -> None:
        async with asyncio.timeout(self._patience_seconds):
            await self._connection.send_packed_command(self._connection.pack_command("SCRIPT", "LOAD", _SCRIPT))
            await self._connection.read_response(timeout=math.inf)


def _arguments(levels: Sequence[Level]) -> list[str | int]:
    numbers = [number for level in levels for number in (level.quota.interval, level.quota.requests)]
    return [len(levels), *(KEY_PREFIX + level.counter for level in levels), *numbers]
