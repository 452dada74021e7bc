"""A rate plan as an AlpineBits message states it, and what the price engine is handed of it."""

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from omd.features.rates.pricing import NightRate, PlanTerms, Restrictions, merge

DAY = timedelta(days=1)


class DatedRate(msgspec.Struct, frozen=True):
    """The price of one room type from `since` to the day before `until`."""

    since: date
    until: date
    rate: NightRate


class DatedRule(msgspec.Struct, frozen=True):
    """A booking rule of one room type, or of all where it is None, from `since` to the day before `until`.

    `by_weekday` holds what the rule says of a Monday, a Tuesday and so on.
    """

    room_type: str | None
    since: date
    until: date
    by_weekday: tuple[Restrictions, ...]


class AlpineBitsPlan(msgspec.Struct, frozen=True):
    """One rate plan of a RatePlans message: its terms, its prices by room type, and its booking rules."""

    code: str
    currency: str
    terms: PlanTerms
    rates: Mapping[str, tuple[DatedRate, ...]]
    rules: tuple[DatedRule, ...]

    def night_rates(self, room_type: str, since: date, until: date) -> dict[date, NightRate]:
        """Return the price of each night in `[since, until)`; where two of the message hold a night, the first."""
        found: dict[date, NightRate] = {}
        for dated in self.rates.get(room_type, ()):
            for day in _days(max(since, dated.since), min(until, dated.until)):
                found.setdefault(day, dated.rate)
        return found

    def restrictions(self, room_type: str, since: date, until: date) -> dict[date, Restrictions]:
        """Return the merged restrictions of the dates in `[since, until)`; a stay needs its departure day too."""
        found: dict[date, Restrictions] = {}
        for rule in self.rules:
            if rule.room_type is None or rule.room_type == room_type:
                for day in _days(max(since, rule.since), min(until, rule.until)):
                    said = rule.by_weekday[day.weekday()]
                    found[day] = merge(found[day], said) if day in found else said
        return found


def _days(since: date, until: date) -> list[date]:
    return [since + number * DAY for number in range(max(0, (until - since).days))]
