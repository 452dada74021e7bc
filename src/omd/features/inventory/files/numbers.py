"""Room numbers: what the cell `numbers` of a row stands for."""

import re

from omd.kernel.table_files import quoted

MAX_ROOMS_IN_ROW = 5_000
MAX_NUMBER_LENGTH = 16

_SEPARATOR = re.compile(r"[\s,;]+")
# Spreadsheets turn a hyphen between numbers into a dash, and people put blanks around it.
_DASH = re.compile("\\s*[-\u2013\u2014]\\s*")
_SINGLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./]*")
_COUNTED = re.compile(r"(?P<prefix>[A-Za-z]*)(?P<first>[0-9]{1,9})-(?P<again>[A-Za-z]*)(?P<last>[0-9]{1,9})")
_RUNNING = re.compile(r"(?P<prefix>[A-Za-z0-9]*)\[(?P<first>[0-9]{1,9})-(?P<last>[0-9]{1,9})\]")


class NumbersNotUnderstood(ValueError):
    """The cell does not name rooms; the message says why and what to write."""


def room_number(cell: str) -> str:
    """Return the one number a `room` row names, taken as it stands, or raise `NumbersNotUnderstood`."""
    if len(cell) > MAX_NUMBER_LENGTH:
        raise NumbersNotUnderstood(
            f"a room number has at most {MAX_NUMBER_LENGTH} characters; this one has {len(cell)}"
        )
    return cell


def expand_numbers(cell: str) -> tuple[str, ...]:
    """Return every room number a `rooms` row stands for, in order, or raise `NumbersNotUnderstood`.

    A cell lists, separated by blanks, commas or semicolons: single numbers (`501`); ranges that count
    (`201-210`, `A1-A20`); ranges of a running number behind a fixed beginning (`2[01-110]`: 201 to 299, then
    2100 to 2110). The running number keeps the width of its first value.
    """
    numbers: list[str] = []
    for part in filter(None, _SEPARATOR.split(_DASH.sub("-", cell))):
        room_left = MAX_ROOMS_IN_ROW - len(numbers)
        numbers.extend(_expand_part(part, room_left))
    if not numbers:
        raise NumbersNotUnderstood("no room number is given")
    for number in numbers:
        room_number(number)
    return tuple(numbers)


def _expand_part(part: str, room_left: int) -> list[str]:
    if running := _RUNNING.fullmatch(part):
        return _count(part, running["prefix"], running["first"], running["last"], room_left)
    counted = _COUNTED.fullmatch(part)
    if counted and counted["again"] in ("", counted["prefix"]):
        _refuse_two_meanings(part, counted["prefix"], counted["first"], counted["last"])
        return _count(part, counted["prefix"], counted["first"], counted["last"], room_left)
    if _SINGLE.fullmatch(part):
        return _count_single(part, room_left)
    raise NumbersNotUnderstood(
        f"{quoted(part)} is not a room number or a range of them: write 501, 201-210 or 2[01-110]; a number"
        " that itself holds other signs goes on a room row of its own"
    )


def _count_single(part: str, room_left: int) -> list[str]:
    if room_left < 1:
        raise NumbersNotUnderstood(_too_many())
    return [part]


def _count(part: str, prefix: str, first: str, last: str, room_left: int) -> list[str]:
    low, high = int(first), int(last)
    if high < low:
        raise NumbersNotUnderstood(f"the range {part} runs backwards: {last} comes before {first}")
    if high - low + 1 > room_left:
        raise NumbersNotUnderstood(f"the range {part} stands for {high - low + 1} rooms; {_too_many()}")
    return [f"{prefix}{value:0{len(first)}d}" for value in range(low, high + 1)]


def _refuse_two_meanings(part: str, prefix: str, first: str, last: str) -> None:
    """Refuse `201-2110`, which may count on through 999 or repeat a floor digit: 1,910 rooms or 110."""
    floor, running = first[0], last[1:]
    if len(first) < 3 or len(last) <= len(first) or last[0] != floor or running.startswith("0"):
        return
    repeated = int(running) - int(first[1:]) + 1
    counted = int(last) - int(first) + 1
    if repeated < 1:
        return
    raise NumbersNotUnderstood(
        f"the range {part} has two meanings: write {prefix}{floor}[{first[1:]}-{running}] for {repeated}"
        f" rooms that all begin with {prefix}{floor}, or split the range where its numbers get longer, if it"
        f" counts on through {counted} rooms"
    )


def _too_many() -> str:
    return f"one row may stand for at most {MAX_ROOMS_IN_ROW} rooms"
