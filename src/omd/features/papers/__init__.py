"""Papers: invoices, pro-formas and registration forms as documents, in the languages of the texts here."""

from omd.features.papers.registration import CONSTRAINT_ERRORS
from omd.features.papers.texts import Speech, chosen, speech

__all__ = ["CONSTRAINT_ERRORS", "Speech", "chosen", "speech"]
