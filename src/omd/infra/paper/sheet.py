"""Sheets of A4 on which text stands where it is put; lengths are in millimetres from the upper left corner."""

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.resources import as_file, files
from typing import Literal, TypeAlias

from fpdf import FPDF
from fpdf.enums import Align
from fpdf.fonts import TTFFont

MARGIN = 14.0
WIDTH = 210 - 2 * MARGIN
"""Between the margins."""

_FOOT = 16.0
_LINE = 1.28
"""From one line to the next, in heights of its letters."""
_POINT = 25.4 / 72
_TYPEFACE = "DejaVu"
_FILES = {"": "DejaVuSansCondensed.ttf", "B": "DejaVuSansCondensed-Bold.ttf"}
_NO_LETTER = "\N{WHITE SQUARE}"
_ALL_PAGES = "\x1f" * 4
"""Stands for the number of pages until that is known; no text that comes in has it, as the typeface does not."""

Side = Literal["L", "R", "C"]
Foot: TypeAlias = Callable[[int, str], str]
"""What stands below a page, by its number and a sign for that of all."""


class Sheet(FPDF):
    """A document under way.

    The same words, put at the same places, make the same bytes: of the moment they hold only `made_at`.
    """

    def __init__(self, *, title: str, language: str, made_at: datetime, foot: Foot) -> None:
        super().__init__(format="A4", unit="mm")
        self._foot = foot
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0
        fonts = files("omd.infra.paper").joinpath("fonts")
        for style, name in _FILES.items():
            with as_file(fonts.joinpath(name)) as path:
                self.add_font(_TYPEFACE, style, path)
        weights = [each for each in self.fonts.values() if isinstance(each, TTFFont)]
        self._letters = frozenset.intersection(*(frozenset(each.cmap) for each in weights))
        self.set_title(self._legible(title))
        self.set_lang(language)
        self.set_creation_date(made_at)
        self.set_producer("OMD Platform")
        self.alias_nb_pages(_ALL_PAGES)
        self.add_page()

    def footer(self) -> None:
        """Draw what stands below the page; called as each one ends."""
        self.rule(self.h - _FOOT + 2)
        self.put_lines(MARGIN, self.h - _FOOT + 4, WIDTH, [self._foot(self.page_no(), _ALL_PAGES)], size=7)

    def room_left(self, y: float) -> float:
        """Return how much of the page is left below `y`."""
        return self.h - _FOOT - y

    def turn_page(self) -> float:
        """Begin the next page and return where its text begins."""
        self.add_page()
        return MARGIN

    def rule(self, y: float, *, start: float = MARGIN, length: float = WIDTH, thickness: float = 0.2) -> None:
        """Draw a line, from margin to margin unless said otherwise."""
        self.set_draw_color(150)
        self.set_line_width(thickness)
        self.line(start, y, start + length, y)

    def shade(self, x: float, y: float, width: float, height: float) -> None:
        """Lay a light ground under what comes."""
        self.set_fill_color(240)
        self.rect(x, y, width, height, style="F")

    def lines_of(self, text: str, width: float, *, size: float, bold: bool = False) -> list[str]:
        """Return the lines in which a text stands in this width."""
        self._choose(size, bold)
        said = self._legible(text)
        if "\n" not in said and self.get_string_width(said) <= width:
            return [said]
        lines = self.multi_cell(width, 1, said, align=Align.L, dry_run=True, output="LINES")
        return [str(each) for each in lines] if isinstance(lines, list) else [said]

    def put(
        self, x: float, y: float, width: float, text: str, *, size: float = 9, bold: bool = False, side: Side = "L"
    ) -> float:
        """Put a text into a width, in as many lines as it takes, and return where what is below it begins."""
        return self.put_lines(
            x, y, width, self.lines_of(text, width, size=size, bold=bold), size=size, bold=bold, side=side
        )

    def put_lines(
        self,
        x: float,
        y: float,
        width: float,
        lines: Sequence[str],
        *,
        size: float = 9,
        bold: bool = False,
        side: Side = "L",
    ) -> float:
        """Put lines as `lines_of` gives them, and return where what is below them begins."""
        self._choose(size, bold)
        height = line_height(size)
        for line in lines:
            self.set_xy(x, y)
            self.cell(width, height, line, align=Align.coerce(side))
            y += height
        return y

    def finished(self) -> bytes:
        """Return the document."""
        return bytes(self.output())

    def _legible(self, text: str) -> str:
        """Return a text with a square for each character that the typeface has no letter for."""
        return "".join(each if each == "\n" or ord(each) in self._letters else _NO_LETTER for each in text)

    def _choose(self, size: float, bold: bool) -> None:
        self.set_font(_TYPEFACE, "B" if bold else "", size)


def line_height(size: float) -> float:
    """Return the height of a line of letters of so many points, in millimetres."""
    return size * _POINT * _LINE
