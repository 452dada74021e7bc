"""AlpineBits rate plans, read into the inputs of the one price engine."""

from omd.features.rates.alpinebits.plan import AlpineBitsPlan
from omd.features.rates.alpinebits.reader import read_rate_plans

__all__ = ["AlpineBitsPlan", "read_rate_plans"]
