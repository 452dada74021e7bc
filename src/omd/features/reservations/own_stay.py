"""A stay as its guest sees it."""

from datetime import date, datetime

import msgspec

from omd.features.reservations.model import ActionRule, Status
from omd.features.reservations.occupants import DayTime
from omd.features.reservations.priced import OwnPolicy, OwnPrice
from omd.kernel.money import Money


class GuestName(msgspec.Struct, frozen=True):
    """A guest by name alone."""

    last_name: str
    first_name: str | None = None


class OwnStay(msgspec.Struct, frozen=True):
    """A stay as its guest sees it, without what the hotel keeps for itself; dates are those of its `time_zone`.

    `day_use` is the time of a stay that has no night.
    `breakdown` is the price by night as it was shown when the stay was booked, None where no offer was; `policies` are
    those that the stay was sold under, amounts in the currency of the price.
    """

    code: str
    business_name: str
    time_zone: str
    room_type_name: str
    arrival: date
    departure: date
    adults: int
    children: int
    status: Status
    price: Money | None
    breakdown: OwnPrice | None
    policies: tuple[OwnPolicy, ...]
    guests: tuple[GuestName, ...]
    booked_at: datetime
    cancelled_at: datetime | None
    hold_until: datetime | None
    version: int
    day_use: DayTime | None
    actions: tuple[ActionRule, ...]
