"""The price of a derived plan: its parent's, times a factor, plus an amount, rounded as it says."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from omd.features.rates.pricing.model import NightRate
from omd.features.rates.pricing.rounding import CENTS, Rounding, round_amount

MAX_DEPTH = 3
"""How many plans may hang below a root, one below the other."""


class Derivation(msgspec.Struct, frozen=True):
    """How a plan follows its parent: `price = parent x factor + amount`, then rounded.

    The factor is on every price, the amount on those by payers alone: a child who is free stays free.
    """

    factor: Decimal = Decimal(1)
    amount: Decimal = Decimal()
    rounding: Rounding = CENTS


def derive(price: Decimal, derivation: Derivation) -> Decimal:
    """Return the child's price; it may be below zero, which no stay is sold for."""
    return round_amount(price * derivation.factor + derivation.amount, derivation.rounding)


def derive_rate(parent: NightRate, derivation: Derivation) -> NightRate:
    """Return the child's rate. What is not sold by the parent is not sold, what is below zero there stays so."""
    on_top = msgspec.structs.replace(derivation, amount=Decimal())
    return NightRate(
        amounts=tuple(_derive(price, derivation) for price in parent.amounts),
        extra_adult=_derive(parent.extra_adult, on_top),
        children=tuple(_derive(price, on_top) for price in parent.children),
        unit_nights=parent.unit_nights,
        season=parent.season,
    )


def derive_through(root: NightRate, chain: Sequence[Derivation]) -> NightRate:
    """Return the rate at the end of a chain that begins below a root; each step rounds for itself.

    Raises `ValueError` for a chain of more than `MAX_DEPTH` steps, which is never stored.
    """
    if len(chain) > MAX_DEPTH:
        raise ValueError(f"The plan is {len(chain)} below its root; at most {MAX_DEPTH} are derived.")
    rate = root
    for derivation in chain:
        rate = derive_rate(rate, derivation)
    return rate


def below_zero(rate: NightRate) -> bool:
    """Say whether any price of the rate is below zero."""
    prices = (*rate.amounts, rate.extra_adult, *rate.children)
    return any(price is not None and price < 0 for price in prices)


def _derive(price: Decimal | None, derivation: Derivation) -> Decimal | None:
    return price if price is None or price < 0 else derive(price, derivation)
