"""Fan-out within one process: each batch of events is rendered once a channel, whoever listens to it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import msgspec
import structlog
from prometheus_client import Counter, Gauge

from omd.infra.events.model import Event
from omd.infra.events.tail import Tail
from omd.kernel.errors import OmdError

MOST_WAITING = 2_000
"""Messages that may wait for a slow listener; one that is further behind is let go, and takes up where it was."""

HEARTBEAT_SECONDS = 15.0
AWAY_SECONDS = 0.2
PAUSE_PER_LISTENER = 0.0002
LONGEST_PAUSE_SECONDS = 0.15
"""A channel with many listeners gets what came meanwhile at once: sending costs by the message, not by the event."""

LISTENERS = Gauge("omd_live_listeners", "Streams that are open.", multiprocess_mode="livesum")
LET_GO = Counter("omd_live_let_go_total", "Streams ended by the server, by why.", ["why"])
_log = structlog.get_logger(__name__)


class Channel(msgspec.Struct, frozen=True):
    """What somebody listens to: a tenant, or one of its businesses, and in which view."""

    omd_id: int
    business_id: int | None
    view: str


class Message(msgspec.Struct, frozen=True):
    """An event as a view shows it, ready to be sent; several events may share a position's place, never a message."""

    position: int
    body: bytes


Render = Callable[[Channel, Sequence[Event]], Awaitable[Sequence[Message]]]


class Subscription:
    """One listener's place: what waits for it, and whether it is still wanted."""

    __slots__ = ("_ended", "_leave", "_waiting", "_wake")

    def __init__(self, leave: "Callable[[Subscription], None]") -> None:
        self._waiting: deque[Message] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._ended = False
        self._leave = leave

    async def __aenter__(self) -> Self:
        """Listen from now on."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more."""
        self._leave(self)

    @property
    def has_ended(self) -> bool:
        """Say whether the server lets this listener go."""
        return self._ended

    async def wait(self) -> list[Message]:
        """Return what came since the last time, as soon as there is something, or nothing after a heartbeat."""
        if not self._waiting and not self._ended:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        messages = list(self._waiting)
        self._waiting.clear()
        return messages

    def put(self, messages: Iterable[Message]) -> None:
        """Let messages wait for the listener; end it when too many do."""
        if self._ended:
            return
        self._waiting.extend(messages)
        if len(self._waiting) > MOST_WAITING:
            self.end("slow")
        self.rouse()

    def end(self, why: str) -> None:
        """Let the listener go."""
        if not self._ended:
            LET_GO.labels(why).inc()
        self._ended = True
        self._waiting.clear()
        self.rouse()

    def rouse(self) -> None:
        """Wake the listener."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


class _Open:
    """A channel with its listeners, and the events that are yet to be rendered for them."""

    def __init__(self) -> None:
        self.listeners: set[Subscription] = set()
        self.pending: list[Event] = []
        self.delivering: asyncio.Task[None] | None = None


class Channels:
    """Everything that is listened to in this process."""

    def __init__(self, tail: Tail, render: Render, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._render = render
        self._heartbeat_seconds = heartbeat_seconds
        self._open: dict[int, dict[Channel, _Open]] = {}
        self._count = 0
        self._stopped = False
        tail.listen(self._on_events)
        tail.on_loss(self._on_loss)

    @property
    def count(self) -> int:
        """How many listen."""
        return self._count

    def subscribe(self, channel: Channel) -> Subscription:
        """Return a listener's place; every event that is handed out from now on waits there."""
        opened = self._open.setdefault(channel.omd_id, {}).setdefault(channel, _Open())
        subscription = Subscription(lambda each: self._leave(channel, each))
        opened.listeners.add(subscription)
        self._count += 1
        LISTENERS.set(self._count)
        if self._stopped:
            subscription.end("stopping")
        return subscription

    async def beat(self, stopping: asyncio.Event) -> None:
        """Wake every listener now and then, until told to stop; then let all of them go."""
        while not stopping.is_set():
            try:
                await asyncio.wait_for(stopping.wait(), self._heartbeat_seconds)
            except TimeoutError:
                for subscription in self._all():
                    subscription.rouse()
        self._stopped = True
        for subscription in self._all():
            subscription.end("stopping")

    def _all(self) -> list[Subscription]:
        return [each for channels in self._open.values() for opened in channels.values() for each in opened.listeners]

    def _leave(self, channel: Channel, subscription: Subscription) -> None:
        of_omd = self._open.get(channel.omd_id, {})
        opened = of_omd.get(channel)
        if opened is None or subscription not in opened.listeners:
            return
        opened.listeners.remove(subscription)
        self._count -= 1
        LISTENERS.set(self._count)
        self._close_if_left(channel, opened)

    def _close_if_left(self, channel: Channel, opened: _Open) -> None:
        """Forget a channel that nobody listens to and nothing is under way for."""
        of_omd = self._open.get(channel.omd_id, {})
        if opened.listeners or opened.delivering is not None or of_omd.get(channel) is not opened:
            return
        del of_omd[channel]
        if not of_omd:
            del self._open[channel.omd_id]

    def _on_loss(self) -> None:
        """Let everybody go: what they were told is not so any more, and what they would be told next is not new."""
        for channels in self._open.values():
            for opened in channels.values():
                _let_go(opened, "lost")

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            for channel, opened in self._open.get(event.omd_id, {}).items():
                if channel.business_id is None or channel.business_id == event.business_id:
                    opened.pending.append(event)
        for channels in self._open.values():
            for channel, opened in channels.items():
                if opened.pending and opened.delivering is None:
                    opened.delivering = asyncio.create_task(self._deliver(channel, opened))

    async def _deliver(self, channel: Channel, opened: _Open) -> None:
        try:
            while opened.pending and opened.listeners:
                batch, opened.pending = opened.pending, []
                try:
                    messages = await self._render(channel, batch)
                except OmdError as error:
                    # The database was there for the tail a moment ago: it is waited for, and nothing is told twice.
                    _log.warning("live_waits", code=error.code, listeners=len(opened.listeners))
                    opened.pending = batch + opened.pending
                    if self._stopped:
                        return
                    if len(opened.pending) > MOST_WAITING:
                        # They take up where they were, from the table, once it can be read again.
                        _let_go(opened, "behind")
                        return
                    await asyncio.sleep(AWAY_SECONDS)
                    continue
                except Exception as error:  # noqa: BLE001 - whatever it is
                    # Going on would leave a gap that no listener can see.
                    _log.error("live_not_rendered", listeners=len(opened.listeners), exc_info=error)
                    _let_go(opened, "failed")
                    return
                for each in tuple(opened.listeners):
                    each.put(messages)
                await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, PAUSE_PER_LISTENER * len(opened.listeners)))
        finally:
            opened.delivering = None
            self._close_if_left(channel, opened)


def _let_go(opened: _Open, why: str) -> None:
    opened.pending.clear()
    for each in tuple(opened.listeners):
        each.end(why)
