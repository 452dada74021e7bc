"""An offer adds up to the cent: in every rounding mode, with taxes included and on top."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from omd.features.offers import Offer, quote
from omd.features.rates import Party, TaxRule
from support.offers_world import DOUBLE, THURSDAY, TRIPLE, Json, asked, basis, derived, ground, only, plan, rates

quick = settings(deadline=None)

AMOUNT = st.integers(0, 90_000).map(lambda cents: cents / 100)
MODES = ("half_up", "half_even", "down", "up")
CHARGES = ("night", "person_night", "stay", "person_stay", "once")
BASES = ("percent", "percent_of_net", "person_night", "room_night", "person_stay", "stay")
SUPPLEMENTS = st.fixed_dictionaries(
    {
        "code": st.just("EXTRA"),
        "name": st.just("Extra"),
        "charge": st.sampled_from(CHARGES),
        "amount": st.integers(0, 9_999).map(lambda cents: f"{cents / 100:.2f}"),
        "weekdays": st.lists(st.sampled_from(["thu", "fri", "sat"]), unique=True),
        "kind": st.sampled_from(["supplement", "meals"]),
    }
)


@st.composite
def tax_rules(draw: st.DrawFn) -> TaxRule:
    return TaxRule(
        id=draw(st.integers(1, 9)),
        level="destination",
        code=draw(st.sampled_from("ABC")),
        name="A tax",
        basis=draw(st.sampled_from(BASES)),
        placement=draw(st.sampled_from(["included", "on_top", "owed"])),
        value=draw(st.decimals(0, 30, places=2)),
        since=date(2027, 1, 1),
        kinds=draw(st.lists(st.sampled_from(["room", "meals", "supplement"]), unique=True)),
        min_age=draw(st.none() | st.integers(1, 18)),
    )


@st.composite
def plans(draw: st.DrawFn) -> list[Json]:
    """Return a root plan and a chain of plans derived from it, each with a mode of its own."""
    root = plan(
        1,
        "ROOT",
        basis=draw(st.sampled_from(["room", "person"])),
        brackets=[[0, 6], [6, 18]],
        terms={"supplements": draw(st.lists(SUPPLEMENTS, max_size=1)), "full_payers": draw(st.booleans())},
    )
    chain = [
        derived(
            number,
            f"P{number}",
            number - 1,
            factor=draw(st.integers(50, 150)) / 100,
            amount=draw(st.integers(-500, 2_000)) / 100,
            rounding=mode,
            rounding_step=draw(st.sampled_from([0.01, 0.05, 0.5, 1.0])),
            terms={"supplements": draw(st.lists(SUPPLEMENTS, max_size=1))},
        )
        for number, mode in enumerate(draw(st.permutations(MODES))[:3], start=2)
    ]
    return [root, *chain]


@quick
@given(
    plans(),
    st.lists(tax_rules(), max_size=4),
    st.lists(AMOUNT, min_size=2, max_size=2),
    st.sampled_from([1, 1, 3, 7]),
    st.integers(1, 3),
    st.lists(st.integers(0, 17), max_size=2).map(tuple),
    st.integers(1, 9),
)
def test_an_offers_total_is_the_sum_of_its_nights_supplements_and_taxes(
    of: list[Json],
    rules: list[TaxRule],
    amounts: list[float],
    unit_nights: int,
    adults: int,
    children: tuple[int, ...],
    nights: int,
) -> None:
    prices = [
        row
        for type_id in (DOUBLE, TRIPLE)
        for row in rates(1, type_id, *amounts, extra_adult=33.33, children=[0.0, 12.5], unit_nights=unit_nights)
    ]
    on = ground(basis(of, prices), None, *rules)
    quoted = only(quote(on, asked(Party(adults, children), nights=nights)))
    assert len(quoted.offers) + len(quoted.refused) == 8
    for offer in quoted.offers:
        event(f"{'taxed' if offer.taxes else 'free of taxes'}, {len(offer.children)} children")
        assert_it_adds_up(offer)


def assert_it_adds_up(offer: Offer) -> None:
    """Assert that an offer's sums are those of its lines, all of whole cents on its own nights."""
    nights = {offer.arrival + timedelta(days=number) for number in range((offer.departure - offer.arrival).days)}
    assert {each.date for each in offer.charges} == nights
    assert {each.date for each in offer.taxes} <= nights
    on_top = sum((each.amount for each in offer.taxes if each.placement == "on_top"), Decimal())
    owed = sum((each.amount for each in offer.taxes if each.placement == "owed"), Decimal())
    assert offer.gross == sum((each.amount for each in offer.charges), Decimal())
    assert (offer.on_top, offer.owed, offer.total) == (on_top, owed, offer.gross + on_top)
    lines = [*(each.amount for each in offer.charges), *(each.amount for each in offer.taxes)]
    amounts = [*lines, offer.gross, offer.on_top, offer.total]
    assert all(amount.as_tuple().exponent == -2 for amount in amounts), amounts
    assert all(each.amount >= 0 for each in offer.charges)


def test_the_first_night_is_the_day_of_arrival() -> None:
    (offer,) = only(
        quote(ground(basis([plan(1, "ROOT", room_types=[DOUBLE])], rates(1, DOUBLE, 80.0, 99.99))), asked())
    ).offers
    assert_it_adds_up(offer)
    assert (offer.arrival, str(offer.total)) == (THURSDAY, "199.98")
    # What is sealed is this, and nothing is lost on the way.
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(offer), type=Offer) == offer
