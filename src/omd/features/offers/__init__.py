"""Offers: what is free, at its price, taxes and all, for fifteen minutes."""

from omd.features.offers.errors import OfferExpired, OfferUnreadable
from omd.features.offers.model import ChargePart, Offer, OfferedCharge, OfferedPlan
from omd.features.offers.sealing import MOST_CHARACTERS, VALID_FOR, seal, unseal

__all__ = [
    "MOST_CHARACTERS",
    "VALID_FOR",
    "ChargePart",
    "Offer",
    "OfferExpired",
    "OfferUnreadable",
    "OfferedCharge",
    "OfferedPlan",
    "seal",
    "unseal",
]
