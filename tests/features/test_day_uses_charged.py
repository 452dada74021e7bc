"""What a room by day costs: charged from its day on, once, to who has it or had it, and unchanged while it stands."""

import pytest

from omd.kernel.clock import FixedClock
from support.bills import Cashier
from support.front_desk import Desk, Json, problem_of
from test_day_uses import used

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


async def test_a_day_use_is_charged_from_its_day_on_and_with_its_date(cashier: Cashier, clock: FixedClock) -> None:
    await cashier.add_vat()
    ahead = await used(cashier.desk, "10:00", "14:00", day="2027-03-02", price=PRICE)
    assert await charged(cashier, ahead) == []
    stay = await used(cashier.desk, "12:00", "14:00", day=TODAY, price=PRICE)
    assert await charged(cashier, stay) == ["150.00"]
    (folio,) = (await cashier.send("GET", f"/reservations/{stay['id']}/folios")).json()
    (entry,) = (await cashier.send("GET", f"{cashier.path}/folios/{folio['id']}/entries")).json()
    assert entry["entry"]["served_on"] == TODAY
