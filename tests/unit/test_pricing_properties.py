"""What holds of every price: sums, merges, modes, reasons, and what can only grow."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import reduce

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omd.features.rates.pricing import (
    Bracket,
    Conditions,
    Derivation,
    FamilyOffer,
    FreeNights,
    NightRate,
    Occupancy,
    Party,
    PlanTerms,
    Priced,
    Reason,
    Refused,
    Restrictions,
    Rounding,
    Source,
    StayQuestion,
    Supplement,
    derive,
    merge,
    price_stay,
    restrictions_of,
    share_out,
    what_would_work,
)
from omd.features.rates.pricing.reasons import LEVELS
from omd.features.rates.pricing.restrictions import CLOSURES, FIELDS
from omd.features.rates.pricing.rounding import MODES
from omd.kernel.dates import StayDates
from support.pricing_world import BOOKED_ON, DOUBLE, FLEX, THURSDAY, answer, every_night, priced, stay

quick = settings(deadline=None)

AMOUNTS = st.decimals(0, 900, places=2)
ROUNDINGS = st.builds(
    Rounding, st.sampled_from(sorted(MODES)), st.sampled_from([Decimal("0.01"), Decimal("0.001"), Decimal(1)])
)
RATES = st.builds(
    NightRate,
    amounts=st.lists(AMOUNTS | st.none(), min_size=1, max_size=4).map(tuple),
    extra_adult=AMOUNTS | st.none(),
    children=st.lists(AMOUNTS | st.none(), max_size=3).map(tuple),
    unit_nights=st.sampled_from([1, 1, 1, 3, 7]),
    season=st.integers(1, 2),
)
SUPPLEMENTS = st.builds(
    Supplement,
    code=st.sampled_from("AB"),
    charge=st.sampled_from(["night", "person_night", "stay", "person_stay", "once"]),
    amount=st.decimals(-20, 60, places=2),
    since=st.none() | st.dates(THURSDAY, THURSDAY + timedelta(days=4)),
    weekdays=st.none() | st.frozensets(st.integers(0, 6), min_size=1),
)
NIGHTS = st.integers(1, 9)
SMALL = st.none() | st.integers(0, 8)
CONDITIONS = st.builds(
    Conditions,
    children=st.sampled_from([True, True, False]),
    min_child_age=SMALL,
    max_child_age=st.none() | st.integers(3, 16),
    min_adults=st.none() | st.integers(0, 3),
    max_children=SMALL,
    min_nights=SMALL,
    max_nights=SMALL,
    arrival_weekdays=st.none() | st.frozensets(st.integers(0, 6)),
    departure_weekdays=st.none() | st.frozensets(st.integers(0, 6)),
    min_advance=st.none() | st.integers(0, 30),
    max_advance=st.none() | st.integers(0, 30),
)
TERMS = st.builds(
    PlanTerms,
    code=st.just("FLEX"),
    basis=st.sampled_from(["person", "room"]),
    brackets=st.just((Bracket(0, 3), Bracket(3, 12))),
    adult_from=st.none() | st.integers(12, 18),
    grown_children=st.sampled_from(["adults", "refused"]),
    full_payers=st.booleans(),
    family=st.none() | st.builds(FamilyOffer, st.integers(1, 12), st.integers(1, 3), st.integers(1, 2)),
    free_nights=st.none() | st.just(FreeNights(4, 1)) | st.just(FreeNights(3, 1, "PFP")),
    conditions=st.just(Conditions()) | CONDITIONS,
    supplements=st.lists(SUPPLEMENTS, max_size=3).map(tuple),
    through_departure=st.booleans(),
)
OCCUPANCIES = st.builds(
    Occupancy,
    room_type=st.just("DBL"),
    min_guests=st.integers(1, 2),
    standard=st.integers(1, 3),
    max_guests=st.integers(3, 5),
    max_children=st.none() | st.integers(0, 2),
)
SOURCES = st.builds(Source, st.sampled_from(LEVELS), st.sampled_from(["", "A", "B"]))


@st.composite
def restrictions(draw: st.DrawFn) -> Restrictions:
    """What one source says of a date, little of it most often."""
    fields = draw(st.lists(st.sampled_from(FIELDS), max_size=3, unique=True))
    values = {field: True if field in CLOSURES else draw(st.integers(0, 6)) for field in fields}
    return restrictions_of(draw(SOURCES), **values)


class World(msgspec.Struct):
    """Everything that a price depends on; its causes of refusal can be taken away one by one."""

    question: StayQuestion
    terms: PlanTerms
    occupancy: Occupancy
    rates: dict[date, NightRate]
    restrictions: dict[date, Restrictions]

    def answer(self, rounding: Rounding | None = None) -> Priced | Refused:
        return price_stay(
            self.question, self.terms, self.occupancy, self.rates, self.restrictions, rounding or Rounding()
        )

    def days(self) -> list[date]:
        return [self.question.dates.arrival + timedelta(days=day) for day in range(self.question.dates.nights + 1)]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    nights = draw(NIGHTS)
    children = draw(st.lists(st.integers(0, 17), max_size=3))
    question = stay(THURSDAY, nights, draw(st.integers(0, 4)), *children)
    days = [THURSDAY + timedelta(days=day) for day in range(nights + 1)]
    rate = draw(RATES)
    rates = {day: draw(st.just(rate) | RATES) for day in days if draw(st.integers(0, 19))}
    said = {day: draw(restrictions()) for day in days if not draw(st.integers(0, 3))}
    return World(question, draw(TERMS), draw(OCCUPANCIES), rates, said)


FULL = NightRate(amounts=(Decimal(100),) * 9, extra_adult=Decimal(50), children=(Decimal(10),) * 4)


def remove(world: World, reason: Reason) -> None:
    """Take away what the reason names, as the one who set it would; nothing else."""
    conditions, party, code = world.terms.conditions, world.question.party, reason.code
    guests = party.adults + len(party.children)
    if code in FIELDS and reason.on is not None:
        world.restrictions[reason.on] = replace(world.restrictions[reason.on], **{code: None})
    elif code == "least_above_most" and reason.on is not None:
        most = dict.fromkeys(("max_stay_arrival", "max_stay_through", "max_advance"))
        world.restrictions[reason.on] = replace(world.restrictions[reason.on], **most)
    elif (
        code in Conditions.__struct_fields__ and reason.source.level == "plan" and getattr(conditions, code) is not None
    ):
        world.terms = replace(world.terms, conditions=replace(conditions, **{code: None}))
    elif code in {"arrival_weekday", "departure_weekday"}:
        world.terms = replace(world.terms, conditions=replace(conditions, **{f"{code}s": None}))
    elif code == "no_children":
        world.terms = replace(world.terms, conditions=replace(conditions, children=True))
    elif code in {"child_too_young", "child_too_old"}:
        world.terms = replace(world.terms, conditions=replace(conditions, min_child_age=None, max_child_age=None))
    elif code in {"too_few_guests", "too_many_guests"}:
        world.occupancy = replace(world.occupancy, min_guests=min(guests, 1), max_guests=max(guests, 5))
    elif code == "too_many_children" and reason.source.level == "room_type":
        world.occupancy = replace(world.occupancy, max_children=None)
    elif code in {"too_few_adults", "too_many_children"}:
        least = replace(conditions, min_adults=None, max_children=None)
        world.terms = replace(world.terms, conditions=least)
        world.question = replace(world.question, party=Party(max(1, party.adults), party.children))
    elif code == "child_is_adult":
        world.terms = replace(world.terms, grown_children="adults")
    elif code == "no_bracket_for_child":
        world.terms = replace(world.terms, brackets=(*world.terms.brackets, Bracket(12, 99)))
    elif code == "below_zero":
        world.terms = replace(world.terms, supplements=())
    else:
        assert code.startswith(("not_priced", "no_price")), reason
        assert reason.on is not None
        world.rates[reason.on] = FULL


def sell(world: World, rounding: Rounding | None = None) -> Priced:
    """Take away what stands in the way until the stay is sold, round by round.

    One cause can hide another: a party that is not taken has no price, a child without a bracket neither, and an adult
    who is added is one guest more.
    """
    named: list[Reason] = []
    for rounds in range(6):
        answered = world.answer(rounding)
        if isinstance(answered, Priced):
            event(f"sold after {rounds} rounds")
            return answered
        assert answered.reasons
        assert len(set(answered.reasons)) == len(answered.reasons)
        named += answered.reasons
        for reason in answered.reasons:
            remove(world, reason)
    raise AssertionError(f"The stay is not sold although this was taken away: {named}")


@quick
@given(worlds())
def test_a_refusal_names_all_that_stands_in_the_way(world: World) -> None:
    sell(world)


@quick
@given(worlds(), ROUNDINGS)
def test_the_total_is_the_sum_of_what_is_shown(world: World, rounding: Rounding) -> None:
    answered = sell(world, rounding)
    lines = [night.amount for night in answered.nights] + [line.amount for line in answered.supplements]
    assert sum(lines) == answered.total
    parts = [each.amount for each in answered.supplements]
    parts += [part for night in answered.nights for part in (night.base, night.extra_adults)]
    parts += [line.amount for night in answered.nights for line in night.children]
    assert all(part % rounding.step == 0 for part in parts)
    for night in answered.nights:
        assert night.amount == night.base + night.extra_adults + sum(line.amount for line in night.children)
        assert sum(line.count for line in night.children) == len(answered.payers.children)
        assert not night.free or night.amount == 0


@quick
@given(
    nights=st.integers(1, 20),
    price=AMOUNTS,
    unit=st.integers(1, 9),
    extra=st.decimals(0, 90, places=2),
    part=st.integers(1, 20),
    mode=st.sampled_from(sorted(MODES)),
)
def test_the_total_is_the_exact_sum_rounded_once(
    nights: int, price: Decimal, unit: int, extra: Decimal, part: int, mode: str
) -> None:
    """By fractions, beside the engine: nights at a part of the unit's price, and a supplement of a part of the stay."""
    until = THURSDAY + timedelta(days=part)
    terms = replace(FLEX, supplements=(Supplement(code="X", charge="stay", amount=extra, until=until),))
    rates = every_night(NightRate(amounts=(price,), unit_nights=unit, season=1))
    rounding = next(Rounding(each) for each in MODES if each == mode)
    paid = priced(answer(stay(THURSDAY, nights, 1), terms, rates=rates, rounding=rounding))
    exact = Fraction(price) * nights / unit + Fraction(extra) * min(part, nights) / nights
    cents = exact * 100
    low = cents.numerator // cents.denominator
    rest: Fraction = cents - low
    half = Fraction(1, 2)
    up = {
        "down": False,
        "up": rest > 0,
        "half_up": rest >= half,
        "half_even": rest > half or (rest == half and low % 2 == 1),
    }
    assert Fraction(paid.total) * 100 == low + up[mode]
    assert max(night.amount for night in paid.nights) - min(night.amount for night in paid.nights) <= Decimal("0.01")


