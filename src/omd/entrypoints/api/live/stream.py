"""One listener's stream: what it missed, then what happens, without a gap or a repeat between the two."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import structlog

from omd.db import Database
from omd.entrypoints.api.live.render import ready_frame
from omd.infra.events import Channel, Channels, Event, Message, Render, Tail, list_omd_events_after
from omd.kernel.actor import Actor
from omd.kernel.errors import DatabaseUnavailable, NotFound, OmdError

PAGE = 500
FAR_AHEAD = 10_000
"""Positions that another worker may be ahead of this one."""

ALIVE = b": alive\n\n"

_log = structlog.get_logger(__name__)
Recheck = Callable[[], Awaitable[Actor]]


class TooManyStreams(OmdError):
    """This caller holds as many streams as it may."""

    code = "too_many_streams"
    status = 429
    title = "Too many streams"


class UnknownPosition(OmdError):
    """The position to take up after was never given."""

    code = "unknown_position"
    status = 422
    title = "This position was never given"


class Wanted(msgspec.Struct, frozen=True):
    """A stream that was asked for: its channel, after which position, and how to ask again whether it may be."""

    channel: Channel
    after: int | None
    actor: Actor
    recheck: Recheck
    business_id: int | None


class LiveStreams:
    """Opens streams on the channels of this process."""

    def __init__(
        self, database: Database, tail: Tail, channels: Channels, render: Render, *, most_of_caller: int
    ) -> None:
        self._database = database
        self._tail = tail
        self._channels = channels
        self._render = render
        self._most_of_caller = most_of_caller
        self._held: Counter[str] = Counter()

    def open(self, wanted: Wanted) -> AsyncIterator[bytes]:
        """Return the stream; raise `TooManyStreams`, `UnknownPosition` or `DatabaseUnavailable` before it begins."""
        caller, position = f"{wanted.actor.omd_id} {wanted.actor.label}", self._tail.position
        if position is None:
            raise DatabaseUnavailable("Live events are not there yet. Come again in a moment.", retry_after=1)
        # Ours may be a little behind the one that told it: only what nobody can have been told is refused.
        if wanted.after is not None and wanted.after > position + FAR_AHEAD:
            said = f"There was no event {wanted.after} yet. Leave Last-Event-ID out, and fetch what you show."
            raise UnknownPosition(said)
        if wanted.after is not None and self._tail.was_lost(wanted.after):
            said = "Events were lost, and yours may be among them. Leave Last-Event-ID out, and fetch what you show."
            raise UnknownPosition(said)
        if self._held[caller] >= self._most_of_caller:
            said = f"You hold {self._held[caller]} streams here, which is the most. Close one, or share one."
            raise TooManyStreams(said, retry_after=5)
        return self._stream(wanted, caller)

    async def _stream(self, wanted: Wanted, caller: str) -> AsyncIterator[bytes]:
        self._held[caller] += 1
        try:
            # What happens from here on waits; what was before is read meanwhile.
            async with self._channels.subscribe(wanted.channel) as subscription:
                # As of now, not as of when the stream was asked for: what came between the two waits nowhere.
                position = self._tail.position
                assert position is not None, "the tail has begun, and never goes back to before that"
                last = position if wanted.after is None else wanted.after
                yield ready_frame(last)
                if wanted.after is not None:
                    async for message in self._missed(wanted, position):
                        last = message.position
                        yield message.body
                    last = max(last, position)
                while not subscription.has_ended:
                    messages = await subscription.wait()
                    if not await self._may_go_on(wanted, has_news=bool(messages)):
                        return
                    fresh = [each.body for each in messages if each.position > last]
                    if messages:
                        last = max(last, messages[-1].position)
                    yield b"".join(fresh) or ALIVE
        finally:
            self._held[caller] -= 1
            if not self._held[caller]:
                del self._held[caller]

    async def _missed(self, wanted: Wanted, until: int) -> AsyncIterator[Message]:
        after = wanted.after
        assert after is not None, "whoever missed something says what they had"
        while True:
            async with self._database.reading(_reader(wanted)) as tx:
                page = await list_omd_events_after(tx, wanted.channel.omd_id, after, until=until, most=PAGE)
            for_it = [event for event in page if _is_for(event, wanted.channel)]
            for message in await self._render(wanted.channel, for_it):
                yield message
            if len(page) < PAGE:
                return
            after = page[-1].position

    async def _may_go_on(self, wanted: Wanted, *, has_news: bool) -> bool:
        """Ask again who this is: a role taken away, a key revoked or a session ended ends its streams.

        While that cannot be asked a stream stays open, but is told nothing: with news it ends, and is resumed.
        """
        try:
            actor = await wanted.recheck()
            if wanted.business_id is not None:
                actor.sees(wanted.business_id)
                if wanted.channel.view == "guests":
                    actor.reads(wanted.business_id)
        except NotFound:
            return False
        except OmdError as refusal:
            if refusal.status >= 500:
                return not has_news
            _log.info("live_ended", code=refusal.code)
            return False
        return actor.omd_id == wanted.channel.omd_id


def _reader(wanted: Wanted) -> Actor:
    """Return who reads what was missed: rendering decides what of it is shown, as of what happens."""
    hotels = wanted.actor.business_ids if wanted.business_id is None else (wanted.actor.sees(wanted.business_id),)
    return Actor(wanted.actor.omd_id, "hotel", hotels, (), "live", reading_business_ids=hotels)


def _is_for(event: Event, channel: Channel) -> bool:
    return channel.business_id is None or channel.business_id == event.business_id
