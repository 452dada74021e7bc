"""A real hotel's bookings are read whole or refused, and put into the order of their days."""

import gzip
import locale
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omd.features.reservations.replay import (
    LargestParty,
    MonthFigures,
    Oddities,
    ReplayFileInvalid,
    ReplayRow,
    ReplayStatus,
    build_schedule,
    largest_parties,
    occupancy_by_month,
    parse_replay,
    peak,
    peaks,
    read_replay_file,
)
from omd.kernel.table_files import problem_lines

REAL_HOTEL = Path(__file__).resolve().parents[3] / "shared" / "data" / "hotel-bookings" / "h1.csv.gz"

# A row of the published format; the tests change single cells of it.
CELLS = {
    "is_canceled": "0",
    "lead_time": "3",
    "arrival_date_year": "2015",
    "arrival_date_month": "July",
    "arrival_date_week_number": "27",
    "arrival_date_day_of_month": "4",
    "stays_in_weekend_nights": "1",
    "stays_in_week_nights": "2",
    "adults": "2",
    "children": "1",
    "babies": "0",
    "meal": "BB",
    "country": "PRT",
    "reserved_room_type": "A",
    "assigned_room_type": "C",
    "adr": "75.50",
    "reservation_status": "Check-Out",
    "reservation_status_date": "2015-07-07",
}


def text_of(*changes: dict[str, str], columns: list[str] | None = None) -> str:
    names = columns or list(CELLS)
    rows = [",".join({**CELLS, **change}[name] for name in names) for change in changes]
    return "\n".join([",".join(names), *rows]) + "\n"


def parse(*changes: dict[str, str], columns: list[str] | None = None) -> tuple[ReplayRow, ...]:
    return parse_replay(text_of(*changes, columns=columns).encode(), file_name="f")


def refused(data: str | bytes) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(ReplayFileInvalid) as caught:
        parse_replay(data if isinstance(data, bytes) else data.encode(), file_name="f")
    return [(problem.line, problem.column, problem.reason) for problem in caught.value.file_problems]


def stay(
    line: int,
    arrival: int,
    nights: int,
    *,
    lead: int = 0,
    status: ReplayStatus = "check_out",
    status_day: int | None = None,
    room_type: str = "A",
) -> ReplayRow:
    arrives, leaves = date(2016, 1, arrival), date(2016, 1, arrival + nights)
    return ReplayRow(
        line=line,
        hotel=None,
        room_type=room_type,
        booked_on=date(2016, 1, arrival - lead),
        arrival=arrives,
        departure=leaves,
        status=status,
        status_on=date(2016, 1, status_day) if status_day else leaves if status == "check_out" else arrives,
        adults=2,
        children=0,
        babies=0,
        country=None,
        adr=None,
    )


def test_a_row_becomes_a_booking() -> None:
    (row,) = parse({})
    assert row == ReplayRow(
        line=2,
        hotel=None,
        room_type="A",
        booked_on=date(2015, 7, 1),
        arrival=date(2015, 7, 4),
        departure=date(2015, 7, 7),
        status="check_out",
        status_on=date(2015, 7, 7),
        adults=2,
        children=1,
        babies=0,
        country="PRT",
        adr=Decimal("75.50"),
    )
    assert row.nights == 3


def test_absent_values_and_padding_of_the_published_files_are_read() -> None:
    (row,) = parse(
        {
            "children": "NA",
            "babies": "",
            "country": "NULL",
            "adr": "-6.38",
            "reserved_room_type": "A               ",
            "reservation_status": "Canceled  ",
            "adults": "2.0",
        }
    )
    assert (row.adults, row.children, row.babies, row.country) == (2, 0, 0, None)
    assert row.adr == Decimal("-6.38")
    assert (row.room_type, row.status) == ("A", "cancelled")
    assert parse({"adr": "NULL"})[0].adr is None


def test_every_english_month_is_known_whatever_the_locale() -> None:
    names = "January February March April May June July August September October November December"
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "")
        rows = parse(*({"arrival_date_month": name} for name in names.split()))
    finally:
        locale.setlocale(locale.LC_ALL, before)
    assert [row.arrival.month for row in rows] == list(range(1, 13))