@quick
@given(st.lists(st.decimals(-50, 500, places=4), min_size=1, max_size=12), st.integers(1, 12), ROUNDINGS)
def test_shares_are_whole_near_and_sum_up(parts: list[Decimal], divisor: int, rounding: Rounding) -> None:
    shares = share_out(parts, divisor, rounding)
    for part, share in zip(parts, shares, strict=True):
        off = abs(Fraction(share) - Fraction(part) / divisor)
        assert off < Fraction(rounding.step)
        assert share % rounding.step == 0
    assert abs(Fraction(sum(shares)) - sum(map(Fraction, parts), Fraction()) / divisor) <= Fraction(rounding.step)


@quick
@given(restrictions(), restrictions(), restrictions())
def test_a_merge_knows_no_order(one: Restrictions, two: Restrictions, three: Restrictions) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three)) == merge(one, two, three)
    assert merge(one, one) == one
    for field in FIELDS:
        merged, said = getattr(merge(one, two), field), (getattr(one, field), getattr(two, field))
        assert merged in said or merged is None
        assert (merged is None) == (said == (None, None))


@quick
@given(worlds(), restrictions(), st.integers(0, 9))
def test_more_restrictions_never_sell_more(world: World, said: Restrictions, day: int) -> None:
    before = sell(world)
    on = THURSDAY + timedelta(days=day)
    world.restrictions[on] = merge(world.restrictions.get(on, Restrictions()), said)
    after = world.answer()
    assert isinstance(after, Refused) or after == before


