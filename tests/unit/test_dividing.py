"""The taxes of a part of a charge: to the cent, within the whole, and together its share."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from omd.features.folios.model import ChargedTax, taxes_of_part

CENT = Decimal("0.01")
CENTS = st.integers(1, 100_000).map(lambda cents: Decimal(cents) / 100)


@given(amounts=st.lists(CENTS, max_size=6), net=CENTS, share=st.integers(1, 999))
def test_parts_of_taxes_are_whole_cents_that_add_up(amounts: list[Decimal], net: Decimal, share: int) -> None:
    taxes = [ChargedTax(f"T{index}", amount) for index, amount in enumerate(amounts)]
    total = net + sum(amounts, Decimal(0))
    part = (total * share / 1000).quantize(CENT)
    parts = [each.amount for each in taxes_of_part(taxes, total, part)]
    assert sum(parts, Decimal(0)) == (sum(amounts, Decimal(0)) * part / total).quantize(CENT, ROUND_HALF_UP)
    for of_part, whole in zip(parts, amounts, strict=True):
        assert of_part == of_part.quantize(CENT)
        assert 0 <= of_part <= whole


@given(amounts=st.lists(CENTS, min_size=1, max_size=6), share=st.integers(1, 999))
def test_a_charge_that_is_all_tax_stays_so(amounts: list[Decimal], share: int) -> None:
    total = sum(amounts, Decimal(0))
    part = (total * share / 1000).quantize(CENT)
    parts = taxes_of_part([ChargedTax("CITY", each) for each in amounts], total, part)
    assert sum((each.amount for each in parts), Decimal(0)) == part