def test_plain_and_compressed_files_read_the_same(tmp_path: Path) -> None:
    text = text_of({}, {"reserved_room_type": "D"})
    (tmp_path / "plain.csv").write_text("\ufeff" + text, "utf-8")
    # The content tells, not the name.
    (tmp_path / "packed").write_bytes(gzip.compress(text.encode()))
    plain, packed = read_replay_file(tmp_path / "plain.csv"), read_replay_file(tmp_path / "packed")
    assert plain == packed
    assert [row.room_type for row in plain] == ["A", "D"]


def test_the_hotel_joins_the_type_only_where_a_file_holds_several() -> None:
    columns = ["hotel", *CELLS]
    one = parse({"hotel": "Resort Hotel"}, {"hotel": "Resort Hotel"}, columns=columns)
    two = parse({"hotel": "Resort Hotel"}, {"hotel": "City Hotel"}, columns=columns)
    assert [row.room_type for row in one] == ["A", "A"]
    assert [row.room_type for row in two] == ["Resort Hotel/A", "City Hotel/A"]
    assert [row.hotel for row in two] == ["Resort Hotel", "City Hotel"]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("lead_time", "-1", "'-1' is not a whole number of 0 or more"),
        ("lead_time", "4000", "4000 is out of range"),
        ("lead_time", "9999999999", "is not a whole number"),
        ("arrival_date_year", "0", "0 is out of range: it must be between 1900 and 2200"),
        ("arrival_date_year", "15", "15 is out of range"),
        ("arrival_date_year", "NULL", "'NULL' is not a whole number"),
        ("arrival_date_month", "Juli", "'Juli' is not an English month name"),
        ("arrival_date_month", "7", "'7' is not an English month name"),
        ("arrival_date_day_of_month", "0", "0 is out of range"),
        ("arrival_date_day_of_month", "32", "32 is out of range"),
        ("stays_in_weekend_nights", "1.5", "'1.5' is not a whole number"),
        ("stays_in_week_nights", "99999", "99999 is out of range"),
        ("adults", "NULL", "'NULL' is not a whole number"),
        ("children", "x", "'x' is not a whole number"),
        ("country", "Portugal", "'Portugal' is not a country code"),
        ("reserved_room_type", "", "'' is not a room type"),
        ("reserved_room_type", "A/B", "'A/B' is not a room type"),
        ("adr", "1e9", "'1e9' is not an amount"),
        ("adr", "NaN", "'NaN' is not an amount"),
        ("reservation_status", "Check-In", "'Check-In' is not one of Check-Out, Canceled, No-Show"),
        ("reservation_status_date", "07/07/2015", "'07/07/2015' is not a date like 2015-07-01"),
        ("reservation_status_date", "2015-02-30", "'2015-02-30' is not a date"),
    ],
)
def test_one_bad_cell_is_named_with_line_column_and_reason(column: str, value: str, reason: str) -> None:
    ((line, named, said),) = refused(text_of({}, {column: value}))
    assert (line, named) == (3, column)
    assert reason in said


def test_a_day_that_its_month_does_not_have_is_named() -> None:
    changes = {"arrival_date_month": "February", "arrival_date_day_of_month": "29"}
    assert refused(text_of(changes)) == [(2, "arrival_date_day_of_month", "February 2015 has no day 29")]


def test_every_problem_is_told_at_once_and_a_long_list_is_cut_with_its_count() -> None:
    bad = {"adults": "x", "adr": "y", "arrival_date_month": "z"}
    with pytest.raises(ReplayFileInvalid) as caught:
        parse_replay(text_of(*[bad] * 30).encode(), file_name="f")
    error = caught.value
    assert len(error.file_problems) == 90
    assert {problem.line for problem in error.file_problems} == set(range(2, 32))
    assert (error.code, error.status) == ("replay_file_invalid", 422)
    assert error.detail.startswith("f was not replayed: it has 90 problems")
    lines = list(problem_lines(error.file_problems, limit=50))
    assert len(lines) == 51
    assert lines[-1] == "... and 40 more problems."


