"""Money: an exact decimal amount in one currency."""

from decimal import Decimal
from typing import Annotated

import msgspec

CurrencyCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$(?!\\n)", description="ISO 4217 currency code")]


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in a currency (ISO 4217); served and read as a decimal string, never as a float."""

    amount: Decimal
    currency: CurrencyCode
