"""What is read of assignment: plans with their reasons, weights, and why a stay cannot have a room."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction
from omd.features.assignment import queries
from omd.features.assignment.changes import NOT_OVERRIDDEN
from omd.features.assignment.house import House, is_movable, read_house, runs, why_not_movable
from omd.features.assignment.model import (
    Beaten,
    Plan,
    PlannedStay,
    PlanShown,
    RoomAnswer,
    RoomRefusal,
    charges,
)
from omd.features.assignment.optimising.explaining import Alternative, WhyNot, why_not
from omd.features.assignment.optimising.greedy import as_it_is
from omd.features.assignment.optimising.legality import Refusal
from omd.features.assignment.optimising.model import Term, Weights
from omd.features.assignment.queries import Hotel, PlanRow, PlanStayRow, StayRow
from omd.features.assignment.words import say_difference, say_refusal
from omd.features.reservations import BrokenRule, list_broken_rules
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import NotFound

_SCORE = msgspec.json.Decoder(dict[Term, int])
_BREAKS = msgspec.json.Decoder(list[BrokenRule])
_BEATS = msgspec.json.Decoder(list[Alternative])
_WEIGHTS = msgspec.json.Decoder(dict[str, int])


async def show_plan(tx: ReadTransaction, hotel: Hotel, plan_id: UUID) -> PlanShown:
    """Return a plan with its stays and their reasons; raise `NotFound`."""
    row = await queries.find_plan(tx, hotel, plan_id)
    if row is None:
        raise NotFound(f"There is no plan {plan_id}.")
    weights = _WEIGHTS.decode(row.weights)
    stays = await queries.list_plan_stays(tx, hotel, plan_id)
    rooms = {room.id: room.number for room in await queries.list_rooms(tx, hotel, row.business_date)}
    plan = read_plan(row)
    shown = [_planned(stay, weights, rooms) for stay in stays]
    return PlanShown(**{field: getattr(plan, field) for field in plan.__struct_fields__}, stays=shown)


def read_plan(row: PlanRow) -> Plan:
    """Return a plan as it is told."""
    fields = {field: getattr(row, field) for field in Plan.__struct_fields__ if field != "score"}
    return Plan(**fields, score=charges(_SCORE.decode(row.score), _WEIGHTS.decode(row.weights)))


async def get_weights(tx: ReadTransaction, hotel: Hotel, now: datetime) -> Weights:
    """Return what each term costs in a hotel; raise `NotFound`."""
    house = await queries.find_house(tx, hotel, now)
    if house is None:
        raise NotFound(f"There is no hotel {hotel.business_id}.")
    return msgspec.structs.replace(Weights(), **_WEIGHTS.decode(house.weights))


async def answer_room(
    tx: ReadTransaction, actor: Actor, reservation_id: UUID, room_id: int, now: datetime
) -> RoomAnswer:
    """Say whether a stay can have a room, and why not; raise `NotFound` for the stay or the room."""
    place = await queries.find_stay(tx, actor, reservation_id)
    if place is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    hotel = Hotel(actor.omd_id, actor.reads(place.business_id))
    house = await read_house(tx, hotel, place.arrival, place.departure, now)
    assert house is not None, "the stay is of it"
    room = next((each for each in house.rooms if each.id == room_id), None)
    if room is None:
        raise NotFound(f"This hotel has no room {room_id} in use.")
    stay = next((row for row in house.stays if row.id == reservation_id), None)
    if stay is None or not is_movable(stay, house.business_date):
        return _cannot_move(reservation_id, place.code, stay, room_id, room.number, house.business_date)
    others = _movable_in(house, room_id, StayDates(stay.arrival, stay.departure))
    question = house.question({stay.id, *(other.id for other in others)})
    board = as_it_is(question)
    number = next(at for at, each in enumerate(question.stays) if each.id == stay.id)
    at = next(at for at, each in enumerate(question.rooms) if each.id == room_id)
    dates = StayDates(stay.arrival, stay.departure)
    broken: Sequence[BrokenRule] = ()
    if stay.room_ids[0] != room_id:
        broken = await list_broken_rules(tx, hotel.omd_id, hotel.business_id, reservation_id, room_id, dates, now)
    return _answer(why_not(board, number, at), broken, house, stay, room.number)


def _movable_in(house: House, room_id: int, dates: StayDates) -> list[StayRow]:
    return [row for row in house.movable() if any(held == room_id and run.overlaps(dates) for held, run in runs(row))]


def _cannot_move(
    reservation_id: UUID, code: str, stay: StayRow | None, room_id: int, room: str, business_date: date
) -> RoomAnswer:
    because = "it holds no nights" if stay is None else why_not_movable(stay, business_date)
    said = f"Stay {code} may not be given another room: {because}."
    refusal = RoomRefusal("not_movable", because)
    return RoomAnswer(
        reservation_id, room_id, room, possible=False, said=said, refusals=[refusal], in_the_way=[], more=[], weight=0
    )


def _answer(why: WhyNot, broken: Sequence[BrokenRule], house: House, stay: StayRow, room: str) -> RoomAnswer:
    weights: Mapping[str, int] = msgspec.to_builtins(house.weights)
    codes = {row.id: row.code for row in house.stays}
    hard = [
        RoomRefusal(each.code, _who_takes(house, why.room_id, each) if each.code == "taken" else say_refusal(each))
        for each in why.refusals
        if each.code in NOT_OVERRIDDEN
    ]
    soft = [RoomRefusal(each.rule, each.said, overridable=True) for each in broken]
    refused = [*hard, *soft]
    in_the_way = [codes[each] for each in why.in_the_way]
    if stay.room_ids[0] == why.room_id:
        said = f"Stay {stay.code} has room {room}."
    elif refused:
        said = f"Stay {stay.code} cannot have room {room}: {_joined([each.said for each in refused])}."
    elif in_the_way:
        said = f"Room {room} is held by {_joined(in_the_way)}, which would have to move first."
    else:
        said = f"Stay {stay.code} can have room {room}. {say_difference(room, why.more, weights)}"
    return RoomAnswer(
        stay.id,
        why.room_id,
        room,
        possible=not refused and not in_the_way,
        said=said,
        refusals=refused,
        in_the_way=in_the_way,
        more=charges(why.more, weights),
        weight=why.weight,
    )


def _who_takes(house: House, room_id: int, refusal: Refusal) -> str:
    """Return who or what takes a room and does not give way, as part of a sentence."""
    assert refusal.dates is not None, "what takes a room has dates"
    dates = refusal.dates
    for row in house.stays:
        if (room_id, dates) in runs(row):
            why = why_not_movable(row, house.business_date)
            return f"it is held by {row.code} from {dates.arrival} to {dates.departure}, which stays: {why}"
    for each in house.maintenance:
        if (each.room_id, each.starts_on, each.ends_on) == (room_id, dates.arrival, dates.departure):
            return f"it is {each.kind.replace('_', ' ')} from {dates.arrival} to {dates.departure}"
    return say_refusal(refusal)


def _planned(row: PlanStayRow, weights: Mapping[str, int], rooms: Mapping[int, str]) -> PlannedStay:
    return PlannedStay(
        reservation_id=row.reservation_id,
        code=row.code,
        arrival=row.arrival,
        departure=row.departure,
        from_room_id=row.from_room_id,
        from_room=row.from_room,
        to_room_id=row.to_room_id,
        to_room=row.to_room,
        moves=row.from_room_id != row.to_room_id,
        charged=charges(_SCORE.decode(row.charged), weights),
        beats=[
            Beaten(
                each.room_id,
                rooms.get(each.room_id, str(each.room_id)),
                each.weight,
                charges(each.more, weights),
                say_difference(rooms.get(each.room_id, str(each.room_id)), each.more, weights),
            )
            for each in _BEATS.decode(row.beats)
        ],
        breaks=_BREAKS.decode(row.breaks),
    )


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
