"""Re-packing by exchange, the split stay and the obstacles on cases small enough to read."""

import pytest

from omd.features.reservations.packing import (
    Move,
    Occupancy,
    Segment,
    obstacles,
    repack,
    rooms_free,
    split_stay,
)
from support.packing_world import apply_plan, day, nights, out_of_order, stay

ROOMS = [201, 202]


def test_a_room_that_is_free_needs_no_move() -> None:
    plan = repack(ROOMS, [stay(1, 201, 1, 4)], nights(2, 5), not_before=day(1))
    assert plan is not None
    assert (plan.room_id, plan.moves) == (202, ())


def test_one_move_joins_two_gaps() -> None:
    held = [stay(1, 201, 1, 3), stay(2, 202, 3, 5)]
    plan = repack(ROOMS, held, nights(1, 5), not_before=day(1))
    assert plan is not None
    assert plan.room_id == 202
    assert plan.moves == (Move(held[1].stay_id, 202, 201, nights(3, 5)),)  # type: ignore[arg-type]


def test_the_guest_of_the_first_night_moves_when_that_costs_less() -> None:
    """No room free on the first night can be had for one move; the room taken on it can."""
    rooms = [1, 2, 3]
    held = [stay(1, 1, 1, 4), stay(2, 2, 4, 5), stay(3, 2, 5, 6), stay(4, 3, 3, 4), stay(5, 3, 5, 6)]
    plan = repack(rooms, held, nights(3, 6), not_before=day(1))
    assert plan is not None
    assert len(plan.moves) == 1
    apply_plan(plan, held, nights(3, 6), day(1))


def test_two_stays_that_change_places_are_one_batch() -> None:
    held = [stay(1, 201, 1, 3), stay(2, 202, 2, 3), stay(3, 201, 3, 6), stay(4, 202, 4, 7)]
    wanted = nights(3, 4)
    plan = repack(ROOMS, held, wanted, start_room=201, not_before=day(2))
    assert plan is not None
    assert [len(batch) for batch in plan.batches] == [2]
    apply_plan(plan, held, wanted, day(2))


def test_a_stay_that_starts_tonight_does_not_move_though_not_marked_fixed() -> None:
    held = [stay(1, 201, 1, 3), stay(2, 202, 3, 5)]
    assert repack(ROOMS, held, nights(1, 5), not_before=day(4)) is None
    assert repack(ROOMS, held, nights(1, 5), not_before=day(3)) is not None


def test_the_pieces_of_a_split_stay_do_not_move() -> None:
    rooms, wanted = [*ROOMS, 203], nights(1, 5)
    held = [stay(1, 201, 1, 3, fixed=True), stay(2, 202, 3, 5), out_of_order(203, 1, 5)]
    assert repack(rooms, [*held, stay(3, 203, 5, 6)], wanted, not_before=day(1)) is not None
    assert repack(rooms, [*held, stay(2, 203, 5, 6)], wanted, not_before=day(1)) is None


def test_an_extension_stays_in_its_own_room() -> None:
    held = [stay(1, 201, 0, 3, fixed=True), stay(2, 201, 3, 6), stay(3, 202, 5, 7)]
    plan = repack(ROOMS, held, nights(3, 5), start_room=201, not_before=day(2))
    assert plan is not None
    assert plan.room_id == 201
    apply_plan(plan, held, nights(3, 5), day(2))


def test_the_longest_stay_sold_fits_between_stays_of_one_night() -> None:
    held = [stay(number, 201 + number % 2, number, number + 1) for number in range(1, 367)]
    plan = repack(ROOMS, held, nights(1, 367), not_before=day(1))
    assert plan is not None
    assert len(plan.moves) == 183
    apply_plan(plan, held, nights(1, 367), day(1))


def test_a_night_without_a_free_room_is_refused() -> None:
    held = [stay(1, 201, 1, 4), stay(2, 202, 3, 5)]
    assert repack(ROOMS, held, nights(2, 5), not_before=day(0)) is None


@pytest.mark.parametrize(
    ("rooms", "held", "wanted", "start_room", "said"),
    [
        (ROOMS, [stay(1, 201, 1, 3), stay(2, 201, 2, 4)], nights(1, 2), None, "Room 201 is taken twice on"),
        (ROOMS, [stay(1, 209, 1, 3)], nights(1, 2), None, "Room 209 is taken but is not one of the rooms"),
        (ROOMS, [], nights(2, 2), None, "holds no night"),
        (ROOMS, [], nights(2, 3), 209, "Room 209 is not one of the rooms"),
    ],
)
def test_broken_input_is_refused(
    rooms: list[int], held: list[Occupancy], wanted: object, start_room: int | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        repack(rooms, held, wanted, start_room=start_room, not_before=day(0))  # type: ignore[arg-type]


def test_the_free_rooms_are_those_free_every_night_in_the_order_given() -> None:
    held = [stay(1, 201, 1, 3), out_of_order(203, 4, 6)]
    assert rooms_free([204, 203, 202, 201], held, nights(3, 5)) == (204, 202, 201)


def test_a_split_stay_takes_the_longest_run_first() -> None:
    held = [stay(1, 201, 3, 5), stay(2, 202, 2, 3), stay(3, 202, 5, 6)]
    assert split_stay(ROOMS, held, nights(1, 6)) == (
        Segment(201, nights(1, 3)),
        Segment(202, nights(3, 5)),
        Segment(201, nights(5, 6)),
    )


def test_a_split_stay_begins_where_the_guest_sleeps() -> None:
    held = [stay(1, 201, 3, 5), stay(2, 202, 6, 7)]
    assert split_stay(ROOMS, held, nights(2, 6), 201) == (
        Segment(201, nights(2, 3)),
        Segment(202, nights(3, 6)),
    )
    assert split_stay(ROOMS, held, nights(3, 5), 201) == (Segment(202, nights(3, 5)),)


def test_no_split_stay_through_a_night_that_is_full() -> None:
    assert split_stay(ROOMS, [stay(1, 201, 3, 5), out_of_order(202, 4, 6)], nights(2, 6)) is None


def test_the_obstacle_is_the_one_interval_whose_release_would_do() -> None:
    locked = stay(2, 202, 3, 5, fixed=True)
    held = [stay(1, 201, 0, 3, fixed=True), locked, out_of_order(202, 8, 9), stay(3, 201, 9, 12, fixed=True)]
    assert obstacles(ROOMS, held, nights(1, 5), day(1)) == (locked,)


def test_an_out_of_order_room_is_an_obstacle_when_it_makes_the_type_full() -> None:
    away = out_of_order(202, 2, 4)
    assert obstacles(ROOMS, [stay(1, 201, 1, 5), away], nights(1, 3), day(1)) == (away,)


def test_both_of_two_obstacles_are_named() -> None:
    first, second = stay(2, 202, 2, 3, fixed=True), stay(3, 201, 3, 4, fixed=True)
    third, fourth = stay(4, 201, 1, 2, fixed=True), stay(5, 202, 4, 5, fixed=True)
    named = obstacles(ROOMS, [first, second, third, fourth], nights(1, 5), day(1))
    assert set(named) in ({first, fourth}, {second, third})


def test_no_obstacle_is_named_when_the_type_is_full_or_the_stay_fits() -> None:
    held = [stay(1, 201, 0, 5), stay(2, 202, 2, 4)]
    assert obstacles(ROOMS, held, nights(2, 3), day(1)) == ()
    assert obstacles(ROOMS, held, nights(5, 6), day(1)) == ()
