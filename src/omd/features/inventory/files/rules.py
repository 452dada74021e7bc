"""From flat records to the checked tree: what must hold within one inventory file."""

import itertools
from collections import defaultdict
from difflib import get_close_matches
from typing import NamedTuple, cast

from omd.features.inventory.files.cells import MAX_PERSONS, Cells, is_code
from omd.features.inventory.files.model import HotelSpec, OmdSpec, RoomSpec, RoomTypeSpec
from omd.features.inventory.files.numbers import NumbersNotUnderstood, expand_numbers, room_number
from omd.features.inventory.files.records import COLUMN_USE, COLUMNS, KINDS, Kind, Record, Records
from omd.kernel.table_files import ProblemLog, Source, quoted

MAX_ROOMS_IN_FILE = 100_000
MAX_QUANTITY = MAX_ROOMS_IN_FILE
FLOORS = (-20, 200)

_Key = tuple[str, ...]
_KEY_COLUMNS: dict[Kind, _Key] = {
    "omd": ("omd",),
    "hotel": ("omd", "hotel"),
    "room_type": ("omd", "hotel", "room_type"),
}
_NAMES: dict[Kind, str] = {"omd": "omd", "hotel": "hotel", "room_type": "room type"}


def build_tree(records: Records, log: ProblemLog) -> tuple[OmdSpec, ...]:
    """Return the destinations of a file; when `log` holds a problem afterwards, the tree is not to be used.

    Rules between rows are checked only when the whole file could be read as rows, so that one broken
    quotation mark is not told again as a hundred missing rooms.
    """
    rows = [(kind, row) for row in records.rows if (kind := _kind_of(row, log)) is not None]
    omds = _register("omd", rows, log)
    hotels = _register("hotel", rows, log)
    room_types = _register("room_type", rows, log)
    rooms, misread = _read_rooms(rows, log)
    if records.whole:
        _check_parents(rows, {"omd": omds, "hotel": hotels, "room_type": room_types}, log)
        _check_unique_numbers(rooms, log)

    types_of: defaultdict[_Key, list[RoomTypeSpec]] = defaultdict(list)
    for key, cells in room_types.items():
        room_type = _room_type(key, cells, rooms.get(key, []))
        if records.whole and key not in misread:
            _check_quantity(room_type, cells)
        types_of[key[:2]].append(room_type)
    hotels_of: defaultdict[_Key, list[HotelSpec]] = defaultdict(list)
    for key, cells in hotels.items():
        hotels_of[key[:1]].append(_hotel(key, cells, types_of[key]))
    return tuple(OmdSpec(key[0], cells.name(), tuple(hotels_of[key]), cells.source) for key, cells in omds.items())


def _kind_of(row: Record, log: ProblemLog) -> Kind | None:
    """Return the row's kind after checking which of its cells are filled, None for an unknown kind."""
    for column, text in row.cells.items():
        if not text.isprintable():
            log.add_at(row.source, column, "this cell holds a control character; type the text again")
    record = row.cells.get("record", "")
    if record not in KINDS:
        if "record" not in row.unread:
            said = f"{quoted(record)} is not a kind of record" if record else "the kind of record is empty"
            log.add_at(row.source, "record", f"{said}; write one of {', '.join(KINDS)}")
        return None
    kind = record
    use = COLUMN_USE[kind]
    for column in COLUMNS:
        filled = column in row.cells or column in row.unread
        if column in use.required and not filled:
            log.add_at(row.source, column, f"this cell is empty; a {kind} row must fill it in")
        elif filled and column not in (*use.required, *use.optional, "record"):
            log.add_at(row.source, column, f"a {kind} row leaves this cell empty; is the row shifted?")
    return kind


def _register(kind: Kind, rows: list[tuple[Kind, Record]], log: ProblemLog) -> dict[_Key, Cells]:
    """Return the rows of one kind by their codes; a second row with the same codes is a problem."""
    found: dict[_Key, Cells] = {}
    for row_kind, row in rows:
        if row_kind != kind:
            continue
        cells = Cells(row, log)
        key = tuple(cells.code(column) for column in _KEY_COLUMNS[kind])
        if not all(key):
            _check_nameless(kind, cells)
        elif key in found:
            log.add_at(
                row.source,
                _KEY_COLUMNS[kind][-1],
                f"{_NAMES[kind]} {key[-1]} is already on line {found[key].source.line}; keep one row",
            )
            _check_nameless(kind, cells)
        else:
            found[key] = cells
    return found


def _check_nameless(kind: Kind, cells: Cells) -> None:
    """Check the other cells of a row that has no place in the tree, so that they are told at once too."""
    if kind == "omd":
        cells.name()
    elif kind == "hotel":
        _hotel(("", ""), cells, [])
    else:
        _capacity(cells)


