"""Registration forms: what a hotel must know of who sleeps there, what is missing, and the form to sign."""

from omd.features.papers.registration.errors import CONSTRAINT_ERRORS

__all__ = ["CONSTRAINT_ERRORS"]
