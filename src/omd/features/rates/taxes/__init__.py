"""Taxes on a stay: dated rules by hotel and locality, and what they come to."""

from omd.features.rates.taxes.model import Basis, Charge, ChargeKind, Lodger, Placing, Taxed, TaxLine, TaxRule
from omd.features.rates.taxes.reckon import reckon

__all__ = ["Basis", "Charge", "ChargeKind", "Lodger", "Placing", "TaxLine", "TaxRule", "Taxed", "reckon"]
