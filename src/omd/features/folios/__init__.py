"""Folios: bills of stays and of the house, who pays them, and the ledger under them."""

from omd.features.folios.checks import check_books
from omd.features.folios.commands import charge_nights, charge_stays, list_uncharged
from omd.features.folios.errors import CONSTRAINT_ERRORS
from omd.features.folios.model import Clerk, Folio, NewEntry, Posting

__all__ = [
    "CONSTRAINT_ERRORS",
    "Clerk",
    "Folio",
    "NewEntry",
    "Posting",
    "charge_nights",
    "charge_stays",
    "check_books",
    "list_uncharged",
]
