"""What `omd top` shows: two scrapes of a server's figures, and what happened between them."""

from omd.entrypoints.top.reading import FiguresNotTold, Scrape, read_figures
from omd.entrypoints.top.screen import render

__all__ = ["FiguresNotTold", "Scrape", "read_figures", "render"]
