"""Money: an exact decimal amount in one currency."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

import msgspec

CurrencyCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$(?!\\n)", description="ISO 4217 currency code")]


_BY_DECIMALS: Mapping[int | None, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
    None: "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX",
}
NOT_IN_HUNDREDTHS: Mapping[str, int | None] = {
    code: decimals for decimals, codes in _BY_DECIMALS.items() for code in codes.split()
}
"""Currencies whose minor unit is not a hundredth: how many decimals they have, None where nothing is paid in them.

ISO 4217, list one. Every amount here is rounded to the hundredth, so a price in one of these would be one that nobody
can pay. HUF is not among them: its hundredth is on the books, though no coin of it is left.
"""


def why_not_kept(currency: str) -> str | None:
    """Return why no hotel can keep its books in a currency, None where it can."""
    if currency not in NOT_IN_HUNDREDTHS:
        return None
    decimals = NOT_IN_HUNDREDTHS[currency]
    has = "is not paid in" if decimals is None else f"has {decimals} decimals"
    return f"{currency} {has}; amounts here have two, so take a currency that is counted in hundredths, like RON"


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in a currency (ISO 4217); served and read as a decimal string, never as a float."""

    amount: Decimal
    currency: CurrencyCode
