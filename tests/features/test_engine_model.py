"""The booking engine against a model of a few lines: it sells exactly what the model says there is."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from hypothesis.stateful import invariant

from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from support.databases import opened
from support.engine import Engine, run_engine
from support.engine_hold_backs import HoldingEngine
from support.engine_returns import ReturningEngine
from support.followers import Follower
from support.servers import Servers
from support.worlds import World


class RememberedEngine(HoldingEngine):
    """The same lives, looked at through the windows of hotels after each step."""

    redis_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock(self.now)
        self.follower = self.runner.run(self._follower())

    async def _follower(self) -> Follower:
        events = await self.stack.enter_async_context(opened(self.servers, self.name, "omd_relay"))
        follower = Follower(self.db, events, self.clock, self.redis_url)
        self.stack.push_async_callback(follower.close)
        return follower

    @invariant()
    def what_is_remembered_is_what_is_kept(self) -> None:
        """Compare what a search finds in the window with what the database gives, for many stays."""
        self.clock.set(self.now)
        self.runner.run(self._compare())

    async def _compare(self) -> None:
        await self.follower.catch_up()
        for stay in self.looked_for():
            remembered, kept = await asyncio.gather(
                self.follower.remembered(self.grand, stay), self.follower.kept(self.grand, stay)
            )
            assert remembered == kept, stay

    def looked_for(self) -> Iterator[StayDates]:
        for ahead, length in product((0, 1, 3, 6, 9), (1, 4)):
            arrival = self.day + timedelta(days=ahead)
            yield StayDates(arrival, arrival + timedelta(days=length))


def test_the_engine_sells_exactly_what_there_is(servers: Servers, world: World) -> None:
    run_engine(Engine, servers, world)


def test_ways_back_sell_exactly_what_there_is(servers: Servers, world: World) -> None:
    run_engine(ReturningEngine, servers, world)


def test_what_is_held_back_is_not_sold_and_the_rest_is(servers: Servers, world: World) -> None:
    run_engine(HoldingEngine, servers, world)


def test_what_is_remembered_is_what_is_kept_after_every_command(servers: Servers, world: World, redis_url: str) -> None:
    RememberedEngine.redis_url = redis_url
    run_engine(RememberedEngine, servers, world, examples=6)
