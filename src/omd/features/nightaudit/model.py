"""Night audits as data: how a hotel closes its dates, what closing one did, and what it froze."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

Mode = Literal["clock", "audit"]
NoShows = Literal["mark", "keep"]
DueOuts = Literal["extend", "decide"]
Status = Literal["running", "succeeded", "failed"]
StepName = Literal["arrivals", "departures", "charges", "on_the_books", "close"]

DAY = timedelta(days=1)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the business date of a hotel advances: with the `clock`, at midnight, or by its night `audit`.

    `hour` is the one of the hotel's own clock, 0 to 23, at which the audit runs by itself; null leaves it to people.
    Who was to arrive and did not is marked a no-show, or kept as arriving; who was to leave and did not is extended by
    a night, or left to a decision that the audit waits for.
    """

    mode: Mode = "clock"
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = 4
    no_shows: NoShows = "mark"
    due_outs: DueOuts = "extend"


class Step(msgspec.Struct, frozen=True):
    """A step of an audit and how many of what it did, by name; not finished, the audit goes on there."""

    step: StepName
    started_at: datetime
    finished_at: datetime | None
    counts: dict[str, int]


class DueStay(msgspec.Struct, frozen=True):
    """A stay that was to arrive, or to leave, and did not."""

    id: UUID
    code: str
    arrival: date
    departure: date
    room_type_id: int


class UnpricedStay(DueStay, frozen=True):
    """A stay in the house, and its nights that have no price."""

    nights: list[date]


class Decision(msgspec.Struct, frozen=True):
    """A guest in the house who was to leave, to be checked out or extended, or whose `nights` have no price.

    `refused` is the code of why the audit could not extend the stay, null where the hotel's settings leave it to
    people; `nights_without_price` asks for a price for the nights, which may be nothing.
    """

    stay: DueStay
    refused: str | None
    nights: list[date] = []


class NightAudit(msgspec.Struct, frozen=True):
    """The closing of a business date: `error` is the code of what kept the last attempt from its end."""

    business_id: int
    business_date: date
    status: Status
    attempts: int
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    error: str | None


class NightAuditShown(msgspec.Struct, frozen=True):
    """A night audit with its steps, and the decisions that it waits for."""

    audit: NightAudit
    steps: tuple[Step, ...]
    decisions: tuple[Decision, ...]


class Preview(msgspec.Struct, frozen=True):
    """What closing the open business date would do now; it may be closed from `may_start_at` on.

    `holds` are only held until an instant, and would end. `stays_to_charge` counts the stays in the house with nights
    that are not on a bill yet, and `unpriced` those whose night has no price, which are charged by hand. Lists hold
    500 stays at most.
    """

    business_date: date
    may_start_at: datetime
    settings: Settings
    holds: tuple[DueStay, ...]
    arrivals: tuple[DueStay, ...]
    due_outs: tuple[DueStay, ...]
    stays_to_charge: int
    unpriced: int


class TypeStatistics(msgspec.Struct, frozen=True):
    """A closed business date of a room type; without a type, revenue that belongs to no stay.

    `rooms` counts all of the type, those `out_of_order` and those `held_back` among them; `sold` the nights held,
    `occupied` those whose guests were in the house. Arrivals, departures, no-shows and cancellations are those that
    happened while the date was open; `day_uses` are rooms entered by day, neither nights nor arrivals. Revenue is what
    the ledger earned on the date, taxes that are included not in it; `day_use_revenue` is what of `room_revenue` was
    earned by day.
    """

    date: date
    room_type_id: int | None
    rooms: int
    out_of_order: int
    sold: int
    occupied: int
    arrivals: int
    departures: int
    adults: int
    children: int
    no_shows: int
    cancellations: int
    room_revenue: Decimal
    meals_revenue: Decimal
    supplement_revenue: Decimal
    fee_revenue: Decimal
    day_uses: int
    day_use_revenue: Decimal
    held_back: int


class BookedAhead(msgspec.Struct, frozen=True):
    """What was booked of a room type for a date ahead, and what it was sold at; `unpriced` nights have no price."""

    date: date
    room_type_id: int
    rooms: int
    revenue: Decimal
    unpriced: int


class Run(msgspec.Struct, frozen=True):
    """An attempt at an audit: whose, of which date, by which rules, and under which name it writes."""

    actor: Actor
    business_id: BusinessId
    business_date: date
    settings: Settings
    runner: UUID
    done: frozenset[StepName]

    @property
    def next_date(self) -> date:
        """Return the business date that the audit opens."""
        return self.business_date + DAY


class Refused(msgspec.Struct, frozen=True):
    """A stay that could not be extended, and the code of the refusal."""

    reservation_id: UUID
    code: str


class Batch(msgspec.Struct, frozen=True):
    """What a transaction of a step did, and whether the step is done with it, or waits for people to decide."""

    counts: dict[str, int]
    done: bool
    waits: bool = False
    refused: tuple[Refused, ...] = ()


def may_start_at(business_date: date, time_zone: str) -> datetime:
    """Return the instant from which on a business date may be closed: the end of that day on the hotel's clock."""
    return datetime.combine(business_date + DAY, time(), ZoneInfo(time_zone))
