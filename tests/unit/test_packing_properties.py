"""Re-packing never fails where it must not, and agrees with trying every arrangement where it may."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from omd.features.reservations.packing import (
    Occupancy,
    full_nights,
    obstacles,
    repack,
    rooms_free,
    split_around_full_nights,
    split_stay,
)
from omd.kernel.dates import StayDates
from support.packing_world import apply_plan, day, fewest_moves, is_free, may_move, nights, worlds

# Small worlds are cheap to draw but many are; the shared machine may be slow at any one of them.
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), st.integers(0, 8), st.integers(1, 5)),
        st.tuples(st.just("book"), st.integers(0, 8), st.integers(1, 5)),
        st.tuples(st.just("book"), st.integers(0, 8), st.integers(1, 5)),
        st.tuples(st.just("cancel"), st.integers(0, 30), st.just(0)),
        st.tuples(st.just("extend"), st.integers(0, 30), st.integers(1, 4)),
        st.tuples(st.just("next day"), st.just(0), st.just(0)),
    ),
    min_size=30,
    max_size=70,
)


class Hotel:
    """A hotel that sells by count alone and relies on re-packing to find the room."""

    def __init__(self, rooms: int) -> None:
        self.rooms = list(range(1, rooms + 1))
        self.held: list[Occupancy] = []
        self.today = 0
        self.sold = 0

    def has_a_room_each_night(self, wanted: StayDates) -> bool:
        return all(
            any(
                is_free(room, StayDates(night, night.fromordinal(night.toordinal() + 1)), self.held)
                for room in self.rooms
            )
            for night in wanted.dates()
        )

    def let_in(self, wanted: StayDates, start_room: int | None = None) -> int:
        not_before = day(self.today + 1)
        plan = repack(self.rooms, self.held, wanted, start_room=start_room, not_before=not_before)
        assert plan is not None, f"{wanted} was lost to fragmentation."
        assert len(plan.moves) <= len(self.held)
        in_house = [taken for taken in self.held if taken.dates.arrival <= day(self.today)]
        if start_room is None and rooms_free(self.rooms, self.held, wanted):
            assert plan.moves == ()
        if plan.moves:
            event(f"moves: {min(len(plan.moves), 4)}")
        self.held = apply_plan(plan, self.held, wanted, not_before)
        assert all(taken in self.held for taken in in_house)
        return plan.room_id

    def book(self, ahead: int, length: int) -> None:
        wanted = nights(self.today + ahead, self.today + ahead + length)
        if self.has_a_room_each_night(wanted):
            room = self.let_in(wanted)
            self.sold += 1
            self.held.append(Occupancy(room, UUID(int=self.sold), wanted, fixed=False))

    def cancel(self, number: int) -> None:
        coming = [taken for taken in self.held if taken.dates.arrival > day(self.today)]
        if coming:
            self.held.remove(coming[number % len(coming)])

    def extend(self, number: int, length: int) -> None:
        in_house = [taken for taken in self.held if taken.dates.arrival <= day(self.today)]
        if not in_house:
            return
        guest = in_house[number % len(in_house)]
        until = guest.dates.departure
        wanted = StayDates(until, until.fromordinal(until.toordinal() + length))
        if self.has_a_room_each_night(wanted):
            assert self.let_in(wanted, guest.room_id) == guest.room_id
            self.held.remove(guest)
            longer = StayDates(guest.dates.arrival, wanted.departure)
            self.held.append(Occupancy(guest.room_id, guest.stay_id, longer, fixed=False))

    def next_day(self) -> None:
        self.today += 1
        self.held = [taken for taken in self.held if taken.dates.departure > day(self.today)]


@settings(quick, max_examples=120)
@given(rooms=st.integers(2, 4), steps=STEPS)
def test_what_the_count_allows_always_finds_a_room(rooms: int, steps: list[tuple[str, int, int]]) -> None:
    hotel = Hotel(rooms)
    for what, number, length in steps:
        match what:
            case "book":
                hotel.book(number, length)
            case "cancel":
                hotel.cancel(number)
            case "extend":
                hotel.extend(number, length)
            case _:
                hotel.next_day()
        for position, taken in enumerate(hotel.held):
            assert is_free(taken.room_id, taken.dates, hotel.held[:position])


@settings(quick, max_examples=300)
@given(world=worlds())
def test_a_plan_among_fixed_intervals_is_sound(
    world: tuple[list[int], list[Occupancy], StayDates, date],
) -> None:
    rooms, held, wanted, not_before = world
    plan = repack(rooms, held, wanted, not_before=not_before)
    least = fewest_moves(rooms, held, wanted, not_before)
    event(f"repack {'found' if plan else 'none'}, exists {least is not None}")
    if plan is not None:
        apply_plan(plan, held, wanted, not_before)
        assert least is not None
        event(f"moves above the least: {len(plan.moves) - least}")
        assert len(plan.moves) >= least
    assert repack(rooms, held, wanted, not_before=not_before) == plan


@settings(quick, max_examples=150)
@given(world=worlds(), start=st.integers(0, 3))
def test_a_plan_for_a_given_room_is_sound(
    world: tuple[list[int], list[Occupancy], StayDates, date], start: int
) -> None:
    rooms, held, wanted, not_before = world
    room = rooms[start % len(rooms)]
    plan = repack(rooms, held, wanted, start_room=room, not_before=not_before)
    if plan is not None:
        assert plan.room_id == room
        apply_plan(plan, held, wanted, not_before)
    elif fewest_moves(rooms, held, wanted, not_before, room) == 0:
        raise AssertionError("The room was free as it stood.")


def _fewest_changes(
    rooms: Sequence[int], held: Sequence[Occupancy], wanted: StayDates, start: int | None
) -> int | None:
    """Return the fewest room changes by dynamic programming over nights and rooms."""
    cost = {room: 0 if start in (None, room) else 1 for room in rooms}
    for position, night in enumerate(wanted.dates()):
        tonight = StayDates(night, night.fromordinal(night.toordinal() + 1))
        cheapest = min(cost.values(), default=None)
        if cheapest is None:
            return None
        cost = {
            room: min(cost.get(room, cheapest + 1), cheapest + 1) if position else cost[room]
            for room in rooms
            if is_free(room, tonight, held)
        }
    return min(cost.values(), default=None)


@settings(quick, max_examples=200)
@given(world=worlds(), start=st.integers(-1, 3))
def test_no_split_stay_has_fewer_changes(world: tuple[list[int], list[Occupancy], StayDates, date], start: int) -> None:
    rooms, held, wanted, _ = world
    room = None if start < 0 else rooms[start % len(rooms)]
    segments = split_stay(rooms, held, wanted, room)
    fewest = _fewest_changes(rooms, held, wanted, room)
    if segments is None:
        assert fewest is None
        return
    assert [segment.dates.arrival for segment in segments] == [
        wanted.arrival,
        *(segment.dates.departure for segment in segments[:-1]),
    ]
    assert segments[-1].dates.departure == wanted.departure
    assert all(is_free(segment.room_id, segment.dates, held) for segment in segments)
    assert len(segments) - 1 + (room not in (None, segments[0].room_id)) == fewest


@settings(quick, max_examples=200)
@given(world=worlds(), start=st.integers(-1, 3))
def test_around_full_nights_every_other_night_has_its_room(
    world: tuple[list[int], list[Occupancy], StayDates, date], start: int
) -> None:
    rooms, held, wanted, _ = world
    room = None if start < 0 else rooms[start % len(rooms)]
    full = set(full_nights(rooms, held, wanted))
    assert full == {
        night for night in wanted.dates() if not rooms_free(rooms, held, StayDates(night, night + timedelta(days=1)))
    }
    segments = split_around_full_nights(rooms, held, wanted, room)
    covered = [night for segment in segments for night in segment.dates.dates()]
    assert covered == [night for night in wanted.dates() if night not in full]
    assert all(is_free(segment.room_id, segment.dates, held) for segment in segments)
    if not full:
        assert segments == split_stay(rooms, held, wanted, room)
    if room is not None and segments and is_free(room, segments[0].dates, held):
        assert segments[0].room_id == room


@settings(quick, max_examples=150)
@given(world=worlds(movable_in_10=4))
def test_releasing_the_obstacles_lets_the_stay_in(
    world: tuple[list[int], list[Occupancy], StayDates, date],
) -> None:
    rooms, held, wanted, not_before = world
    named = obstacles(rooms, held, wanted, not_before)
    event(f"named: {len(named)}")
    if repack(rooms, held, wanted, not_before=not_before) is not None:
        assert named == ()
        return

    def without(released: Sequence[Occupancy]) -> list[Occupancy]:
        """Give each run an id of its own, since a piece of a split stay may be released alone."""
        return [
            Occupancy(
                taken.room_id,
                UUID(int=number),
                taken.dates,
                fixed=taken not in released and not may_move(taken, held, not_before),
            )
            for number, taken in enumerate(held)
            if taken.stay_id is not None or taken not in released
        ]

    releasable = [taken for taken in held if taken.dates.arrival >= not_before]
    assert all(taken in releasable and not may_move(taken, held, not_before) for taken in named)
    if named:
        assert fewest_moves(rooms, without(named), wanted, not_before) is not None
        for left_out in named:
            rest = without([taken for taken in named if taken != left_out])
            assert repack(rooms, rest, wanted, not_before=not_before) is None
    else:
        assert repack(rooms, without(releasable), wanted, not_before=not_before) is None
