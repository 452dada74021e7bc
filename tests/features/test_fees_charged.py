"""Fees on the bill: charged once, lowered or waived for a reason, and never where nothing is owed."""

import asyncio
from collections import Counter
from decimal import Decimal

import pytest

from omd.kernel.clock import FixedClock
from support.bills import Cashier
from support.front_desk import Desk
from support.persons import Persons
from support.policies import Sold, at
from support.worlds import World

AT_ONCE = 6


class FeeDesk:
    """The accountant of `grand`, at the fee of the stay that was sold under both policies."""

    def __init__(self, cashier: Cashier, stay: str) -> None:
        self.cashier = cashier
        self.stay = stay

    async def do(self, what: str, body: object = None, status: int | None = None) -> tuple[int, dict[str, object]]:
        """Charge or waive."""
        answer = await self.cashier.post(f"/reservations/{self.stay}/fees/{what}", body)
        assert status in (None, answer.status_code), answer.text
        return answer.status_code, answer.json()

    async def settled(self) -> list[dict[str, object]]:
        """Read what became of the stay's fees."""
        answer = await self.cashier.send("GET", f"/reservations/{self.stay}/fees/settled")
        assert answer.status_code == 200, answer.text
        told: list[dict[str, object]] = answer.json()
        return told


@pytest.fixture
async def fee_desk(sold: Sold, clock: FixedClock, persons: Persons, world: World) -> FeeDesk:
    """The stay two days before it would have come, when a cancellation costs the first night."""
    at(clock, 8, 16)
    return FeeDesk(Cashier(sold.desk, await persons.headers("carmen", ("accountant", world.grand))), sold.stay)


async def test_a_cancellation_is_charged_once_and_without_taxes(fee_desk: FeeDesk, sold: Sold) -> None:
    await fee_desk.cashier.add_vat()
    await sold.desk.stepped(sold.stay, "cancel")
    answers = await asyncio.gather(*(fee_desk.do("charge") for _ in range(AT_ONCE)))
    assert Counter(status for status, _ in answers) == {201: 1, 409: AT_ONCE - 1}
    assert {told["code"] for status, told in answers if status == 409} == {"fee_settled"}
    (folio,) = await fee_desk.cashier.folios_of(sold.stay)
    assert await fee_desk.cashier.statement(folio["id"]) == [("charge", Decimal(200), Decimal(200))]
    assert await fee_desk.cashier.ledger() == {"guest_ledger": 200, "fee_revenue": -200}
    (fee,) = await fee_desk.settled()
    assert (fee["kind"], fee["owed"], fee["waived"]) == ("cancellation", "200.00", "0.00")
    assert fee["policy_id"] == sold.policies["cancellation"]
    assert fee["entry_id"] is not None
    await fee_desk.cashier.assert_balanced()


async def test_a_no_show_is_charged_on_the_folio_that_fees_go_on(
    fee_desk: FeeDesk, sold: Sold, clock: FixedClock
) -> None:
    company = await fee_desk.cashier.company()
    folio = await fee_desk.cashier.made(f"/reservations/{sold.stay}/folios", {"company_id": company["id"]})
    routes = {"routes": [{"kind": "fee", "folio_id": folio["id"]}]}
    assert (await fee_desk.cashier.send("PUT", f"/reservations/{sold.stay}/folio-routes", routes)).status_code == 200
    at(clock, 10, 8)
    fee_desk.cashier.headers = sold.desk.tokens.of("grand")
    await sold.desk.stepped(sold.stay, "no-show")
    _, fee = await fee_desk.do("charge", status=201)
    assert (fee["kind"], fee["owed"]) == ("no_show", "320.00")
    assert (await fee_desk.cashier.folio(folio["id"]))["balance"] == "320.00"


