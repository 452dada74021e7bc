"""Inventory files: destinations, hotels, room types, numbered rooms as CSV or JSON; read whole or refused."""

from omd.features.inventory.files.errors import InventoryFileInvalid
from omd.features.inventory.files.model import (
    HotelSpec,
    InventoryFile,
    InventoryTotals,
    OmdSpec,
    RoomSpec,
    RoomTypeSpec,
)
from omd.features.inventory.files.reading import parse_inventory, read_inventory_file

__all__ = [
    "HotelSpec",
    "InventoryFile",
    "InventoryFileInvalid",
    "InventoryTotals",
    "OmdSpec",
    "RoomSpec",
    "RoomTypeSpec",
    "parse_inventory",
    "read_inventory_file",
]
