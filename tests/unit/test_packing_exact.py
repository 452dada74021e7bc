"""The exact search agrees with trying every arrangement, in this process and in its own."""

import sys
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omd.features.reservations.packing import (
    ExactSearchError,
    Infeasible,
    Occupancy,
    RepackPlan,
    TimedOut,
    repack,
    solve_exactly,
)
from omd.features.reservations.packing.exact import search
from omd.features.reservations.packing.solve import Question
from omd.kernel.dates import StayDates
from support.packing_world import apply_plan, day, fewest_moves, nights, stay, worlds


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds(), start=st.integers(-2, 3), windows=st.booleans())
def test_the_exact_search_agrees_with_trying_every_arrangement(
    world: tuple[list[int], list[Occupancy], StayDates, date], start: int, windows: bool
) -> None:
    rooms, held, wanted, not_before = world
    room = None if start < 0 else rooms[start % len(rooms)]
    least = fewest_moves(rooms, held, wanted, not_before, room)
    question = Question(tuple(rooms), tuple(held), wanted, room, not_before, 5.0)
    answer = search(question, small_model=0) if windows else search(question)
    if least is None:
        assert answer == Infeasible()
        return
    assert isinstance(answer, RepackPlan)
    apply_plan(answer, held, wanted, not_before)
    assert room in (None, answer.room_id)
    if not windows:
        assert len(answer.moves) == least


# The stay of room 3 is in the way on the nights 5 and 6. Only room 2 is free on night 5, and what it holds
# on night 7 is locked; so it must go to room 1, and the stay there to room 2: no exchange of two rooms.
ROOMS = (1, 2, 3)
HELD = (
    stay(1, 1, 2, 3, fixed=True),
    stay(2, 1, 5, 6),
    stay(3, 2, 0, 3),
    stay(4, 2, 7, 10, fixed=True),
    stay(5, 3, 5, 8),
)
WANTED = nights(2, 7)


def test_the_child_process_finds_what_no_exchange_does() -> None:
    assert repack(ROOMS, HELD, WANTED, not_before=day(1)) is None
    answer = solve_exactly(ROOMS, HELD, WANTED, not_before=day(1))
    assert isinstance(answer, RepackPlan)
    assert [(move.from_room, move.to_room) for move in answer.moves] == [(1, 2), (3, 1)]
    apply_plan(answer, HELD, WANTED, day(1))


def test_a_child_process_that_breaks_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ExactSearchError, match="ended with code 1"):
        solve_exactly(ROOMS, HELD, WANTED, not_before=day(1))


def test_a_window_that_is_too_narrow_proves_nothing() -> None:
    """The stay of room 2 shares no night with the wanted stay, and must still move for it."""
    held = (stay(1, 1, 1, 6), stay(2, 2, 4, 8))
    question = Question((1, 2), held, nights(1, 3), 1, day(1), 5.0)
    answer = search(question, small_model=0)
    assert isinstance(answer, RepackPlan)
    assert [len(batch) for batch in answer.batches] == [2]


def test_a_search_without_time_says_so() -> None:
    question = Question(ROOMS, HELD, WANTED, None, day(1), 0.0)
    assert search(question) == TimedOut()


def test_a_full_night_is_refused_without_a_search() -> None:
    held = [stay(1, 1, 1, 3), stay(2, 2, 2, 5)]
    assert solve_exactly([1, 2], held, nights(1, 3), not_before=day(0), time_limit_s=0.0) == Infeasible()


def test_broken_input_is_refused_before_the_child_starts() -> None:
    with pytest.raises(ValueError, match="Room 1 is taken twice on the night of"):
        solve_exactly([1], [stay(1, 1, 1, 3), stay(2, 1, 2, 4)], nights(5, 6), not_before=day(0))
