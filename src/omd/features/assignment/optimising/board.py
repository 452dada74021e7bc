"""A plan on the board: which stay is in which room, and what it is charged for, kept up as stays are put and lifted.

The nights of a room are the bits of one number, so that runs of free nights are counted by a shift or two.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from omd.features.assignment.optimising.legality import is_open
from omd.features.assignment.optimising.model import Question, Room, Score, Stay, Term, Wish
from omd.kernel.dates import StayDates

_Key = TypeVar("_Key")


class Board:
    """The stays of a question in rooms; `room_of[number]` is the place of a stay's room, or None.

    A stay may go without a room only where it has none now, or has one that nothing can be put into on its nights.
    Every place is the index of a room in `question.rooms`, every number that of a stay in `question.stays`.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.weights = question.weights
        self._day = question.first_day - 1
        self._wanted = [self._bits(stay.dates) for stay in question.stays]
        self._taken = [self._union(room.taken) for room in question.rooms]
        last = max((stay.dates.departure.toordinal() for stay in question.stays), default=self._day + 1)
        # One night more than is asked about: a night left free after the last departure is one too.
        self._horizon = (1 << (last - self._day + 2)) - 1
        self.open_to = open_rooms(question)
        self.fixed = [
            {place: _fixed_score(question, stay, question.rooms[place]) for place in places}
            for stay, places in zip(question.stays, self.open_to, strict=True)
        ]
        self.may_go_without = [
            all(question.rooms[place].id != stay.room_id or not self.is_free(number, place) for place in places)
            for number, (stay, places) in enumerate(zip(question.stays, self.open_to, strict=True))
        ]
        self.room_of: list[int | None] = [None] * len(question.stays)
        self._floors: dict[UUID, Counter[int | None]] = defaultdict(Counter)
        self._rooms_of_guest: dict[UUID, Counter[int]] = defaultdict(Counter)
        self._leaving: Counter[tuple[int | None, int]] = Counter()
        self.fair_share = fair_shares(question)

    def is_free(self, number: int, place: int) -> bool:
        """Say whether the room is free for the stay as the board stands."""
        return not self._taken[place] & self._wanted[number]

    def charge(self, number: int, place: int) -> Score:
        """Return what putting the stay into the room would add to the score, the stay itself not being on the board."""
        stay, room = self.question.stays[number], self.question.rooms[place]
        score: dict[Term, int] = dict(self._fixed(number, place))
        before, after = self._taken[place], self._taken[place] | self._wanted[number]
        score["one_night_gap"] = self._gaps(after) - self._gaps(before)
        score["idle_run"] = self._idle_runs(after) - self._idle_runs(before)
        if stay.group is not None:
            floors = self._floors[stay.group]
            score["group_apart"] = int(bool(floors) and room.floor not in floors)
        if stay.follows is not None:
            rooms = self._rooms_of_guest[stay.follows]
            score["other_room"] = int(bool(rooms) and place not in rooms)
        leaves = stay.dates.departure.toordinal()
        score["floor_work"] = int(self._leaving[room.floor, leaves] >= self.fair_share[leaves])
        return {term: count for term, count in score.items() if count}

    def weigh(self, number: int, place: int) -> int:
        """Return what `charge` weighs."""
        return sum(int(getattr(self.weights, term)) * count for term, count in self.charge(number, place).items())

    def put(self, number: int, place: int) -> None:
        """Put the stay into the room; raise `ValueError` when a night of it is taken."""
        if not self.is_free(number, place):
            raise ValueError(f"Room {self.question.rooms[place].number} is taken on a night of the stay.")
        self.room_of[number] = place
        self._taken[place] |= self._wanted[number]
        self._count(number, place, 1)

    def lift(self, number: int) -> int | None:
        """Take the stay off the board and return the place of the room it had."""
        place = self.room_of[number]
        if place is not None:
            self.room_of[number] = None
            self._taken[place] &= ~self._wanted[number]
            self._count(number, place, -1)
        return place

    def score(self) -> Score:
        """Return the score of the whole board."""
        total: Counter[Term] = Counter()
        for number, place in enumerate(self.room_of):
            if place is None:
                total["unassigned"] += 1
            else:
                total.update(self._fixed(number, place))
        total["one_night_gap"] = sum(map(self._gaps, self._taken))
        total["idle_run"] = sum(map(self._idle_runs, self._taken))
        total["group_apart"] = sum(len(+floors) - 1 for floors in self._floors.values() if +floors)
        total["other_room"] = sum(len(+rooms) - 1 for rooms in self._rooms_of_guest.values() if +rooms)
        total["floor_work"] = sum(
            max(0, count - self.fair_share[leaves]) for (_, leaves), count in self._leaving.items()
        )
        return {term: count for term, count in total.items() if count}

    def in_the_way(self, number: int, place: int) -> list[int]:
        """Return the stays on the board that hold a night of the stay in the room."""
        wanted = self._wanted[number]
        return [other for other, at in enumerate(self.room_of) if at == place and self._wanted[other] & wanted]

    def leaving(self, floor: int | None, day: int) -> int:
        """Return how many stays on the board leave a floor on a day."""
        return self._leaving[floor, day]

    def nights_of(self, place: int, numbers: Sequence[int]) -> dict[int, tuple[bool, list[int]]]:
        """Return each night by its bit: whether the room is taken on it, and which of the stays would hold it."""
        fixed = self._taken[place]
        nights: dict[int, tuple[bool, list[int]]] = {
            night: (bool(fixed >> night & 1), []) for night in range(self._horizon.bit_length() + 1)
        }
        for number in numbers:
            wanted = self._wanted[number]
            for night in range((wanted & -wanted).bit_length() - 1, wanted.bit_length()):
                nights[night][1].append(number)
        return nights

    def _fixed(self, number: int, place: int) -> Score:
        """Return what the stay is charged for in the room whatever else is where; somebody may have put it into any."""
        known = self.fixed[number].get(place)
        return (
            known
            if known is not None
            else _fixed_score(self.question, self.question.stays[number], self.question.rooms[place])
        )

    def _count(self, number: int, place: int, by: int) -> None:
        stay, room = self.question.stays[number], self.question.rooms[place]
        if stay.group is not None:
            _add(self._floors[stay.group], room.floor, by)
        if stay.follows is not None:
            _add(self._rooms_of_guest[stay.follows], place, by)
        self._leaving[room.floor, stay.dates.departure.toordinal()] += by

    def _bits(self, dates: StayDates) -> int:
        start = max(0, dates.arrival.toordinal() - self._day)
        end = max(0, dates.departure.toordinal() - self._day)
        return (1 << end) - (1 << start)

    def _union(self, runs: Iterable[StayDates]) -> int:
        bits = 0
        for dates in runs:
            bits |= self._bits(dates)
        return bits

    def _gaps(self, taken: int) -> int:
        """Count the single nights that are free between two that are not."""
        return (~taken & (taken << 1) & (taken >> 1) & self._horizon).bit_count()

    def _idle_runs(self, taken: int) -> int:
        """Count the nights that are free after one that is not: where a run of free nights begins."""
        return (~taken & (taken << 1) & self._horizon).bit_count()


