"""What commands about a task come to, in whatever order they came, and however often."""

import random
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omd.features.housekeeping.tasks.merging import placed
from omd.features.housekeeping.tasks.states import (
    EDGES,
    LATE,
    Course,
    Said,
    TaskAction,
    TaskStatus,
    allowed,
    reckon,
)

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
ACTIONS: tuple[TaskAction, ...] = get_args(TaskAction)


def told(*said: tuple[TaskAction, int]) -> list[Said]:
    """Return commands given so many minutes after nine."""
    return [
        Said(UUID(int=at), action, NINE + timedelta(minutes=minutes), "why" if action == "fail" else None)
        for at, (action, minutes) in enumerate(said, 1)
    ]


def test_the_tables_are_of_every_status_and_known_actions() -> None:
    assert set(EDGES) == set(LATE) == set(get_args(TaskStatus))
    assert {action for edges in LATE.values() for action in edges} == set(ACTIONS)
    for status, edges in EDGES.items():
        assert edges.items() <= LATE[status].items(), "what is allowed at once is so when it comes late"


def test_minutes_are_those_worked() -> None:
    course = reckon(told(("start", 0), ("pause", 10), ("start", 30), ("done", 45)))
    assert (course.status, course.worked_seconds) == ("done", 25 * 60)
    assert (course.begun_at, course.ended_at) == (NINE, NINE + timedelta(minutes=45))
    assert (course.made, course.made_at) == ("clean", course.ended_at)


@pytest.mark.parametrize(
    ("said", "status", "made"),
    [
        ([("done", 10), ("start", 15)], "done", "clean"),
        ([("done", 10), ("do_not_disturb", 15)], "done", "clean"),
        ([("do_not_disturb", 10), ("done", 15)], "done", "clean"),
        ([("pass", 20), ("done", 10)], "inspected", "inspected"),
        ([("pass", 20), ("done", 25)], "inspected", "inspected"),
        ([("done", 10), ("fail", 20)], "open", "dirty"),
        ([("done", 10), ("fail", 20), ("done", 30)], "done", "clean"),
        ([("cancel", 5), ("done", 10)], "done", "clean"),
        ([("done", 5), ("cancel", 10)], "done", "clean"),
        ([("withdraw", 5), ("renew", 10)], "open", None),
        ([("start", 5), ("withdraw", 10)], "in_progress", None),
        ([("withdraw", 5), ("start", 10)], "in_progress", None),
        ([("cancel", 5), ("withdraw", 10), ("renew", 15)], "cancelled", None),
    ],
)
def test_what_was_done_and_seen_counts(said: list[tuple[TaskAction, int]], status: str, made: str | None) -> None:
    course = reckon(told(*said))
    assert (course.status, course.made) == (status, made)


def test_what_took_up_a_cancelled_task_is_named() -> None:
    cancelled, done = told(("cancel", 5), ("done", 10))
    assert reckon([cancelled, done]).after_cancellation == {done.id}
    assert reckon(told(("withdraw", 5), ("renew", 10))).after_cancellation == frozenset()


def test_an_inspection_ends_by_what_is_found() -> None:
    assert "done" in allowed("in_progress", "departure")
    assert "done" not in allowed("in_progress", "inspection")
    assert allowed("done", "departure") == ("pass", "fail")
    assert allowed("done", "inspection") == allowed("cancelled", "departure") == ()


COMMANDS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 120)), min_size=1, max_size=12, unique_by=lambda each: each[1]
)


@given(said=COMMANDS, seed=st.integers(0, 2**16))
def test_any_order_of_arrival_comes_to_the_same(said: list[tuple[TaskAction, int]], seed: int) -> None:
    commands = told(*said)
    shuffled = [*commands]
    random.Random(seed).shuffle(shuffled)
    course = reckon(commands)
    assert reckon(shuffled) == course
    assert_whole(course)


def assert_whole(course: Course) -> None:
    """Check what the database holds of every task."""
    assert (course.status == "in_progress") == (course.running_since is not None)
    assert (course.status in ("done", "inspected")) == (course.ended_at is not None)
    assert course.status not in ("in_progress", "paused") or course.begun_at is not None
    assert course.worked_seconds >= 0
    assert course.after_cancellation <= course.counted


@pytest.mark.parametrize(
    ("at", "sent_at", "ago"),
    [
        (NINE, NINE + timedelta(hours=2), timedelta(hours=2)),
        (NINE - timedelta(days=400), NINE - timedelta(days=399), timedelta(days=1)),
        (NINE + timedelta(hours=1), NINE, timedelta(0)),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC), timedelta(days=366)),
    ],
)
def test_how_far_a_clock_is_off_plays_no_part(at: datetime, sent_at: datetime, ago: timedelta) -> None:
    now = datetime(2027, 3, 5, 12, tzinfo=UTC)
    assert now - placed(at, sent_at, now) == ago
