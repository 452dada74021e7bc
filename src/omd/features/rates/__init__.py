"""Rates: plans and their policies, prices by date, restrictions and quotas."""

from omd.features.rates.errors import CONSTRAINT_ERRORS
from omd.features.rates.queries import OfferBasisRow, read_offer_basis

__all__ = ["CONSTRAINT_ERRORS", "OfferBasisRow", "read_offer_basis"]
