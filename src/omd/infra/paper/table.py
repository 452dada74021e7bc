"""Tables that go on over pages: under each page what its rows come to is carried, over the next one brought again."""

from collections.abc import Callable, Sequence

import msgspec

from omd.infra.paper.sheet import MARGIN, Sheet, Side, line_height

_SIZE = 8.0
_GAP = 1.0
"""Between the text of a row and its edges, and between columns."""


class Column(msgspec.Struct, frozen=True):
    """A column: what it is called, how wide it is (mm), and on which side its cells stand."""

    heading: str
    width: float
    side: Side = "L"


class Carry(msgspec.Struct, frozen=True):
    """What stands at the foot of a page that is not the last, and at the head of the next, after so many rows."""

    at_foot: Callable[[int], Sequence[str]]
    at_head: Callable[[int], Sequence[str]]


class _Row(msgspec.Struct, frozen=True):
    """Cells in the lines in which they stand."""

    cells: Sequence[Sequence[str]]
    bold: bool

    @property
    def height(self) -> float:
        return max(len(each) for each in self.cells) * line_height(_SIZE) + 2 * _GAP


def draw_table(
    sheet: Sheet, y: float, columns: Sequence[Column], rows: Sequence[Sequence[str]], carry: Carry | None = None
) -> float:
    """Draw a table from `y` on, over as many pages as it takes, and return where what is below it begins."""
    head = _row(sheet, columns, [each.heading for each in columns], bold=True)
    spare = 0.0 if carry is None else _row(sheet, columns, carry.at_foot(len(rows)), bold=True).height
    y = _head(sheet, y, columns, head)
    for done, cells in enumerate(rows):
        row = _row(sheet, columns, cells)
        if sheet.room_left(y) < row.height + spare:
            if carry is not None:
                _draw(sheet, y, columns, _row(sheet, columns, carry.at_foot(done), bold=True))
            y = _head(sheet, sheet.turn_page(), columns, head)
            if carry is not None:
                y = _draw(sheet, y, columns, _row(sheet, columns, carry.at_head(done), bold=True))
        y = _draw(sheet, y, columns, row)
    return y


def _row(sheet: Sheet, columns: Sequence[Column], cells: Sequence[str], *, bold: bool = False) -> _Row:
    lines = [
        sheet.lines_of(cell, column.width - 2 * _GAP, size=_SIZE, bold=bold)
        for column, cell in zip(columns, cells, strict=True)
    ]
    return _Row(lines, bold)


def _head(sheet: Sheet, y: float, columns: Sequence[Column], head: _Row) -> float:
    sheet.shade(MARGIN, y, sum(each.width for each in columns), head.height)
    return _draw(sheet, y, columns, head)


def _draw(sheet: Sheet, y: float, columns: Sequence[Column], row: _Row) -> float:
    x = MARGIN
    for column, lines in zip(columns, row.cells, strict=True):
        inside = column.width - 2 * _GAP
        sheet.put_lines(x + _GAP, y + _GAP, inside, lines, size=_SIZE, bold=row.bold, side=column.side)
        x += column.width
    y += row.height
    sheet.rule(y, length=x - MARGIN, thickness=0.1)
    return y
