"""What taxes add to the nights of one party: the same as `reckon`, prepared for many prices."""

from array import array
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate

import msgspec

from omd.features.rates import Lodger, Nightly, TaxRule, count_payers, is_due, reckon, rules_of_day
from omd.kernel.dates import StayDates

_IN_CENTS = 100
_SCALE = 10_000
"""Percentages have four places after the point at most."""

_WHOLE = 100 * _SCALE
_DAY = timedelta(days=1)

Sums = tuple[tuple[int, Sequence[int]], ...]
"""From which night of a stay on they hold, and what is added to all nights before each, in cents."""


class _Percent(msgspec.Struct, frozen=True):
    """A percentage on top of some charges, in parts of `_WHOLE`."""

    parts: int
    of_room: bool
    of_supplements: bool
    of_meals: bool

    def of(self, room: int, supplements: int, meals: int) -> int:
        """Return what it comes to in cents, rounded half up as `reckon` does."""
        base = (room if self.of_room else 0) + (supplements if self.of_supplements else 0)
        base += meals if self.of_meals else 0
        return (base * self.parts + _WHOLE // 2) // _WHOLE


class _Due(msgspec.Struct, frozen=True):
    """What is added to a night: an amount in cents, and percentages of its charges."""

    fixed: int = 0
    percents: tuple[_Percent, ...] = ()


class OnTop:
    """What the rules of a place add to some nights for one party."""

    def __init__(self, dues: Sequence[tuple[int, tuple[_Due, ...]]]) -> None:
        """`dues` say from which night of a stay on, what is due on each date."""
        self._dues = dues
        percents = any(due.percents for _, by_night in dues for due in by_night)
        # The same for every price, so reckoned once.
        self._fixed = (
            None
            if percents
            else tuple((number, _added([each.fixed for each in by_night])) for number, by_night in dues)
        )

    @classmethod
    def of(cls, rules: Sequence[TaxRule], nights: Sequence[date], lodgers: Sequence[Lodger]) -> "OnTop | None":
        """Return what is added to each night, None where that depends on more than its charges and its place in a stay.

        So it is with percentages on top of what is left without the included taxes.
        """
        adding = [rule for rule in rules if rule.placement == "on_top"]
        if any(_parts(rule) is None for rule in adding):
            return None
        # The narrowest rule of a code holds even where it adds nothing itself.
        by_night = [tuple(rules_of_day(rules, night)) for night in nights] if adding else []
        payers = {id(rule): count_payers(rule, lodgers) for rule in adding}
        known: dict[tuple[int, ...], _Due] = {}
        dues: list[tuple[int, tuple[_Due, ...]]] = []
        # After the first night what is charged once is over; after so many what is capped is.
        for number in sorted({0, 1, *(rule.max_nights for rule in adding if rule.max_nights is not None)}):
            of_nights = []
            for night, holding in zip(nights, by_night, strict=False):
                due = [each for each in holding if id(each) in payers and is_due(each, number, payers[id(each)])]
                key = tuple(map(id, due))
                if key not in known:
                    known[key] = _due(due, night, lodgers)
                of_nights.append(known[key])
            if of_nights and (not dues or dues[-1][1] != tuple(of_nights)):
                dues.append((number, tuple(of_nights)))
        return cls(dues)

    def sums(self, nightly: Nightly) -> Sums:
        """Return what is added to nights at these prices; nothing at all for no sums."""
        if self._fixed is not None:
            return self._fixed
        return tuple(
            (
                number,
                _added(
                    [
                        due.fixed + sum(each.of(room or 0, supplements, meals) for each in due.percents)
                        for due, room, supplements, meals in zip(
                            by_night, nightly.room, nightly.supplements, nightly.meals, strict=True
                        )
                    ]
                ),
            )
            for number, by_night in self._dues
        )


def between(sums: Sums, first: int, last: int) -> int:
    """Return what is added to a stay of the nights `[first, last)`."""
    if len(sums) == 1:
        added = sums[0][1]
        return added[last] - added[first]
    total = 0
    for at, (number, added) in enumerate(sums):
        until = min(last, first + sums[at + 1][0]) if at + 1 < len(sums) else last
        if first + number < until:
            total += added[until] - added[first + number]
    return total


def _due(rules: Sequence[TaxRule], night: date, lodgers: Sequence[Lodger]) -> _Due:
    # Of no charges there are no percentages: what is left is the same for every price.
    fixed = reckon(rules, StayDates(night, night + _DAY), (), lodgers).on_top
    percents = tuple(
        _Percent(parts, *(not rule.kinds or kind in rule.kinds for kind in ("room", "supplement", "meals")))
        for rule in rules
        if (parts := _parts(rule))
    )
    return _Due(int(fixed * _IN_CENTS), percents)


def _parts(rule: TaxRule) -> int | None:
    """Return a percentage in parts of `_WHOLE`, 0 for an amount, None for one that is not to be had so."""
    if not rule.is_percentage:
        return 0
    parts = rule.value * _SCALE
    return int(parts) if rule.basis == "percent" and parts == parts.to_integral_value() else None


def _added(amounts: Sequence[int]) -> Sequence[int]:
    return array("q", accumulate(amounts, initial=0))
