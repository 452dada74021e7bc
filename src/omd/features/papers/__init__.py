"""Papers: invoices, pro-formas and registration forms as documents, in the languages of the texts here."""

from omd.features.papers.registration import CONSTRAINT_ERRORS

__all__ = ["CONSTRAINT_ERRORS"]
