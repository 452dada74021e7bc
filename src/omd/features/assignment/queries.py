"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.assignment.model import PlanStatus, RoomWish, Scope
from omd.features.assignment.optimising.model import WishKind
from omd.features.reservations import Rule, RuleOverride
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.assignment")


class Hotel(msgspec.Struct, frozen=True):
    """Whose rooms are meant."""

    omd_id: OmdId
    business_id: BusinessId


class HouseRow(msgspec.Struct, frozen=True):
    """The day a hotel works on, and its own weights as JSON by term."""

    business_date: date
    weights: str


class RoomRow(msgspec.Struct, frozen=True):
    """A room in use; `nights_used` counts those it was slept in of the ninety before the date asked for."""

    id: int
    room_type_id: int
    number: str
    floor: int | None
    features: list[str]
    retired_on: date | None
    max_occupancy: int
    nights_used: int


class StayRow(msgspec.Struct, frozen=True):
    """A stay with its nights and the room of each, `types` being how many room types they are of; `wishes` is JSON.

    `comes_early` says that the guest will be there before rooms are entered; before 5 it is the night after.
    `published_room_id` is the room that housekeeping was told for their arrival, if it was.
    """

    id: UUID
    code: str
    status: str
    arrival: date
    departure: date
    persons: int
    room_locked: bool
    room_lock_reason: str | None
    version: int
    room_type_id: int
    dates: list[date]
    room_ids: list[int | None]
    types: int
    booking_id: UUID | None
    profile_id: UUID | None
    wishes: str
    comes_early: bool
    published_room_id: int | None


class StayPlace(msgspec.Struct, frozen=True):
    """The hotel of a stay, and its dates."""

    business_id: BusinessId
    code: str
    arrival: date
    departure: date


class MaintenanceRow(msgspec.Struct, frozen=True):
    """A room out of order, out of service or held back for the nights `[starts_on, ends_on)`."""

    room_id: int
    kind: str
    starts_on: date
    ends_on: date


class DayUseRow(msgspec.Struct, frozen=True):
    """A day for a part of which a room is somebody's."""

    room_id: int
    date: date
    bars_departure: bool
    bars_arrival: bool


class ConditionRow(msgspec.Struct, frozen=True):
    """Whether a guest may enter a room as it is now, whether the hotel asks for that, and what was seen otherwise."""

    room_id: int
    is_ready: bool
    is_asked: bool
    discrepancy: str | None


class WishRow(msgspec.Struct, frozen=True):
    """A wish as it is kept; `of_profile` says that the guest wishes it of every room."""

    kind: WishKind
    value: str
    importance: int
    required: bool
    of_profile: bool

    def read(self) -> RoomWish:
        """Return the wish."""
        return RoomWish(self.kind, self.value, self.importance, self.required)


class PlanRow(msgspec.Struct, frozen=True):
    """A plan as it is kept; score and weights are JSON by term."""

    id: UUID
    business_id: int
    scope: Scope
    starts_on: date
    ends_on: date
    business_date: date
    status: PlanStatus
    cost_now: int
    cost_first: int
    cost: int
    bound: int | None
    proven: bool
    score: str
    weights: str
    made_at: datetime
    made_by: str
    applied_at: datetime | None
    applied_by: str | None
    undone_at: datetime | None
    undone_by: str | None
    override_reason: str | None
    overrides: list[Rule] | None


class PlanStanding(msgspec.Struct, frozen=True):
    """What became of a plan, and for whom it was made."""

    status: PlanStatus
    scope: Scope


class PlanStayRow(msgspec.Struct, frozen=True):
    """A stay of a plan as it is kept; what it is charged, which rooms it beats and which rules it breaks are JSON.

    `version` is that of the stay when the plan was made, None where the plan does not hold it to one.
    """

    reservation_id: UUID
    code: str
    from_room_id: int | None
    from_room: str | None
    to_room_id: int | None
    to_room: str | None
    arrival: date
    departure: date
    charged: str
    beats: str
    version: int | None
    breaks: str


async def find_house(tx: ReadTransaction, hotel: Hotel, now: datetime) -> HouseRow | None:
    """Return the day a hotel works on and its weights, or None."""
    return await tx.maybe(_SQL["find_house"], HouseRow, now=now, **_of(hotel))


async def find_last_departure(tx: ReadTransaction, hotel: Hotel, since: date, until: date) -> date | None:
    """Return the last departure of those who arrive in `[since, until)`, or None where nobody does."""
    last: date | None = await tx.value(_SQL["find_last_departure"], since=since, until=until, **_of(hotel))
    return last