def test_header_row_and_quotation_problems_are_named() -> None:
    without = [name for name in CELLS if name not in ("adr", "country")]
    assert refused(text_of({}, columns=without)) == [
        (1, "country", "this column is missing in the header"),
        (1, "adr", "this column is missing in the header"),
    ]
    assert refused(text_of({}, columns=[*CELLS, "adr"])) == [(1, "adr", "this column stands twice in the header")]
    assert refused(text_of({}) + "0,1,2\n") == [(3, None, "this row has 3 cells, the header has 18")]
    ((line, column, reason),) = refused(text_of({}, {"meal": '"BB'}))
    assert (line, column) == (3, None)
    assert "cannot be read" in reason
    assert refused("") == refused(text_of()) == [(None, None, "the file holds no bookings")]


def test_a_damaged_or_absent_file_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(text_of(*[{}] * 200).encode())
    for data in (packed[:-20], packed[:30] + b"\xff" * 30 + packed[60:], packed[:2]):
        ((line, column, reason),) = refused(data)
        assert (line, column) == (None, None)
        assert "compressed by gzip, but damaged" in reason
    assert "is not UTF-8" in refused(text_of({}).encode() + b"\xff\n")[0][2]
    with pytest.raises(ReplayFileInvalid) as caught:
        read_replay_file(tmp_path / "absent.csv")
    assert "No such file" in caught.value.file_problems[0].reason


def test_one_day_goes_from_check_outs_to_what_befalls_the_days_own_bookings() -> None:
    rows = [
        stay(2, 10, 2),  # a walk-in: booked and checked in on the 10th
        stay(3, 20, 2, lead=10),  # booked on the 10th
        stay(4, 8, 2, lead=1),  # leaves on the 10th
        stay(5, 10, 1, lead=5),  # arrives on the 10th
        stay(6, 10, 1, lead=5, status="no_show"),
        stay(7, 15, 1, lead=7, status="cancelled", status_day=10),
        stay(8, 15, 1, lead=5, status="cancelled", status_day=10),  # booked and cancelled on the 10th
        stay(9, 10, 1, status="no_show"),  # booked on the 10th for the 10th
    ]
    schedule = build_schedule(rows)
    tenth = dict(schedule.days())[date(2016, 1, 10)]
    assert [(action.kind, action.row.line) for action in tenth] == [
        ("check_out", 4),
        ("cancel", 7),
        ("mark_no_show", 6),
        ("check_in", 5),
        ("book", 2),
        ("book", 3),
        ("book", 8),
        ("book", 9),
        ("cancel", 8),
        ("mark_no_show", 9),
        ("check_in", 2),
    ]
    days = [action.day for action in schedule.actions]
    assert days == sorted(days)


def test_what_the_file_leaves_open_follows_the_rules_and_is_counted() -> None:
    rows = [
        stay(2, 10, 3, lead=1, status_day=10),
        stay(3, 10, 1, lead=2, status="cancelled", status_day=5),
        stay(4, 10, 1, lead=2, status="cancelled", status_day=12),
        stay(5, 10, 1, lead=2, status="no_show", status_day=9),
        stay(6, 10, 0, lead=2),
    ]
    schedule = build_schedule(rows)
    assert schedule.oddities == Oddities(1, 1, 1, 1)
    assert (schedule.rows, schedule.replayed, schedule.day_use, schedule.left_out) == (5, 4, 1, 0)
    ends = {action.row.line: (action.day.day, action.kind) for action in schedule.actions}
    assert ends == {2: (13, "check_out"), 3: (8, "cancel"), 4: (10, "cancel"), 5: (10, "mark_no_show")}
    only = build_schedule(rows, only="check_out")
    assert (only.rows, only.replayed, only.day_use, only.left_out) == (5, 1, 1, 3)
    assert [action.kind for action in only.actions] == ["book", "check_in", "check_out"]


