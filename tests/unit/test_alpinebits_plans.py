"""AlpineBits RatePlans as the price engine gets them, and the documents that are refused."""

from datetime import date
from decimal import Decimal

import pytest

from omd.features.rates.alpinebits import AlpineBitsPlan, read_rate_plans
from omd.features.rates.alpinebits.document import LARGEST_BYTES
from omd.features.rates.pricing import (
    Bracket,
    Conditions,
    FamilyOffer,
    FreeNights,
    NightRate,
    Source,
    Supplement,
    restrictions_of,
)
from omd.kernel.errors import InvalidInput

STATIC = (
    '<Rate RateTimeUnit="Day" UnitMultiplier="{unit}"><BaseByGuestAmts><BaseByGuestAmt Type="{kind}"/>'
    "</BaseByGuestAmts></Rate>"
)
RATE = """<Rate InvTypeCode="DBL" Start="2027-03-01" End="2027-03-31"><BaseByGuestAmts>
  <BaseByGuestAmt NumberOfGuests="2" AgeQualifyingCode="10" AmountAfterTax="120.00"/></BaseByGuestAmts>
  <AdditionalGuestAmounts><AdditionalGuestAmount AgeQualifyingCode="10" Amount="50.00"/>
  <AdditionalGuestAmount AgeQualifyingCode="8" MaxAge="3" Amount="0"/>
  <AdditionalGuestAmount AgeQualifyingCode="8" MinAge="3" MaxAge="12" Amount="20.00"/>
  </AdditionalGuestAmounts></Rate>"""
FREE_FIRST = '<Offer><Discount NightsRequired="7" NightsDiscounted="1" DiscountPattern="1000000"/></Offer>'


def document(
    rules: str = "", rates: str = RATE, supplements: str = "", offers: str = "", *, kind: str = "25", unit: str = "1"
) -> bytes:
    plan = (
        f'<RatePlan RatePlanNotifType="New" CurrencyCode="EUR" RatePlanCode="HB"><BookingRules>{rules}</BookingRules>'
        f"<Rates>{STATIC.format(kind=kind, unit=unit)}{rates}</Rates>"
        f"<Supplements>{supplements}</Supplements><Offers>{offers}</Offers></RatePlan>"
    )
    return message(plan)


def message(plans: str) -> bytes:
    return (
        '<OTA_HotelRatePlanNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05" Version="1.000">'
        f'<RatePlans HotelCode="1">{plans}</RatePlans></OTA_HotelRatePlanNotifRQ>'
    ).encode()


def read(content: bytes) -> AlpineBitsPlan:
    (plan,) = read_rate_plans(content)
    return plan


def said(content: bytes) -> list[str]:
    """Return where each problem is."""
    with pytest.raises(InvalidInput) as refused:
        read_rate_plans(content)
    return [problem.pointer for problem in refused.value.problems] or [refused.value.detail]


def test_prices_are_of_the_nights_from_start_to_end_both_included() -> None:
    plan = read(document())
    assert (plan.code, plan.currency, plan.terms.basis) == ("HB", "EUR", "room")
    assert plan.terms.brackets == (Bracket(0, 3), Bracket(3, 12))
    nights = plan.night_rates("DBL", date(2027, 2, 27), date(2027, 4, 3))
    assert (min(nights), max(nights), len(nights)) == (date(2027, 3, 1), date(2027, 3, 31), 31)
    assert nights[date(2027, 3, 31)] == NightRate(
        amounts=(None, Decimal(120)), extra_adult=Decimal(50), children=(Decimal(0), Decimal(20)), season=0
    )
    assert plan.night_rates("SGL", date(2027, 3, 1), date(2027, 3, 3)) == {}


def test_a_weekly_price_by_person() -> None:
    plan = read(document(kind="7", unit="7"))
    assert plan.terms.basis == "person"
    assert plan.night_rates("DBL", date(2027, 3, 1), date(2027, 3, 2))[date(2027, 3, 1)].unit_nights == 7


