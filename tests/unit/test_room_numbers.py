"""A cell of an inventory file stands for exactly the room numbers a clerk means by it."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from omd.features.inventory.files.numbers import expand_numbers


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("501", ("501",)),
        ("501 503,505;507", ("501", "503", "505", "507")),
        ("201-203", ("201", "202", "203")),
        ("201 \u2013 203", ("201", "202", "203")),
        ("1-3", ("1", "2", "3")),
        ("9-11", ("9", "10", "11")),
        ("98-101", ("98", "99", "100", "101")),
        ("001-003", ("001", "002", "003")),
        ("A1-A3", ("A1", "A2", "A3")),
        ("A1-3", ("A1", "A2", "A3")),
        ("2[08-11]", ("208", "209", "210", "211")),
        ("2[99-101]", ("299", "2100", "2101")),
        ("B[1-2]", ("B1", "B2")),
        ("201-201", ("201",)),
    ],
)
def test_a_cell_stands_for_room_numbers(cell: str, numbers: tuple[str, ...]) -> None:
    assert expand_numbers(cell) == numbers


@settings(deadline=None)
@given(
    prefix=st.text("ABC", max_size=2),
    low=st.integers(0, 2_000),
    more=st.integers(0, 400),
    width=st.integers(1, 5),
    bracket=st.booleans(),
)
def test_a_range_holds_every_number_between_its_ends_once(
    prefix: str, low: int, more: int, width: int, bracket: bool
) -> None:
    high = low + more
    first, last = f"{low:0{width}d}", f"{high:0{width}d}"
    cell = f"{prefix}[{first}-{last}]" if bracket else f"{prefix}{first}-{prefix}{last}"
    # A plain range that could also mean a floor digit and a running number is refused; another test says so.
    assume(bracket or not (len(last) > len(first) >= 3 and last[0] == first[0]))
    numbers = expand_numbers(cell)
    assert len(numbers) == more + 1 == len(set(numbers))
    assert [int(number.removeprefix(prefix)) for number in numbers] == list(range(low, high + 1))
    assert all(number.startswith(prefix) for number in numbers)
    assert all(len(number) >= len(prefix) + len(first) for number in numbers)
