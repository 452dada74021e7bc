"""Inventory: hotels, room types and numbered rooms, and the files they are taken over from."""

from omd.features.identity import get_omd
from omd.features.inventory.commands import hold_business_date, set_night_hour
from omd.features.inventory.errors import CONSTRAINT_ERRORS
from omd.features.inventory.files import InventoryFile, parse_inventory, read_inventory_file
from omd.features.inventory.importing import Counts, ImportSummary, InventoryRefused, import_inventory
from omd.features.inventory.importing.queries import record_events
from omd.features.inventory.model import Business, HotelNight, Room, RoomType
from omd.features.inventory.queries import (
    get_business,
    list_businesses,
    list_nights,
    list_room_types,
    list_rooms,
    lock_business_date,
    lock_inventory,
    set_business_date,
)

__all__ = [
    "CONSTRAINT_ERRORS",
    "Business",
    "Counts",
    "HotelNight",
    "ImportSummary",
    "InventoryFile",
    "InventoryRefused",
    "Room",
    "RoomType",
    "get_business",
    "get_omd",
    "hold_business_date",
    "import_inventory",
    "list_businesses",
    "list_nights",
    "list_room_types",
    "list_rooms",
    "lock_business_date",
    "lock_inventory",
    "parse_inventory",
    "read_inventory_file",
    "record_events",
    "set_business_date",
    "set_night_hour",
]
