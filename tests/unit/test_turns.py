"""Offers for the largest request are made in parts, between which whoever shares the event loop has a turn."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from omd.features.offers import Supply, quote, what_works_instead
from omd.features.offers.instead import Effort, looking_instead
from omd.features.offers.quote import quoting
from omd.features.rates import Party
from omd.kernel.dates import StayDates
from omd.kernel.turns import Work, at_once, in_turns
from support.offers_world import THURSDAY, asked, basis, ground, plan, rates

NIGHTS, TYPES, ROOMS = 44, range(1, 13), 9
YEAR = StayDates(THURSDAY - timedelta(days=7), THURSDAY + timedelta(days=NIGHTS + 7))


async def turns_during(work: Callable[[], Work[object]], most: int) -> tuple[object, int]:
    """Return what some work comes to, and how many turns others had meanwhile."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    await asyncio.sleep(0)
    try:
        return await in_turns(work(), most=most), turns
    finally:
        beside.cancel()
        with pytest.raises(asyncio.CancelledError):
            await beside


async def test_work_gives_others_a_turn_whenever_it_took_so_much() -> None:
    def work() -> Work[str]:
        for _ in range(10):
            yield 3
        return "done"

    assert at_once(work()) == "done"
    assert await turns_during(work, 6) == ("done", 5)
    assert await turns_during(work, 31) == ("done", 0)


@pytest.mark.parametrize("is_free", [True, False], ids=["free", "sold out"])
async def test_the_largest_request_is_priced_in_turns(is_free: bool) -> None:
    kinds = [[number, f"T{number}", "Type", 1, 2, 9, 2, 12] for number in TYPES]
    prices = [row for number in TYPES for row in rates(1, number, *[100.0] * 9, nights=YEAR)]
    of = basis([plan(1, "FLEX", room_types=list(TYPES))], prices, (), kinds, YEAR)
    supply = Supply({number: dict.fromkeys(YEAR.dates(), int(is_free)) for number in TYPES})
    on, question = ground(of, supply), asked(*(Party(adults) for adults in range(1, ROOMS + 1)), nights=NIGHTS)
    priced, turns = await turns_during(lambda: quoting(on, question), 250)
    # So many sales at a time come to 250 nights.
    assert turns == len(TYPES) * ROOMS // (250 // NIGHTS + 1)
    expected = quote(on, question)
    assert isinstance(priced, tuple)
    assert [[offer.total for offer in each.offers] for each in priced] == [
        [offer.total for offer in each.offers] for each in expected
    ]
    if not is_free:
        found, turns = await turns_during(lambda: looking_instead(on, question, expected[0], Effort()), 250)
        assert found == what_works_instead(on, question, expected[0])
        assert turns > 0
