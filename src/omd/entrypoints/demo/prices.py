"""The demo's prices: a policy, three plans and half a year of nights for every hotel, the same at every run."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from omd.db import Transaction
from omd.features.inventory import Business, RoomType, list_room_types
from omd.features.rates.by_date import Interval, RatesChange, Restricting, RestrictionsChange, Season
from omd.features.rates.commands import create_plan, create_policy, set_rates, set_restrictions
from omd.features.rates.model import (
    WEEKDAYS,
    Bracket,
    Conditions,
    Derivation,
    Fee,
    NewPolicy,
    NewRatePlan,
    StatedTerms,
    Supplement,
    Weekday,
)
from omd.features.rates.queries import Hotel, list_price_plans
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock

NIGHTS = 180
SECOND_HALF = 90
WEEKEND: tuple[Weekday, ...] = ("fri", "sat")
_LEAST, _MOST = 180, 420
_SHARES = {"single": 75, "double": 100, "twin": 100, "attic": 90, "accessible": 100, "superior": 125, "triple": 130}
_SHARE_OF_THE_REST = 170
"""What a type costs in percent of a double."""

_WEEKEND_PERCENT = 125
_LATER_PERCENT = 115


async def price_hotel(tx: Transaction, actor: Actor, hotel: Business, clock: Clock) -> None:
    """Give a hotel that has no plans its plans, and prices and restrictions from today on."""
    if await list_price_plans(tx, Hotel(actor.omd_id, hotel.id)):
        return
    types = await list_room_types(tx, actor.omd_id, hotel.id)
    flex, saver = await _plans(tx, actor, hotel, clock)
    today = hotel.date_now(clock)
    change = RatesChange(currency=hotel.currency, seasons=_seasons(hotel, types, flex, today))
    await set_rates(tx, actor, hotel.id, change, clock=clock)
    nights = [Interval(today, today + timedelta(days=NIGHTS))]
    restrictions = [
        Restricting(dates=nights, weekdays=["sat"], min_stay_through=2),
        Restricting(dates=nights, rate_plan_ids=[saver], weekdays=["fri"], closed_to_arrival=True),
    ]
    await set_restrictions(tx, actor, hotel.id, RestrictionsChange(restrictions=restrictions), clock=clock)


async def _plans(tx: Transaction, actor: Actor, hotel: Business, clock: Clock) -> tuple[int, int]:
    """Add the plans; return the one whose prices are kept, and the one that is not refunded."""
    now = clock.now()
    free = NewPolicy(
        kind="cancellation",
        code="FREE",
        name="Free until the day before",
        fees=[Fee(trigger="arrival_day", hours=-6, percent=100, nights=1)],
        texts={
            "en": "Free until 18:00 on the day before arrival, then the first night.",
            "ro": "Gratuit până la ora 18:00 în ziua dinaintea sosirii, apoi prima noapte.",
        },
    )
    strict = NewPolicy(
        kind="cancellation",
        code="STRICT",
        name="Not refunded",
        fees=[Fee(trigger="booking", percent=100)],
        texts={"en": "Not refunded.", "ro": "Nerambursabil."},
    )
    free_id = (await create_policy(tx, actor, hotel.id, free, now=now)).id
    strict_id = (await create_policy(tx, actor, hotel.id, strict, now=now)).id
    flex = NewRatePlan(
        code="FLEX",
        name="Flexible with breakfast",
        meals="breakfast",
        guarantee="card",
        cancellation_policy_id=free_id,
        brackets=[Bracket(0, 3), Bracket(3, 12)],
    )
    flex_id = (await create_plan(tx, actor, hotel.id, flex, now=now)).id
    saver = NewRatePlan(
        code="SAVER",
        name="Saver, not refunded",
        meals="breakfast",
        guarantee="prepayment",
        cancellation_policy_id=strict_id,
        derivation=Derivation(flex_id, factor="0.9", step="1.00"),
        terms=StatedTerms(conditions=Conditions(min_advance=3)),
    )
    half_board = NewRatePlan(
        code="HALF",
        name="Half board",
        meals="half_board",
        guarantee="card",
        cancellation_policy_id=free_id,
        derivation=Derivation(flex_id),
        terms=StatedTerms(supplements=[Supplement("DINNER", "Dinner", "person_night", "65.00", kind="meals")]),
    )
    saver_id = (await create_plan(tx, actor, hotel.id, saver, now=now)).id
    await create_plan(tx, actor, hotel.id, half_board, now=now)
    return flex_id, saver_id


def _seasons(hotel: Business, types: Sequence[RoomType], plan: int, today: date) -> list[Season]:
    chance = random.Random(f"{hotel.code}/prices")  # noqa: S311 - nothing here is secret
    double = chance.randrange(_LEAST, _MOST, 10)
    middle, end = today + timedelta(days=SECOND_HALF), today + timedelta(days=NIGHTS)
    weekdays = [day for day in WEEKDAYS if day not in WEEKEND]
    seasons = []
    for kind in types:
        price = double * _SHARES.get(kind.code, _SHARE_OF_THE_REST) // 100
        for name, starts_on, ends_on, season in (("now", today, middle, 100), ("later", middle, end, _LATER_PERCENT)):
            for days, percent in ((weekdays, 100), (list(WEEKEND), _WEEKEND_PERCENT)):
                night = price * season * percent // 10_000
                seasons.append(
                    Season(
                        name=f"{kind.code} {name} {days[0]}",
                        rate_plan_ids=[plan],
                        room_type_ids=[kind.id],
                        dates=[Interval(starts_on, ends_on)],
                        weekdays=days,
                        amounts=_amounts(kind, night),
                        extra_adult=f"{night // 3}.00",
                        children=["0.00", f"{night // 4}.00"],
                    )
                )
    return seasons


def _amounts(kind: RoomType, night: int) -> list[str | None]:
    """Return what one, two and more adults pay: one alone a tenth less."""
    if kind.max_adults == 1:
        return [f"{night}.00"]
    return [f"{night * 9 // 10}.00", f"{night}.00"]
