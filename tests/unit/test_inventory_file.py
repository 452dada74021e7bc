"""Inventory files are read whole, or refused with every problem's line, column and reason."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omd.features.inventory.files import (
    HotelSpec,
    InventoryFile,
    InventoryFileInvalid,
    InventoryTotals,
    RoomSpec,
    parse_inventory,
    read_inventory_file,
)
from omd.kernel.table_files import FileProblem, Source, problem_lines

ROOT = Path(__file__).resolve().parents[2]
HEADER = (
    "record,omd,hotel,room_type,name,time_zone,currency,"
    "max_adults,max_children,max_occupancy,quantity,numbers,floor,features"
)
OMD = "omd,brasov,,,Brasov,,,,,,,,,"
HOTEL = "hotel,brasov,h1,,Hotel One,Europe/Bucharest,RON,,,,,,,"
DOUBLE = "room_type,brasov,h1,dbl,Double,,,2,1,3,,,,"
GOOD = (HEADER, OMD, HOTEL, DOUBLE)


def parse(text: str | bytes, file_format: str = "csv") -> InventoryFile:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_inventory(data, file_name="f", file_format="json" if file_format == "json" else "csv")


def refused(text: str | bytes, file_format: str = "csv") -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(InventoryFileInvalid) as caught:
        parse(text, file_format)
    return [(problem.line, problem.column, problem.reason) for problem in caught.value.file_problems]


def csv_of(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def only_hotel(inventory: InventoryFile) -> HotelSpec:
    ((hotel,),) = (omd.hotels for omd in inventory.omds)
    return hotel


def test_the_hotel_of_222_rooms_has_its_numbers_and_floors() -> None:
    inventory = read_inventory_file(ROOT / "examples" / "hotel-222.csv")
    hotel = only_hotel(inventory)
    double, single, suite = hotel.room_types
    assert inventory.totals == InventoryTotals(omds=1, hotels=1, room_types=3, rooms=222)
    assert (hotel.time_zone, hotel.currency) == ("Europe/Bucharest", "RON")
    assert [(kind.name, kind.quantity) for kind in hotel.room_types] == [
        ("Double", 110),
        ("Single", 110),
        ("Suite", 2),
    ]
    assert [room.number for room in double.rooms] == [f"2{running:02d}" for running in range(1, 111)]
    assert [room.number for room in single.rooms] == [f"3{running:02d}" for running in range(1, 111)]
    assert [room.number for room in suite.rooms] == ["501", "502"]
    assert {room.floor for room in double.rooms} == {2}
    assert {room.floor for room in single.rooms} == {3}
    assert {room.floor for room in suite.rooms} == {5}
    assert double.rooms[0] == RoomSpec("201", 2, ("accessible", "near lift"), Source(5))


def test_the_json_example_describes_another_destination() -> None:
    inventory = read_inventory_file(ROOT / "examples" / "valea-alba.json")
    assert inventory.totals == InventoryTotals(omds=1, hotels=2, room_types=4, rooms=31)
    bradul, creasta = inventory.omds[0].hotels
    assert bradul.room_types[0].rooms[0].features == ("terrace", "pets allowed")
    assert creasta.room_types[0].max_children == 0
    assert creasta.room_types[0].max_occupancy == 2
    assert creasta.room_types[1].rooms[0].number == "Vila-1"
    assert creasta.room_types[1].rooms[0].source.pointer == "/12"


def test_csv_and_json_of_the_same_shape_give_the_same_tree() -> None:
    records = [
        {"record": "omd", "omd": "brasov", "name": "Brasov"},
        {
            "record": "hotel",
            "omd": "brasov",
            "hotel": "h1",
            "name": "Hotel One",
            "time_zone": "Europe/Bucharest",
            "currency": "RON",
        },
        {
            "record": "room_type",
            "omd": "brasov",
            "hotel": "h1",
            "room_type": "dbl",
            "name": "Double",
            "max_adults": 2,
            "max_children": 1,
            "max_occupancy": 3,
        },
        {
            "record": "rooms",
            "omd": "brasov",
            "hotel": "h1",
            "room_type": "dbl",
            "numbers": "201-203",
            "floor": 2,
            "features": ["balcony", "sea view"],
        },
    ]
    from_json = only_hotel(parse(json.dumps(records), "json"))
    from_csv = only_hotel(parse(csv_of(*GOOD, "rooms,brasov,h1,dbl,,,,,,,,201-203,2,balcony; sea view")))

    def facts(hotel: HotelSpec) -> object:
        return [
            (
                (kind.code, kind.name, kind.max_adults, kind.max_children, kind.max_occupancy, kind.quantity),
                [(room.number, room.floor, room.features) for room in kind.rooms],
            )
            for kind in hotel.room_types
        ]

    assert facts(from_json) == facts(from_csv)
    assert from_json.room_types[0].rooms[0].features == ("balcony", "sea view")


def test_a_room_type_says_how_few_it_takes_and_for_how_many_its_price_is() -> None:
    header = f"{HEADER},min_occupancy,standard_occupancy"

    def type_with(least: str, standard: str) -> tuple[object, ...]:
        row = f"{DOUBLE},{least},{standard}"
        kind = only_hotel(parse(csv_of(header, OMD, HOTEL, row))).room_types[0]
        return kind.min_occupancy, kind.standard_occupancy

    assert (type_with("", ""), type_with("2", "3")) == ((1, None), (2, 3))
    assert refused(csv_of(header, OMD, HOTEL, f"{DOUBLE},0,4")) == [
        (4, "min_occupancy", "0 is out of range: it must be between 1 and 3"),
        (4, "standard_occupancy", "4 is out of range: it must be between 1 and 3"),
    ]


def test_the_guide_shows_files_that_import() -> None:
    guide = (ROOT / "docs" / "howto" / "import-inventory.md").read_text("utf-8")
    blocks = re.findall(r"```(csv|json)\n(.*?)```", guide, re.DOTALL)
    assert {kind for kind, _ in blocks} == {"csv", "json"}
    totals = [parse(text, kind).totals for kind, text in blocks]
    assert totals[0] == totals[1] == InventoryTotals(1, 1, 2, 14)


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_totals_are_the_sum_of_the_rows(sizes: list[int]) -> None:
    rows = [f"rooms,brasov,h1,dbl,,,,,,,,{floor}[001-{size:03d}],{floor}," for floor, size in enumerate(sizes, start=1)]
    room_type = DOUBLE.replace(",3,,,,", f",3,{sum(sizes)},,,")
    inventory = parse(csv_of(HEADER, OMD, HOTEL, room_type, *rows))
    assert inventory.totals.rooms == sum(sizes)
    assert only_hotel(inventory).room_types[0].quantity == sum(sizes)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("rooms,brasov,h1,dbl,,,,,,,,210-201,2,", "numbers", "the range 210-201 runs backwards"),
        (
            "rooms,brasov,h1,dbl,,,,,,,,201-2110,2,",
            "numbers",
            r"two meanings: write 2\[01-110\] for 110 rooms",
        ),
        ("rooms,brasov,h1,dbl,,,,,,,,A1-B9,2,", "numbers", "'A1-B9' is not a room number or a range"),
        ("rooms,brasov,h1,dbl,,,,,,,,2[01-,2,", "numbers", "not a room number or a range"),
        ('rooms,brasov,h1,dbl,,,,,,,,",",2,', "numbers", "no room number is given"),
        ("rooms,brasov,h1,dbl,,,,,,,,1-5001,2,", "numbers", "5001 rooms; one row .* at most 5000"),
        ("rooms,brasov,h1,dbl,,,,,,,,1-999999999,2,", "numbers", "stands for 999999999 rooms"),
        ("rooms,brasov,h1,dbl,,,,,,,,1-5000 6000,2,", "numbers", "one row may stand for at most 5000 rooms"),
        ("room,brasov,h1,dbl,,,,,,,,12345678901234567,2,", "numbers", "at most 16 characters"),
        ("rooms,brasov,h1,dbl,,,,,,,,,2,", "numbers", "empty; a rooms row must fill it in"),
        ("rooms,brasov,h1,dbl,,,,,,,,201,first,", "floor", "'first' is not a whole number"),
        ("rooms,brasov,h1,dbl,,,,,,,,201,2000,", "floor", "2000 is out of range"),
        ("rooms,brasov,h1,dbl,Name,,,,,,,201,2,", "name", "a rooms row leaves this cell empty"),
        ("rooms,brasov,h1,dbl,,,,,,,,201,2," + "x" * 41, "features", "longer than 40"),
        ("rooms,brasov,h1,dlb,,,,,,,,201,2,", "room_type", "room type dlb has no .* did you mean dbl"),
        ("rooms,brasov,h9,dbl,,,,,,,,201,2,", "hotel", "hotel h9 has no hotel row in this file"),
        ("rooms,sibiu,h1,dbl,,,,,,,,201,2,", "omd", "omd sibiu has no omd row"),
        ("room_type,brasov,h9,sgl,Single,,,1,,,,,,", "hotel", "hotel h9 has no hotel row"),
        ("hotel,sibiu,h2,,Two,Europe/Bucharest,RON,,,,,,,", "omd", "omd sibiu has no omd row"),
        ("hotel,brasov,h2,,Two,Europe/Bucuresti,RON,,,,,,,", "time_zone", "mean Europe/Bucharest"),
        ("hotel,brasov,h2,,Two,../../etc/passwd,RON,,,,,,,", "time_zone", "not an IANA time zone"),
        ("hotel,brasov,h2,,Two,Europe,RON,,,,,,,", "time_zone", "not an IANA time zone"),
        ("hotel,brasov,h2,,Two,Europe/Bucharest,lei,,,,,,,", "currency", "not an ISO 4217 currency"),
        ("hotel,brasov,h2,,Two,Asia/Tokyo,JPY,,,,,,,", "currency", "JPY has 0 decimals; amounts here have two"),
        ("hotel,brasov,h2,,,Europe/Bucharest,RON,,,,,,,", "name", "empty; a hotel row must fill it in"),
        ("hotel,brasov,,,Two,Europe/Bucharest,RON,,,,,,,", "hotel", "empty; a hotel row must fill it in"),
        ("rooms,brasov,hôtel,dbl,,,,,,,,201,2,", "hotel", "'hôtel' is not a code"),
        (f"{'x' * 99_999},brasov,h1,,,,,,,,,,,", "record", r"^'x{60}\.\.\.' is not a kind"),
        ("hotel,brasov,hôtel,,Two,Europe/Bucharest,RON,,,,,,,", "hotel", "'hôtel' is not a code"),
        ("hotel,brasov,h1,,Two,Europe/Bucharest,RON,,,,,,,", "hotel", "hotel h1 is already on line 3"),
        ("omd,brasov,,,Again,,,,,,,,,", "omd", "omd brasov is already on line 2"),
        ("omd,sibiu,,," + "x" * 201 + ",,,,,,,,,", "name", "at most 200 characters"),
        ("omd,sibiu,,,Si\x00biu,,,,,,,,,", "name", "control character"),
        ("room_type,brasov,h1,dbl,Twin,,,2,,,,,,", "room_type", "room type dbl is already on line 4"),
        ("room_type,brasov,h1,sgl,Single,,,-1,,,,,,", "max_adults", "-1 is out of range"),
        ("room_type,brasov,h1,sgl,Single,,,two,,,,,,", "max_adults", "'two' is not a whole number"),
        ("room_type,brasov,h1,sgl,Single,,,1,-2,,,,,", "max_children", "-2 is out of range"),
        ("room_type,brasov,h1,sgl,Single,,,2,0,1,,,,", "max_occupancy", "1 does not fit 2 adults"),
        ("room_type,brasov,h1,sgl,Single,,,1,,,4,,,", "quantity", "sgl declares 4 rooms, but .* numbers 0"),
        ("villa,brasov,h1,,,,,,,,,,,", "record", "'villa' is not a kind of record; write one of omd, hotel"),
        (",brasov,h1,,,,,,,,,,,", "record", "the kind of record is empty"),
        (OMD.replace("brasov", "sibiu") + ",stray", "15", "'stray' stands under no column name"),
    ],
)
def test_one_bad_row_is_named_with_line_column_and_reason(row: str, column: str, reason: str) -> None:
    ((line, named, said),) = refused(csv_of(*GOOD, row))
    assert (line, named) == (5, column)
    assert re.search(reason, said), said


def test_every_problem_of_a_file_is_told_at_once_in_the_order_of_its_lines() -> None:
    problems = refused(
        csv_of(
            HEADER,
            "rooms,brasov,h1,dbl,,,,,,,,9-1,x,",
            "hotel,brasov,h1,,,Mars/Base,,,,,,,,",
            OMD,
            "room_type,brasov,h1,dbl,Double,,,0,,,1,,,",
        )
    )
    assert [(line, column) for line, column, _ in problems] == [
        (2, "floor"),
        (2, "numbers"),
        (3, "name"),
        (3, "currency"),
        (3, "time_zone"),
        (5, "max_adults"),
    ]


def test_a_room_number_twice_in_a_hotel_names_both_lines() -> None:
    problems = refused(
        csv_of(
            *GOOD,
            "room_type,brasov,h1,sgl,Single,,,1,,,,,,",
            "rooms,brasov,h1,dbl,,,,,,,,201-210,2,",
            "room,brasov,h1,sgl,,,,,,,,205,2,",
            "rooms,brasov,h1,sgl,,,,,,,,204-212,2,",
            "rooms,brasov,h1,sgl,,,,,,,,301 302 301,3,",
        )
    )
    once = "a number is given once in a hotel"
    assert problems == [
        (7, "numbers", f"room 205 is already on line 6; {once}"),
        (8, "numbers", f"rooms 204, 205, 206, 207, 208 and 2 more are already on line 6; {once}"),
        (9, "numbers", f"room 301 is twice on line 9 itself; {once}"),
    ]


def test_two_hotels_may_use_the_same_room_numbers() -> None:
    second = [row.replace(",h1,", ",h2,") for row in (HOTEL, DOUBLE, "room,brasov,h1,dbl,,,,,,,,1,,")]
    assert parse(csv_of(*GOOD, "room,brasov,h1,dbl,,,,,,,,1,,", *second)).totals.rooms == 2


def test_a_declared_quantity_must_equal_the_numbered_rooms() -> None:
    declared = DOUBLE.replace(",3,,,,", ",3,110,,,")
    ((line, column, reason),) = refused(csv_of(HEADER, OMD, HOTEL, declared, "rooms,brasov,h1,dbl,,,,,,,,2[01-109],2,"))
    assert (line, column) == (4, "quantity")
    assert reason.startswith("room type dbl declares 110 rooms, but the file numbers 109")


def test_a_file_holds_at_most_100_000_rooms() -> None:
    rows = [f"rooms,brasov,h1,dbl,,,,,,,,{chr(65 + n)}[0001-5000],," for n in range(21)]
    ((line, column, reason),) = refused(csv_of(*GOOD, *rows))
    assert (line, column) == (25, "numbers")
    assert "passes 100000 rooms" in reason


def test_rows_may_stand_in_any_order_and_empty_rows_are_passed_over() -> None:
    inventory = parse(csv_of("", HEADER, "rooms,brasov,h1,dbl,,,,,,,,1-3,,", "," * 13, DOUBLE, "", HOTEL, OMD))
    assert inventory.totals.rooms == 3
    assert only_hotel(inventory).source.line == 7


def test_what_spreadsheets_write_is_accepted() -> None:
    lines = [line.replace(",", ";") for line in (*GOOD, "rooms,brasov,h1,dbl,,,,,,,,1-3,,balcony|sea view")]
    text = "\r\n".join(line.replace("max_adults", "Max adults") for line in lines)
    hotel = only_hotel(parse(b"\xef\xbb\xbf" + text.encode()))
    assert [room.features for room in hotel.room_types[0].rooms] == [("balcony", "sea view")] * 3
    tabs = csv_of(*GOOD, "rooms,brasov,h1,dbl,,,,,,,,1-3,,").replace(",", "\t")
    assert parse(tabs).totals.rooms == 3


def test_a_line_break_in_quotes_keeps_physical_line_numbers() -> None:
    problems = refused(csv_of(HEADER, OMD.replace("Brasov", '"Brasov\nand its\nvalley"'), HOTEL.replace("RON", "ron")))
    assert [(line, column) for line, column, _ in problems] == [(5, "currency")]
    good = parse(csv_of(HEADER, OMD.replace("Brasov", '"Brasov\nvalley"'), HOTEL))
    assert good.omds[0].name == "Brasov valley"


def test_a_quotation_mark_left_open_is_named_where_its_row_begins() -> None:
    problems = refused(csv_of(HEADER, OMD, HOTEL.replace("Hotel", '"Hotel'), DOUBLE))
    assert [(line, column) for line, column, _ in problems] == [(3, None)]
    assert "the row that begins here cannot be read" in problems[0][2]


def test_the_header_is_checked_whole() -> None:
    header = HEADER.replace("time_zone", "timezone").replace("max_children", "name").replace("currency", "x1")
    assert [(line, column, reason.split(";")[0]) for line, column, reason in refused(csv_of(header, OMD))] == [
        (1, "timezone", "this column is unknown"),
        (1, "x1", "this column is unknown"),
        (1, "name", "this column stands twice in the header"),
        (1, "time_zone", "this column is missing in the header"),
        (1, "currency", "this column is missing in the header"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", HEADER + "\n", "\ufeff"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert refused(text) == [(None, None, "the file holds no records")]


def test_text_that_is_not_utf_8_is_named_by_line_and_byte_offset() -> None:
    data = csv_of(HEADER, OMD, HOTEL).encode() + "hotel,brașov\n".encode("iso-8859-16")
    ((line, column, reason),) = refused(data)
    offset = data.index(b"\xba")
    assert (line, column) == (4, None)
    assert f"byte 0xba at byte offset {offset} is not UTF-8" in reason
    assert f"byte offset {offset + 3} " in refused(b"\xef\xbb\xbf" + data)[0][2]
    assert "byte offset 0 " in refused("record,omd".encode("utf-16"))[0][2]


def test_the_format_follows_the_ending_or_the_text(tmp_path: Path) -> None:
    for name in ("a.json", "a.txt", "a"):
        (tmp_path / name).write_text('\ufeff [{"record": "omd", "omd": "a", "name": "A"}]', "utf-8")
        assert read_inventory_file(tmp_path / name).totals.omds == 1
    (tmp_path / "b.CSV").write_text(csv_of(HEADER, OMD), "utf-8")
    assert read_inventory_file(tmp_path / "b.CSV").totals.omds == 1


def test_a_file_that_cannot_be_read_or_is_too_large_is_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "absent.csv", "No such file"), (tmp_path, "directory")):
        with pytest.raises(InventoryFileInvalid) as caught:
            read_inventory_file(path)
        assert reason in caught.value.file_problems[0].reason
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(33 * 1024 * 1024)
    with pytest.raises(InventoryFileInvalid) as caught:
        read_inventory_file(huge)
    assert "larger than 32 MB" in caught.value.file_problems[0].reason


def test_the_error_carries_sentence_and_facts_for_a_terminal_and_for_a_program() -> None:
    with pytest.raises(InventoryFileInvalid) as caught:
        parse(csv_of(*GOOD, *(f"villa,{n},,,,,,,,,,,," for n in range(5))))
    error = caught.value
    assert (error.code, error.status) == ("inventory_file_invalid", 422)
    assert error.detail.startswith("f was not imported: it has 5 problems, and nothing of it was taken over.")
    assert error.data["problem_count"] == 5
    lines = list(problem_lines(error.file_problems, limit=3))
    assert lines[0].startswith("line 5, column record: 'villa' is not a kind of record")
    assert lines[3:] == ["... and 2 more problems."]
    assert FileProblem(None, None, "why").sentence == "why"
    assert FileProblem(2, "floor", "why", "/1/floor").sentence == "line 2, column floor, at /1/floor: why"


@settings(deadline=None)
@given(
    example=st.sampled_from(["hotel-222.csv", "valea-alba.json"]),
    cut=st.floats(0, 1),
    length=st.integers(0, 40),
    put=st.one_of(st.binary(max_size=20), st.text('",;[]{}-0129 \n\r\t\x00', max_size=20).map(str.encode)),
)
def test_a_damaged_file_is_read_or_refused_and_never_fails_otherwise(
    example: str, cut: float, length: int, put: bytes
) -> None:
    data = (ROOT / "examples" / example).read_bytes()
    at = int(cut * len(data))
    damaged = data[:at] + put + data[at + length :]
    last_line = damaged.count(b"\n") + damaged.count(b"\r") + 1
    problems: tuple[FileProblem, ...] = ()
    omds = 0
    try:
        omds = parse(damaged, example.rpartition(".")[2]).totals.omds
    except InventoryFileInvalid as error:
        problems = error.file_problems
    assert (omds > 0) != (len(problems) > 0)
    assert all(problem.line is None or 1 <= problem.line <= last_line for problem in problems)
