"""What a desk looks at: a day in figures, its lists, and the room planner by columns."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

import msgspec

from omd.features.reservations import ActionRule, DayTime, Status
from omd.kernel.dates import StayDates
from omd.kernel.money import Money

RequiredAction = Literal[
    "none", "check_in", "check_out", "needs_room", "overdue_arrival", "overdue_departure", "confirm"
]
"""What a stay waits for from the desk on the business date; the SQL function `required_action` says which."""

ListName = Literal["arrivals", "departures", "in_house"]
"""The lists of the desk, as the SQL function `list_desk_ids` knows them."""

ACTIONS: tuple[RequiredAction, ...] = get_args(RequiredAction)
STATUSES: tuple[Status, ...] = get_args(Status)


class DeskFacts(msgspec.Struct, frozen=True):
    """What a list of the desk shows of a stay, the steps of its life aside.

    `required_action` is what it waits for now. `room_numbers` are in the order in which it sleeps in them.
    `estimated_arrival` is on the hotel's clock, `arrives_late` says that it is after the hour until which rooms are
    held; `open_requests` are what the guests asked for and nobody did yet, by its kind or its words. `day_use` is the
    time of a stay without a night.
    """

    id: UUID
    code: str
    guest_name: str
    adults: int
    children: int
    room_type_id: int
    room_type_code: str
    arrival: date
    departure: date
    nights: int
    status: Status
    required_action: RequiredAction
    room_numbers: Sequence[str]
    nights_without_room: int
    room_locked: bool
    price: Money | None
    note: str | None
    external_reference: str | None
    version: int
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    hold_until: datetime | None
    estimated_arrival: str | None
    arrives_late: bool
    open_requests: Sequence[str]
    day_use: DayTime | None


class DeskStay(DeskFacts, frozen=True):
    """A stay as a list of the desk shows it; `actions` are its steps, allowed or refused with code and reason."""

    actions: tuple[ActionRule, ...]


class ArrivalCounts(msgspec.Struct, frozen=True):
    """Stays that arrive on the date: still `expected`, `tentative`, `arrived` (some have left again), `no_show`.

    `overdue` were to arrive before the business date and are neither here nor given up.
    """

    expected: int
    tentative: int
    arrived: int
    no_show: int
    overdue: int


class DepartureCounts(msgspec.Struct, frozen=True):
    """Stays that leave on the date: still `expected`, or `departed`; `overdue` should have before the business date."""

    expected: int
    departed: int
    overdue: int


class People(msgspec.Struct, frozen=True):
    """Stays, and the people in them."""

    stays: int
    adults: int
    children: int


class RoomCounts(msgspec.Struct, frozen=True):
    """Rooms on a night: those there are, out of order, sold, and what may still be sold."""

    physical: int
    out_of_order: int
    held: int
    sold: int
    sellable: int


class TypeCounts(msgspec.Struct, frozen=True):
    """The same of one room type."""

    room_type_id: int
    code: str
    name: str
    rooms: RoomCounts


class NightRevenue(msgspec.Struct, frozen=True):
    """What the night is sold for, gross: the charges of that night, or a given amount by the number of nights.

    `unpriced` stays hold the night without a price in the hotel's currency.
    """

    total: Money
    priced: int
    unpriced: int


class Dashboard(msgspec.Struct, frozen=True):
    """A day of a hotel in figures. `in_house` is who is in the house now, whatever the date."""

    business_id: int
    business_date: date
    date: date
    arrivals: ArrivalCounts
    departures: DepartureCounts
    in_house: People
    tonight: People
    rooms: RoomCounts
    room_types: tuple[TypeCounts, ...]
    revenue: NightRevenue


class PlannerType(msgspec.Struct, frozen=True):
    """A room type: a group of rows of the planner."""

    id: int
    code: str
    name: str


class PlannerRooms(msgspec.Struct, frozen=True):
    """The rooms by number, one of each column a room; `retired` is the offset from which it is gone, or null."""

    id: Sequence[int]
    number: Sequence[str]
    type: Sequence[int]
    floor: Sequence[int | None]
    retired: Sequence[int | None]


class PlannerBars(msgspec.Struct, frozen=True):
    """Runs of nights that a stay holds in one room, or in none, one of each column a bar.

    `codes` are the codes of the stays one after the other, each `code_length` characters, a shorter one filled up with
    spaces; a stay in several rooms has several bars. `name` is
    the surname of the primary guest, `room` a room's id or null, `type` the type whose inventory is used, `start` the
    offset of the first night. `status` and `action` count from 0 in `statuses` and `actions`. `flags` add up: 1 the
    room is locked, 2 the stay began before this bar, 4 it goes on after, 8 another type was sold, 16 the guests are
    yet to come and arrive late. `locks` says why, by code, where the room is locked for a reason.
    """

    codes: str
    code_length: int
    name: Sequence[str]
    room: Sequence[int | None]
    type: Sequence[int]
    start: Sequence[int]
    nights: Sequence[int]
    status: Sequence[int]
    action: Sequence[int]
    flags: Sequence[int]
    locks: Mapping[str, str]


class PlannerCounters(msgspec.Struct, frozen=True):
    """The counters of a room type, night by night from the offset `start` on; null where no date is open."""

    type: int
    start: int
    physical: Sequence[int | None]
    out_of_order: Sequence[int | None]
    held: Sequence[int | None]
    sold: Sequence[int | None]
    sellable: Sequence[int | None]


class PlannerMaintenance(msgspec.Struct, frozen=True):
    """Rooms out of order (kind 0) or out of service (1), one of each column an interval, cut to the planner's dates."""

    id: Sequence[int]
    room: Sequence[int]
    kind: Sequence[int]
    start: Sequence[int]
    nights: Sequence[int]


