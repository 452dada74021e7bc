"""Two clerks at one bill: no money moves twice, whoever comes first."""

import asyncio
from collections import Counter

import httpx

from support.bills import Cashier
from support.front_desk import Desk
from support.persons import Persons
from support.worlds import World

AT_ONCE = 8


async def arranged(desk: Desk, persons: Persons, world: World) -> tuple[Cashier, str, str]:
    """Return the accountant, a folio with 100.00 charged and paid, and the charge's id."""
    cashier = Cashier(desk, await persons.headers("carmen", ("accountant", world.grand)))
    stay = await desk.booked("double", "2027-03-01", "2027-03-04")
    charged = await cashier.charged(stay["id"], "100.00")
    await cashier.paid(charged["folio"]["id"], "100.00")
    return cashier, charged["folio"]["id"], charged["entry"]["id"]


def codes(answers: list[httpx.Response]) -> Counter[str]:
    """Count answers by their status, refusals by their code."""
    return Counter(each.json().get("code", str(each.status_code)) for each in answers)


async def test_what_was_paid_is_given_back_once(desk: Desk, persons: Persons, world: World) -> None:
    cashier, folio, _ = await arranged(desk, persons, world)
    body = {"method": "cash", "amount": "40.00", "text": "x"}
    answers = await asyncio.gather(*(cashier.on_folio(folio, "refunds", **body) for _ in range(AT_ONCE)))
    assert codes(answers) == {"201": 2, "refund_above_paid": AT_ONCE - 2}
    assert (await cashier.folio(folio))["paid"] == "20.00"
    await cashier.assert_balanced()


async def test_an_entry_is_taken_back_or_moved_once(desk: Desk, persons: Persons, world: World) -> None:
    cashier, folio, entry = await arranged(desk, persons, world)
    company = await cashier.company()
    other = (await cashier.made(f"{cashier.path}/folios", {"company_id": company["id"]}))["id"]
    asked = [
        cashier.follow(folio, entry, "correct", reason="x")
        if number % 2
        else cashier.follow(folio, entry, "transfer", to_folio_id=other)
        for number in range(AT_ONCE)
    ]
    answers = await asyncio.gather(*asked)
    assert codes(answers) == {"201": 1, "entry_followed": AT_ONCE - 1}
    await cashier.assert_balanced()


async def test_folios_get_numbers_without_a_gap(desk: Desk, persons: Persons, world: World) -> None:
    cashier, _, _ = await arranged(desk, persons, world)
    answers = await asyncio.gather(*(cashier.post(f"{cashier.path}/folios", {}) for _ in range(AT_ONCE)))
    assert sorted(each.json()["number"] for each in answers) == list(range(1, AT_ONCE + 1))


async def test_entries_moved_both_ways_at_once_do_not_wait_for_each_other(
    desk: Desk, persons: Persons, world: World
) -> None:
    cashier, folio, entry = await arranged(desk, persons, world)
    company = await cashier.company()
    other = (await cashier.made(f"{cashier.path}/folios", {"company_id": company["id"]}))["id"]
    back = await cashier.on_folio(other, "charges", kind="fee", amount="7.00", text="x")
    answers = await asyncio.gather(
        cashier.follow(folio, entry, "transfer", to_folio_id=other),
        cashier.follow(other, back.json()["entry"]["id"], "transfer", to_folio_id=folio),
    )
    assert codes(list(answers)) == {"201": 2}
    assert [(await cashier.folio(each))["charged"] for each in (folio, other)] == ["7.00", "100.00"]
    await cashier.assert_balanced()


async def test_the_first_charges_of_a_stay_open_one_folio(desk: Desk, cashier: Cashier) -> None:
    stay = (await desk.booked("double", "2027-03-01", "2027-03-04"))["id"]
    await asyncio.gather(*(cashier.charged(stay, "10.00") for _ in range(AT_ONCE)))
    (folio,) = await cashier.folios_of(stay)
    assert folio["balance"] == "80.00"
    await cashier.assert_balanced()
