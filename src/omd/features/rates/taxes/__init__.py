"""Taxes on a stay: dated rules of hotels, localities and destinations, and what they come to."""

from omd.features.rates.taxes.errors import CONSTRAINT_ERRORS
from omd.features.rates.taxes.model import (
    OF_STAYS,
    Basis,
    Charge,
    ChargeKind,
    KeptRule,
    Locality,
    Lodger,
    Placement,
    Taxed,
    TaxLine,
    TaxPlace,
    TaxRule,
    rules_of_day,
)
from omd.features.rates.taxes.queries import find_tax_rules
from omd.features.rates.taxes.reckon import StayTaxes, count_payers, is_due, reckon

__all__ = [
    "CONSTRAINT_ERRORS",
    "OF_STAYS",
    "Basis",
    "Charge",
    "ChargeKind",
    "KeptRule",
    "Locality",
    "Lodger",
    "Placement",
    "StayTaxes",
    "TaxLine",
    "TaxPlace",
    "TaxRule",
    "Taxed",
    "count_payers",
    "find_tax_rules",
    "is_due",
    "reckon",
    "rules_of_day",
]
