"""The limits that all workers share: one script in Redis, one round trip a request."""

import asyncio
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError, ResponseError

from omd.infra.limits.model import Level, Verdict, verdict_of

_SCRIPT = files("omd.infra.limits").joinpath("gcra.lua").read_text(encoding="utf-8")
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
KEY_PREFIX = "{limits}:"
"""In braces, so that a cluster keeps the levels of one request together."""


class RedisAway(Exception):
    """Redis could not be asked, or did not answer as it must."""


class InRedisLimits:
    """Charges requests in Redis.

    Requests that come while others are on their way there wait for each other and go together: under load many of
    them share a round trip, and one connection is enough.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
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
        await self._redis.aclose()

    async def _send(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._send_together(batch)
        finally:
            self._sending = None

    async def _send_together(self, batch: list[tuple[Sequence[Level], asyncio.Future[Verdict]]]) -> None:
        try:
            verdicts = await self._ask([levels for levels, _ in batch])
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
            await self._redis.script_load(_SCRIPT)
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
        calls = [_arguments(levels) for levels in requests]
        if len(calls) == 1:
            try:
                one = await self._redis.execute_command("EVALSHA", _SHA, *calls[0])  # type: ignore[no-untyped-call]
            except NoScriptError as error:
                one = error
            return [one]
        pipeline = self._redis.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command("EVALSHA", _SHA, *call)
        answers: list[object] = await pipeline.execute(raise_on_error=False)
        return answers


def _arguments(levels: Sequence[Level]) -> list[str | int]:
    numbers = [number for level in levels for number in (level.quota.interval, level.quota.requests)]
    return [len(levels), *(KEY_PREFIX + level.counter for level in levels), *numbers]
