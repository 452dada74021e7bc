"""Offers: what is free, at its price, taxes and all, for fifteen minutes."""

from omd.features.offers.basis import OfferBasis, Sale, SoldPlan, SoldType, basis_of
from omd.features.offers.errors import OfferExpired, OfferUnreadable
from omd.features.offers.model import VALID_FOR, ChargePart, Offer, OfferedCharge, OfferedPlan
from omd.features.offers.quote import (
    Ground,
    LocalTaxes,
    OfferQuestion,
    RefusedSale,
    RoomQuote,
    Supply,
    offer_sale,
    quote,
)
from omd.features.offers.sealing import MOST_CHARACTERS, seal, unseal

__all__ = [
    "MOST_CHARACTERS",
    "VALID_FOR",
    "ChargePart",
    "Ground",
    "LocalTaxes",
    "Offer",
    "OfferBasis",
    "OfferExpired",
    "OfferQuestion",
    "OfferUnreadable",
    "OfferedCharge",
    "OfferedPlan",
    "RefusedSale",
    "RoomQuote",
    "Sale",
    "SoldPlan",
    "SoldType",
    "Supply",
    "basis_of",
    "offer_sale",
    "quote",
    "seal",
    "unseal",
]
