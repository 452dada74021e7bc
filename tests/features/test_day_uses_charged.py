"""What a room by day costs: charged from its day on, once, to who has it or had it, and unchanged while it stands."""

import pytest

from support.bills import Cashier
from support.day_uses import refused, used
from support.front_desk import Json, pointers, problem_of

TODAY = "2027-03-01"
PRICE = {"amount": "150.00"}


async def charged(cashier: Cashier, stay: Json) -> list[str]:
    """Charge what a stay owes, and return the balances of its folios then."""
    answer = await cashier.post(f"/reservations/{stay['id']}/nights/charges", {})
    assert answer.status_code == 201, answer.text
    return [each["balance"] for each in answer.json()]


@pytest.mark.parametrize(("ends", "said"), [("cancel", {"reason": "ill"}), ("no-show", None)])
async def test_who_gave_a_day_use_up_is_not_charged_for_it(cashier: Cashier, ends: str, said: Json | None) -> None:
    stay = await used(cashier.desk, "12:00", "14:00", day=TODAY, price=PRICE)
    await cashier.desk.stepped(stay["id"], ends, said)
    assert await charged(cashier, stay) == []


async def test_a_day_use_is_charged_from_its_day_on_and_with_its_date(cashier: Cashier) -> None:
    await cashier.add_vat()
    ahead = await used(cashier.desk, "10:00", "14:00", day="2027-03-02", price=PRICE)
    assert await charged(cashier, ahead) == []
    stay = await used(cashier.desk, "12:00", "14:00", day=TODAY, price=PRICE)
    assert await charged(cashier, stay) == ["150.00"]
    (folio,) = (await cashier.send("GET", f"/reservations/{stay['id']}/folios")).json()
    (entry,) = (await cashier.send("GET", f"{cashier.path}/folios/{folio['id']}/entries")).json()
    assert entry["entry"]["served_on"] == TODAY


async def test_a_price_that_no_bill_could_have_is_refused(cashier: Cashier) -> None:
    desk = cashier.desk
    foreign = {"amount": "150.00", "currency": "USD"}
    told = await refused(desk, "12:00", "14:00", "invalid_input", day=TODAY, price=foreign)
    assert pointers(told) == ["/price/currency"]
    stay = await used(desk, "12:00", "14:00", day=TODAY, price=PRICE)
    told = problem_of(await desk.amend(stay["id"], price=foreign), 422, "invalid_input")
    assert pointers(told) == ["/price/currency"]
    told = problem_of(await desk.amend(stay["id"], price=None), 422, "invalid_input")
    assert pointers(told) == ["/price"]
    assert (await desk.amended(stay["id"], price={"amount": "0"}))["price"]["amount"] == "0.00"
    assert await charged(cashier, stay) == []


async def test_a_price_that_is_charged_changes_once_the_charge_is_taken_back(cashier: Cashier) -> None:
    desk = cashier.desk
    stay = await used(desk, "12:00", "14:00", day=TODAY, price=PRICE)
    await desk.stepped(stay["id"], "check-in")
    assert await charged(cashier, stay) == ["150.00"]
    told = problem_of(await desk.amend(stay["id"], price={"amount": "250.00"}), 409, "day_use_charged")
    assert told["data"] == {"charged": "150.00"}
    assert (await desk.amended(stay["id"], note="a quiet room"))["price"] == stay["price"]
    (folio,) = await cashier.folios_of(stay["id"])
    (entry,) = (await cashier.send("GET", f"{cashier.path}/folios/{folio['id']}/entries")).json()
    back = await cashier.follow(folio["id"], entry["entry"]["id"], "correct", reason="stays longer")
    assert back.status_code == 201, back.text
    await desk.amended(stay["id"], price={"amount": "250.00"})
    problem_of(await desk.step(stay["id"], "check-out"), 409, "nights_not_charged")
    assert await charged(cashier, stay) == ["250.00"]
    assert await charged(cashier, stay) == ["250.00"], "once"
    await cashier.settle(stay["id"])
    await desk.stepped(stay["id"], "check-out")


async def test_what_was_let_off_or_divided_is_not_charged_again(cashier: Cashier) -> None:
    desk = cashier.desk
    for share in ("150.00", "50.00"):
        stay = await used(desk, "12:00", "14:00", day=TODAY, price=PRICE)
        await desk.stepped(stay["id"], "check-in")
        assert await charged(cashier, stay) == ["150.00"]
        (folio,) = await cashier.folios_of(stay["id"])
        (entry,) = (await cashier.send("GET", f"{cashier.path}/folios/{folio['id']}/entries")).json()
        let_off = await cashier.follow(folio["id"], entry["entry"]["id"], "rebate", amount=share, reason="a cold room")
        assert let_off.status_code == 201, let_off.text
        left = {"150.00": "0.00", "50.00": "100.00"}[share]
        assert await charged(cashier, stay) == [left]
        if left != "0.00":
            problem_of(await desk.amend(stay["id"], price={"amount": "250.00"}), 409, "day_use_charged")
            await cashier.settle(stay["id"])
        await desk.stepped(stay["id"], "check-out")
