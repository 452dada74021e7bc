"""A derived plan's price: parent x factor + amount, rounded by the mode that the plan states."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from omd.features.rates.pricing import (
    MAX_DEPTH,
    Derivation,
    Rounding,
    below_zero,
    derive,
    derive_rate,
    derive_through,
    round_amount,
)
from omd.features.rates.pricing.rounding import MODES, Mode
from support.pricing_world import RATE, THURSDAY, answer, codes, every_night, stay

TEN_MORE = Decimal("1.10")


@pytest.mark.parametrize(
    ("mode", "step", "price"),
    [
        # 125.99 x 1.10 = 138.589. Apaleo gives 138.59 (Round), and 137.99 (Truncate: of 12.599 on top, 12 are kept).
        ("half_up", "0.01", "138.59"),
        ("half_even", "0.01", "138.59"),
        ("down", "0.01", "138.58"),
        ("up", "0.01", "138.59"),
        ("half_up", "0.05", "138.60"),
        ("down", "0.05", "138.55"),
        ("half_up", "0.50", "138.50"),
        ("up", "0.50", "139.00"),
        ("half_up", "1", "139"),
        ("down", "1", "138"),
        ("half_up", "10", "140"),
    ],
)
def test_ten_per_cent_on_125_99(mode: Mode, step: str, price: str) -> None:
    derived = derive(Decimal("125.99"), Derivation(TEN_MORE, rounding=Rounding(mode, Decimal(step))))
    assert derived == Decimal(price)


@pytest.mark.parametrize(
    ("mode", "price"), [("half_up", "0.13"), ("half_even", "0.12"), ("down", "0.12"), ("up", "0.13")]
)
def test_half_a_cent(mode: Mode, price: str) -> None:
    assert round_amount(Decimal("0.125"), Rounding(mode)) == Decimal(price)


@pytest.mark.parametrize("mode", MODES)
def test_what_is_whole_stays_in_every_mode(mode: Mode) -> None:
    assert round_amount(Decimal("0.12"), Rounding(mode)) == Decimal("0.12")
    assert round_amount(Decimal(0), Rounding(mode)) == 0


@pytest.mark.parametrize("step", ["0", "-1", "NaN", "Infinity"])
def test_a_step_is_an_amount(step: str) -> None:
    with pytest.raises(ValueError, match="rounding step"):
        Rounding("half_up", Decimal(step))


def test_the_amount_is_on_the_price_of_the_room_and_the_factor_on_all() -> None:
    child = derive_rate(RATE, Derivation(Decimal("0.90"), Decimal(10)))
    assert child == replace(
        RATE,
        amounts=(Decimal("100.00"), Decimal("118.00")),
        extra_adult=Decimal("45.00"),
        children=(Decimal("0.00"), Decimal("18.00"), Decimal("27.00")),
    )


def test_what_the_parent_does_not_sell_its_child_does_not() -> None:
    parent = replace(RATE, amounts=(None, Decimal(120)), extra_adult=None, children=(None, None, Decimal(30)))
    child = derive_rate(parent, Derivation(Decimal("0.50")))
    expected = replace(parent, amounts=(None, Decimal("60.00")), children=(None, None, Decimal("15.00")))
    assert child == expected


def test_a_price_below_zero_is_never_sold_and_never_recovers() -> None:
    minus = Derivation(amount=Decimal("-100.01"))
    child = derive_rate(RATE, minus)
    assert below_zero(child)
    assert not below_zero(RATE)
    assert codes(answer(stay(THURSDAY, 1, 1), rates=every_night(child))) == ["below_zero"]
    grandchild = derive_through(RATE, (minus, Derivation(amount=Decimal(500))))
    assert codes(answer(stay(THURSDAY, 1, 1), rates=every_night(grandchild))) == ["below_zero"]


def test_a_chain_rounds_at_each_step_and_ends_at_three() -> None:
    """99.90 less 10 % is 89.91, to whole units 90; less 10 % of that is 81."""
    whole = Derivation(Decimal("0.90"), rounding=Rounding("half_up", Decimal(1)))
    root = replace(RATE, amounts=(Decimal("99.90"),))
    assert derive_through(root, (whole, whole)).amounts == (Decimal(81),)
    assert derive_through(root, ()) == root
    with pytest.raises(ValueError, match="at most 3"):
        derive_through(root, (whole,) * (MAX_DEPTH + 1))
