"""Prices, restrictions and quotas by date: as they are asked to be, and as they are shown."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from omd.features.rates.model import (
    Amount,
    Code,
    Days,
    Id,
    Month,
    Name,
    Nights,
    Percent,
    RatePlanId,
    RestrictionField,
    Weekday,
)
from omd.kernel.ids import RoomTypeId
from omd.kernel.money import CurrencyCode

Plans = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=200)]
Types = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=200)]


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The dates `[starts_on, ends_on)`."""

    starts_on: date
    ends_on: date


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which dates are meant: of some intervals and months, those on some days of the week; all seven unless said."""

    dates: Annotated[list[Interval], msgspec.Meta(max_length=100)] = []
    months: Annotated[list[Month], msgspec.Meta(max_length=61)] = []
    weekdays: Annotated[list[Weekday], msgspec.Meta(min_length=1, max_length=7)] | None = None


class Season(Calendar, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Prices for some dates of some root plans and room types; `amounts` null takes the prices away.

    `amounts` stand by the number of who pays, from 1 to the type's standard occupancy (null = not sold to so many), of
    each person or of the room as the plan says; adults above the standard pay `extra_adult`. `children` stand by the
    plan's brackets. An amount is for `unit_nights` nights. All in the hotel's currency, taxes included.
    """

    name: Name
    rate_plan_ids: Plans
    room_type_ids: Types
    amounts: Annotated[list[Amount | None], msgspec.Meta(min_length=1, max_length=30)] | None
    extra_adult: Amount | None = None
    children: Annotated[list[Amount | None], msgspec.Meta(max_length=6)] = []
    unit_nights: Annotated[int, msgspec.Meta(ge=1, le=31)] = 1


class RatesChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices to put: all of them, or none. Seasons of one change may not overlap."""

    currency: CurrencyCode
    seasons: Annotated[list[Season], msgspec.Meta(min_length=1, max_length=500)]


class Adjusting(Calendar, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By how much the prices of some dates, root plans and room types rise, or fall where it is below zero.

    `percent` is of every price; `amount`, after it, of the prices by payers alone, as a derived plan's is, so that 20
    more for the room is not 20 more for the baby. What comes out is rounded half up to a multiple of `step`. What has
    no price has none afterwards.
    """

    rate_plan_ids: Plans
    room_type_ids: Types
    percent: Percent = "0"
    amount: Amount = "0.00"
    step: Amount = "0.01"


class RatesAdjustment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices to raise or lower: all of them, or none. Adjustments of one change may not overlap."""

    currency: CurrencyCode
    adjustments: Annotated[list[Adjusting], msgspec.Meta(min_length=1, max_length=500)]


_Nights = Nights | UnsetType | None
_Days = Days | UnsetType | None
_Flag = bool | UnsetType | None


class Restricting(Calendar, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Restrictions to put on some dates, at one level: of plans (null = the whole hotel) and room types (null = all).

    What is left out stays as it is, null takes it away, and so does false.
    """

    rate_plan_ids: Plans | None = None
    room_type_ids: Types | None = None
    closed: _Flag = UNSET
    closed_to_arrival: _Flag = UNSET
    closed_to_departure: _Flag = UNSET
    min_stay_arrival: _Nights = UNSET
    max_stay_arrival: _Nights = UNSET
    min_stay_through: _Nights = UNSET
    max_stay_through: _Nights = UNSET
    min_advance: _Days = UNSET
    max_advance: _Days = UNSET


class RestrictionsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Restrictions to put: all of them, or none. Entries of one change may not overlap at a level."""

    restrictions: Annotated[list[Restricting], msgspec.Meta(min_length=1, max_length=500)]


class QuotaSetting(Calendar, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many rooms of some types an agency or channel may sell on some dates; null = as many as there are."""

    agency: Code
    room_type_ids: Types
    rooms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None


class QuotasChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Quotas to put: all of them, or none."""

    quotas: Annotated[list[QuotaSetting], msgspec.Meta(min_length=1, max_length=500)]


class Changed(msgspec.Struct, frozen=True):
    """How many dates were meant, counted once a plan and room type, and how many are other than they were."""

    dates: int
    changed: int


class Saying(msgspec.Struct, frozen=True):
    """One bound, and the level at which it is said; a null id is every one of the hotel's."""

    field: RestrictionField
    value: int
    rate_plan_id: RatePlanId | None
    room_type_id: RoomTypeId | None


class Contradiction(msgspec.Struct, frozen=True):
    """A minimum above a maximum on so many dates, from the first to the last: no stay that arrives on one of them fits.

    It is so for these plans and this type; null is every one. Levels say what they say on purpose, perhaps: they stay.
    """

    detail: str
    rate_plan_ids: list[RatePlanId] | None
    room_type_id: RoomTypeId | None
    first_date: date
    last_date: date
    dates: int
    least: Saying
    most: Saying


class RestrictionsChanged(Changed, frozen=True, omit_defaults=True):
    """What a change of restrictions did, and where what it puts contradicts what is said elsewhere: 100 at most."""

    contradictions: list[Contradiction] = []


class RateRow(msgspec.Struct, frozen=True):
    """The price of a root plan, a room type and a date; amounts as texts, exact to the hundredth."""

    rate_plan_id: RatePlanId
    room_type_id: RoomTypeId
    season_from: date
    date: date
    unit_nights: int
    extra_adult: Decimal | None
    amounts: list[str | None]
    children: list[str | None]


class PricedDates(msgspec.Struct, frozen=True):
    """The prices of a plan and a room type by columns: what stands at a place of each is of the date there.

    `derived_from` names the root plan of a derived one, whose prices are computed; null for a root plan.
    """

    rate_plan_id: RatePlanId
    room_type_id: RoomTypeId
    dates: list[date]
    season_from: list[date]
    unit_nights: list[int]
    extra_adult: list[Decimal | None]
    amounts: list[list[str | None]]
    children: list[list[str | None]]
    derived_from: RatePlanId | None = None


class Rates(msgspec.Struct, frozen=True):
    """The prices of a hotel's plans on some dates, in its currency; a date without a price is not sold."""

    currency: str
    rates: list[PricedDates]


class RestrictedDates(msgspec.Struct, frozen=True):
    """What is said at one level, alike on all dates `[starts_on, ends_on)`; a null id is every one of the hotel's."""

    rate_plan_id: RatePlanId | None
    room_type_id: RoomTypeId | None
    starts_on: date
    ends_on: date
    closed: bool | None
    closed_to_arrival: bool | None
    closed_to_departure: bool | None
    min_stay_arrival: int | None
    max_stay_arrival: int | None
    min_stay_through: int | None
    max_stay_through: int | None
    min_advance: int | None
    max_advance: int | None


class QuotaDates(msgspec.Struct, frozen=True):
    """How many rooms of a type an agency may sell, alike on all dates `[starts_on, ends_on)`."""

    agency: str
    room_type_id: RoomTypeId
    starts_on: date
    ends_on: date
    rooms: int
