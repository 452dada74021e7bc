"""Sheets have every task once, nobody more than they may, and are the best there are where they say so."""

from collections import Counter
from datetime import time
from itertools import product
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omd.features.housekeeping.sheets.balancing.board import board_of
from omd.features.housekeeping.sheets.balancing.model import Attendant, Found, Job, Left, Question, Score
from omd.features.housekeeping.sheets.balancing.search import balance, greedy

# The shared machine may be slow at any one of them.
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def job(number: int, credits: int = 1, **more: object) -> Job:  # noqa: A002 - the word of the trade
    return Job(**{"id": UUID(int=number), "room": f"{number:03}", "credits": credits, **more})  # type: ignore[arg-type]


@st.composite
def days(draw: st.DrawFn, *, most_jobs: int = 6, most_attendants: int = 3) -> Question:
    attendants = tuple(
        Attendant(
            place,
            draw(st.one_of(st.none(), st.integers(0, 12))),
            frozenset(draw(st.sets(st.sampled_from(("east", "west"))))),
        )
        for place in range(1, draw(st.integers(0, most_attendants)) + 1)
    )
    # Who worked the day before, or has a task already, need not be among those who work.
    people = st.one_of(st.none(), st.integers(1, most_attendants + 1))
    jobs = tuple(
        job(
            number,
            draw(st.integers(0, 5)),
            floor=draw(st.sampled_from((None, 1, 2, 3))),
            sections=frozenset(draw(st.sets(st.sampled_from(("east", "west"))))),
            due=draw(st.sampled_from((None, None, time(12), time(15)))),
            rush=draw(st.integers(0, 4)) == 0,
            attendant=draw(people) if draw(st.integers(0, 3)) == 0 else None,
            before=draw(people),
        )
        for number in range(draw(st.integers(0, most_jobs)))
    )
    return Question(jobs, attendants)


def best(asked: Question) -> Found:
    return balance(asked, limit_s=20, wall_s=60)


def every_score(asked: Question) -> list[Score]:
    """Return how good every way is of giving the open tasks to attendants who may have them."""
    scores = []
    for given_to in product((None, *range(len(asked.attendants))), repeat=len(asked.jobs)):
        board = board_of(asked, [None] * len(asked.jobs))
        fits = True
        for number, place in enumerate(given_to):
            if asked.jobs[number].attendant is not None:
                fits = fits and place is None
            elif place is not None:
                fits = fits and board.fits(asked.jobs[number], place)
                board.give(number, place)
        if fits:
            scores.append(board.score())
    return scores


def require_lawful(asked: Question, found: Found) -> None:
    """Every task once, on a sheet or left; who keeps a task has it; nobody is given more than they may have."""
    jobs = {each.id: each for each in asked.jobs}
    on_sheets = {each: sheet.attendant for sheet in found.sheets for each in sheet.jobs}
    placed = [each for sheet in found.sheets for each in sheet.jobs]
    works = {attendant.id for attendant in asked.attendants}
    kept_elsewhere = [each.id for each in asked.jobs if each.attendant is not None and each.attendant not in works]
    assert Counter([*placed, *(each.id for each in found.left), *kept_elsewhere]) == Counter(list(jobs))
    assert [sheet.attendant for sheet in found.sheets] == [attendant.id for attendant in asked.attendants]
    for each in asked.jobs:
        if each.attendant in works:
            assert on_sheets[each.id] == each.attendant
    for sheet, attendant in zip(found.sheets, asked.attendants, strict=True):
        assert sheet.credits == sum(jobs[each].credits for each in sheet.jobs)
        given_now = [each for each in sheet.jobs if jobs[each].attendant is None]
        assert attendant.limit is None or not given_now or sheet.credits <= attendant.limit
    for left in found.left:
        assert not any(
            attendant.limit is None or sheet.credits + jobs[left.id].credits <= attendant.limit
            for sheet, attendant in zip(found.sheets, asked.attendants, strict=True)
        )


@quick
@given(days(most_jobs=5))
def test_what_is_found_is_the_best_of_every_way(asked: Question) -> None:
    found = best(asked)

    require_lawful(asked, found)
    assert found.proven
    assert found.score == min(every_score(asked))
    assert found.least_spread == found.score.spread
    assert found.least_floors <= found.score.floors


