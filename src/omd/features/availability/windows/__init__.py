"""The windows of hotels: what a search of the next nights needs, kept beside the database and true within a moment."""

from omd.features.availability.windows.held import HeldWindow, LastKnown, Looked
from omd.features.availability.windows.keeper import Windows
from omd.features.availability.windows.model import NIGHTS, Window

__all__ = ["NIGHTS", "HeldWindow", "LastKnown", "Looked", "Window", "Windows"]
