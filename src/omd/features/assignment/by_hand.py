"""Plans that a person makes: rooms exchanged, or a chain of stays each of which goes where another leaves."""

from datetime import datetime, timedelta
from uuid import UUID

from omd.db import Database, ReadTransaction
from omd.features.assignment import queries
from omd.features.assignment.changes import list_changes, list_ruled
from omd.features.assignment.commands import Proposal
from omd.features.assignment.errors import RoomsNotExchangeable
from omd.features.assignment.house import House, read_house
from omd.features.assignment.model import NewPlan
from omd.features.assignment.optimising.asking import Answered
from omd.features.assignment.optimising.board import Board, board_of
from omd.features.assignment.optimising.explaining import explain
from omd.features.assignment.optimising.greedy import as_it_is
from omd.features.assignment.optimising.model import Question, cost
from omd.features.assignment.queries import Hotel, PlanStayRow, StayPlace
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import FieldProblem, InvalidInput
from omd.kernel.ids import BusinessId


async def propose_by_hand(
    db: Database, actor: Actor, business_id: BusinessId, wanted: NewPlan, clock: Clock
) -> Proposal:
    """Say what it costs and breaks to give stays the rooms that somebody names, all at once; nothing is changed.

    Raises `InvalidInput` naming each stay and room that the hotel does not have, and `RoomsNotExchangeable` naming each
    stay that cannot go where it should, and why.
    """
    hotel = Hotel(actor.omd_id, actor.serves(business_id))
    now = clock.now()
    async with db.reading(actor) as tx:
        places = await _known(tx, actor, hotel, wanted, now)
        since = min(place.arrival for place in places.values())
        until = max(place.departure for place in places.values())
        house = await read_house(tx, hotel, since, max(until, since + timedelta(days=1)), now)
        assert house is not None, "its stays were found"
        stays = _stays(house, wanted, places)
        changed = list_changes(house, stays, by_hand=True)
        if changed:
            raise RoomsNotExchangeable(
                f"{len(changed)} of {len(stays)} stays cannot go there: {' '.join(each.said for each in changed)}",
                data={"changes": changed},
            )
        ruled = await list_ruled(tx, hotel, house, stays, now)
    question = house.question({stay.reservation_id for stay in stays})
    rooms = {stay.reservation_id: stay.to_room_id for stay in stays}
    return Proposal(
        hotel,
        wanted,
        since,
        max(place.arrival for place in places.values()) + timedelta(days=1),
        house.business_date,
        question,
        _answered(question, rooms),
        {stay.reservation_id: stay.version for stay in stays if stay.version is not None},
        {each.reservation_id: each.broken for each in ruled},
    )


async def _known(
    tx: ReadTransaction, actor: Actor, hotel: Hotel, wanted: NewPlan, now: datetime
) -> dict[UUID, StayPlace]:
    """Return where each stay is, by its id; raise `InvalidInput` naming what is not of the hotel, or named twice."""
    if not wanted.moves or wanted.reservation_id is not None or wanted.starts_on is not None:
        said = "A plan by hand names the rooms of its stays in moves, and nothing else."
        raise InvalidInput(said, problems=(FieldProblem("/moves", "moves_needed", said),))
    today = await queries.find_house(tx, hotel, now)
    rooms = set() if today is None else {room.id for room in await queries.list_rooms(tx, hotel, today.business_date)}
    places: dict[UUID, StayPlace] = {}
    problems = []
    for number, move in enumerate(wanted.moves):
        place = await queries.find_stay(tx, actor, move.reservation_id)
        if place is None or place.business_id != hotel.business_id:
            said = f"This hotel has no reservation {move.reservation_id}."
            problems.append(FieldProblem(f"/moves/{number}/reservation_id", "reservation_unknown", said))
        elif move.reservation_id in places:
            said = f"{place.code} is named twice."
            problems.append(FieldProblem(f"/moves/{number}/reservation_id", "named_twice", said))
        else:
            places[move.reservation_id] = place
        if move.room_id not in rooms:
            said = f"This hotel has no room {move.room_id} in use."
            problems.append(FieldProblem(f"/moves/{number}/room_id", "room_unknown", said))
    if problems:
        raise InvalidInput("Some moves name what the hotel does not have.", problems=tuple(problems))
    return places


def _stays(house: House, wanted: NewPlan, places: dict[UUID, StayPlace]) -> list[PlanStayRow]:
    """Return the stays as a plan has them: where they are now, and as they were read, or are."""
    rows = {row.id: row for row in house.stays}
    numbers = {room.id: room.number for room in house.rooms}
    stays = []
    for move in wanted.moves:
        row, place = rows.get(move.reservation_id), places[move.reservation_id]
        here = None if row is None else row.room_ids[0]
        stays.append(
            PlanStayRow(
                reservation_id=move.reservation_id,
                code=place.code,
                from_room_id=here,
                from_room=None if here is None else numbers.get(here),
                to_room_id=move.room_id,
                to_room=numbers.get(move.room_id),
                arrival=place.arrival,
                departure=place.departure,
                charged="{}",
                beats="[]",
                version=move.version or (None if row is None else row.version),
                breaks="[]",
            )
        )
    return stays


def _answered(question: Question, rooms: dict[UUID, int | None]) -> Answered:
    """Return what the rooms that somebody chose cost, as a search would tell."""
    places = {room.id: place for place, room in enumerate(question.rooms)}
    chosen = [None if (room := rooms[stay.id]) is None else places[room] for stay in question.stays]
    board: Board = board_of(question, chosen)
    score = board.score()
    now = cost(as_it_is(question).score(), question.weights)
    return Answered(
        rooms=tuple(chosen),
        score=score,
        cost=cost(score, question.weights),
        cost_now=now,
        cost_first=now,
        began_with="as_it_is",
        bound=None,
        proven=False,
        reasons=tuple(explain(board, number) for number in range(len(question.stays))),
    )