@quick
@given(days(most_jobs=40, most_attendants=6), st.sampled_from((0.001, 0.02)))
def test_a_search_that_is_cut_short_keeps_the_rules_and_is_no_worse_than_the_rule_of_thumb(
    asked: Question, limit_s: float
) -> None:
    found = balance(asked, limit_s=limit_s, wall_s=60)

    require_lawful(asked, found)
    assert found.first == greedy(asked).score()
    assert found.score <= found.first
    assert found.least_spread <= found.score.spread
    assert found.least_floors <= found.score.floors
    assert found == balance(asked, limit_s=limit_s, wall_s=60)


def test_the_load_is_balanced_before_floors_are_thought_of() -> None:
    asked = Question(
        tuple(job(number, 2, floor=1 if number < 6 else 2) for number in range(8)), (Attendant(1), Attendant(2))
    )

    found = best(asked)

    assert [sheet.credits for sheet in found.sheets] == [8, 8]
    assert found.score.floors == 3


def test_who_did_a_room_has_it_again_where_nothing_else_is_lost_by_it() -> None:
    asked = Question(
        tuple(job(number, floor=1 + number // 3, before=1 + number % 2) for number in range(6)),
        (Attendant(1), Attendant(2)),
    )

    found = best(asked)

    # One floor each is worth more than rooms of the day before; which floor, those rooms decide.
    assert found.score.floors == 2
    assert found.score.changed == 2
    assert [sorted(each.int for each in sheet.jobs) for sheet in found.sheets] == [[0, 1, 2], [3, 4, 5]]


def test_attendants_have_the_rooms_of_their_sections() -> None:
    asked = Question(
        tuple(job(number, sections=frozenset({("east", "west")[number % 2]})) for number in range(6)),
        (Attendant(1, sections=frozenset({"west"})), Attendant(2, sections=frozenset({"east"}))),
    )

    found = best(asked)

    assert found.score.outside == 0
    assert [sorted(each.int for each in sheet.jobs) for sheet in found.sheets] == [[1, 3, 5], [0, 2, 4]]


def test_a_room_that_comes_later_goes_where_the_load_is_least_and_moves_nothing() -> None:
    kept = [job(number, 2, attendant=1 if number < 3 else 2) for number in range(5)]

    found = best(Question((*kept, job(9, 1)), (Attendant(1), Attendant(2))))

    assert [[each.int for each in sheet.jobs] for sheet in found.sheets] == [[0, 1, 2], [3, 4, 9]]


def test_a_sheet_is_in_the_order_of_the_day() -> None:
    asked = Question(
        (
            job(1, floor=2),
            job(2, floor=1, room="12"),
            job(3, floor=1, room="11"),
            job(4, floor=3, due=time(14)),
            job(5, floor=4, due=time(12)),
            job(6, floor=5, rush=True),
            job(7),
        ),
        (Attendant(1),),
    )

    assert [each.int for each in best(asked).sheets[0].jobs] == [6, 5, 4, 3, 2, 1, 7]


@pytest.mark.parametrize(
    ("attendants", "because"),
    [
        ((), "nobody_works"),
        ((Attendant(1, 3), Attendant(2, 4)), "too_many_credits"),
        ((Attendant(1, 5), Attendant(2, 4)), "no_credits_left"),
    ],
)
def test_what_is_left_over_says_why(attendants: tuple[Attendant, ...], because: str) -> None:
    asked = Question((job(1, 5, rush=True), job(2, 5)), attendants)

    left = best(asked).left

    assert left[-1] == Left(UUID(int=2), because)  # type: ignore[arg-type]
    assert [each.id.int for each in left] == ([2] if because == "no_credits_left" else [1, 2])


def test_what_somebody_waits_for_is_not_left_over() -> None:
    asked = Question((job(1, 4), job(2, 2, due=time(12)), job(3, 1, rush=True)), (Attendant(1, 4),))

    found = best(asked)

    assert [each.int for each in found.sheets[0].jobs] == [3, 2]
    assert [each.id.int for each in found.left] == [1]
