"""An assignment breaks no hard rule, is the best there is where it says so, and tells why."""

import random
from itertools import pairwise
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omd.features.assignment.optimising.board import Board, board_of
from omd.features.assignment.optimising.explaining import explain, why_not
from omd.features.assignment.optimising.greedy import as_it_is, best_fit, first_fit, greedy
from omd.features.assignment.optimising.legality import is_open, refusals
from omd.features.assignment.optimising.model import Question, Wish, cost
from omd.features.assignment.optimising.search import Found, by_parts, first_plan, search
from support.assignment_world import DAY_0, FEATURES, every_arrangement, houses, nights, question, room, stay

# The shared machine may be slow at any one of them.
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rooms_given(asked: Question) -> list[str | None]:
    found = best(asked)
    assert found.proven
    return [None if place is None else asked.rooms[place].number for place in found.rooms]


def best(asked: Question) -> Found:
    return search(asked, limit_s=5, wall_s=60)


def require_legal(asked: Question, board: Board) -> None:
    """No night of a room twice, nobody put where a hard rule forbids, nobody left without who had a room."""
    for number, place in enumerate(board.room_of):
        one = asked.stays[number]
        if place is None:
            assert board.may_go_without[number]
            continue
        given_room = asked.rooms[place]
        assert given_room.id == one.room_id or is_open(one, given_room)
        assert not any(taken.overlaps(one.dates) for taken in given_room.taken)
    for place in range(len(asked.rooms)):
        held = sorted(asked.stays[number].dates for number, at in enumerate(board.room_of) if at == place)
        assert all(earlier.departure <= later.arrival for earlier, later in pairwise(held))


@quick
@given(houses())
def test_what_is_found_is_the_best_of_every_arrangement(asked: Question) -> None:
    found = best(asked)

    require_legal(asked, board_of(asked, found.rooms))
    assert found.proven
    assert found.cost == found.bound == min(every_arrangement(asked))
    assert found.cost == cost(found.score, asked.weights) <= found.first


@quick
@given(houses(most_rooms=6, most_stays=12))
def test_bettering_part_by_part_keeps_the_rules_and_never_costs_more(asked: Question) -> None:
    _, board = first_plan(asked)
    before = cost(board.score(), asked.weights)

    by_parts(board, limit_s=0.004, wall_s=60)

    require_legal(asked, board)
    assert cost(board.score(), asked.weights) <= before
    assert board.score() == board_of(asked, board.room_of).score()


@quick
@given(houses(most_rooms=6, most_stays=10), st.randoms(use_true_random=False))
def test_the_board_counts_the_same_however_it_came_about(asked: Question, chance: random.Random) -> None:
    for rule in (first_fit, best_fit, greedy, as_it_is):
        board = rule(asked)
        score = board.score()
        number = chance.randrange(len(asked.stays))
        place = board.lift(number)
        if place is not None:
            added = cost(board.charge(number, place), asked.weights)
            without = cost(board.score(), asked.weights)
            assert without + added - asked.weights.unassigned == cost(score, asked.weights)
            board.put(number, place)
        assert board.score() == score


def test_a_single_free_night_is_not_left_where_it_need_not_be() -> None:
    """Room 1 is free for two nights only, room 2 for long: the stay of two nights belongs into room 1."""
    rooms = [room(1, taken=(nights(2, 5),)), room(2, taken=(nights(3, 5),))]

    assert rooms_given(question(rooms, [stay(1, 0, 2)])) == ["1"]


def test_a_group_comes_together_on_one_floor() -> None:
    rooms = [room(1, floor=1), room(2, floor=2), room(3, floor=1), room(4, floor=2, taken=(nights(0, 3),))]
    group = UUID(int=9)
    stays = [stay(1, 0, 3, group=group, room_id=1), stay(2, 0, 3, group=group, room_id=2)]
    asked = question(rooms, stays)

    assert rooms_given(asked) == ["1", "3"]
    assert "group_apart" not in best(asked).score


def test_who_stays_on_keeps_the_room() -> None:
    guest = UUID(int=9)
    stays = [stay(1, 0, 2, follows=guest, room_id=1), stay(2, 2, 4, follows=guest, room_id=2)]
    asked = question([room(1), room(2)], stays)

    assert best(asked).score.get("other_room") is None