class PlannerHoldBacks(msgspec.Struct, frozen=True):
    """Certain rooms that are held back, one of each column a hold-back, cut to the planner's dates."""

    id: Sequence[int]
    room: Sequence[int]
    start: Sequence[int]
    nights: Sequence[int]


class PlannerDayUse(msgspec.Struct, frozen=True):
    """A room that a stay without a night has for a part of a day; `status` and `action` are as a bar's."""

    code: str
    room: int
    starts_at: datetime
    ends_at: datetime
    status: int
    action: int


class PlannerChanges(msgspec.Struct, frozen=True):
    """What a difference replaces: every bar and day use of these codes, every interval of these rooms."""

    codes: Sequence[str]
    rooms: Sequence[int]


class Planner(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rooms of a hotel over some days, by columns; dates are offsets from `starts_on`.

    A whole one (`complete`) has `types` and `rooms`. A difference has `changes` in their place: take away the bars and
    day uses of those codes and the intervals of those rooms, put in the ones given, and write `counters` over yours.
    `day_uses` is left out where there is none.
    """

    version: str
    complete: bool
    business_date: date
    starts_on: date
    days: int
    statuses: Sequence[str]
    actions: Sequence[str]
    bars: PlannerBars
    counters: Sequence[PlannerCounters]
    maintenance: PlannerMaintenance
    hold_backs: PlannerHoldBacks
    types: Sequence[PlannerType] | None = None
    rooms: PlannerRooms | None = None
    day_uses: Sequence[PlannerDayUse] = ()
    changes: PlannerChanges | None = None


class PlannerVersion(msgspec.Struct, frozen=True):
    """What a planner was drawn from: the last event that had its place, and what else it depends on."""

    position: int
    business_date: date
    open_until: date | None
    window: StayDates

    def __str__(self) -> str:
        """Return the version as it goes over the wire."""
        dates = (self.business_date, self.open_until or date.min, self.window.arrival, self.window.departure)
        return ".".join(str(each) for each in (self.position, *(each.toordinal() for each in dates)))

    def leads_to(self, newer: "PlannerVersion") -> bool:
        """Say whether events alone lie between this and a newer version: not other dates, nor another database."""
        same = (newer.business_date, newer.open_until, newer.window)
        return (self.business_date, self.open_until, self.window) == same and self.position <= newer.position


VERSION_PATTERN = r"^[0-9]{1,18}(\.[0-9]{1,7}){4}$(?!\n)"


def parse_version(text: str) -> PlannerVersion | None:
    """Return a version as it came over the wire, or None where no planner ever had it."""
    position, *ordinals = (int(each) for each in text.split("."))
    if not all(1 <= each <= date.max.toordinal() for each in ordinals):
        return None
    business_date, open_until, first, last = (date.fromordinal(each) for each in ordinals)
    opened = None if open_until == date.min else open_until
    return PlannerVersion(position, business_date, opened, StayDates(first, last))
