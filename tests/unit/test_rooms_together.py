"""Rooms arranged in types: as many as can be, at the least total, and a proof where one gets none."""

from collections import Counter
from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from omd.features.offers import Supply, quote
from omd.features.offers.instead import Effort
from omd.features.offers.together import Shortage, all_together, arrange, looking_together
from omd.features.rates import Party
from omd.kernel.turns import at_once
from support.offers_world import DOUBLE, THURSDAY, TRIPLE, asked, basis, free, ground, plan, rates

KINDS = (1, 2, 3)
costs = st.dictionaries(st.sampled_from(KINDS), st.integers(1, 9).map(Decimal), max_size=3)
rooms_asked = st.lists(costs, max_size=5)
rooms_left = st.dictionaries(st.sampled_from(KINDS), st.integers(0, 3))


def every_way(rooms: list[dict[int, Decimal]], left: dict[int, int]) -> list[tuple[int, Decimal]]:
    """Return how many rooms get a type, and the total, of every way to give them types that are left."""
    found = []
    for given_types in product(*([None, *room] for room in rooms)):
        used = Counter(kind for kind in given_types if kind is not None)
        if all(count <= left.get(kind, 0) for kind, count in used.items()):
            total = sum(
                (room[kind] for room, kind in zip(rooms, given_types, strict=True) if kind is not None), Decimal(0)
            )
            found.append((used.total(), total))
    return found


@given(rooms_asked, rooms_left)
def test_as_many_rooms_as_can_be_get_a_type_that_is_left(rooms: list[dict[int, Decimal]], left: dict[int, int]) -> None:
    made = arrange(rooms, left)
    used = Counter(made.placed.values())
    assert all(count <= left.get(kind, 0) for kind, count in used.items())
    assert all(kind in rooms[room] for room, kind in made.placed.items())
    assert {*made.placed, *made.stuck} == set(range(len(rooms)))
    assert len(made.placed) == max(count for count, _ in every_way(rooms, left))


@given(rooms_asked, rooms_left)
def test_where_all_get_one_the_total_is_the_least(rooms: list[dict[int, Decimal]], left: dict[int, int]) -> None:
    made = arrange(rooms, left)
    total = sum((rooms[room][kind] for room, kind in made.placed.items()), Decimal(0))
    ways = [cost for count, cost in every_way(rooms, left) if count == len(rooms)]
    assert bool(ways) == (not made.stuck)
    if ways:
        assert total == min(ways)


@given(rooms_asked, rooms_left)
def test_a_room_without_a_type_proves_what_is_short(rooms: list[dict[int, Decimal]], left: dict[int, int]) -> None:
    for kinds in arrange(rooms, left).stuck.values():
        bound = sum(1 for room in rooms if kinds >= set(room))
        assert bound > sum(left.get(kind, 0) for kind in kinds)


def test_the_limit_of_the_house_bounds_all_types_together() -> None:
    house = basis([plan(1, "FLEX")], [*rates(1, DOUBLE, 100.0, 120.0), *rates(1, TRIPLE, None, 180.0)])
    known = ground(house, Supply(free().rooms, {THURSDAY: 2}))
    question = asked(*[Party(2)] * 3)
    together = all_together(known.supply, question, quote(known, question))
    assert together is not None
    assert (together.possible, together.at_most, together.short) == (False, 2, (Shortage((), 3, 2),))
    stays = at_once(looking_together(known, question, Effort())).dates
    assert stays
    assert all(each.arrival > THURSDAY or each.departure <= THURSDAY for stay in stays for each in stay.offers)
