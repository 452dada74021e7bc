"""An inventory file as CSV: comma, semicolon or tab, as spreadsheets write it."""

import csv
import io
from difflib import get_close_matches

from omd.features.inventory.files.records import (
    COLUMNS,
    REQUIRED_COLUMNS,
    Record,
    Records,
    one_line,
)
from omd.kernel.table_files import ProblemLog, Source, quoted

_DELIMITERS = (",", ";", "\t")


def read_csv(text: str, log: ProblemLog) -> Records:
    """Return the rows of a CSV text, noting in `log` what cannot be read as rows."""
    # A line break inside quotes must not be translated, and the reader counts physical lines itself.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    columns: list[str | None] | None = None
    records: list[Record] = []
    line = 1
    try:
        for row in reader:
            cells = [one_line(cell) for cell in row]
            if any(cells):
                if columns is None:
                    columns = _header(cells, line, log)
                    if columns is None:
                        return Records((), whole=False)
                else:
                    records.append(_record(cells, columns, line, log))
            line = reader.line_num + 1
    except csv.Error as error:
        log.add(line, None, f"the row that begins here cannot be read: {error}. Check its quotation marks.")
        return Records(tuple(records), whole=False)
    return Records(tuple(records), whole=True)


def _delimiter(text: str) -> str:
    """Return the delimiter under which the first line names most of our columns."""
    first_line = next((line for line in io.StringIO(text) if line.strip(" \t\r\n,;")), "")

    def known_columns(delimiter: str) -> int:
        names = {_column_name(cell.strip('" \t\r\n')) for cell in first_line.split(delimiter)}
        return len(names.intersection(COLUMNS))

    return max(_DELIMITERS, key=known_columns)


def _column_name(cell: str) -> str:
    return one_line(cell).lower().replace(" ", "_")


def _header(cells: list[str], line: int, log: ProblemLog) -> list[str | None] | None:
    """Return the columns by position, None for one without a name; None when the header itself is wrong."""
    names = [_column_name(cell) for cell in cells]
    before = len(log)
    seen: set[str] = set()
    for name in filter(None, names):
        if name in seen:
            log.add(line, name, "this column stands twice in the header; keep one of them")
        elif name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the columns are {', '.join(COLUMNS)}"
            log.add(line, name, f"this column is unknown; {hint}")
        seen.add(name)
    for name in COLUMNS:
        if name in REQUIRED_COLUMNS and name not in seen:
            log.add(line, name, "this column is missing in the header")
    return [name or None for name in names] if len(log) == before else None


def _record(cells: list[str], columns: list[str | None], line: int, log: ProblemLog) -> Record:
    filled: dict[str, str] = {}
    for position, cell in enumerate(cells):
        column = columns[position] if position < len(columns) else None
        if column is not None and cell:
            filled[column] = cell
        elif column is None and cell:
            log.add(line, str(position + 1), f"the cell {quoted(cell)} stands under no column name of the header")
    return Record(Source(line), filled)
