"""An event as its readers get it."""

from datetime import datetime

import msgspec


class Event(msgspec.Struct, frozen=True):
    """Something that happened, at its place in the one order; `data` is JSON, instants are UTC."""

    position: int
    omd_id: int
    business_id: int | None
    aggregate: str
    aggregate_id: str
    aggregate_version: int
    type: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    data: str
