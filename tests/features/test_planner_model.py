"""The room planner beside random lives of a hotel: what a screen keeps up is what is drawn, and what is sold."""

from collections import Counter
from datetime import timedelta

from hypothesis.stateful import invariant

from omd.db import Database
from omd.features.frontdesk import Planner
from omd.features.frontdesk.model import parse_version
from omd.features.frontdesk.planner import draw_planner
from omd.features.frontdesk.queries import Hotel
from omd.infra.events.queries import give_positions
from support.databases import opened
from support.engine import run_engine
from support.engine_hold_backs import HoldingEngine
from support.planner_screen import Drawing, bars_of, counters_of, read_planner
from support.servers import Servers
from support.worlds import TODAY, World

DAYS = 30


class PlannedEngine(HoldingEngine):
    """The same lives, with a planner that was drawn at the beginning and follows from difference to difference."""

    wholes = 0
    differences = 0

    def __init__(self) -> None:
        super().__init__()
        self.drawing: Drawing | None = None
        self.events = self.runner.run(self._events())

    async def _events(self) -> Database:
        return await self.stack.enter_async_context(opened(self.servers, self.name, "omd_relay"))

    @invariant()
    def the_planner_shows_what_is_sold(self) -> None:
        """Follow, compare with what is drawn anew, and count the bars."""
        self.runner.run(self._compare())

    async def _read(self, since: str | None = None) -> bytes:
        hotel = Hotel(self.grand.omd_id, self.grand.id)
        version = None if since is None else parse_version(since)
        async with self.db.reading(self.actor) as tx:
            # From the first day on, so that what is past stays in sight.
            return await draw_planner(tx, hotel, first=TODAY, days=DAYS, since=version, now=self.now)

    async def _compare(self) -> None:
        fresh = read_planner(await self._read())
        if self.drawing is not None:
            told = read_planner(await self._read(self.drawing.version))
            if told.complete:
                type(self).wholes += 1
                self.drawing = Drawing(told)
            else:
                type(self).differences += 1
                self.drawing.put_over(told)
            assert self.drawing.shown == Drawing(fresh).shown
        else:
            self.drawing = Drawing(fresh)
        # Sometimes the relay has been there before the next step, sometimes it has not.
        if self.steps % 2:
            async with self.events.transaction(None) as tx:
                await give_positions(tx, most=1_000)
        self._count(fresh)

    def _count(self, fresh: Planner) -> None:
        held: Counter[tuple[int, int]] = Counter()
        taken: Counter[tuple[int, int]] = Counter()
        for bar in bars_of(fresh):
            for night in range(bar.nights):
                at = (bar.first + timedelta(days=night) - TODAY).days
                held[bar.type, at] += 1
                if bar.room is not None:
                    taken[bar.room, at] += 1
        assert not [each for each, times in taken.items() if times > 1]
        sold = {key: night[3] for key, night in counters_of(fresh).items()}
        assert {key: count for key, count in sold.items() if count} == dict(held)


def test_a_planner_that_is_kept_up_is_what_is_drawn_and_what_is_sold(servers: Servers, world: World) -> None:
    run_engine(PlannedEngine, servers, world, examples=6)
    assert PlannedEngine.wholes > 0
    assert PlannedEngine.differences > 0
