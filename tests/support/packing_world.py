"""Small worlds for the room packing tests: how to write them, check a plan, and try every arrangement."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from hypothesis import strategies as st

from omd.features.reservations.packing import Occupancy, RepackPlan
from omd.kernel.dates import StayDates

DAY_0 = date(2026, 5, 1)


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def nights(arrival: int, departure: int) -> StayDates:
    return StayDates(day(arrival), day(departure))


def stay(number: int, room: int, arrival: int, departure: int, *, fixed: bool = False) -> Occupancy:
    return Occupancy(room, UUID(int=number), nights(arrival, departure), fixed)


def out_of_order(room: int, arrival: int, departure: int) -> Occupancy:
    return Occupancy(room, None, nights(arrival, departure), fixed=True)


def may_move(taken: Occupancy, occupancies: Sequence[Occupancy], not_before: date) -> bool:
    pieces = sum(1 for other in occupancies if other.stay_id == taken.stay_id)
    return taken.stay_id is not None and not taken.fixed and pieces == 1 and taken.dates.arrival >= not_before


def is_free(room: int, dates: StayDates, occupancies: Sequence[Occupancy]) -> bool:
    return not any(taken.room_id == room and taken.dates.overlaps(dates) for taken in occupancies)


def apply_plan(
    plan: RepackPlan, occupancies: Sequence[Occupancy], wanted: StayDates, not_before: date
) -> list[Occupancy]:
    """Apply the plan batch by batch, asserting everything that a plan promises; return the new state."""
    state = list(occupancies)
    moved = [move.stay_id for move in plan.moves]
    assert len(moved) == len(set(moved)), "A stay is moved twice."
    for batch in plan.batches:
        leaving = []
        for move in batch:
            assert move.from_room != move.to_room
            before = Occupancy(move.from_room, move.stay_id, move.dates, fixed=False)
            assert before in state, f"{move} moves what is not there."
            assert may_move(before, occupancies, not_before), f"{move} may not move."
            leaving.append(before)
        state = [taken for taken in state if taken not in leaving]
        for move in batch:
            assert is_free(move.to_room, move.dates, state), f"{move} goes into a taken room."
            state.append(Occupancy(move.to_room, move.stay_id, move.dates, fixed=False))
    assert is_free(plan.room_id, wanted, state), "The room is not free for the wanted stay."
    return state


def fewest_moves(
    rooms: Sequence[int],
    occupancies: Sequence[Occupancy],
    wanted: StayDates,
    not_before: date,
    start_room: int | None = None,
) -> int | None:
    """Try every arrangement; return the fewest moves that let the stay in, or None when there is none."""
    movable = [taken for taken in occupancies if may_move(taken, occupancies, not_before)]
    staying = [taken for taken in occupancies if taken not in movable]

    def place(number: int, state: list[Occupancy]) -> int | None:
        if number == len(movable):
            return 0
        taken, results = movable[number], []
        for room in rooms:
            if is_free(room, taken.dates, state):
                placed = Occupancy(room, taken.stay_id, taken.dates, fixed=False)
                rest = place(number + 1, [*state, placed])
                if rest is not None:
                    results.append(rest + (room != taken.room_id))
        return min(results, default=None)

    best = []
    for room in rooms if start_room is None else (start_room,):
        if is_free(room, wanted, staying):
            found = place(0, [*staying, Occupancy(room, None, wanted, fixed=True)])
            if found is not None:
                best.append(found)
    return min(best, default=None)


@st.composite
def worlds(draw: st.DrawFn, *, movable_in_10: int = 7) -> tuple[list[int], list[Occupancy], StayDates, date]:
    """Draw up to 4 rooms and 7 runs, some of them fixed, out of order or pieces of a split stay."""
    rooms = list(range(1, draw(st.integers(2, 4)) + 1))
    occupancies: list[Occupancy] = []
    for number in range(1, draw(st.integers(4, 7)) + 1):
        room = draw(st.sampled_from(rooms))
        arrival = draw(st.integers(0, 6))
        dates = nights(arrival, arrival + draw(st.integers(1, 4)))
        kinds = ["free"] * movable_in_10 + ["fixed", "away", "piece"] * 2
        kind = draw(st.sampled_from(kinds[:10]))
        if not is_free(room, dates, occupancies):
            continue
        stay_id = {"away": None, "piece": UUID(int=99)}.get(kind, UUID(int=number))
        occupancies.append(Occupancy(room, stay_id, dates, kind in ("fixed", "away")))
    arrival = draw(st.integers(1, 5))
    wanted = nights(arrival, arrival + draw(st.integers(2, 5)))
    return rooms, occupancies, wanted, day(draw(st.integers(0, 2)))