def _add(counter: Counter[_Key], key: _Key, by: int) -> None:
    counter[key] += by
    if not counter[key]:
        del counter[key]


def open_rooms(question: Question) -> list[list[int]]:
    by_type: dict[int, list[int]] = defaultdict(list)
    for place, room in enumerate(question.rooms):
        by_type[room.room_type_id].append(place)
    return [
        [
            place
            for place in by_type[stay.room_type_id]
            if question.rooms[place].id == stay.room_id or is_open(stay, question.rooms[place])
        ]
        for stay in question.stays
    ]


def _fixed_score(question: Question, stay: Stay, room: Room) -> Score:
    """Return what the stay is charged for in the room, whatever else is where."""
    moved = stay.room_id is not None and stay.room_id != room.id
    comes_now = stay.dates.arrival.toordinal() <= question.first_day
    score: dict[Term, int] = {
        "against_rule": int(not is_open(stay, room)),
        "wish": sum(wish.importance for wish in stay.wishes if not fulfils(room, wish)),
        "move": int(moved),
        "published_move": int(moved and stay.published),
        "out_of_service": sum(
            (min(away.departure, stay.dates.departure) - max(away.arrival, stay.dates.arrival)).days
            for away in room.out_of_service
            if away.overlaps(stay.dates)
        ),
        "not_ready": (2 if stay.early else 1) if comes_now and not room.ready else 0,
        "wear": room.worn,
    }
    return {term: count for term, count in score.items() if count}


def fulfils(room: Room, wish: Wish) -> bool:
    """Say whether the room is as wished; a room without a floor fulfils no wish for one."""
    match wish.kind:
        case "feature":
            return wish.value in room.features
        case "without_feature":
            return wish.value not in room.features
        case "room":
            return room.id == wish.value
        case "floor":
            return room.floor == wish.value
        case "lowest_floor":
            return room.floor is not None and room.floor >= int(wish.value)
        case "highest_floor":
            return room.floor is not None and room.floor <= int(wish.value)


def fair_shares(question: Question) -> Mapping[int, int]:
    """Return by day of departure how many of the stays may leave from one floor before the work is uneven."""
    floors = len({room.floor for room in question.rooms}) or 1
    leaving = Counter(stay.dates.departure.toordinal() for stay in question.stays)
    return defaultdict(int, {day: -(-count // floors) for day, count in leaving.items()})


def board_of(question: Question, rooms: Sequence[int | None]) -> Board:
    """Return a board with every stay in the room of that place."""
    board = Board(question)
    for number, place in enumerate(rooms):
        if place is not None:
            board.put(number, place)
    return board
