"""From events to deliveries: every event is planned once for every subscription that is told of it.

The cursor moves in the transaction that adds the deliveries, so that a worker killed in between repeats both or
neither. Any number of workers may plan; one at a time does.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from omd.db import Database, Transaction
from omd.infra.events import Event, list_events_after, list_omd_events_after
from omd.infra.webhooks import work_queries
from omd.infra.webhooks.model import Replay, Target
from omd.kernel.clock import Clock

MOST_AT_ONCE = 500
CLOCKS_STRAY = timedelta(minutes=5)
"""A replay by time begins so much earlier: instants rise with positions, but for what several clocks differ."""

ToldAs = Callable[[Event, int | None], str | None]
"""As which type a place is told of an event, None when it is told nothing: of a business, or of the tenant (None)."""


class Planner:
    """Plans deliveries, on a database of the role omd_relay."""

    def __init__(self, db: Database, told_as: ToldAs, *, clock: Clock, most_at_once: int = MOST_AT_ONCE) -> None:
        self._db = db
        self._told_as = told_as
        self._clock = clock
        self._most_at_once = most_at_once

    async def step(self) -> bool:
        """Plan what is new, and a part of a replay; say whether there was any. Raises `DatabaseUnavailable`."""
        async with self._db.reading(None) as tx:
            if not await work_queries.is_behind(tx):
                return False
        planned = await self._db.write(None, self._plan)
        return await self._db.write(None, self._plan_replay) or planned

    async def _plan(self, tx: Transaction) -> bool:
        position = await work_queries.lock_cursor(tx)
        if position is None:
            return False
        events = await list_events_after(tx, position, most=self._most_at_once)
        if not events:
            return False
        targets = await work_queries.list_targets(tx, {event.omd_id for event in events})
        planned = [
            (target, event, told)
            for event in events
            for target in targets
            if target.omd_id == event.omd_id and (told := self._told(target, event)) is not None
        ]
        if planned:
            await work_queries.add_deliveries(tx, planned, now=self._clock.now())
        await work_queries.move_cursor(tx, events[-1].position)
        return True

    async def _plan_replay(self, tx: Transaction) -> bool:
        replay = await work_queries.lock_replay(tx)
        if replay is None:
            return False
        after = replay.replay_after
        if after is None:
            assert replay.replay_since is not None, "a replay begins somewhere"
            after = await _position_before(tx, replay, replay.replay_since - CLOCKS_STRAY)
        events = await list_omd_events_after(
            tx, replay.omd_id, after, until=replay.replay_until, most=self._most_at_once
        )
        await self._again(tx, replay.target, events)
        is_over = len(events) < self._most_at_once
        await work_queries.set_replay(tx, replay, None if is_over else events[-1].position)
        return True

    async def _again(self, tx: Transaction, target: Target, events: Sequence[Event]) -> None:
        found = ((target, event, self._told(target, event)) for event in events)
        planned = [(target, event, told) for target, event, told in found if told is not None]
        if planned:
            now = self._clock.now()
            await work_queries.revive_deliveries(tx, target, [event.position for _, event, _ in planned], now=now)
            await work_queries.add_deliveries(tx, planned, now=now)

    def _told(self, target: Target, event: Event) -> str | None:
        if target.business_id is not None and target.business_id != event.business_id:
            return None
        told = self._told_as(event, target.business_id)
        return told if told is not None and (not target.event_types or told in target.event_types) else None


async def _position_before(tx: Transaction, replay: Replay, since: datetime) -> int:
    """Return a position behind which everything since an instant lies, by halving: instants rise with positions."""
    low, high = 0, replay.replay_until
    while low < high:
        middle = (low + high) // 2
        instant = await work_queries.find_instant_at(tx, replay.omd_id, middle + 1)
        if instant is None or instant >= since:
            high = middle
        else:
            low = middle + 1
    return low
