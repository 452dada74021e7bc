"""A charge over two bills, and one that is lowered: with its taxes, to the cent, once."""

import asyncio
from collections import Counter
from decimal import Decimal

import pytest

from support.bills import Cashier
from support.front_desk import Json
from support.persons import Persons
from support.worlds import World

AT_ONCE = 6


@pytest.fixture
async def charged(cashier: Cashier) -> tuple[str, str, str]:
    """A folio of a stay with a charge of 100.01, taxes in it, and another folio."""
    await cashier.add_vat()
    stay = await cashier.desk.booked("double", "2027-03-01", "2027-03-04")
    made = await cashier.charged(stay["id"], "100.01", "room", "Suite")
    other = await cashier.made(f"/reservations/{stay['id']}/folios", {"label": "Ion"})
    return made["folio"]["id"], made["entry"]["id"], other["id"]


async def lines(cashier: Cashier, folio_id: str) -> list[Json]:
    """Return the lines of a folio's statement."""
    told: list[Json] = (await cashier.send("GET", f"{cashier.path}/folios/{folio_id}/entries")).json()
    return told


async def test_half_of_a_charge_goes_over_with_half_of_its_taxes(
    cashier: Cashier, charged: tuple[str, str, str]
) -> None:
    folio, entry, other = charged
    before = await cashier.ledger()
    answer = await cashier.follow(folio, entry, "split", to_folio_id=other)
    assert answer.status_code == 201, answer.text
    here, there = answer.json()
    assert (here["folio"]["balance"], there["folio"]["balance"]) == ("50.00", "50.01")
    assert await cashier.ledger() == before, "what was earned, and the taxes, are what they were"
    statement = await lines(cashier, folio)
    assert [(each["entry"]["kind"], each["amount"]) for each in statement] == [
        ("charge", "100.01"),
        ("correction", "-100.01"),
        ("charge", "50.00"),
    ]
    (moved,) = await lines(cashier, other)
    taxes = [Decimal(each["taxes"][0]["amount"]) for each in (statement[0], statement[2], moved)]
    assert taxes[0] == taxes[1] + taxes[2]
    assert (moved["entry"]["text"], moved["entry"]["charge_kind"]) == ("Suite", "room")


async def test_a_part_is_named_by_its_amount_or_its_share(cashier: Cashier, charged: tuple[str, str, str]) -> None:
    folio, entry, other = charged
    first = await cashier.follow(folio, entry, "split", to_folio_id=other, amount="30.01", reason="Two parties")
    assert [each["folio"]["charged"] for each in first.json()] == ["70.00", "30.01"]
    left = first.json()[0]["entry"]["id"]
    second = await cashier.follow(folio, left, "split", to_folio_id=other, share="25")
    assert [each["folio"]["charged"] for each in second.json()] == ["52.50", "47.51"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"amount": "100.01"}, "/amount"),
        ({"amount": "0"}, "/amount"),
        ({"share": "0"}, "/amount"),
        ({"amount": "1", "share": "1"}, "/amount"),
        ({"share": "100"}, "/share"),
    ],
)
async def test_what_is_no_part_is_refused(
    body: Json, pointer: str, cashier: Cashier, charged: tuple[str, str, str]
) -> None:
    folio, entry, other = charged
    answer = await cashier.follow(folio, entry, "split", to_folio_id=other, **body)
    assert (answer.status_code, answer.json()["problems"][0]["pointer"]) == (422, pointer)
    same = await cashier.follow(folio, entry, "split", to_folio_id=folio)
    assert same.json()["problems"][0]["pointer"] == "/to_folio_id"
    assert len(await lines(cashier, folio)) == 1


async def test_a_rebate_lowers_a_charge_and_its_taxes(cashier: Cashier, charged: tuple[str, str, str]) -> None:
    folio, entry, _ = charged
    answer = await cashier.follow(folio, entry, "rebate", amount="50.00", reason="Cold shower")
    assert (answer.status_code, answer.json()["folio"]["balance"]) == (201, "50.01")
    assert await cashier.ledger() == {
        "guest_ledger": Decimal("50.01"),
        "room_revenue": Decimal("-45.05"),
        "tax_payable VAT11": Decimal("-4.96"),
    }
    above = await cashier.follow(folio, answer.json()["entry"]["id"], "rebate", amount="50.02", reason="x")
    assert (above.status_code, above.json()["problems"][0]["code"]) == (422, "not_a_part")
    gone = await cashier.follow(folio, entry, "rebate", amount="1.00", reason="x")
    assert (gone.status_code, gone.json()["code"]) == (409, "entry_followed")
    rest = await cashier.follow(folio, answer.json()["entry"]["id"], "rebate", amount="50.01", reason="No water")
    assert (rest.json()["entry"]["kind"], rest.json()["folio"]["balance"]) == ("correction", "0.00")


async def test_payments_are_not_divided(cashier: Cashier, charged: tuple[str, str, str]) -> None:
    folio, _, other = charged
    paid = (await cashier.paid(folio, "100.00"))["entry"]["id"]
    for what, body in (("split", {"to_folio_id": other}), ("rebate", {"amount": "1.00", "reason": "x"})):
        refused = await cashier.follow(folio, paid, what, **body)
        assert (refused.status_code, refused.json()["code"]) == (409, "entry_not_movable")


async def test_a_charge_is_divided_once_however_many_ask(cashier: Cashier, charged: tuple[str, str, str]) -> None:
    folio, entry, other = charged
    asked = [
        cashier.follow(folio, entry, "split", to_folio_id=other)
        if number % 2
        else cashier.follow(folio, entry, "rebate", amount="10.00", reason="x")
        for number in range(AT_ONCE)
    ]
    answers = await asyncio.gather(*asked)
    assert Counter(each.status_code for each in answers) == {201: 1, 409: AT_ONCE - 1}
    await cashier.assert_balanced()


async def test_receptionists_divide_and_do_not_lower(
    cashier: Cashier, charged: tuple[str, str, str], persons: Persons, world: World
) -> None:
    folio, entry, other = charged
    desk = Cashier(cashier.desk, await persons.headers("rada", ("receptionist", world.grand)))
    assert (await desk.follow(folio, entry, "rebate", amount="1.00", reason="x")).status_code == 403
    assert (await desk.follow(folio, entry, "split", to_folio_id=other)).status_code == 201