def test_rates_that_cut_the_ages_otherwise_share_the_smallest_brackets() -> None:
    later = RATE.replace("2027-03-01", "2027-04-01").replace("2027-03-31", "2027-04-30")
    plan = read(document(rates=RATE + later.replace('"3"', '"6"').replace('"12"', '"14"')))
    assert plan.terms.brackets == (Bracket(0, 3), Bracket(3, 6), Bracket(6, 12), Bracket(12, 14))
    march, april = (plan.night_rates("DBL", day, date(2027, 5, 1))[day] for day in (date(2027, 3, 1), date(2027, 4, 1)))
    assert march.children == (Decimal(0), Decimal(20), Decimal(20), None)
    assert april.children == (Decimal(0), Decimal(0), Decimal(20), Decimal(20))


def test_booking_rules_are_restrictions_by_date() -> None:
    """A Saturday rule of the type, merged with the general one; the source says which is which."""
    general = """<BookingRule Start="2027-03-01" End="2027-03-31"><LengthsOfStay>
      <LengthOfStay Time="3" TimeUnit="Day" MinMaxMessageType="SetMinLOS"/>
      <LengthOfStay Time="14" TimeUnit="Day" MinMaxMessageType="SetForwardMaxStay"/></LengthsOfStay>
      <RestrictionStatus Restriction="Master" Status="Open"/></BookingRule>"""
    of_type = """<BookingRule CodeContext="ROOMTYPE" Code="DBL" Start="2027-03-13" End="2027-03-14"><DOW_Restrictions>
      <ArrivalDaysOfWeek Mon="0" Tue="0" Weds="0" Thur="0" Fri="0" Sat="1" Sun="0"/></DOW_Restrictions>
      <RestrictionStatus Restriction="Master" Status="Close"/></BookingRule>"""
    plan = read(document(rules=general + of_type))
    wide, narrow = Source("plan", "HB"), Source("plan_type", "HB for DBL")
    found = plan.restrictions("DBL", date(2027, 3, 12), date(2027, 3, 15))
    stays = restrictions_of(wide, min_stay_arrival=3, max_stay_through=14)
    assert found[date(2027, 3, 12)] == stays
    assert found[date(2027, 3, 13)].closed == found[date(2027, 3, 14)].closed == narrow
    assert found[date(2027, 3, 13)].closed_to_arrival is None
    assert found[date(2027, 3, 14)].closed_to_arrival == narrow
    assert found[date(2027, 3, 14)].min_stay_arrival == stays.min_stay_arrival
    assert plan.restrictions("SGL", date(2027, 3, 13), date(2027, 3, 14)) == {date(2027, 3, 13): stays}


def test_offers() -> None:
    offers = """<Offer><OfferRules><OfferRule MinAdvancedBookingOffset="P7D" MaxAdvancedBookingOffset="P90D">
      <LengthsOfStay><LengthOfStay Time="2" TimeUnit="Day" MinMaxMessageType="SetMinLOS"/></LengthsOfStay>
      <DOW_Restrictions><DepartureDaysOfWeek Mon="1" Tue="1" Weds="1" Thur="1" Fri="1" Sat="0" Sun="0"/>
      </DOW_Restrictions><Occupancy AgeQualifyingCode="10" MinAge="16" MinOccupancy="2"/>
      <Occupancy AgeQualifyingCode="8" MinAge="2" MaxAge="14" MaxOccupancy="3"/></OfferRule></OfferRules></Offer>
      <Offer><Discount Percent="100" NightsRequired="7" NightsDiscounted="2" DiscountPattern="0000011"/></Offer>
      <Offer><Discount Percent="100"/><Guests><Guest AgeQualifyingCode="8" MaxAge="6" MinCount="2"
        FirstQualifyingPosition="1" LastQualifyingPosition="1"/></Guests></Offer>"""
    terms = read(document(offers=offers)).terms
    assert (terms.adult_from, terms.grown_children) == (16, "refused")
    assert terms.full_payers
    assert terms.through_departure
    assert terms.free_nights == FreeNights(7, 2, "PPPPPFF")
    assert terms.family == FamilyOffer(6, 2, 1)
    assert terms.conditions == Conditions(
        min_child_age=2,
        max_child_age=14,
        min_adults=2,
        max_children=3,
        min_nights=2,
        departure_weekdays=frozenset({0, 1, 2, 3, 4}),
        min_advance=7,
        max_advance=90,
    )