async def test_a_part_is_waived_and_the_rest_charged(fee_desk: FeeDesk, sold: Sold) -> None:
    await sold.desk.stepped(sold.stay, "cancel")
    _, fee = await fee_desk.do("waive", {"amount": "150.00", "reason": "Flight cancelled"}, status=200)
    assert (fee["waived"], fee["reason"], fee["entry_id"]) == ("150.00", "Flight cancelled", None)
    status, refused = await fee_desk.do("waive", {"amount": "50.01", "reason": "x"})
    assert (status, refused["code"]) == (422, "invalid_input")
    _, charged = await fee_desk.do("charge", status=201)
    assert (charged["owed"], charged["waived"]) == ("200.00", "150.00")
    (folio,) = await fee_desk.cashier.folios_of(sold.stay)
    assert folio["balance"] == "50.00"
    status, late = await fee_desk.do("waive", {"reason": "x"})
    assert (status, late["code"], late["data"]) == (409, "fee_settled", {"entry_id": charged["entry_id"]})


async def test_what_is_waived_whole_is_not_charged(fee_desk: FeeDesk, sold: Sold) -> None:
    await sold.desk.stepped(sold.stay, "cancel")
    _, fee = await fee_desk.do("waive", {"reason": "A regular"}, status=200)
    assert (fee["owed"], fee["waived"]) == ("200.00", "200.00")
    status, refused = await fee_desk.do("charge")
    assert (status, refused["code"]) == (409, "fee_settled")
    assert await fee_desk.cashier.folios_of(sold.stay) == []
    assert len(await fee_desk.settled()) == 1


async def test_a_charge_and_a_waiver_at_once_come_to_what_is_owed(fee_desk: FeeDesk, sold: Sold) -> None:
    await sold.desk.stepped(sold.stay, "cancel")
    asked = [
        fee_desk.do("charge") if number % 2 else fee_desk.do("waive", {"amount": "30.00", "reason": "x"})
        for number in range(AT_ONCE)
    ]
    await asyncio.gather(*asked)
    (fee,) = await fee_desk.settled()
    (folio,) = await fee_desk.cashier.folios_of(sold.stay)
    assert Decimal(str(folio["balance"])) + Decimal(str(fee["waived"])) == 200


async def test_a_stay_that_goes_on_owes_no_fee(fee_desk: FeeDesk) -> None:
    status, refused = await fee_desk.do("charge")
    assert (status, refused["code"], refused["data"]) == (409, "fee_not_owed", {"status": "confirmed"})


async def test_a_stay_that_is_cancelled_again_owes_again(fee_desk: FeeDesk, sold: Sold, clock: FixedClock) -> None:
    await sold.desk.stepped(sold.stay, "cancel")
    await fee_desk.do("charge", status=201)
    await sold.desk.stepped(sold.stay, "reinstate")
    assert (await fee_desk.do("charge"))[1]["code"] == "fee_not_owed"
    at(clock, 8, 16, 5)
    await sold.desk.stepped(sold.stay, "cancel")
    await fee_desk.do("charge", status=201)
    assert [each["kind"] for each in await fee_desk.settled()] == ["cancellation"] * 2


async def test_receptionists_charge_and_do_not_waive(
    fee_desk: FeeDesk, sold: Sold, persons: Persons, world: World
) -> None:
    await sold.desk.stepped(sold.stay, "cancel")
    fee_desk.cashier.headers = await persons.headers("rada", ("receptionist", world.grand))
    status, refused = await fee_desk.do("waive", {"reason": "x"})
    assert (status, refused["code"]) == (403, "not_allowed")
    await fee_desk.do("charge", status=201)


async def test_the_stay_of_another_hotel_is_not_there(
    fee_desk: FeeDesk, sold: Sold, persons: Persons, world: World
) -> None:
    await sold.desk.stepped(sold.stay, "cancel")
    fee_desk.cashier.headers = await persons.headers("lia", ("accountant", world.lodge))
    assert [(await fee_desk.do(what, body))[0] for what, body in (("charge", None), ("waive", {"reason": "x"}))] == [
        404
    ] * 2


async def test_a_stay_that_no_offer_sold_owes_no_fee(desk: Desk, cashier: Cashier) -> None:
    stay = await desk.booked("double", "2027-03-01", "2027-03-04")
    await desk.stepped(stay["id"], "cancel")
    assert (await FeeDesk(cashier, stay["id"]).do("charge"))[0] == 404
