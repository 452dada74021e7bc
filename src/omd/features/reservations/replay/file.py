"""Reads the public hotel-booking-demand format (doi 10.1016/j.dib.2018.11.126), plain or gzip."""

import csv
import functools
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from omd.kernel.table_files import FileProblem, FileRefused, ProblemLog, counted_problems, decode_utf8, quoted

ReplayStatus = Literal["check_out", "cancelled", "no_show"]

MAX_TEXT_BYTES = 256 * 1024 * 1024
"""Largest file, after decompression, that is read; the whole published data set is 17 MB."""
MAX_LEAD_DAYS = 3_650
MAX_NIGHTS_A_PART = 3_650
MAX_PERSONS = 500
YEARS = (1900, 2200)

COLUMNS = (
    "lead_time",
    "arrival_date_year",
    "arrival_date_month",
    "arrival_date_day_of_month",
    "stays_in_weekend_nights",
    "stays_in_week_nights",
    "adults",
    "children",
    "babies",
    "country",
    "reserved_room_type",
    "adr",
    "reservation_status",
    "reservation_status_date",
)
"""The columns that are read; the format's other columns may stand in the file and are passed over."""

# The names are the format's own, in English whatever the machine's locale.
_MONTHS = {
    "january": 1,
    "february": 2,
    "march": 3,
    "april": 4,
    "may": 5,
    "june": 6,
    "july": 7,
    "august": 8,
    "september": 9,
    "october": 10,
    "november": 11,
    "december": 12,
}
_STATUSES: dict[str, ReplayStatus] = {
    "check-out": "check_out",
    "canceled": "cancelled",
    "no-show": "no_show",
}
_ABSENT = frozenset({"", "NA", "NULL"})
_WHOLE = re.compile(r"([0-9]{1,9})(\.0+)?")
_AMOUNT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_COUNTRY = re.compile(r"[A-Z]{2,3}")
_TYPE = re.compile(r"[A-Za-z0-9]{1,10}")
_GZIP_MAGIC = b"\x1f\x8b"


class ReplayFileInvalid(FileRefused):
    """A replay file is refused whole; `file_problems` names everything that is wrong with it."""

    code = "replay_file_invalid"
    status = 422
    title = "The replay file is not valid"

    def __init__(self, file_name: str, file_problems: tuple[FileProblem, ...]) -> None:
        super().__init__(
            f"{file_name} was not replayed: it has {counted_problems(file_problems)}, and nothing of it was"
            " booked. Correct the file and replay it again.",
            file_problems,
        )
        self.file_name = file_name


class ReplayRow(msgspec.Struct, frozen=True):
    """One booking of the file.

    `room_type` is the reserved type's letter, behind `<hotel>/` where the file holds several hotels.
    `status_on` is the file's own date of the last status. `adr` is the average price of one night as the
    file gives it, which may be negative; `country` is as given too, mostly ISO 3166-1 alpha-3.
    """

    line: int
    hotel: str | None
    room_type: str
    booked_on: date
    arrival: date
    departure: date
    status: ReplayStatus
    status_on: date
    adults: int
    children: int
    babies: int
    country: str | None
    adr: Decimal | None

    @property
    def nights(self) -> int:
        """Number of nights held; 0 is day use."""
        return (self.departure - self.arrival).days


def read_replay_file(path: Path) -> tuple[ReplayRow, ...]:
    """Return the bookings of a file in its order, or raise `ReplayFileInvalid`, unreadable files included."""
    log = ProblemLog()
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        log.add(None, None, f"the file cannot be read: {error.strerror}")
        raise ReplayFileInvalid(str(path), log.sorted()) from error
    return parse_replay(data, file_name=str(path))


def parse_replay(data: bytes, *, file_name: str) -> tuple[ReplayRow, ...]:
    """Return the bookings in the bytes of a file, compressed or not, or raise `ReplayFileInvalid`."""
    log = ProblemLog()
    text = _text(data, log)
    rows = list(_read_rows(text, log)) if text is not None else []
    if not rows and not len(log):
        log.add(None, None, "the file holds no bookings")
    if len(log):
        raise ReplayFileInvalid(file_name, log.sorted())
    if len({row.hotel for row in rows}) > 1:
        rows = [msgspec.structs.replace(row, room_type=f"{row.hotel}/{row.room_type}") for row in rows]
    return tuple(rows)