def test_adults_without_an_age_leave_no_room_for_children() -> None:
    offers = '<Offer><OfferRules><OfferRule><Occupancy AgeQualifyingCode="10"/></OfferRule></OfferRules></Offer>'
    assert not read(document(offers=offers)).terms.conditions.children


def test_supplements() -> None:
    """The mandatory one is charged, by its days and room types; the optional one is not read as a charge."""
    supplements = """
      <Supplement InvType="EXTRA" InvCode="WE" MandatoryIndicator="true" ChargeTypeCode="21">
        <PrerequisiteInventory InvType="ALPINEBITSDOW" InvCode="0000110"/></Supplement>
      <Supplement InvType="EXTRA" InvCode="WE" Amount="5.50" Start="2027-03-01" End="2027-03-31">
        <PrerequisiteInventory InvType="ROOMTYPE" InvCode="DBL"/></Supplement>
      <Supplement InvType="EXTRA" InvCode="DOG" MandatoryIndicator="0" ChargeTypeCode="1"/>
      <Supplement InvType="EXTRA" InvCode="DOG" Amount="12" Start="2027-03-01" End="2027-03-31"/>"""
    assert read(document(supplements=supplements)).terms.supplements == (
        Supplement(
            code="WE",
            charge="person_night",
            amount=Decimal("5.50"),
            since=date(2027, 3, 1),
            until=date(2027, 4, 1),
            weekdays=frozenset({4, 5}),
            room_types=("DBL",),
        ),
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not well-formed"),
        (b"<a><b></a>", "not well-formed"),
        (b"\x00" * 10, "not well-formed"),
        (b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><a/>", "DOCTYPE"),
        (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>", "DOCTYPE"),
        (b"<!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;&x;&x;'>]><a>&y;</a>", "DOCTYPE"),
        (b"<a>" + b" " * LARGEST_BYTES + b"</a>", "at most"),
    ],
)
def test_hostile_documents_are_refused(content: bytes, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read_rate_plans(content)


def test_nested_entities_are_not_multiplied_out() -> None:
    """Ten levels of ten: a thousand million words if any parser here were to write them out."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    content = f'<!DOCTYPE a [<!ENTITY e0 "ha">{levels}]><a b="&e9;">&e9;</a>'.encode()
    with pytest.raises(InvalidInput):
        read_rate_plans(content)


@pytest.mark.parametrize("depth", [300, 100_000])
def test_endless_nesting_is_refused(depth: int) -> None:
    with pytest.raises(InvalidInput):
        read_rate_plans(b"<a>" * depth + b"</a>" * depth)


@pytest.mark.parametrize(
    ("content", "pointers"),
    [
        (b"<a/>", ["line 1: a"]),
        (message('<RatePlan RatePlanNotifType="Overlay" CurrencyCode="EUR" RatePlanCode="A"/>'), 2),
        (document(rates=RATE.replace("120.00", "-1")), ["line 2: BaseByGuestAmt/@AmountAfterTax"]),
        (document(rates=RATE.replace("120.00", "1e5")), ["line 2: BaseByGuestAmt/@AmountAfterTax"]),
        (document(rates=RATE.replace('NumberOfGuests="2"', 'NumberOfGuests="400"')), 1),
        (document(rates=RATE.replace("2027-03-31", "2027-02-28")), ["line 1: Rate/@End"]),
        (document(rates=RATE.replace("2027-03-31", "2027-02-30").replace("50.00", "x")), 2),
        (document(kind="9"), 1),
        (document(unit="0"), 1),
        (document(supplements='<Supplement InvType="EXTRA" InvCode="A" ChargeTypeCode="99"/>'), 1),
        (
            document(
                rules='<BookingRule Start="2027-03-01" End="2027-03-05"/>'
                '<BookingRule Start="2027-03-05" End="2027-03-09"/>'
            ),
            ["line 1: BookingRule/@Start"],
        ),
        (document(offers='<Offer><Discount NightsRequired="7" NightsDiscounted="8"/></Offer>'), 1),
        (document(offers=FREE_FIRST), 1),
    ],
)
def test_every_problem_is_named_by_its_line(content: bytes, pointers: list[str] | int) -> None:
    found = said(content)
    assert found == pointers or len(found) == pointers
    assert all(pointer.startswith("line ") for pointer in found)
