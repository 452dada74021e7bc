"""What a calendar says of a stay is what a quote says of it, whatever is sold, said and taxed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omd.features.offers import (
    Ground,
    HotelGround,
    LocalTaxes,
    Offer,
    OfferBasis,
    OfferedPlan,
    OfferQuestion,
    Sale,
    SoldPlan,
    SoldType,
    Supply,
    quote,
    unseal,
)
from omd.features.offers.calendar import Calendar, Guests, Kinship, why_not
from omd.features.offers.http.answers import room_answer
from omd.features.offers.http.payloads import OfferAnswer
from omd.features.offers.model import ON_TOP
from omd.features.offers.nights import OfferNight, PartyNights, quoting_nights
from omd.features.offers.told import ToldNight, tell_night
from omd.features.rates import (
    Bracket,
    Conditions,
    FamilyOffer,
    FreeNights,
    NightRate,
    Occupancy,
    Party,
    PlanTerms,
    Restrictions,
    Source,
    StayQuestion,
    Supplement,
    TaxRule,
    restrictions_of,
)
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId
from omd.kernel.turns import at_once

TODAY = date(2027, 3, 1)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
LENGTH = 12
NIGHTS = StayDates(TODAY, TODAY + timedelta(days=LENGTH))
DAYS = [TODAY + timedelta(days=at) for at in range(LENGTH + 1)]
UNTOLD = UUID(int=0)
OMD, HOTEL_ID = OmdId(1), BusinessId(7)

AMOUNTS = st.decimals(0, 300, places=2)
RATES = st.builds(
    NightRate,
    amounts=st.lists(AMOUNTS | st.none(), min_size=1, max_size=4).map(tuple),
    extra_adult=AMOUNTS | st.none(),
    children=st.lists(AMOUNTS | st.none(), max_size=2).map(tuple),
    unit_nights=st.sampled_from([1] * 12 + [7]),
    season=st.just(1),
)
SUPPLEMENTS = st.builds(
    Supplement,
    code=st.sampled_from("AB"),
    charge=st.sampled_from(["night", "person_night"] * 4 + ["stay", "person_stay", "once"]),
    amount=st.decimals(0, 60, places=2),
    since=st.none() | st.sampled_from(DAYS),
    weekdays=st.none() | st.frozensets(st.integers(0, 6), min_size=1),
    kind=st.sampled_from(["supplement", "meals"]),
)
CONDITIONS = st.builds(
    Conditions,
    children=st.sampled_from([True, True, False]),
    min_nights=st.none() | st.integers(1, 4),
    max_advance=st.none() | st.integers(0, 12),
    arrival_weekdays=st.none() | st.frozensets(st.integers(0, 6), min_size=4),
)
TERMS = st.builds(
    PlanTerms,
    code=st.just("FLEX"),
    basis=st.sampled_from(["person", "room"]),
    brackets=st.just((Bracket(0, 3), Bracket(3, 12))),
    adult_from=st.none() | st.integers(12, 18),
    full_payers=st.booleans(),
    family=st.none() | st.just(FamilyOffer(12, 2, 1)),
    free_nights=st.sampled_from([None] * 6 + [FreeNights(4, 1)]),
    conditions=st.just(Conditions()) | CONDITIONS,
    supplements=st.lists(SUPPLEMENTS, max_size=2).map(tuple),
    through_departure=st.booleans(),
)
KINDS = [
    SoldType(1, "DBL", "Double", Occupancy(room_type="DBL", standard=2, max_guests=4, max_children=2)),
    SoldType(2, "SGL", "Single", Occupancy(room_type="SGL", standard=1, max_guests=2)),
]
RULES = st.lists(
    st.builds(
        TaxRule,
        id=st.integers(1, 99),
        level=st.sampled_from(["hotel", "locality", "destination"]),
        code=st.sampled_from("ABC"),
        name=st.just("Tax"),
        basis=st.sampled_from(
            [
                "percent",
                "person_night",
                "percent",
                "person_night",
                "room_night",
                "person_stay",
                "stay",
                "percent_of_net",
            ]
        ),
        placement=st.sampled_from(["included", "on_top", "on_top", "owed"]),
        value=st.decimals(0, 20, places=2),
        since=st.sampled_from([TODAY, TODAY, DAYS[4]]),
        until=st.sampled_from([None, None, DAYS[8]]),
        kinds=st.sampled_from([[], [], ["room"], ["supplement"], ["meals"], ["room", "meals"]]),
        min_age=st.none() | st.integers(0, 18),
        max_nights=st.none() | st.none() | st.integers(1, 4),
        spares_countries=st.sampled_from([[], [], ["RO"]]),
        only_countries=st.sampled_from([[], [], ["DE"]]),
    ),
    max_size=5,
    unique_by=lambda rule: rule.id,
)
GUESTS = st.builds(
    Guests,
    st.builds(Party, st.integers(1, 4), st.lists(st.integers(0, 17), max_size=2).map(tuple)),
    st.sampled_from([None, "RO", "DE"]),
)


@st.composite
def restricted(draw: st.DrawFn) -> dict[date, Restrictions]:
    """What is said of some of the dates, the day after the last night among them."""
    said = {}
    for day in draw(st.lists(st.sampled_from(DAYS), max_size=3, unique=True)):
        field = draw(st.sampled_from(["closed", "closed_to_arrival", "closed_to_departure", "min_stay_through"]))
        value = draw(st.integers(1, 4)) if field == "min_stay_through" else True
        said[day] = restrictions_of(Source("plan", "FLEX"), **{field: value})
    return said


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """One type by one plan."""
    seasons = draw(st.lists(RATES | st.none(), min_size=1, max_size=3))
    rates = {day: rate for at, day in enumerate(DAYS[:-1]) if (rate := seasons[at * len(seasons) // LENGTH])}
    offered = OfferedPlan(draw(st.integers(1, 3)), 1, "FLEX", "Flexible", "none", "none", None, None)
    since = draw(st.sampled_from([None, None, None, TODAY, DAYS[1]]))
    until = draw(st.sampled_from([None, None, None, TODAY, DAYS[1]]))
    plan = SoldPlan(offered, draw(TERMS), since, until)
    return Sale(draw(st.sampled_from(KINDS)), plan, rates, draw(restricted()))


@st.composite
def stays(draw: st.DrawFn) -> StayDates:
    """A stay within the nights."""
    first = draw(st.integers(0, LENGTH - 1))
    return StayDates(DAYS[first], DAYS[draw(st.integers(first + 1, LENGTH))])


def basis_of(sold: list[Sale]) -> OfferBasis:
    plans = tuple(each.plan for each in sold)
    return OfferBasis(HOTEL_ID, "RON", "UTC", None, NIGHTS, tuple(KINDS), plans, tuple(sold))


def plenty() -> Supply:
    return Supply({kind.id: dict.fromkeys(DAYS, 3) for kind in KINDS})


@settings(deadline=None, max_examples=150)
@given(st.lists(sales(), min_size=1, max_size=4), RULES, GUESTS, st.lists(stays(), min_size=1, max_size=4))
def test_the_cheapest_is_the_least_of_a_quote(
    sold: list[Sale], rules: list[TaxRule], guests: Guests, asked: list[StayDates]
) -> None:
    basis, taxes = basis_of(sold), LocalTaxes(None, tuple(rules))
    ground = Ground(basis, plenty(), taxes)
    prices = Calendar(basis, taxes, TODAY).of(guests)
    for stay in asked:
        question = OfferQuestion(OMD, stay, (guests.party,), NOON, guests.country)
        [room] = quote(ground, question)
        expected = {
            kind.id: min(each.total for each in room.offers if each.room_type_id == kind.id)
            for kind in KINDS
            if any(each.room_type_id == kind.id for each in room.offers)
        }
        found = prices.cheapest(stay, OMD, NOON)
        assert {kind: price.total for kind, price in found.items()} == expected
        event("sold" if expected else "not sold")
        for type_id, price in found.items():
            of = (price.sale.plan.offered, type_id)
            offers = [each for each in room.offers if (each.plan, each.room_type_id) == of]
            assert (price.gross, price.on_top) in {(each.gross, each.on_top) for each in offers}
        for kind in KINDS:
            told = why_not(ground, question, kind)
            reasons = {said for each in room.refused if each.sale.room_type.id == kind.id for said in each.reasons}
            assert told
            assert reasons == set(told) or not reasons
            never = prices.why_never(guests.party, kind, stay)
            event("never" if never else "asked")
            assert never is None or never == told


def test_what_is_priced_together_is_asked_of_the_quote() -> None:
    weekly = NightRate(amounts=(Decimal(700),), unit_nights=7)
    nightly = NightRate(amounts=(Decimal("100.01"),))
    offered = OfferedPlan(1, 1, "WEEK", "Weekly", "none", "none", None, None)
    terms = PlanTerms(code="WEEK", basis="room")
    of_week = Sale(KINDS[0], SoldPlan(offered, terms, None, None), dict.fromkeys(DAYS, weekly), {})
    of_night = msgspec.structs.replace(of_week, rates=dict.fromkeys(DAYS, nightly))
    prices = Calendar(basis_of([of_night, of_week]), LocalTaxes(None, ()), TODAY).of(Guests(Party(1)))
    stay = StayDates(DAYS[0], DAYS[3])
    assert prices.cheapest(stay, OMD, NOON)[1].total == Decimal("300.00")


@pytest.mark.parametrize(("nights", "on_top"), [(1, "17.00"), (2, "27.00"), (3, "37.00"), (4, "37.00"), (9, "37.00")])
def test_taxes_that_end_with_the_stay_are_not_summed_on(nights: int, on_top: str) -> None:
    rules = (
        TaxRule(1, "locality", "CITY", "City tax", "person_night", "on_top", Decimal(5), TODAY, max_nights=3),
        TaxRule(2, "hotel", "BED", "Linen", "stay", "on_top", Decimal(7), TODAY),
    )
    offered = OfferedPlan(1, 1, "FLEX", "Flexible", "none", "none", None, None)
    rate = NightRate(amounts=(Decimal(100), Decimal(100)))
    terms = PlanTerms(code="FLEX", basis="room")
    sale = Sale(KINDS[0], SoldPlan(offered, terms, None, None), dict.fromkeys(DAYS, rate), {})
    prices = Calendar(basis_of([sale]), LocalTaxes(None, rules), TODAY).of(Guests(Party(2)))
    found = prices.cheapest(StayDates(DAYS[2], DAYS[2 + nights]), OMD, NOON)
    assert found[1].on_top == Decimal(on_top)


KEYRING = Keyring((b"k" * 32,))
STAFF = Actor(OMD, "hotel", (HOTEL_ID,), (HOTEL_ID,), "desk")


@settings(deadline=None, max_examples=150)
@given(st.lists(sales(), min_size=1, max_size=4), RULES, GUESTS, st.lists(stays(), min_size=2, max_size=8))
def test_offers_put_together_of_remembered_nights_are_those_of_a_quote(
    sold: list[Sale], rules: list[TaxRule], guests: Guests, asked: list[StayDates]
) -> None:
    basis, taxes = basis_of(sold), LocalTaxes(3, tuple(rules))
    ground = Ground(basis, plenty(), taxes)
    hotel = HotelGround(ground, (), None)
    nights = PartyNights[ToldNight](basis, Calendar(basis, taxes, TODAY).dates, rules)
    for stay in asked:
        question = OfferQuestion(OMD, stay, (guests.party,), NOON, guests.country)
        [expected] = quote(ground, question)
        asked_again = StayQuestion(stay, guests.party, TODAY)
        recalled = sum(nights.recall(number, asked_again) is not None for number in range(len(sold)))
        event("recalled" if recalled else "priced")
        [found] = at_once(quoting_nights(ground, question, tell_night, lambda _: nights))
        assert found.refused == expected.refused
        told = room_answer(hotel, question, found, None, KEYRING)
        offers = [unseal(each.offer, KEYRING, STAFF, NOON) for each in told.offers]
        assert [replace(each, id=UNTOLD) for each in offers] == [replace(each, id=UNTOLD) for each in expected.offers]
        assert len({each.id for each in offers}) == len(offers)
        for each, offer in zip(told.offers, offers, strict=True):
            said = msgspec.json.decode(msgspec.json.encode(each), type=OfferAnswer)
            assert_it_is_told(offer, said)


def assert_it_is_told(offer: Offer, said: OfferAnswer) -> None:
    """Assert that an answer says of an offer what is sealed in it, line by line."""
    assert (said.id, said.gross, said.on_top, said.total) == (str(offer.id), offer.gross, offer.on_top, offer.total)
    assert (said.room_type_id, said.rate_plan_id) == (offer.room_type_id, offer.plan.id)
    in_nights = [(night.date, part.part, part.code, part.amount) for night in said.nights for part in night.parts]
    on_top = [(each.date, each.kind, each.code, each.amount) for each in said.supplements]
    charges = [(each.date, each.part, each.code, each.amount) for each in offer.charges]
    assert in_nights == [each for each in charges if each[1] not in ON_TOP]
    assert on_top == [each for each in charges if each[1] in ON_TOP]
    assert all(night.amount == sum(part.amount for part in night.parts) for night in said.nights)
    for lines, placement in ((said.taxes_included, "included"), (said.taxes_on_top, "on_top")):
        taxes = [each for each in offer.taxes if each.placement == placement]
        assert [(each.date, each.code, each.base, each.amount) for each in lines] == [
            (each.date, each.code, each.base, each.amount) for each in taxes
        ]


@settings(deadline=None, max_examples=200)
@given(st.lists(sales(), min_size=1, max_size=3), RULES, st.lists(GUESTS, min_size=1, max_size=6), stays())
def test_guests_who_are_alike_are_charged_and_taxed_alike(
    sold: list[Sale], rules: list[TaxRule], asking: list[Guests], stay: StayDates
) -> None:
    basis = basis_of(sold)
    ground, alike = Ground(basis, plenty(), LocalTaxes(None, tuple(rules))), Kinship(basis, rules)

    def lines(guests: Guests) -> list[object]:
        [room] = quote(ground, OfferQuestion(OMD, stay, (guests.party,), NOON, guests.country))
        offers = [(each.plan, each.room_type_id, each.charges, each.taxes, each.total) for each in room.offers]
        refused = [(each.sale, {(why.code, why.on) for why in each.reasons}) for each in room.refused]
        return [*offers, *refused]

    for guests in asking:
        stand_in = alike.like(guests)
        event("another" if stand_in != guests else "the same")
        assert lines(stand_in) == lines(guests)
        assert alike.like(stand_in) == stand_in


def test_a_night_that_is_told_once_is_not_told_again() -> None:
    rate = NightRate(amounts=(Decimal(80), Decimal(100)))
    offered = OfferedPlan(1, 1, "FLEX", "Flexible", "none", "none", None, None)
    plan = SoldPlan(offered, PlanTerms(code="FLEX", basis="room"), None, None)
    basis = basis_of([Sale(KINDS[0], plan, dict.fromkeys(DAYS[:-1], rate), {})])
    rules = (TaxRule(1, "locality", "CITY", "City tax", "person_stay", "on_top", Decimal(7), TODAY),)
    nights = PartyNights[ToldNight](basis, Calendar(basis, LocalTaxes(None, rules), TODAY).dates, rules)
    ground, told = Ground(basis, plenty(), LocalTaxes(None, rules)), list[date]()

    def tell(night: OfferNight) -> ToldNight:
        told.append(night.date)
        return tell_night(night)

    def ask(first: int, last: int) -> Decimal:
        question = OfferQuestion(OMD, StayDates(DAYS[first], DAYS[last]), (Party(2),), NOON)
        [room] = at_once(quoting_nights(ground, question, tell, lambda _: nights))
        return room.offers[0].total

    # What is charged once is charged on the first night: the same night later in a stay says something else.
    assert [ask(0, 4), ask(1, 4), ask(1, 3), ask(0, 3)] == [Decimal(each) for each in (414, 314, 214, 314)]
    assert told == DAYS[0:2]
