"""One typed function per statement of `own_stay.sql`, and the rows they give."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, load_statements
from omd.features.reservations.model import Status
from omd.features.reservations.occupants import DayTime
from omd.features.reservations.own_stay import GuestName
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

_SQL = load_statements("omd.features.reservations", "own_stay.sql")


class StayToOpen(msgspec.Struct, frozen=True):
    """The hotel that holds a stay, and the surnames that open it."""

    business_id: BusinessId
    last_names: list[str]


class OwnStayRow(msgspec.Struct, frozen=True):
    """A guest's stay as the database holds it; its guests as JSON."""

    id: UUID
    code: str
    business_name: str
    time_zone: str
    room_type_name: str
    arrival: date
    departure: date
    adults: int
    children: int
    status: Status
    amount: Decimal | None
    currency: str | None
    booked_at: datetime
    cancelled_at: datetime | None
    hold_until: datetime | None
    version: int
    business_date: date
    guests: str
    day_use: str | None

    def read_day_use(self) -> DayTime | None:
        """Return the time of a stay without a night, None of every other."""
        return None if self.day_use is None else msgspec.json.decode(self.day_use, type=DayTime)

    def read_guests(self) -> tuple[GuestName, ...]:
        """Return the guests, the primary one first."""
        return msgspec.json.decode(self.guests, type=tuple[GuestName, ...])


async def find_stay_to_open(tx: ReadTransaction, actor: Actor) -> StayToOpen | None:
    """Return what opens the stay whose code the actor names, or None when there is none."""
    return await tx.maybe(_SQL["find_stay_to_open"], StayToOpen, omd_id=actor.omd_id, code=actor.stay_code)


async def find_own_stay(tx: ReadTransaction, actor: Actor, now: datetime) -> OwnStayRow | None:
    """Return the actor's own stay, or None when their hotel holds it no more."""
    return await tx.maybe(
        _SQL["find_own_stay"],
        OwnStayRow,
        omd_id=actor.omd_id,
        business_ids=actor.business_ids,
        code=actor.stay_code,
        now=now,
    )