def _read_rooms(rows: list[tuple[Kind, Record]], log: ProblemLog) -> tuple[dict[_Key, list[RoomSpec]], set[_Key]]:
    """Return the numbered rooms by the codes of their room type, and the types with a row not understood."""
    rooms: defaultdict[_Key, list[RoomSpec]] = defaultdict(list)
    misread: set[_Key] = set()
    total = 0
    for kind, row in rows:
        if kind not in ("room", "rooms"):
            continue
        cells = Cells(row, log)
        key = tuple(cells.code(column) for column in _KEY_COLUMNS["room_type"])
        floor = cells.integer("floor", *FLOORS)
        features = cells.features()
        numbers: tuple[str, ...] = ()
        if text := cells.numbers():
            try:
                numbers = expand_numbers(text) if kind == "rooms" else (room_number(text),)
            except NumbersNotUnderstood as error:
                cells.problem("numbers", str(error))
        if not numbers:
            misread.add(key)
        if total <= MAX_ROOMS_IN_FILE < total + len(numbers):
            cells.problem(
                "numbers",
                f"the file passes {MAX_ROOMS_IN_FILE} rooms on this row, the most that one file may hold;"
                " split it by hotel",
            )
        total += len(numbers)
        if total <= MAX_ROOMS_IN_FILE:
            rooms[key].extend(RoomSpec(number, floor, features, cells.source) for number in numbers)
    return rooms, misread


def _check_parents(rows: list[tuple[Kind, Record]], known: dict[Kind, dict[_Key, Cells]], log: ProblemLog) -> None:
    """Refuse a row whose omd, hotel or room type the file does not hold; the highest missing one is named."""
    for kind, row in rows:
        levels = _KEY_COLUMNS["room_type"] if kind in ("room", "rooms") else _KEY_COLUMNS[kind][:-1]
        key: _Key = ()
        for level in levels:
            parent = cast("Kind", level)
            key = (*key, row.cells.get(level, ""))
            if not is_code(key[-1]):
                break
            if key not in known[parent]:
                siblings = [other[-1] for other in known[parent] if other[:-1] == key[:-1]]
                near = get_close_matches(key[-1], siblings, n=1)
                hint = f"did you mean {near[0]}?" if near else f"add its {parent} row or correct the code"
                name = _NAMES[parent]
                log.add_at(row.source, level, f"{name} {key[-1]} has no {parent} row in this file; {hint}")
                break


def _check_unique_numbers(rooms: dict[_Key, list[RoomSpec]], log: ProblemLog) -> None:
    """Refuse a room number that stands twice in one hotel, told once for every pair of rows."""
    first: dict[_Key, Source] = {}
    twice: defaultdict[tuple[Source, Source], list[str]] = defaultdict(list)
    in_file_order = sorted(
        ((room.source.line, key[:2], room) for key, group in rooms.items() for room in group),
        key=lambda entry: entry[0],
    )
    for _, hotel, room in in_file_order:
        if not all(hotel):
            continue
        earlier = first.setdefault((*hotel, room.number), room.source)
        if earlier is not room.source:
            twice[room.source, earlier].append(room.number)
    for (source, earlier), numbers in twice.items():
        log.add_at(source, "numbers", _said_twice(numbers, f"already on line {earlier.line}"))
    for group in rooms.values():
        for source, members in itertools.groupby(group, key=lambda room: room.source):
            seen: set[str] = set()
            again = []
            for room in members:
                if room.number in seen:
                    again.append(room.number)
                seen.add(room.number)
            if again:
                log.add_at(source, "numbers", _said_twice(again, f"twice on line {source.line} itself"))


def _said_twice(numbers: list[str], where: str) -> str:
    shown = ", ".join(numbers[:5])
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    noun, verb = ("room", "is") if len(numbers) == 1 else ("rooms", "are")
    return f"{noun} {shown}{more} {verb} {where}; a number is given once in a hotel"


def _hotel(key: _Key, cells: Cells, room_types: list[RoomTypeSpec]) -> HotelSpec:
    return HotelSpec(key[1], cells.name(), cells.time_zone(), cells.currency(), tuple(room_types), cells.source)


class _Capacity(NamedTuple):
    """What a room type row says beside its code, in the order of `RoomTypeSpec`."""

    name: str
    max_adults: int
    max_children: int
    max_occupancy: int
    min_occupancy: int
    standard_occupancy: int | None
    quantity: int | None


def _capacity(cells: Cells) -> _Capacity:
    adults = cells.integer("max_adults", 1, MAX_PERSONS) or 0
    children = cells.integer("max_children", 0, MAX_PERSONS) or 0
    occupancy = cells.integer("max_occupancy", 1, 2 * MAX_PERSONS)
    if occupancy is None:
        occupancy = adults + children
    elif adults and not max(adults, children) <= occupancy <= adults + children:
        cells.problem(
            "max_occupancy",
            f"{occupancy} does not fit {adults} adults and {children} children: it must be between"
            f" {max(adults, children)} and {adults + children}",
        )
    most = max(1, occupancy)
    return _Capacity(
        *(cells.name(), adults, children, occupancy),
        *(cells.integer("min_occupancy", 1, most) or 1, cells.integer("standard_occupancy", 1, most)),
        cells.integer("quantity", 0, MAX_QUANTITY),
    )


def _room_type(key: _Key, cells: Cells, rooms: list[RoomSpec]) -> RoomTypeSpec:
    return RoomTypeSpec(key[-1], *_capacity(cells), tuple(rooms), cells.source)


def _check_quantity(room_type: RoomTypeSpec, cells: Cells) -> None:
    quantity, numbered = room_type.quantity, len(room_type.rooms)
    if quantity is not None and quantity != numbered:
        cells.problem(
            "quantity",
            f"room type {room_type.code} declares {quantity} rooms, but the file numbers {numbered};"
            " correct one of the two",
        )
