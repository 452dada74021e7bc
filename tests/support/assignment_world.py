"""Small houses for the assignment tests, drawn and tried through in every arrangement."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from uuid import UUID

from hypothesis import strategies as st

from omd.features.assignment.optimising.board import Board
from omd.features.assignment.optimising.model import Question, Room, Stay, Weights, Wish, cost
from omd.kernel.dates import StayDates

DAY_0 = date(2026, 7, 1)
FEATURES = ("balcony", "bath", "quiet")


def nights(arrival: int, departure: int) -> StayDates:
    return StayDates(DAY_0 + timedelta(days=arrival), DAY_0 + timedelta(days=departure))


def room(number: int, **more: object) -> Room:
    return Room(**{"id": number, "room_type_id": 1, "number": str(number), "max_occupancy": 2, **more})  # type: ignore[arg-type]


def stay(number: int, arrival: int, departure: int, **more: object) -> Stay:
    fields = {"id": UUID(int=number), "room_type_id": 1, "dates": nights(arrival, departure), "persons": 2, **more}
    return Stay(**fields)  # type: ignore[arg-type]


def question(rooms: list[Room], stays: list[Stay], **weights: int) -> Question:
    return Question(DAY_0.toordinal(), tuple(rooms), tuple(stays), Weights(**weights))


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    kind = draw(st.sampled_from(("feature", "without_feature", "floor", "lowest_floor", "highest_floor", "room")))
    value = draw(st.sampled_from(FEATURES)) if kind.endswith("feature") else draw(st.integers(1, 3))
    return Wish(kind, value, draw(st.integers(1, 3)))  # type: ignore[arg-type]


@st.composite
def houses(draw: st.DrawFn, *, most_rooms: int = 4, most_stays: int = 5) -> Question:
    """A house in which every stay has a room now, or none where none was free."""
    rooms = [
        room(
            number,
            room_type_id=draw(st.sampled_from((1, 1, 2))),
            max_occupancy=draw(st.sampled_from((2, 2, 3))),
            floor=draw(st.sampled_from((None, 1, 2))),
            features=frozenset(draw(st.sets(st.sampled_from(FEATURES)))),
            taken=tuple(nights(start, start + length) for start, length in draw(_runs())),
            out_of_service=tuple(nights(start, start + length) for start, length in draw(_runs())),
            ready=draw(st.booleans()),
            worn=draw(st.integers(0, 3)),
        )
        for number in range(1, draw(st.integers(1, most_rooms)) + 1)
    ]
    holds: dict[int, list[StayDates]] = {each.id: list(each.taken) for each in rooms}
    stays = []
    for number in range(1, draw(st.integers(1, most_stays)) + 1):
        arrival = draw(st.integers(0, 5))
        dates = nights(arrival, arrival + draw(st.integers(1, 4)))
        of = draw(st.sampled_from((1, 1, 2)))
        free = [
            each.id
            for each in rooms
            if each.room_type_id == of and not any(dates.overlaps(it) for it in holds[each.id])
        ]
        now = draw(st.sampled_from(free)) if free else None
        if now is not None:
            holds[now].append(dates)
        stays.append(
            Stay(
                UUID(int=number),
                of,
                dates,
                draw(st.sampled_from((1, 2, 2, 3))),
                room_id=now,
                published=draw(st.booleans()),
                needs=frozenset(draw(st.sets(st.sampled_from(FEATURES), max_size=1))),
                refuses=frozenset(draw(st.sets(st.sampled_from(("smoking",)), max_size=1))),
                wishes=tuple(draw(st.lists(wishes(), max_size=2))),
                group=draw(st.sampled_from((None, None, UUID(int=100)))),
                follows=draw(st.sampled_from((None, None, UUID(int=200)))),
                early=draw(st.booleans()),
            )
        )
    return Question(DAY_0.toordinal(), tuple(rooms), tuple(stays))


@st.composite
def _runs(draw: st.DrawFn) -> list[tuple[int, int]]:
    start, length = draw(st.integers(0, 6)), draw(st.integers(0, 3))
    return [(start, length)] if length else []


def every_arrangement(asked: Question) -> Iterator[int]:
    """Yield what each arrangement costs that hard rules allow."""
    empty = Board(asked)
    options = [
        [*places, None] if empty.may_go_without[number] else list(places) for number, places in enumerate(empty.open_to)
    ]
    for places in product(*options):
        board = Board(asked)
        for number, place in enumerate(places):
            if place is not None and not board.is_free(number, place):
                break
            if place is not None:
                board.put(number, place)
        else:
            yield cost(board.score(), asked.weights)
