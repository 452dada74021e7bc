"""What a process keeps of windows and answers never weighs more than it may, and is counted as it is."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from omd.features.availability.windows import HeldWindow
from omd.features.availability.windows.held import AnswerMemory, HeldWindows
from omd.features.availability.windows.model import Window, WindowType
from omd.kernel.ids import BusinessId, OmdId, RoomTypeId
from support.figures import figure

NIGHTS = (3,) * 30


def window(hotel: int, types: int = 1) -> HeldWindow:
    """Return the window of a hotel with so many room types."""
    kinds = tuple(WindowType(RoomTypeId(each), f"T{each}", "Type", 9, 2, 1, 3, NIGHTS, NIGHTS) for each in range(types))
    kept = Window(OmdId(1), BusinessId(hotel), "h", "Hotel", date(2027, 3, 1), None, None, 30, (), kinds)
    return HeldWindow(kept, 1, "life")


def ask(held: HeldWindow, key: object, size: int) -> bytes:
    """Answer from a window, as many bytes as given."""
    return held.answer((key,), lambda: b"x" * size, len)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(1, 6_000)), max_size=60))
def test_answers_weigh_no_more_than_they_may(asked: list[tuple[int, int, int]]) -> None:
    memory = AnswerMemory(most_bytes=12_000, most_of_window=5_000)
    shelf: HeldWindows[Window] = HeldWindows("windows", most=4, memory=memory)
    windows = {hotel: window(hotel) for hotel in range(6)}
    for hotel, key, size in asked:
        if shelf.get(BusinessId(hotel)) is None:
            shelf.put(BusinessId(hotel), windows[hotel])
        first = ask(windows[hotel], key, size)
        assert len(first) == size or (key,) in windows[hotel].answers
        kept = [sum(len(each) + 500 for each in held.answers.values()) for held in windows.values()]
        assert memory.bytes == sum(kept) <= 12_000
        assert max(kept) <= 5_000
        assert [held.answer_bytes for held in windows.values()] == kept
        assert all(not held.answers for n, held in windows.items() if shelf.get(BusinessId(n)) is not held)
    shelf.clear()
    assert (memory.bytes, shelf.bytes) == (0, 0)


def test_the_same_question_is_answered_from_memory_and_a_heavy_answer_is_not_kept() -> None:
    shelf: HeldWindows[Window] = HeldWindows(
        "windows", most=4, memory=AnswerMemory(most_bytes=9_000, most_of_window=5_000)
    )
    held = window(1)
    shelf.put(BusinessId(1), held)
    assert ask(held, "a", 100) is ask(held, "a", 100)
    assert ask(held, "b", 8_000) is not ask(held, "b", 8_000)
    assert figure("omd_window_bytes", kept="answers") == 600


def test_what_is_made_of_a_window_that_is_held_no_more_is_not_kept() -> None:
    memory = AnswerMemory()
    shelf: HeldWindows[Window] = HeldWindows("windows", most=4, memory=memory)
    held = window(1)
    shelf.put(BusinessId(1), held)
    ask(held, "a", 100)
    assert shelf.take(BusinessId(1)) is held
    ask(held, "b", 100)
    assert (held.answers, memory.bytes) == ({}, 0)


def test_windows_weigh_no_more_than_they_may_and_the_first_goes_first() -> None:
    light = window(0).window.bytes_held
    shelf: HeldWindows[Window] = HeldWindows("former", most=10, most_bytes=3 * light)
    for hotel in range(5):
        shelf.put(BusinessId(hotel), window(hotel))
    assert [hotel for hotel in range(5) if shelf.get(BusinessId(hotel))] == [2, 3, 4]
    assert shelf.bytes == 3 * light == figure("omd_window_bytes", kept="former")
    shelf.put(BusinessId(4), window(4))
    assert len(shelf) == 3
    shelf.put(BusinessId(9), window(9, types=20))
    assert shelf.get(BusinessId(9)) is None
    assert len(shelf) == 3