@quick
@given(worlds())
def test_what_is_suggested_is_sold_and_near_comes_first(world: World) -> None:
    world.rates |= every_night(FULL, since=BOOKED_ON, nights=40)
    sell(world)
    asked = world.question.dates
    found = list(
        what_would_work(world.question, world.terms, world.occupancy, world.rates, world.restrictions, within=2)
    )
    far = [
        abs((each.dates.arrival - asked.arrival).days) + abs((each.dates.departure - asked.departure).days)
        for each in found
    ]
    assert far == sorted(far)
    assert 0 not in far
    for each in found:
        world.question = replace(world.question, dates=each.dates)
        assert world.answer() == each.priced


GROWING = st.lists(AMOUNTS, min_size=3, max_size=3).map(sorted)


@quick
@given(GROWING, AMOUNTS, AMOUNTS, NIGHTS, st.sampled_from([1, 3, 7]), st.lists(SUPPLEMENTS, max_size=2))
def test_a_price_grows_with_nights_adults_and_children(
    amounts: list[Decimal], extra: Decimal, child: Decimal, nights: int, unit: int, on_top: list[Supplement]
) -> None:
    """Where a plan gives nothing away: no free nights, no family offer, no discounts, no supplement for a part."""
    rate = NightRate(
        amounts=tuple(amounts), extra_adult=extra, children=(Decimal(0), child, child), unit_nights=unit, season=1
    )
    supplements = tuple(replace(each, amount=abs(each.amount), since=None, weekdays=None) for each in on_top)
    terms, rates = replace(FLEX, supplements=supplements), every_night(rate)
    room = replace(DOUBLE, max_guests=9)

    def total(nights: int, adults: int, *children: int) -> Decimal:
        return priced(answer(stay(THURSDAY, nights, adults, *children), terms, room, rates)).total

    sums = [total(nights, adults) for adults in (1, 2, 3, 4)]
    assert sums == sorted(sums)
    assert total(nights, 2) <= total(nights + 1, 2)
    assert total(nights, 2) <= total(nights, 2, 5) <= total(nights, 2, 5, 8)


@quick
@given(AMOUNTS, st.decimals("0.01", 3, places=3), st.decimals(-50, 50, places=2), ROUNDINGS, AMOUNTS)
def test_a_derived_price_keeps_the_order_of_its_parents(
    price: Decimal, factor: Decimal, amount: Decimal, rounding: Rounding, other: Decimal
) -> None:
    derivation = Derivation(factor, amount, rounding)
    low, high = sorted((price, other))
    assert derive(low, derivation) <= derive(high, derivation)
    assert derive(price, derivation) % rounding.step == 0
    assert abs(derive(price, derivation) - (price * factor + amount)) < rounding.step


def test_every_level_of_source_has_its_place() -> None:
    """Of the same word at every level the hotel's is named, whatever the order."""
    said = [restrictions_of(Source(level), min_stay_through=3) for level in LEVELS]
    for order in (said, said[::-1]):
        assert merge(*order) == reduce(merge, order) == said[0]


def test_a_year_is_a_stay_like_any_other() -> None:
    dates = StayDates(THURSDAY, THURSDAY + timedelta(days=366))
    paid = priced(answer(StayQuestion(dates, Party(2), BOOKED_ON), rates=every_night(nights=400)))
    assert paid.total == 120 * 366
