"""Making plans, applying and undoing them; saying what guests wish and what a hotel weighs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from omd.db import Database, ReadTransaction, Transaction
from omd.features.assignment import queries
from omd.features.assignment.changes import list_changes, list_ruled, to_room
from omd.features.assignment.errors import NothingToAssign, PlanNotOpen, PlanOutdated
from omd.features.assignment.house import House, read_house, why_not_movable
from omd.features.assignment.model import NewPlan, RoomWishes, StayWishes
from omd.features.assignment.optimising.asking import Answered
from omd.features.assignment.optimising.model import Question, Weights
from omd.features.assignment.queries import Hotel, PlanStanding, PlanStayRow
from omd.features.assignment.solver import Solver
from omd.features.availability import lock_type_nights
from omd.features.reservations import BrokenRule, RuleOverride, move_stays, note_change, require_rules
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId, RoomTypeId

ONE_DAY_S = 1.0
"""Seconds for a stay or the arrivals of a day; mostly they are proven in a tenth of it."""

HORIZON_S = 9.0
"""Seconds for the arrivals of many days: the best so far counts then."""


class Proposal(msgspec.Struct, frozen=True):
    """A plan that was found and is not kept yet; of one by hand the versions of its stays, and the rules they break."""

    hotel: Hotel
    wanted: NewPlan
    starts_on: date
    ends_on: date
    business_date: date
    question: Question
    answered: Answered
    versions: Mapping[UUID, int] = {}
    breaks: Mapping[UUID, Sequence[BrokenRule]] = {}


class Way(msgspec.Struct, frozen=True):
    """How the stays of a plan are moved: by whose choice, there or back, and against which rules."""

    by_hand: bool
    undoing: bool = False
    override: RuleOverride | None = None


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
            "version": proposal.versions.get(stay.id),
            "breaks": proposal.breaks.get(stay.id, ()),
        }
        for stay, place, reason in zip(question.stays, answered.rooms, answered.reasons, strict=True)
    ]
    return await queries.add_plan(tx, proposal.hotel, actor, plan, stays, now)


async def apply_plan(
    tx: Transaction, actor: Actor, hotel: Hotel, plan_id: UUID, now: datetime, override: RuleOverride | None = None
) -> None:
    """Give every stay of a proposed plan its room, all at once.

    Raises `NotFound`, `PlanNotOpen`, `PlanOutdated` naming every stay that is not as it was, or whose room is not to
    be had any more, or `RoomRulesBroken` naming every rule of a plan by hand that is not overridden: then nothing is
    moved.
    """
    plan, moves = await _locked(tx, hotel, plan_id, "proposed", "applied")
    way = Way(by_hand=plan.scope == "by_hand", override=override)
    broken = await _move(tx, actor, hotel, moves, way, now)
    await queries.mark_applied(tx, hotel, plan_id, actor, override if broken else None, now)


async def undo_plan(tx: Transaction, actor: Actor, hotel: Hotel, plan_id: UUID, now: datetime) -> None:
    """Give every stay of an applied plan the room it had before, all at once.

    Raises as `apply_plan` does, but for rules: where the stays were they may be again.
    """
    plan, moves = await _locked(tx, hotel, plan_id, "applied", "undone")
    await _move(tx, actor, hotel, moves, Way(by_hand=plan.scope == "by_hand", undoing=True), now)
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


async def get_wishes(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> StayWishes:
    """Return what the guests of a stay wish of their room, and of every room; raise `NotFound`."""
    hotel = await _hotel_of_stay(tx, actor, reservation_id)
    rows = await queries.list_wishes(tx, hotel, reservation_id)
    return StayWishes(
        [row.read() for row in rows if not row.of_profile], of_profile=[row.read() for row in rows if row.of_profile]
    )


async def set_wishes(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: RoomWishes,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> tuple[StayWishes, int]:
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
    if wanted.moves:
        said = "Only a plan by hand names the rooms of its stays."
        raise InvalidInput(said, problems=(FieldProblem("/moves", "not_of_this_scope", said),))
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


async def _locked(
    tx: Transaction, hotel: Hotel, plan_id: UUID, wanted: str, becomes: str
) -> tuple[PlanStanding, list[PlanStayRow]]:
    plan = await queries.lock_plan(tx, hotel, plan_id)
    if plan is None:
        raise NotFound(f"This hotel has no plan {plan_id}.")
    if plan.status != wanted:
        raise PlanNotOpen(
            f"This plan is {plan.status}: only one that is {wanted} can be {becomes}. Nothing was moved.",
            data={"status": plan.status},
        )
    stays = await queries.list_plan_stays(tx, hotel, plan_id)
    return plan, [stay for stay in stays if stay.from_room_id != stay.to_room_id]


async def _move(
    tx: Transaction, actor: Actor, hotel: Hotel, stays: Sequence[PlanStayRow], way: Way, now: datetime
) -> Mapping[UUID, Mapping[str, object]]:
    """Give the stays their rooms at once, if each is as the plan knows it; raise `PlanOutdated` otherwise.

    Returns what the record says of rules that were overridden, by stay.
    """
    if not stays:
        return {}
    since, until = min(stay.arrival for stay in stays), max(stay.departure for stay in stays)
    types = sorted({room.room_type_id for room in await queries.list_rooms(tx, hotel, since)})
    await lock_type_nights(
        tx, hotel.omd_id, hotel.business_id, [RoomTypeId(each) for each in types], starts_on=since, ends_on=until
    )
    house = await read_house(tx, hotel, since, until, now)
    assert house is not None, "the plan is of this hotel"
    changed = list_changes(house, stays, by_hand=way.by_hand, undoing=way.undoing)
    if changed:
        raise PlanOutdated(
            f"{len(changed)} of {len(stays)} stays are not as the plan has them. Nothing was moved; make a new plan.",
            data={"changes": changed},
        )
    overridden: dict[UUID, dict[str, object]] = {}
    if way.by_hand and not way.undoing:
        ruled = await list_ruled(tx, hotel, house, stays, now)
        require_rules(ruled, way.override)
        for each in ruled:
            if each.broken and way.override is not None:
                overridden[each.reservation_id] = {
                    "overrides": sorted({rule.rule for rule in each.broken}),
                    "override_reason": way.override.override_reason,
                }
    await move_stays(
        tx,
        actor,
        hotel.business_id,
        [(stay.reservation_id, to_room(stay, undoing=way.undoing), stay.arrival, stay.departure) for stay in stays],
        cause="assignment_undone" if way.undoing else "swapped" if way.by_hand else "assigned",
        now=now,
        overridden=overridden,
    )
    return overridden


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
