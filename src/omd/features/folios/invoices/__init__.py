"""Invoices of folios, numbered without a gap, and the credit notes that take them back."""

from omd.features.folios.invoices.errors import CONSTRAINT_ERRORS

__all__ = ["CONSTRAINT_ERRORS"]