stays = st.lists(
    st.builds(
        stay,
        st.integers(2, 500),
        st.integers(5, 20),
        st.integers(0, 6),
        lead=st.integers(0, 4),
        status=st.sampled_from(["check_out", "cancelled", "no_show"]),
        status_day=st.integers(1, 30),
        room_type=st.sampled_from("AB"),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(stays)
def test_every_booking_is_made_before_anything_befalls_it(rows: list[ReplayRow]) -> None:
    rows = [
        ReplayRow(**{**{name: getattr(row, name) for name in row.__struct_fields__}, "line": line})
        for line, row in enumerate(rows, start=2)
    ]
    schedule = build_schedule(rows)
    history: dict[int, list[str]] = {}
    for action in schedule.actions:
        history.setdefault(action.row.line, []).append(action.kind)
    expected = {
        "check_out": ["book", "check_in", "check_out"],
        "cancelled": ["book", "cancel"],
        "no_show": ["book", "mark_no_show"],
    }
    assert history == {row.line: expected[row.status] for row in rows if row.nights > 0}
    assert schedule.rows == schedule.replayed + schedule.day_use + schedule.left_out


@settings(deadline=None)
@given(stays)
def test_a_peak_is_the_fullest_night(rows: list[ReplayRow]) -> None:
    def nights(room_type: str | None) -> list[int]:
        wanted = [row for row in rows if room_type in (None, row.room_type)]
        return [sum(row.arrival.day <= day < row.departure.day for row in wanted) for day in range(1, 32)]

    assert peak(rows) == max(nights(None))
    assert peaks(rows) == {kind: most for kind in "AB" if (most := max(nights(kind))) > 0}


def test_nights_and_occupancy_are_counted_by_the_month_of_the_night() -> None:
    january = stay(2, 30, 1)
    across = ReplayRow(
        **{
            **{name: getattr(january, name) for name in january.__struct_fields__},
            "departure": date(2016, 3, 2),
        }
    )
    assert occupancy_by_month([january, across], rooms=2) == (
        MonthFigures("2016-01", 3, 62, 3 / 62),
        MonthFigures("2016-02", 29, 58, 0.5),
        MonthFigures("2016-03", 1, 62, 1 / 62),
    )
    assert occupancy_by_month([], rooms=2) == ()
    with pytest.raises(ValueError, match="at least one room"):
        occupancy_by_month([january], rooms=0)


def test_the_largest_party_of_a_type_is_taken_over_all_its_bookings() -> None:
    rows = parse({"adults": "4", "children": "0"}, {"children": "3"}, {"reserved_room_type": "B"})
    assert largest_parties(rows) == {"A": LargestParty(4, 3, 5), "B": LargestParty(2, 1, 3)}


@pytest.mark.skipif(not REAL_HOTEL.exists(), reason="the real hotel's bookings are not beside the checkout")
def test_the_real_hotel_has_the_figures_counted_from_it() -> None:
    rows = read_replay_file(REAL_HOTEL)
    by_status = {status: [row for row in rows if row.status == status] for status in {r.status for r in rows}}
    assert len(rows) == 40_060
    assert {status: len(of) for status, of in by_status.items()} == {
        "check_out": 28_938,
        "cancelled": 10_831,
        "no_show": 291,
    }
    stays_made = by_status["check_out"]
    expected = {"A": 142, "B": 1, "C": 14, "D": 64, "E": 37, "F": 12, "G": 10, "H": 5, "L": 1}
    assert peaks(stays_made) == expected
    assert peak(stays_made) == 187
    assert (min(row.arrival for row in rows), max(row.arrival for row in rows)) == (
        date(2015, 7, 1),
        date(2017, 8, 31),
    )
    assert [row.adr for row in rows if row.adr is not None and row.adr < 0] == [Decimal("-6.38")]
    schedule = build_schedule(rows, only="check_out")
    assert (schedule.replayed, schedule.day_use, schedule.left_out) == (28_566, 372, 11_122)
    months = occupancy_by_month(stays_made, rooms=sum(expected.values()))
    assert sum(month.nights_sold for month in months) == sum(row.nights for row in stays_made)
    whole = build_schedule(rows)
    assert whole.oddities == Oddities(21, 0, 0, 1)
    assert len(whole.actions) == 3 * 28_566 + 2 * (whole.replayed - 28_566)
