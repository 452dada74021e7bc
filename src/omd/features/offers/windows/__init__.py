"""What hotels sell on their next nights, kept beside the database and true within a moment."""

from omd.features.offers.windows.keeper import Prices
from omd.features.offers.windows.model import NIGHTS, PriceWindow, Sold
from omd.features.offers.windows.remembered import LastRemembered, Remembered, Remembering

__all__ = ["NIGHTS", "LastRemembered", "PriceWindow", "Prices", "Remembered", "Remembering", "Sold"]
