"""The windows of prices: how they are read, and what changes them."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from prometheus_client import Counter

from omd.db import Database, DatabaseContact
from omd.features.availability import EVERYTHING, MOST_BEHIND_SECONDS, Held, Keeper
from omd.features.offers.windows.model import NIGHTS, SHAPE, PriceWindow, SoldText, packed
from omd.features.offers.windows.queries import ReadPrices, read_price_windows
from omd.infra.events import Event, Tail, Watch
from omd.infra.redis_circuit import RedisCircuit
from omd.kernel.clock import Clock
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

LOOKUPS = Counter(
    "omd_price_lookups_total", "Searches that looked for windows of prices, by where they were.", ["found"]
)
MOST_PRICE_BYTES = 192 * 1024 * 1024
"""Of one process: some 600 hotels of eight room types and three plans."""

_RATES, _TAXES = "rates.changed", "taxes.changed"
PRICED = {_RATES, _TAXES} | EVERYTHING
"""The events after which what a hotel sells, by what terms and prices, need not be so any more."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PriceWindow).decode


class _Said(msgspec.Struct, frozen=True):
    what: str
    starts_on: date | None = None
    ends_on: date | None = None


class Prices(Keeper[PriceWindow]):
    """What every hotel sells on its next nights, and by what terms, prices, restrictions and taxes."""

    prefix = f"prices{SHAPE}"
    kept = ("prices", "former_prices", "price_answers")
    most_bytes = MOST_PRICE_BYTES
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

    async def read(self, omd_id: OmdId, hotels: Sequence[BusinessId], now: datetime) -> list[Held[PriceWindow]]:
        """Read what hotels sell on their next nights."""
        found = await read_price_windows(self._database, omd_id, hotels, now=now)
        return [Held(_window(omd_id, each), each.version, each.life, is_new=True) for each in found]

    def encode(self, window: PriceWindow) -> bytes:
        """Return a window as MessagePack."""
        return _encode(window)

    def decode(self, written: bytes) -> PriceWindow:
        """Return what was encoded."""
        return _decode(written)

    def tells(self, event: Event) -> bool:
        """Say whether prices, restrictions, plans, room types or taxes may have changed."""
        return event.type in PRICED

    def leaves(self, window: PriceWindow, event: Event) -> bool:
        """Say whether the event is of quotas, which are no prices, or names dates, and none near these."""
        if event.type != _RATES:
            return False
        said = msgspec.json.decode(event.data, type=_Said)
        if said.what == "quotas":
            return True
        if said.starts_on is None or said.ends_on is None:
            return False
        return window.is_far_from(StayDates(said.starts_on, said.ends_on))


def _window(omd_id: OmdId, read: ReadPrices) -> PriceWindow:
    text = SoldText(
        *(read.currency, read.time_zone, read.business_date, read.room_types, read.plans, read.rates),
        *(read.restrictions, read.locality_id, read.tax_rules, read.policies),
    )
    return PriceWindow(omd_id, read.business_id, read.starts_on, read.begins_at, read.ends_at, NIGHTS, packed(text))
