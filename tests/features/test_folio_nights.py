"""The nights of a stay on its bill, each once, and nobody leaves before it is paid."""

import asyncio
from decimal import Decimal

import pytest

from support.bills import Cashier
from support.bookings import OfferDesk
from support.front_desk import Desk, Json, problem_of

STAY = ("double", "2027-03-01", "2027-03-04")


@pytest.fixture
async def offers(desk: Desk) -> OfferDesk:
    """The desk, which sells a night at 200.00 with VAT of 9 % in it and 14.00 of city tax on top."""
    return await OfferDesk.at(desk)


async def charge_nights(cashier: Cashier, stay_id: str, **body: str) -> list[Json]:
    made: list[Json] = await cashier.made(f"/reservations/{stay_id}/nights/charges", body)  # type: ignore[assignment]
    return made


async def test_spent_nights_are_charged_at_what_they_were_sold_at(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    assert await charge_nights(cashier, stay) == [], "no night was spent yet"
    await cashier.set_date("2027-03-03")
    (folio,) = await charge_nights(cashier, stay)
    assert folio["balance"] == "428.00"
    assert [each[:2] for each in await cashier.statement(folio["id"])] == [
        ("charge", Decimal("200.00")),
        ("charge", Decimal("14.00")),
    ] * 2
    assert await cashier.ledger() == {
        "guest_ledger": Decimal("428.00"),
        "room_revenue": Decimal("-366.98"),
        "tax_payable VAT": Decimal("-33.02"),
        "tax_payable CITY": Decimal("-28.00"),
    }
    assert (await charge_nights(cashier, stay))[0]["balance"] == "428.00"


async def test_a_bill_equals_the_price_that_was_shown(offers: OfferDesk, cashier: Cashier) -> None:
    offer = offers.offer(*STAY, children=(9,), base=Decimal("333.33"))
    stay = (await offers.booked(offer))["stays"][0]["stay"]["id"]
    (folio,) = await charge_nights(cashier, stay, until="2027-03-04")
    assert Decimal(folio["balance"]) == offer.total
    after = await cashier.post(f"/reservations/{stay}/nights/charges", {"until": "2027-03-05"})
    assert problem_of(after, 422, "invalid_input")["problems"][0]["code"] == "after_departure"


async def test_two_who_charge_at_once_charge_once(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await asyncio.gather(*(charge_nights(cashier, stay, until="2027-03-04") for _ in range(6)))
    assert sum(Decimal(each["balance"]) for each in await cashier.folios_of(stay)) == Decimal("642.00")


async def test_the_room_goes_to_the_company_and_the_city_tax_to_the_guest(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    company = await cashier.company()
    of_company = (await cashier.made(f"/reservations/{stay}/folios", {"company_id": company["id"]}))["id"]
    of_guest = (await cashier.made(f"/reservations/{stay}/folios", {}))["id"]
    routes = [{"kind": "room", "folio_id": of_company}, {"kind": "tax", "folio_id": of_guest}]
    assert (await cashier.send("PUT", f"/reservations/{stay}/folio-routes", {"routes": routes})).status_code == 200
    made = await charge_nights(cashier, stay, until="2027-03-04")
    assert [each["balance"] for each in made] == ["600.00", "42.00"]


async def test_nobody_checks_out_with_a_balance(offers: OfferDesk, cashier: Cashier) -> None:
    desk = offers.desk
    stay = await offers.sold(*STAY)
    await desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    told = problem_of(await desk.step(stay, "check-out"), 409, "nights_not_charged")
    assert told["data"] == {"dates": ["2027-03-01", "2027-03-02", "2027-03-03"]}
    (folio,) = await charge_nights(cashier, stay)
    told = problem_of(await desk.step(stay, "check-out"), 409, "balance_open")
    still = {"id": folio["id"], "number": 1, "balance": "642.00", "deposit": "0.00"}
    assert told["data"] == {"folios": [still]}
    assert "folio 1 is at 642.00" in told["detail"]
    await cashier.paid(folio["id"], "642.00", "card")
    assert (await cashier.on_folio(folio["id"], "deposits", method="cash", amount="5.00")).status_code == 201
    told = problem_of(await desk.step(stay, "check-out"), 409, "balance_open")
    assert told["data"]["folios"][0]["deposit"] == "5.00"
    back = await cashier.on_folio(folio["id"], "refunds", method="cash", amount="5.00", text="Rest", of="deposit")
    assert back.status_code == 201
    assert (await desk.stepped(stay, "check-out"))["status"] == "checked_out"


async def test_a_company_takes_the_balance_over_and_the_guest_leaves(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    (folio,) = await charge_nights(cashier, stay)
    company = await cashier.company()
    billed = await cashier.on_folio(folio["id"], "billing", company_id=company["id"])
    assert billed.json()["folio"]["balance"] == "0.00"
    assert (await offers.desk.stepped(stay, "check-out"))["status"] == "checked_out"
    owing = await cashier.send("GET", f"{cashier.path}/companies/{company['id']}")
    assert owing.json()["balance"] == "642.00"


async def test_who_leaves_early_pays_the_nights_that_were_spent(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-02")
    (folio,) = await charge_nights(cashier, stay)
    assert folio["balance"] == "214.00"
    await cashier.paid(folio["id"], "214.00")
    assert (await offers.desk.stepped(stay, "check-out"))["departure"] == "2027-03-02"


async def test_a_payment_and_a_check_out_at_once(desk: Desk, cashier: Cashier) -> None:
    """Whoever comes first: a charge that comes in while the guest checks out is paid, or keeps the guest."""
    stay = (await desk.booked(*STAY))["id"]
    await desk.stepped(stay, "check-in")
    folio = (await cashier.charged(stay, "10.00"))["folio"]["id"]
    await cashier.paid(folio, "10.00")
    charge, left = await asyncio.gather(
        cashier.on_folio(folio, "charges", kind="fee", amount="3.00", text="Late"), desk.step(stay, "check-out")
    )
    assert charge.status_code == 201
    assert left.status_code == 200 or left.json()["code"] == "balance_open"


async def test_nights_of_a_stay_that_was_cancelled_are_charged_to_nobody(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold("double", "2027-03-05", "2027-03-07")
    await offers.desk.stepped(stay, "cancel")
    assert await charge_nights(cashier, stay, until="2027-03-07") == []


async def test_who_comes_a_day_late_pays_no_night_before(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await cashier.set_date("2027-03-02")
    await offers.desk.stepped(stay, "no-show")
    back = await offers.desk.stepped(stay, "reinstate")
    assert [each["date"] for each in back["nights"]] == ["2027-03-02", "2027-03-03"]
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    (folio,) = await charge_nights(cashier, stay)
    assert folio["balance"] == "428.00", "two nights of three"
    await cashier.paid(folio["id"], "428.00")
    await offers.desk.stepped(stay, "check-out")


async def test_a_room_for_nothing_owes_its_taxes(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold("double", "2027-03-01", "2027-03-03", base=Decimal("0.00"))
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-03")
    problem_of(await offers.desk.step(stay, "check-out"), 409, "nights_not_charged")
    await cashier.settle(stay)
    await offers.desk.stepped(stay, "check-out")
