"""Taking an inventory file over into the database."""

from omd.features.inventory.importing.command import import_inventory
from omd.features.inventory.importing.errors import InventoryRefused
from omd.features.inventory.importing.model import Counts, ImportedOmd, ImportSummary

__all__ = ["Counts", "ImportSummary", "ImportedOmd", "InventoryRefused", "import_inventory"]
