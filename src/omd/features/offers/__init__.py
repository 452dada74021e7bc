"""Offers: what is free, at its price, taxes and all, for fifteen minutes."""

from omd.features.offers.basis import OfferBasis, Sale, SoldPlan, SoldType, basis_of
from omd.features.offers.errors import OfferExpired, OfferUnreadable
from omd.features.offers.ground import HotelGround, ground_of
from omd.features.offers.instead import Instead, SplitStay, around, what_works_instead
from omd.features.offers.model import VALID_FOR, ChargePart, Offer, OfferedCharge, OfferedPlan, OfferedPolicy
from omd.features.offers.queries import GroundRow, read_offer_ground, read_offer_ground_here
from omd.features.offers.quote import (
    AgencyQuotas,
    Ground,
    LocalTaxes,
    OfferQuestion,
    Quota,
    RefusedSale,
    RoomQuote,
    Supply,
    offer_sale,
    quote,
)
from omd.features.offers.sealing import MOST_CHARACTERS, seal, unseal
from omd.features.offers.told import QuoteTold, quote_told
from omd.features.offers.windows import Prices, Remembering

__all__ = [
    "MOST_CHARACTERS",
    "VALID_FOR",
    "AgencyQuotas",
    "ChargePart",
    "Ground",
    "GroundRow",
    "HotelGround",
    "Instead",
    "LocalTaxes",
    "Offer",
    "OfferBasis",
    "OfferExpired",
    "OfferQuestion",
    "OfferUnreadable",
    "OfferedCharge",
    "OfferedPlan",
    "OfferedPolicy",
    "Prices",
    "Quota",
    "QuoteTold",
    "RefusedSale",
    "Remembering",
    "RoomQuote",
    "Sale",
    "SoldPlan",
    "SoldType",
    "SplitStay",
    "Supply",
    "around",
    "basis_of",
    "ground_of",
    "offer_sale",
    "quote",
    "quote_told",
    "read_offer_ground",
    "read_offer_ground_here",
    "seal",
    "unseal",
    "what_works_instead",
]
