"""Prices: what a stay costs by a plan, night by night, or every reason why it is not sold.

Pure: rates and restrictions in, a price or its refusal out; nothing here reads or writes a database.
"""

from omd.features.rates.pricing.checks import check_conditions, check_restrictions
from omd.features.rates.pricing.derivation import (
    MAX_DEPTH,
    Derivation,
    below_zero,
    derive,
    derive_rate,
    derive_through,
)
from omd.features.rates.pricing.model import (
    Basis,
    Bracket,
    Charge,
    ChildrenLine,
    Conditions,
    FamilyOffer,
    FreeNights,
    NightLine,
    NightRate,
    Occupancy,
    Party,
    Payers,
    PlanTerms,
    Priced,
    StayQuestion,
    Supplement,
    SupplementLine,
    Weekdays,
)
from omd.features.rates.pricing.nightly import Nightly, price_nightly
from omd.features.rates.pricing.party import charge_party
from omd.features.rates.pricing.price import price_stay
from omd.features.rates.pricing.reasons import HOTEL, PARTY_REASONS, Reason, Refused, Source, explain
from omd.features.rates.pricing.restrictions import (
    UNRESTRICTED,
    Bound,
    Restrictions,
    inherited,
    merge,
    restrictions_of,
)
from omd.features.rates.pricing.rounding import CENTS, Rounding, round_amount, share_out
from omd.features.rates.pricing.suggestions import Suggestion, near_dates, what_would_work

__all__ = [
    "CENTS",
    "HOTEL",
    "MAX_DEPTH",
    "PARTY_REASONS",
    "UNRESTRICTED",
    "Basis",
    "Bound",
    "Bracket",
    "Charge",
    "ChildrenLine",
    "Conditions",
    "Derivation",
    "FamilyOffer",
    "FreeNights",
    "NightLine",
    "NightRate",
    "Nightly",
    "Occupancy",
    "Party",
    "Payers",
    "PlanTerms",
    "Priced",
    "Reason",
    "Refused",
    "Restrictions",
    "Rounding",
    "Source",
    "StayQuestion",
    "Suggestion",
    "Supplement",
    "SupplementLine",
    "Weekdays",
    "below_zero",
    "charge_party",
    "check_conditions",
    "check_restrictions",
    "derive",
    "derive_rate",
    "derive_through",
    "explain",
    "inherited",
    "merge",
    "near_dates",
    "price_nightly",
    "price_stay",
    "restrictions_of",
    "round_amount",
    "share_out",
    "what_would_work",
]
