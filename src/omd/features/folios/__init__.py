"""Folios: bills of stays and of the house, who pays them, and the ledger under them."""

from omd.features.folios.checks import check_books
from omd.features.folios.commands import charge_nights, charge_stay, charge_stays, list_uncharged
from omd.features.folios.errors import CONSTRAINT_ERRORS, NightsWithoutPrice
from omd.features.folios.invoices.model import Content, Invoice, InvoiceLine, Party, ProForma
from omd.features.folios.invoices.reading import read_invoice, read_pro_forma
from omd.features.folios.model import Clerk, Folio, FolioChargeKind, NewEntry, Posting
from omd.features.folios.payloads import Amount
from omd.features.folios.queries import Books

__all__ = [
    "CONSTRAINT_ERRORS",
    "Amount",
    "Books",
    "Clerk",
    "Content",
    "Folio",
    "FolioChargeKind",
    "Invoice",
    "InvoiceLine",
    "NewEntry",
    "NightsWithoutPrice",
    "Party",
    "Posting",
    "ProForma",
    "charge_nights",
    "charge_stay",
    "charge_stays",
    "check_books",
    "list_uncharged",
    "read_invoice",
    "read_pro_forma",
]
