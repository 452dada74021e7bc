"""The windows of counters: how they are read, and what changes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec
from prometheus_client import Counter

from omd.db import Database, DatabaseContact
from omd.features.availability.touched import COUNTED, EVERYTHING, touched_nights
from omd.features.availability.windows import queries
from omd.features.availability.windows.held import Held
from omd.features.availability.windows.keeper import MOST_BEHIND_SECONDS, Keeper
from omd.features.availability.windows.model import SHAPE, Window
from omd.infra.events import Event, Tail, Watch
from omd.infra.redis_circuit import RedisCircuit
from omd.kernel.clock import Clock
from omd.kernel.ids import BusinessId, OmdId

HeldWindow: TypeAlias = Held[Window]

LOOKUPS = Counter("omd_window_lookups_total", "Searches that looked for windows, by where they were.", ["found"])
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Window).decode


class Windows(Keeper[Window]):
    """What of every hotel is free in the next nights."""

    prefix = f"window{SHAPE}"
    kept = ("windows", "former", "answers")
    lookups = LOOKUPS

    def __init__(
        self,
        database: Database,
        circuit: RedisCircuit,
        tail: Tail,
        watch: Watch | None,
        clock: Clock,
        *,
        most_behind_seconds: float = MOST_BEHIND_SECONDS,
        contact: DatabaseContact | None = None,
    ) -> None:
        """Without `contact` nothing is known while the database is away."""
        super().__init__(circuit, tail, watch, clock, most_behind_seconds=most_behind_seconds, contact=contact)
        self._database = database

    async def read(self, omd_id: OmdId, hotels: Sequence[BusinessId], now: datetime) -> list[HeldWindow]:
        """Read the counters of the next nights."""
        found = await queries.read_windows(self._database, omd_id, hotels, now=now)
        return [Held(each.window, each.version, each.life, is_new=True) for each in found]

    def encode(self, window: Window) -> bytes:
        """Return a window as MessagePack."""
        return _encode(window)

    def decode(self, written: bytes) -> Window:
        """Return what was encoded."""
        return _decode(written)

    def tells(self, event: Event) -> bool:
        """Say whether counters may have changed."""
        return event.business_id is not None and (event.type in COUNTED or event.type in EVERYTHING)

    def leaves(self, window: Window, event: Event) -> bool:
        """Say whether the event names nights, and none near these."""
        nights = touched_nights(event.type, event.data)
        return nights is not None and window.is_far_from(nights)