def test_a_room_that_housekeeping_was_told_of_is_given_up_for_a_great_wish_only() -> None:
    def asked(importance: int, *, published: bool) -> Question:
        wish = (Wish("feature", "balcony", importance),)
        return question(
            [room(1), room(2, features=frozenset({"balcony"}))],
            [stay(1, 0, 2, room_id=1, published=published, wishes=wish)],
        )

    assert rooms_given(asked(1, published=False)) == ["2"]
    assert rooms_given(asked(1, published=True)) == ["1"]
    assert rooms_given(asked(3, published=True)) == ["2"]


def test_who_comes_early_gets_the_room_that_is_ready() -> None:
    rooms = [room(1, ready=False), room(2, worn=2)]
    stays = [stay(1, 0, 1, early=True), stay(2, 0, 1)]

    asked = question(rooms, stays)
    assert rooms_given(asked) == ["2", "1"]


def test_whose_room_is_away_is_put_elsewhere_or_left_without() -> None:
    one = stay(1, 0, 2, room_id=1)
    away = room(1, taken=(nights(1, 2),))

    assert rooms_given(question([away, room(2)], [one])) == ["2"]
    assert rooms_given(question([away], [one])) == [None]


def test_what_keeps_a_stay_from_a_room_is_named_whole() -> None:
    wanted = stay(1, 0, 2, persons=3, needs=frozenset({"step_free"}), refuses=frozenset({"smoking"}))
    asked = room(2, room_type_id=2, features=frozenset({"smoking"}), taken=(nights(1, 4),))

    assert [(each.code, each.detail, each.dates) for each in refusals(wanted, asked)] == [
        ("other_type", None, None),
        ("too_small", None, None),
        ("feature_missing", "step_free", None),
        ("feature_unwanted", "smoking", None),
        ("taken", None, nights(1, 4)),
    ]


def test_a_room_beats_others_by_what_they_would_cost_more() -> None:
    rooms = [
        room(1, features=frozenset({"balcony"})),
        room(2, out_of_service=(nights(0, 1),), features=frozenset({"balcony"})),
        room(3),
    ]
    asked = question(rooms, [stay(1, 0, 2, wishes=(Wish("feature", "balcony"),))])
    board = board_of(asked, [0])

    reason = explain(board, 0)

    assert reason is not None
    assert [(each.room_id, dict(each.more), each.weight) for each in reason.beats] == [
        (3, {"wish": 1}, 20),
        (2, {"out_of_service": 1}, 60),
    ]
    assert board.room_of == [0]


def test_why_not_names_who_is_there_and_else_what_it_would_cost() -> None:
    asked = question([room(1), room(2, worn=3), room(3)], [stay(1, 0, 2, room_id=1), stay(2, 1, 3, room_id=3)])
    board = board_of(asked, [0, 2])

    taken = why_not(board, 0, 2)
    assert (taken.refusals, taken.in_the_way, taken.weight) == ((), (UUID(int=2),), 0)
    worn = why_not(board, 0, 1)
    assert (dict(worn.more), worn.weight) == ({"wear": 3, "move": 1}, 6)
    assert board.room_of == [0, 2]


def test_a_full_house_is_planned_whole_and_proven() -> None:
    """Sixty arrivals of one day in 222 rooms, half of which are taken again after three to eight nights."""
    chance = random.Random(1)
    rooms = [
        room(
            number,
            room_type_id=1 + number % 4,
            floor=1 + number // 30,
            features=frozenset(feature for feature in FEATURES if chance.random() < 0.3),
            taken=(nights(3 + number % 6, 12),) if number % 2 else (),
            worn=number % 4,
        )
        for number in range(1, 223)
    ]
    stays = [
        stay(
            number,
            0,
            1 + number % 5,
            room_type_id=1 + number % 4,
            wishes=tuple(Wish("feature", chance.choice(FEATURES)) for _ in range(2)),
            group=UUID(int=900 + number // 9),
        )
        for number in range(1, 61)
    ]
    asked = Question(DAY_0.toordinal(), tuple(rooms), tuple(stays))

    found = best(asked)

    assert found.proven
    assert found.cost == found.bound
    assert found.cost < cost(greedy(asked).score(), asked.weights)
