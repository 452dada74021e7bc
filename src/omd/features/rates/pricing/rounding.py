"""Rounding in a stated mode, and the sharing of a rounded whole among its parts."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Literal

import msgspec

Mode = Literal["half_up", "half_even", "down", "up"]
MODES: dict[Mode, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
}


class Rounding(msgspec.Struct, frozen=True):
    """A rounding mode and the step it rounds to; `down` is towards zero, `up` away from it."""

    mode: Mode = "half_up"
    step: Decimal = Decimal("0.01")

    def __post_init__(self) -> None:
        """Refuse a step that is no amount."""
        if not self.step.is_finite() or self.step <= 0:
            raise ValueError(f"The rounding step must be above zero; it is {self.step}.")


CENTS = Rounding()


def round_amount(amount: Decimal, rounding: Rounding, divisor: int = 1) -> Decimal:
    """Return `amount / divisor` rounded to whole steps.

    Amount and divisor come apart so that a third or a seventh is divided only once, at the end.
    """
    whole = rounding.step if divisor == 1 else rounding.step * divisor
    return (amount / whole).to_integral_value(MODES[rounding.mode]) * rounding.step


def share_out(parts: Sequence[Decimal], divisor: int, rounding: Rounding) -> list[Decimal]:
    """Return the parts, each divided by `divisor`, in whole steps that sum to their rounded sum.

    By largest remainder: each part is rounded down, and the steps that are then missing go to the parts that lost the
    most, the earlier first. No part is more than a step away from what it was, and one that was whole stays.
    """
    whole = rounding.step * divisor
    steps = [(part / whole).to_integral_value(ROUND_FLOOR) for part in parts]
    lost = [part - step * whole for part, step in zip(parts, steps, strict=True)]
    wanted = (sum(parts, Decimal()) / whole).to_integral_value(MODES[rounding.mode])
    missing = int(wanted - sum(steps, Decimal()))
    for number in sorted(range(len(parts)), key=lambda number: -lost[number])[:missing]:
        steps[number] += 1
    return [step * rounding.step for step in steps]
