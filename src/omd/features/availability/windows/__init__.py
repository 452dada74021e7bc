"""The windows of hotels: what a search of the next nights needs, kept beside the database and true within a moment."""

from omd.features.availability.windows.counters import HeldWindow, Windows
from omd.features.availability.windows.held import Held, LastKnown, Looked
from omd.features.availability.windows.keeper import MOST_BEHIND_SECONDS, Keeper
from omd.features.availability.windows.model import NIGHTS, Window

__all__ = [
    "MOST_BEHIND_SECONDS",
    "NIGHTS",
    "Held",
    "HeldWindow",
    "Keeper",
    "LastKnown",
    "Looked",
    "Window",
    "Windows",
]
