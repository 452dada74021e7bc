"""What would work where nothing is offered: other dates, other types, two types in turn."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from omd.features.offers import Ground, Instead, OfferQuestion, Supply, quote, what_works_instead
from omd.features.offers.instead import MOST_NIGHTS, Effort, looking_instead
from omd.features.offers.together import looking_together
from omd.features.rates import NightRate, Party
from omd.kernel.dates import StayDates
from omd.kernel.turns import at_once
from support.offers_world import (
    DOUBLE,
    NIGHTS,
    THURSDAY,
    TRIPLE,
    asked,
    basis,
    free,
    ground,
    only,
    plan,
    rates,
    restriction,
)

DAY = timedelta(days=1)
SATURDAY = 5
FLEX = plan(1, "FLEX")
PRICES = [*rates(1, DOUBLE, 100.0, 120.0), *rates(1, TRIPLE, 150.0, 160.0)]
HOUSE = basis([FLEX], PRICES)


def instead(on: Ground, question: OfferQuestion) -> Instead:
    """Return what would work instead, where nothing is offered."""
    quoted = only(quote(on, question))
    assert not quoted.offers
    return what_works_instead(on, question, quoted)


def stays(found: Instead) -> list[tuple[int, int, int]]:
    """Return the other dates as days from the ones asked for, and the type."""
    return [
        ((each.arrival - THURSDAY).days, (each.departure - each.arrival).days, each.room_type_id)
        for each in found.dates
    ]


def test_the_nearest_dates_that_are_free_are_told_by_their_cheapest_price() -> None:
    supply = free(DBL=[THURSDAY], TRP=[THURSDAY])
    found = instead(ground(HOUSE, supply), asked())
    # Thursday is full: a day less, then a day later, then that and a day more.
    assert stays(found) == [(1, 1, DOUBLE), (1, 2, DOUBLE), (1, 3, DOUBLE)]
    assert [each.total for each in found.dates] == [Decimal(120), Decimal(240), Decimal(360)]


def test_dates_that_a_restriction_forbids_are_not_told() -> None:
    said = [restriction(THURSDAY + each * DAY, closed=True) for each in range(-7, 6)]
    found = instead(ground(basis([FLEX], PRICES, said)), asked())
    assert [(each.arrival - THURSDAY).days for each in found.dates] == [6, 6, 6]


def test_a_hotel_that_changes_guests_on_saturdays_tells_the_weeks_around() -> None:
    """Eighteen plans and types: two hundred pairs of dates fall by their arrival or departure, and cost no effort."""
    types = [[number, f"T{number}", "Type", 1, 2, 2, 2, 4] for number in range(1, 7)]
    plans = [plan(number, f"P{number}", room_types=list(range(1, 7))) for number in (1, 2, 3)]
    priced = [row for each in (1, 2, 3) for number in range(1, 7) for row in rates(each, number, 100.0, 120.0)]
    shut = {"closed_to_arrival": True, "closed_to_departure": True}
    said = [restriction(night, **shut) for night in NIGHTS.dates() if night.weekday() != SATURDAY]
    supply = Supply({number: dict.fromkeys(NIGHTS.dates(), 1) for number in range(1, 7)})
    found = instead(ground(basis(plans, priced, said, types), supply), asked(nights=7))
    assert [(arrival, nights) for arrival, nights, _ in stays(found)] == [(2, 7), (-5, 14), (-5, 7)]


def test_the_first_nights_of_a_season_are_told_to_who_comes_a_week_too_early() -> None:
    season = StayDates(THURSDAY + 7 * DAY, NIGHTS.departure)
    types = [[number, f"T{number}", "Type", 1, 2, 2, 2, 4] for number in range(1, 13)]
    priced = [row for number in range(1, 13) for row in rates(1, number, 100.0, 120.0, nights=season)]
    supply = Supply({number: dict.fromkeys(NIGHTS.dates(), 1) for number in range(1, 13)})
    of = basis([plan(1, "FLEX", room_types=list(range(1, 13)))], priced, (), types)
    found = instead(ground(of, supply), asked(nights=7))
    assert stays(found)[0][:2] == (7, 1)


def test_no_other_dates_help_a_party_that_no_room_takes() -> None:
    assert instead(ground(HOUSE), asked(Party(9))) == Instead((), (), ())


def test_a_plan_that_retired_after_the_quote_is_suggested_no_more() -> None:
    plans = [FLEX, plan(2, "GONE")]
    supply = free(DBL=[THURSDAY], TRP=[THURSDAY])
    quoted = only(quote(ground(basis(plans, [*PRICES, *rates(2, DOUBLE, 10.0, 20.0)]), supply), asked()))
    found = what_works_instead(ground(HOUSE, supply), asked(), quoted)
    assert {each.plan.code for each in found.dates} == {"FLEX"}


def test_types_that_were_not_asked_for_are_told() -> None:
    supply = free(DBL=[THURSDAY])
    found = instead(ground(HOUSE, supply), asked(room_type_ids=frozenset({DOUBLE})))
    assert [(each.room_type_id, each.total) for each in found.types] == [(TRIPLE, Decimal("320.00"))]


def test_a_stay_is_split_between_two_types_that_are_free_in_turn() -> None:
    supply = free(DBL=[THURSDAY + 3 * DAY], TRP=[THURSDAY])
    (split,) = instead(ground(HOUSE, supply), asked(nights=5)).splits
    assert (split.first.room_type_id, split.second.room_type_id) == (DOUBLE, TRIPLE)
    assert (split.first.arrival, split.first.departure) == (THURSDAY, THURSDAY + 3 * DAY)
    assert (split.second.arrival, split.second.departure) == (THURSDAY + 3 * DAY, THURSDAY + 5 * DAY)
    assert split.total == Decimal("680.00") == split.first.total + split.second.total


def test_the_change_is_earlier_where_the_rest_would_be_too_short() -> None:
    said = [restriction(THURSDAY + each * DAY, None, TRIPLE, min_stay_arrival=3) for each in range(6)]
    supply = free(DBL=[THURSDAY + 3 * DAY], TRP=[THURSDAY])
    (split,) = instead(ground(basis([FLEX], PRICES, said), supply), asked(nights=5)).splits
    assert split.first.departure == THURSDAY + 2 * DAY


def test_no_split_gets_round_what_forbids_the_whole_stay() -> None:
    said = [restriction(THURSDAY, max_stay_arrival=3)]
    supply = free(DBL=[THURSDAY + 3 * DAY], TRP=[THURSDAY])
    assert instead(ground(basis([FLEX], PRICES, said), supply), asked(nights=5)).splits == ()


def test_a_full_house_is_not_split() -> None:
    rooms = free().rooms
    assert instead(ground(HOUSE, Supply(rooms, {THURSDAY + DAY: 0})), asked(nights=3)).splits == ()


class _Watched(dict[date, NightRate]):
    """Prices that say which nights were looked at."""

    def __init__(self, of: Mapping[date, NightRate], seen: list[object]) -> None:
        super().__init__(of)
        self._seen = seen

    def get(self, key: object, default: object = None) -> Any:
        self._seen.append(key)
        return super().get(key, default)  # type: ignore[call-overload]


def test_looking_for_other_dates_ends_where_none_can_be_had() -> None:
    """A year by twelve types, closed on one night: as many nights are priced as one request may, not three millions."""
    types = [[number, f"T{number}", "Type", 1, 2, 2, 2, 4] for number in range(1, 13)]
    year = StayDates(THURSDAY - 7 * DAY, THURSDAY + 373 * DAY)
    priced = [row for number in range(1, 13) for row in rates(1, number, 100.0, 120.0, nights=year)]
    closed = [restriction(THURSDAY + 30 * DAY, closed=True)]
    of = basis([plan(1, "FLEX", room_types=list(range(1, 13)))], priced, closed, types, year)
    supply = Supply({number: dict.fromkeys(year.dates(), 1) for number in range(1, 13)})
    question = asked(nights=366)
    quoted = only(quote(ground(of, supply), question))
    asked_for: list[object] = []
    watched = tuple(replace(sale, rates=_Watched(sale.rates, asked_for)) for sale in of.sales)
    found = what_works_instead(ground(replace(of, sales=watched), supply), question, quoted)
    assert found == Instead((), (), ())
    assert 0 < len(asked_for) <= MOST_NIGHTS + 12 * 373
    # Nine parties have no more between them, and neither has the whole of them.
    parties = tuple(Party(2, (each,)) for each in range(9))
    many, effort = replace(question, parties=parties), Effort()
    quotes = quote(ground(of, supply), many)
    on = ground(replace(of, sales=watched), supply)
    asked_for.clear()
    for at, each in enumerate(quotes):
        assert at_once(looking_instead(on, many, each, effort.part(len(quotes) + 1 - at))) == Instead((), (), ())
    at_once(looking_together(on, many, effort))
    assert 0 < len(asked_for) <= MOST_NIGHTS + 12 * 373


def test_parts_of_an_effort_take_it_off_the_whole_and_leave_the_rest_to_the_next() -> None:
    effort = Effort(90)
    first = effort.part(3)
    assert [first.takes(20), first.takes(20), first.takes(1)] == [True, True, False]
    second = effort.part(2)
    assert [second.takes(5), effort.part(1).takes(45)] == [True, True]
    assert not any((second.takes(1), effort.takes(1), effort.part(1).takes(1)))
