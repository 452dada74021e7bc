"""Restrictions of one date: merged most-restrictive, with the source of each kept."""

from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec
from msgspec.structs import replace

from omd.features.rates.pricing.reasons import LEVELS, Source

Field = Literal[
    "closed",
    "closed_to_arrival",
    "closed_to_departure",
    "min_stay_arrival",
    "max_stay_arrival",
    "min_stay_through",
    "max_stay_through",
    "min_advance",
    "max_advance",
]


class Bound(msgspec.Struct, frozen=True):
    """A limit, in nights or in days ahead, and who set it."""

    value: int
    source: Source


class Restrictions(msgspec.Struct, frozen=True, kw_only=True):
    """What holds on one date for a plan and room type; None says nothing.

    A closure is the source that set it. Bounds on the stay are in nights, advance is in days from the booking to the
    arrival; all bounds are inclusive.
    """

    closed: Source | None = None
    closed_to_arrival: Source | None = None
    closed_to_departure: Source | None = None
    min_stay_arrival: Bound | None = None
    max_stay_arrival: Bound | None = None
    min_stay_through: Bound | None = None
    max_stay_through: Bound | None = None
    min_advance: Bound | None = None
    max_advance: Bound | None = None


UNRESTRICTED = Restrictions()
CLOSURES: tuple[Field, ...] = ("closed", "closed_to_arrival", "closed_to_departure")
MINIMA: tuple[Field, ...] = ("min_stay_arrival", "min_stay_through", "min_advance")
MAXIMA: tuple[Field, ...] = ("max_stay_arrival", "max_stay_through", "max_advance")
FIELDS: tuple[Field, ...] = (*CLOSURES, *MINIMA, *MAXIMA)
_RANKS = {level: rank for rank, level in enumerate(LEVELS)}


def restrictions_of(source: Source, **values: int | bool | None) -> Restrictions:
    """Return what one source says of a date: True for a closure, a number for a bound, None or False for nothing."""
    said: dict[str, Source | Bound] = {}
    for field, value in values.items():
        if field in CLOSURES:
            if value:
                said[field] = source
        elif value is not None:
            said[field] = Bound(int(value), source)
    return replace(UNRESTRICTED, **said)


def _wider(one: Source, other: Source) -> bool:
    return (_RANKS[one.level], one.name) <= (_RANKS[other.level], other.name)


def _closure(one: Source | None, other: Source | None) -> Source | None:
    if one is None or other is None:
        return one or other
    return one if _wider(one, other) else other


def _minimum(one: Bound | None, other: Bound | None) -> Bound | None:
    if one is None or other is None:
        return one or other
    if one.value == other.value:
        return one if _wider(one.source, other.source) else other
    return one if one.value > other.value else other


def _maximum(one: Bound | None, other: Bound | None) -> Bound | None:
    if one is None or other is None:
        return one or other
    if one.value == other.value:
        return one if _wider(one.source, other.source) else other
    return one if one.value < other.value else other


def _merge_two(one: Restrictions, other: Restrictions) -> Restrictions:
    return Restrictions(
        closed=_closure(one.closed, other.closed),
        closed_to_arrival=_closure(one.closed_to_arrival, other.closed_to_arrival),
        closed_to_departure=_closure(one.closed_to_departure, other.closed_to_departure),
        min_stay_arrival=_minimum(one.min_stay_arrival, other.min_stay_arrival),
        max_stay_arrival=_maximum(one.max_stay_arrival, other.max_stay_arrival),
        min_stay_through=_minimum(one.min_stay_through, other.min_stay_through),
        max_stay_through=_maximum(one.max_stay_through, other.max_stay_through),
        min_advance=_minimum(one.min_advance, other.min_advance),
        max_advance=_maximum(one.max_advance, other.max_advance),
    )


def merge(*said: Restrictions) -> Restrictions:
    """Return what holds when all of these are said of a date: any closure, the largest minimum, the smallest maximum.

    Neither order nor grouping matters. Where two say the same, the wider source is named.
    """
    merged = UNRESTRICTED
    for each in said:
        if merged is UNRESTRICTED:
            merged = each
        elif each is not UNRESTRICTED:
            merged = _merge_two(merged, each)
    return merged


def inherited(parent: Restrictions, fields: AbstractSet[Field]) -> Restrictions:
    """Return of a parent plan's restrictions the fields that its child takes over.

    What the parent said itself has it as `parent_plan` for its source; what the parent took over keeps its own.
    """
    taken = {field: value for field in FIELDS if field in fields and (value := getattr(parent, field)) is not None}
    return replace(UNRESTRICTED, **{field: _from_parent(value) for field, value in taken.items()})


def _from_parent(value: Source | Bound) -> Source | Bound:
    if isinstance(value, Bound):
        return Bound(value.value, _as_parent(value.source))
    return _as_parent(value)


def _as_parent(source: Source) -> Source:
    return Source("parent_plan", source.name) if source.level in {"plan", "plan_type"} else source
