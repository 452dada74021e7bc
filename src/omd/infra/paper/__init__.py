"""Paper: PDF documents of A4 sheets, with tables that go on over pages, in a typeface that comes along."""

from omd.infra.paper.press import Press, PressBusy
from omd.infra.paper.sheet import MARGIN, WIDTH, Foot, Sheet
from omd.infra.paper.table import Carry, Column, draw_table

__all__ = ["MARGIN", "WIDTH", "Carry", "Column", "Foot", "Press", "PressBusy", "Sheet", "draw_table"]