def _text(data: bytes, log: ProblemLog) -> str | None:
    """Return the decompressed text, or None after noting why there is none."""
    if data.startswith(_GZIP_MAGIC):
        try:
            with gzip.open(io.BytesIO(data)) as file:
                data = file.read(MAX_TEXT_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            log.add(None, None, f"the file is compressed by gzip, but damaged: {error}")
            return None
    if len(data) > MAX_TEXT_BYTES:
        log.add(None, None, f"the file is larger than {MAX_TEXT_BYTES // 1024 // 1024} MB of text; split it")
        return None
    return decode_utf8(data, log)


def _read_rows(text: str, log: ProblemLog) -> Iterator[ReplayRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    places: dict[str, int] | None = None
    width, line = 0, 1
    try:
        for cells in reader:
            if any(cells):
                if places is None:
                    places, width = _header(cells, line, log), len(cells)
                    if places is None:
                        return
                elif len(cells) != width:
                    log.add(line, None, f"this row has {len(cells)} cells, the header has {width}")
                else:
                    row = _Cells(cells, places, line, log).row()
                    if row is not None:
                        yield row
            line = reader.line_num + 1
    except csv.Error as error:
        log.add(line, None, f"the row that begins here cannot be read: {error}. Check its quotation marks.")


def _header(cells: list[str], line: int, log: ProblemLog) -> dict[str, int] | None:
    """Return the position of every column we read, None after noting what is wrong with the header."""
    names = [cell.strip() for cell in cells]
    before = len(log)
    for name in (*COLUMNS, "hotel"):
        if names.count(name) > 1:
            log.add(line, name, "this column stands twice in the header")
        elif name not in names and name != "hotel":
            log.add(line, name, "this column is missing in the header")
    if len(log) > before:
        return None
    return {name: names.index(name) for name in (*COLUMNS, "hotel") if name in names}


class _Cells:
    """Reads the cells of one row; what is wrong is noted and leaves the row without a booking."""

    def __init__(self, cells: list[str], places: dict[str, int], line: int, log: ProblemLog) -> None:
        self._cells = cells
        self._places = places
        self._line = line
        self._log = log

    def row(self) -> ReplayRow | None:
        """Return the booking, or None when a cell of it was noted as wrong."""
        before = len(self._log)
        arrival = self._arrival()
        lead = self._whole("lead_time", MAX_LEAD_DAYS)
        nights = self._whole("stays_in_weekend_nights", MAX_NIGHTS_A_PART) + self._whole(
            "stays_in_week_nights", MAX_NIGHTS_A_PART
        )
        row = ReplayRow(
            line=self._line,
            hotel=self._hotel(),
            room_type=self._matching("reserved_room_type", _TYPE, "a room type of letters and digits"),
            booked_on=arrival - timedelta(days=lead),
            arrival=arrival,
            departure=arrival + timedelta(days=nights),
            status=self._status(),
            status_on=self._status_on(),
            adults=self._whole("adults", MAX_PERSONS),
            children=self._whole("children", MAX_PERSONS, absent_is_zero=True),
            babies=self._whole("babies", MAX_PERSONS, absent_is_zero=True),
            country=self._country(),
            adr=self._adr(),
        )
        return row if len(self._log) == before else None

    def _text(self, column: str) -> str:
        return self._cells[self._places[column]].strip()

    def _problem(self, column: str, reason: str) -> None:
        self._log.add(self._line, column, reason)

    def _whole(self, column: str, high: int, *, low: int = 0, absent_is_zero: bool = False) -> int:
        """Return the whole number in `column`; `low` stands in for a wrong one, which is noted."""
        text = self._text(column)
        if absent_is_zero and text in _ABSENT:
            return 0
        number = _whole_number(text)
        if number is None:
            self._problem(column, f"{quoted(text)} is not a whole number of 0 or more")
            return low
        if not low <= number <= high:
            self._problem(column, f"{number} is out of range: it must be between {low} and {high}")
            return low
        return number

    def _matching(self, column: str, pattern: re.Pattern[str], wanted: str) -> str:
        text = self._text(column)
        if not pattern.fullmatch(text):
            self._problem(column, f"{quoted(text)} is not {wanted}")
        return text

    def _hotel(self) -> str | None:
        if "hotel" not in self._places:
            return None
        name = " ".join(self._text("hotel").split())
        if not name or not name.isprintable():
            self._problem("hotel", "the hotel is empty or holds a control character")
        return name

    def _arrival(self) -> date:
        """Return the arrival; a date of long ago stands in for a wrong one, so that the rest is checked."""
        before = len(self._log)
        year = self._whole("arrival_date_year", YEARS[1], low=YEARS[0])
        day = self._whole("arrival_date_day_of_month", 31, low=1)
        month_name = self._text("arrival_date_month")
        month = _MONTHS.get(month_name.lower())
        if month is None:
            self._problem("arrival_date_month", f"{quoted(month_name)} is not an English month name, like July")
        elif len(self._log) == before:
            arrival = _date(year, month, day)
            if arrival is not None:
                return arrival
            self._problem("arrival_date_day_of_month", f"{month_name} {year} has no day {day}")
        return date(YEARS[0], 1, 1)

    def _status(self) -> ReplayStatus:
        text = self._text("reservation_status")
        status = _STATUSES.get(text.lower())
        if status is None:
            self._problem("reservation_status", f"{quoted(text)} is not one of Check-Out, Canceled, No-Show")
            return "cancelled"
        return status

    def _status_on(self) -> date:
        text = self._text("reservation_status_date")
        status_on = _iso_date(text)
        if status_on is None:
            self._problem("reservation_status_date", f"{quoted(text)} is not a date like 2015-07-01")
            return date(YEARS[0], 1, 1)
        return status_on

    def _country(self) -> str | None:
        if self._text("country") in _ABSENT:
            return None
        return self._matching("country", _COUNTRY, "a country code of two or three capitals, or NULL")

    def _adr(self) -> Decimal | None:
        text = self._text("adr")
        if text in _ABSENT:
            return None
        if not _AMOUNT.fullmatch(text):
            self._problem("adr", f"{quoted(text)} is not an amount like 75.50")
            return None
        return Decimal(text)


# A file repeats the same few thousand dates and small numbers tens of thousands of times.
@functools.lru_cache(maxsize=4096)
def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def _iso_date(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    return _date(*map(int, text.split("-")))


@functools.lru_cache(maxsize=4096)
def _whole_number(text: str) -> int | None:
    found = _WHOLE.fullmatch(text)
    return int(found[1]) if found else None
