"""Making plans, applying and undoing them; saying what guests wish and what a hotel weighs."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from omd.db import Database, ReadTransaction, Transaction
from omd.features.assignment import queries
from omd.features.assignment.errors import NothingToAssign, PlanNotOpen, PlanOutdated
from omd.features.assignment.house import House, read_house, why_not_movable
from omd.features.assignment.model import NewPlan, RoomWishes, StayChanged
from omd.features.assignment.optimising.asking import Answered
from omd.features.assignment.optimising.board import Board
from omd.features.assignment.optimising.legality import refusals
from omd.features.assignment.optimising.model import Question, Weights
from omd.features.assignment.queries import Hotel, PlanStayRow
from omd.features.assignment.solver import Solver
from omd.features.assignment.words import say_refusal
from omd.features.availability import lock_type_nights
from omd.features.reservations import move_stays, note_change
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId, RoomTypeId

ONE_DAY_S = 1.0
"""Seconds for a stay or the arrivals of a day; mostly they are proven in a tenth of it."""

HORIZON_S = 9.0
"""Seconds for the arrivals of many days: the best so far counts then."""


class Proposal(msgspec.Struct, frozen=True):
    """A plan that was found and is not kept yet."""

    hotel: Hotel
    wanted: NewPlan
    starts_on: date
    ends_on: date
    business_date: date
    question: Question
    answered: Answered


async def propose(
    db: Database, actor: Actor, business_id: BusinessId, wanted: NewPlan, solver: Solver, clock: Clock
) -> Proposal:
    """Find rooms for the stays that are asked about; nothing is changed or kept.

    The database is read once; no transaction waits for the search. Raises `NotFound` for no stay of the hotel,
    `InvalidInput`, `NothingToAssign` where no stay may be moved, and as `Solver.solve` does.
    """
    hotel = Hotel(actor.omd_id, actor.serves(business_id))
    async with db.reading(actor) as tx:
        starts_on, ends_on, house = await _read(tx, actor, hotel, wanted, clock.now())
    chosen = {
        row.id
        for row in house.movable()
        if starts_on <= row.arrival < ends_on and wanted.reservation_id in (None, row.id)
    }
    if not chosen:
        raise NothingToAssign(_nothing(wanted, house, starts_on, ends_on))
    question = house.question(chosen)
    limit = HORIZON_S if wanted.scope == "horizon" else ONE_DAY_S
    answered = await solver.solve(question, limit_s=limit, wall_s=limit)
    return Proposal(hotel, wanted, starts_on, ends_on, house.business_date, question, answered)


async def keep(tx: Transaction, actor: Actor, proposal: Proposal, now: datetime) -> UUID:
    """Keep a plan as a proposal; return its id."""
    question, answered = proposal.question, proposal.answered
    plan: dict[str, object] = {
        "scope": proposal.wanted.scope,
        "starts_on": proposal.starts_on,
        "ends_on": proposal.ends_on,
        "business_date": proposal.business_date,
        "cost_now": answered.cost_now,
        "cost_first": answered.cost_first,
        "cost": answered.cost,
        "bound": answered.bound,
        "proven": answered.proven,
        "score": msgspec.json.encode(answered.score).decode(),
        "weights": msgspec.json.encode(question.weights).decode(),
    }
    stays = [
        {
            "reservation_id": stay.id,
            "from_room_id": stay.room_id,
            "to_room_id": None if place is None else question.rooms[place].id,
            "arrival": stay.dates.arrival,
            "departure": stay.dates.departure,
            "charged": {} if reason is None else reason.charged,
            "beats": [] if reason is None else reason.beats,
        }
        for stay, place, reason in zip(question.stays, answered.rooms, answered.reasons, strict=True)
    ]
    return await queries.add_plan(tx, proposal.hotel, actor, plan, stays, now)


async def apply_plan(tx: Transaction, actor: Actor, hotel: Hotel, plan_id: UUID, now: datetime) -> None:
    """Give every stay of a proposed plan its room, all at once.

    Raises `NotFound`, `PlanNotOpen`, or `PlanOutdated` naming every stay that is not as it was, or whose room is not to
    be had any more: then nothing is moved.
    """
    stays = await _locked(tx, hotel, plan_id, "proposed", "applied")
    moves = [stay for stay in stays if stay.from_room_id != stay.to_room_id]
    await _move(tx, actor, hotel, moves, {stay.reservation_id: stay.to_room_id for stay in moves}, now, undoing=False)
    await queries.mark_applied(tx, hotel, plan_id, actor, now)


async def undo_plan(tx: Transaction, actor: Actor, hotel: Hotel, plan_id: UUID, now: datetime) -> None:
    """Give every stay of an applied plan the room it had before, all at once.

    Raises as `apply_plan` does.
    """
    stays = await _locked(tx, hotel, plan_id, "applied", "undone")
    moves = [stay for stay in stays if stay.from_room_id != stay.to_room_id]
    await _move(tx, actor, hotel, moves, {stay.reservation_id: stay.from_room_id for stay in moves}, now, undoing=True)
    await queries.mark_undone(tx, hotel, plan_id, actor, now)


async def set_weights(tx: Transaction, hotel: Hotel, weights: Weights) -> None:
    """Say what each term costs in a hotel; raise `InvalidInput` naming each weight that is not from 0 to 10,000."""
    told: dict[str, int] = msgspec.to_builtins(weights)
    wrong = tuple(
        FieldProblem(f"/{term}", "weight_out_of_range", "A weight is a whole number from 0 to 10,000.")
        for term, weight in told.items()
        if not 0 <= weight <= 10_000
    )
    if wrong:
        raise InvalidInput("Some weights are not from 0 to 10,000.", problems=wrong)
    for term, weight in told.items():
        await queries.set_weight(tx, hotel, term, weight)


async def get_wishes(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> RoomWishes:
    """Return what the guests of a stay wish of their room; raise `NotFound`."""
    hotel = await _hotel_of_stay(tx, actor, reservation_id)
    return RoomWishes([row.read() for row in await queries.list_wishes(tx, hotel, reservation_id)])


async def set_wishes(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: RoomWishes,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> tuple[RoomWishes, int]:
    """Write what the guests of a stay wish of their room, in place of what stood there; return it and the new version.

    Raises `NotFound`, `StaleVersion`, or `InvalidInput` naming each wish whose value is not one of its kind.
    """
    hotel = await _hotel_of_stay(tx, actor, reservation_id)
    rooms = {str(room.id) for room in await queries.list_rooms(tx, hotel, date.min)}
    wrong = tuple(
        FieldProblem(f"/wishes/{number}/value", "not_of_its_kind", said)
        for number, wish in enumerate(wanted.wishes)
        if (said := _wrong(wish.kind, wish.value, rooms, required=wish.required))
    )
    if wrong:
        raise InvalidInput("Some wishes cannot be looked for in a room.", problems=wrong)
    version = await note_change(tx, actor, reservation_id, "room_wishes", expected=expected, now=now)
    await queries.replace_wishes(tx, hotel, reservation_id, wanted.wishes)
    return await get_wishes(tx, actor, reservation_id), version


async def _read(
    tx: ReadTransaction, actor: Actor, hotel: Hotel, wanted: NewPlan, now: datetime
) -> tuple[date, date, House]:
    today = await queries.find_house(tx, hotel, now)
    if today is None:
        raise NotFound(f"There is no hotel {hotel.business_id}.")
    if wanted.scope != "stay" and wanted.reservation_id is not None:
        said = "A plan of one stay has the scope stay; one of many names none."
        raise InvalidInput(said, problems=(FieldProblem("/reservation_id", "not_of_this_scope", said),))
    starts_on = max(wanted.starts_on or today.business_date, today.business_date)
    ends_on = starts_on + timedelta(days=wanted.days if wanted.scope == "horizon" else 1)
    if wanted.scope == "stay":
        if wanted.reservation_id is None:
            said = "Say whose room it is about."
            raise InvalidInput(said, problems=(FieldProblem("/reservation_id", "missing", said),))
        place = await queries.find_stay(tx, actor, wanted.reservation_id)
        if place is None or place.business_id != hotel.business_id:
            raise NotFound(f"This hotel has no reservation {wanted.reservation_id}.")
        starts_on, ends_on = place.arrival, place.arrival + timedelta(days=1)
    last = await queries.find_last_departure(tx, hotel, starts_on, ends_on)
    house = await read_house(tx, hotel, starts_on, last or ends_on, now)
    assert house is not None, "it was found a moment ago"
    return starts_on, ends_on, house


def _nothing(wanted: NewPlan, house: House, starts_on: date, ends_on: date) -> str:
    if wanted.scope == "stay":
        row = next((each for each in house.stays if each.id == wanted.reservation_id), None)
        because = "it holds no nights" if row is None else why_not_movable(row, house.business_date)
        return f"This stay may not be given another room: {because}."
    days = f"on {starts_on}" if wanted.scope == "arrivals" else f"from {starts_on} to before {ends_on}"
    return f"No stay that arrives {days} may be given another room: each is in house, over, locked or split."


async def _locked(tx: Transaction, hotel: Hotel, plan_id: UUID, wanted: str, becomes: str) -> list[PlanStayRow]:
    status = await queries.lock_plan(tx, hotel, plan_id)
    if status is None:
        raise NotFound(f"This hotel has no plan {plan_id}.")
    if status != wanted:
        raise PlanNotOpen(
            f"This plan is {status}: only one that is {wanted} can be {becomes}. Nothing was moved.",
            data={"status": status},
        )
    return await queries.list_plan_stays(tx, hotel, plan_id)


async def _move(
    tx: Transaction,
    actor: Actor,
    hotel: Hotel,
    stays: Sequence[PlanStayRow],
    rooms: dict[UUID, int | None],
    now: datetime,
    *,
    undoing: bool,
) -> None:
    """Give the stays these rooms at once, if each is as the plan knows it; raise `PlanOutdated` otherwise."""
    if not stays:
        return
    since, until = min(stay.arrival for stay in stays), max(stay.departure for stay in stays)
    types = sorted({room.room_type_id for room in await queries.list_rooms(tx, hotel, since)})
    await lock_type_nights(
        tx, hotel.omd_id, hotel.business_id, [RoomTypeId(each) for each in types], starts_on=since, ends_on=until
    )
    house = await read_house(tx, hotel, since, until, now)
    assert house is not None, "the plan is of this hotel"
    changed = _changed(house, stays, rooms, undoing=undoing)
    if changed:
        raise PlanOutdated(
            f"{len(changed)} of {len(stays)} stays are not as the plan has them. Nothing was moved; make a new plan.",
            data={"changes": changed},
        )
    await move_stays(
        tx,
        actor,
        hotel.business_id,
        [(stay.reservation_id, rooms[stay.reservation_id], stay.arrival, stay.departure) for stay in stays],
        cause="assignment_undone" if undoing else "assigned",
        now=now,
    )


def _changed(
    house: House, stays: Sequence[PlanStayRow], rooms: dict[UUID, int | None], *, undoing: bool
) -> list[StayChanged]:
    """Return what keeps each stay from its room; none where all of them can be moved at once."""
    question = house.question({stay.reservation_id for stay in stays})
    numbers = {stay.id: number for number, stay in enumerate(question.stays)}
    places = {room.id: place for place, room in enumerate(question.rooms)}
    known = {row.id: row for row in house.stays}
    board = Board(question)
    changed = []

    def tell(stay: PlanStayRow, reason: str, said: str) -> None:
        changed.append(StayChanged(stay.reservation_id, stay.code, reason, f"{stay.code}: {said}"))  # type: ignore[arg-type]

    for stay in stays:
        number = numbers.get(stay.reservation_id)
        should_be_in = stay.to_room_id if undoing else stay.from_room_id
        to = rooms[stay.reservation_id]
        row = known.get(stay.reservation_id)
        if row is None:
            tell(stay, "gone", "it holds no nights any more.")
            continue
        if number is None:
            tell(stay, "not_movable", f"{why_not_movable(row, house.business_date)}.")
            continue
        asked = question.stays[number]
        place = None if to is None else places.get(to)
        if (asked.dates.arrival, asked.dates.departure) != (stay.arrival, stay.departure):
            tell(stay, "other_dates", f"it is now from {asked.dates.arrival} to {asked.dates.departure}.")
        elif asked.room_id != should_be_in:
            tell(stay, "other_room", "it has been given another room.")
        elif to is not None and place is None:
            tell(stay, "room_refused", "its room has left the house.")
        elif place is not None:
            room = question.rooms[place]
            hard = [each for each in refusals(asked, room) if each.code != "taken"]
            if hard and not undoing:
                tell(stay, "room_refused", f"room {room.number}: {', '.join(map(say_refusal, hard))}.")
            elif not board.is_free(number, place):
                tell(stay, "room_taken", f"room {room.number} is not free on all its nights.")
            else:
                board.put(number, place)
    return changed


async def _hotel_of_stay(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> Hotel:
    place = await queries.find_stay(tx, actor, reservation_id)
    if place is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    return Hotel(actor.omd_id, place.business_id)


def _wrong(kind: str, value: str, rooms: set[str], *, required: bool) -> str | None:
    of_feature = kind in ("feature", "without_feature")
    if required and not of_feature:
        return "Only a feature, or to be without one, can be required."
    if kind == "room" and value not in rooms:
        return f"This hotel has no room {value}."
    if not of_feature and not value.removeprefix("-").isdecimal():
        return "A floor is a whole number."
    return None
