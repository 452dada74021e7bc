"""A room for a part of a day, as it is asked for, and the hours by which days and nights meet."""

from datetime import date
from typing import Annotated

import msgspec

from omd.features.reservations.model import Children, Guest, Id, LongText, Party, Price, ShortText
from omd.features.reservations.preparations.model import Hour


class NewDayUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A room of a type from one time of a day to another, on the hotel's clock, without a night.

    It departs on the day it arrives; `price` is what it costs as a whole. `room_id` asks for one room of the type.
    """

    room_type_id: Id
    date: date
    from_time: Hour
    until_time: Hour
    guests: Annotated[list[Guest], msgspec.Meta(min_length=1, max_length=50)]
    adults: Party = 1
    children: Children = 0
    price: Price | None = None
    room_id: Id | None = None
    note: LongText | None = None
    external_reference: ShortText | None = None


class StaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On the hotel's clock: from when on rooms are entered, until when they are left, after when an arrival is late."""

    check_in_from: Hour = "15:00"
    check_out_until: Hour = "11:00"
    late_from: Hour = "18:00"