async def find_stay(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> StayPlace | None:
    """Return the hotel of a stay and its dates, or None."""
    return await tx.maybe(
        _SQL["find_stay"],
        StayPlace,
        omd_id=actor.omd_id,
        business_ids=_seen(actor),
        reservation_id=reservation_id,
    )


async def list_rooms(tx: ReadTransaction, hotel: Hotel, on: date) -> list[RoomRow]:
    """Return the rooms in use on a date, by number."""
    return await tx.many(_SQL["list_rooms"], RoomRow, on=on, **_of(hotel))


async def list_stays(tx: ReadTransaction, hotel: Hotel, since: date, until: date) -> list[StayRow]:
    """Return the stays that hold a night in `[since, until)`, with all their nights."""
    return await tx.many(_SQL["list_stays"], StayRow, since=since, until=until, **_of(hotel))


async def list_maintenance(tx: ReadTransaction, hotel: Hotel, since: date, until: date) -> list[MaintenanceRow]:
    """Return the intervals of maintenance, and those that rooms are held back, with a night in `[since, until)`."""
    return await tx.many(_SQL["list_maintenance"], MaintenanceRow, since=since, until=until, **_of(hotel))


async def list_day_uses(tx: ReadTransaction, hotel: Hotel, since: date, until: date) -> list[DayUseRow]:
    """Return the days of `[since, until)` on which rooms are used without a night."""
    return await tx.many(_SQL["list_day_uses"], DayUseRow, since=since, until=until, **_of(hotel))


async def list_conditions(tx: ReadTransaction, hotel: Hotel, now: datetime) -> list[ConditionRow]:
    """Return in which condition rooms are now, by number."""
    return await tx.many(_SQL["list_conditions"], ConditionRow, now=now, **_of(hotel))


async def set_weight(tx: Transaction, hotel: Hotel, term: str, weight: int) -> None:
    """Say what a term costs in a hotel."""
    await tx.run(_SQL["set_weight"], term=term, weight=weight, **_of(hotel))


async def list_wishes(tx: ReadTransaction, hotel: Hotel, reservation_id: UUID) -> list[WishRow]:
    """Return what the guests of a stay wish."""
    return await tx.many(_SQL["list_wishes"], WishRow, reservation_id=reservation_id, **_of(hotel))


async def replace_wishes(tx: Transaction, hotel: Hotel, reservation_id: UUID, wishes: Sequence[RoomWish]) -> None:
    """Write what the guests of a stay wish, in place of what stood there."""
    await tx.run(_SQL["drop_wishes"], reservation_id=reservation_id, **_of(hotel))
    for position, wish in enumerate(wishes):
        await tx.run(
            _SQL["add_wish"],
            reservation_id=reservation_id,
            position=position,
            kind=wish.kind,
            value=wish.value,
            importance=wish.importance,
            required=wish.required,
            **_of(hotel),
        )


async def add_plan(
    tx: Transaction, hotel: Hotel, actor: Actor, plan: dict[str, object], stays: Sequence[object], now: datetime
) -> UUID:
    """Keep a plan with its stays; return its id."""
    plan_id: UUID = await tx.value(_SQL["add_plan"], now=now, actor=actor.label, **plan, **_of(hotel))
    await tx.run(_SQL["add_plan_stays"], plan_id=plan_id, stays=msgspec.json.encode(stays).decode(), **_of(hotel))
    return plan_id


async def lock_plan(tx: Transaction, hotel: Hotel, plan_id: UUID) -> PlanStanding | None:
    """Return what became of a plan, None where there is none; nobody else applies or undoes it meanwhile."""
    return await tx.maybe(_SQL["lock_plan"], PlanStanding, plan_id=plan_id, **_of(hotel))


async def find_plan(tx: ReadTransaction, hotel: Hotel, plan_id: UUID) -> PlanRow | None:
    """Return a plan, or None."""
    return await tx.maybe(_SQL["find_plan"], PlanRow, plan_id=plan_id, **_of(hotel))


async def list_plans(tx: ReadTransaction, hotel: Hotel, before: UUID | None, limit: int) -> list[PlanRow]:
    """Return the plans of a hotel, the newest first."""
    return await tx.many(_SQL["list_plans"], PlanRow, before=before, limit=limit, **_of(hotel))


async def purge_plans(tx: Transaction, proposed_before: datetime, applied_before: datetime, *, most: int) -> int:
    """Forget plans not applied that were made before one instant, others before another; return how many."""
    return await tx.run(_SQL["purge_plans"], proposed_before=proposed_before, applied_before=applied_before, most=most)


async def list_plan_stays(tx: ReadTransaction, hotel: Hotel, plan_id: UUID) -> list[PlanStayRow]:
    """Return the stays of a plan, those that change rooms first."""
    return await tx.many(_SQL["list_plan_stays"], PlanStayRow, plan_id=plan_id, **_of(hotel))


async def mark_applied(
    tx: Transaction, hotel: Hotel, plan_id: UUID, actor: Actor, override: RuleOverride | None, now: datetime
) -> None:
    """Say that a plan was applied, and against which rules."""
    await tx.run(
        _SQL["mark_applied"],
        plan_id=plan_id,
        actor=actor.label,
        override_reason=None if override is None else override.override_reason,
        overrides=None if override is None else override.overrides,
        now=now,
        **_of(hotel),
    )


async def mark_undone(tx: Transaction, hotel: Hotel, plan_id: UUID, actor: Actor, now: datetime) -> None:
    """Say that a plan was undone."""
    await tx.run(_SQL["mark_undone"], plan_id=plan_id, actor=actor.label, now=now, **_of(hotel))


def _of(hotel: Hotel) -> dict[str, object]:
    return {"omd_id": hotel.omd_id, "business_id": hotel.business_id}


def _seen(actor: Actor) -> list[int]:
    return sorted({*actor.staff_business_ids, *actor.reading_business_ids})
