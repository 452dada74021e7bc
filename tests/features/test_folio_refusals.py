"""What is refused to whoever keeps bills: each has its code, says the numbers, and posts nothing."""

import httpx
import pytest

from support.bills import Cashier
from support.front_desk import Desk, problem_of
from support.persons import Persons

STAY = ("double", "2027-03-01", "2027-03-04")
NOBODY = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
async def folio(desk: Desk, cashier: Cashier) -> str:
    """A folio with 100.00 charged, 60.00 paid and a deposit of 10.00."""
    stay = await desk.booked(*STAY)
    identifier: str = (await cashier.charged(stay["id"], "100.00"))["folio"]["id"]
    await cashier.paid(identifier, "60.00")
    assert (await cashier.on_folio(identifier, "deposits", method="cash", amount="10.00")).status_code == 201
    return identifier


@pytest.mark.parametrize(
    ("what", "body", "code", "data"),
    [
        ("refunds", {"method": "cash", "amount": "60.01", "text": "x"}, "refund_above_paid", {"paid": "60.00"}),
        (
            "refunds",
            {"method": "cash", "amount": "10.01", "text": "x", "of": "deposit"},
            "deposit_too_small",
            {"deposit": "10.00"},
        ),
        ("deposits/use", {"amount": "10.01"}, "deposit_too_small", {"deposit": "10.00"}),
        ("close", None, "folio_not_settled", {"balance": "40.00", "deposit": "10.00"}),
    ],
)
async def test_no_more_than_there_is(
    cashier: Cashier, folio: str, what: str, body: object, code: str, data: dict[str, str]
) -> None:
    before = await cashier.folio(folio)
    told = problem_of(await cashier.post(f"{cashier.path}/folios/{folio}/{what}", body), 409, code)
    assert told["data"] == data
    assert await cashier.folio(folio) == before


async def test_a_company_takes_over_no_more_than_is_owed(cashier: Cashier, folio: str) -> None:
    company = await cashier.company()
    nobody = await cashier.on_folio(folio, "billing")
    assert problem_of(nobody, 422, "invalid_input")["problems"][0]["code"] == "unknown_company"
    above = await cashier.on_folio(folio, "billing", company_id=company["id"], amount="40.01")
    assert problem_of(above, 409, "above_balance")["data"] == {"balance": "40.00"}
    assert (await cashier.on_folio(folio, "billing", company_id=company["id"])).status_code == 201
    problem_of(await cashier.on_folio(folio, "billing", company_id=company["id"]), 409, "above_balance")


async def test_a_payment_that_was_given_back_is_not_taken_back_too(cashier: Cashier, folio: str) -> None:
    lines = (await cashier.send("GET", f"{cashier.path}/folios/{folio}/entries")).json()
    payment = next(each["entry"]["id"] for each in lines if each["entry"]["kind"] == "payment")
    assert (await cashier.on_folio(folio, "refunds", method="cash", amount="1.00", text="x")).status_code == 201
    problem_of(await cashier.follow(folio, payment, "correct", reason="x"), 409, "refund_above_paid")


async def test_a_deposit_that_was_used_is_not_taken_back(cashier: Cashier, folio: str) -> None:
    lines = (await cashier.send("GET", f"{cashier.path}/folios/{folio}/entries")).json()
    deposit = next(each["entry"]["id"] for each in lines if each["entry"]["kind"] == "deposit")
    assert (await cashier.on_folio(folio, "deposits/use")).status_code == 201
    problem_of(await cashier.follow(folio, deposit, "correct", reason="x"), 409, "deposit_too_small")


async def test_a_closed_folio_takes_nothing(desk: Desk, cashier: Cashier) -> None:
    stay = await desk.booked(*STAY)
    charged = await cashier.charged(stay["id"], "10.00")
    closed, other = charged["folio"]["id"], (await cashier.made(f"{cashier.path}/folios", {}))["id"]
    await cashier.paid(closed, "10.00")
    await cashier.made(f"{cashier.path}/folios/{closed}/close", None, 200)
    company = await cashier.company()
    asked: list[httpx.Response] = [
        await cashier.on_folio(closed, "charges", kind="fee", amount="1.00", text="x"),
        await cashier.on_folio(closed, "payments", method="cash", amount="1.00"),
        await cashier.on_folio(closed, "deposits", method="cash", amount="1.00"),
        await cashier.on_folio(closed, "deposits/use"),
        await cashier.on_folio(closed, "refunds", method="cash", amount="1.00", text="x"),
        await cashier.on_folio(closed, "billing", company_id=company["id"]),
        await cashier.on_folio(closed, "close"),
        await cashier.follow(closed, charged["entry"]["id"], "correct", reason="x"),
        await cashier.follow(closed, charged["entry"]["id"], "transfer", to_folio_id=other),
        await cashier.send("PATCH", f"{cashier.path}/folios/{closed}", {"label": "x"}),
    ]
    for answer in asked:
        problem_of(answer, 409, "folio_closed")
    routed = {"routes": [{"kind": "room", "folio_id": closed}]}
    problem_of(await cashier.send("PUT", f"/reservations/{stay['id']}/folio-routes", routed), 422, "invalid_input")


async def test_what_is_not_there(cashier: Cashier, desk: Desk, folio: str) -> None:
    stay = await desk.booked(*STAY)
    for answer in (
        await cashier.send("GET", f"{cashier.path}/folios/{NOBODY}"),
        await cashier.send("GET", f"{cashier.path}/folios/{NOBODY}/entries"),
        await cashier.on_folio(NOBODY, "payments", method="cash", amount="1.00"),
        await cashier.follow(folio, NOBODY, "correct", reason="x"),
        await cashier.send("GET", f"/reservations/{NOBODY}/folios"),
        await cashier.post(f"/reservations/{NOBODY}/charges", {"kind": "fee", "amount": "1.00", "text": "x"}),
        await cashier.send("GET", f"{cashier.path}/companies/2147483647"),
        await cashier.post(f"{cashier.path}/companies/2147483647/payments", {"method": "cash", "amount": "1.00"}),
    ):
        problem_of(answer, 404, "not_found")
    nowhere = {"routes": [{"kind": "room", "folio_id": NOBODY}]}
    problem_of(await cashier.send("PUT", f"/reservations/{stay['id']}/folio-routes", nowhere), 422, "invalid_input")
    twice = {"routes": [{"kind": "room", "folio_id": folio}, {"kind": "room", "folio_id": folio}]}
    told = problem_of(
        await cashier.send("PUT", f"/reservations/{stay['id']}/folio-routes", twice), 422, "invalid_input"
    )
    assert [each["code"] for each in told["problems"]] == ["named_twice"]
    unknown = await cashier.made(f"{cashier.path}/folios", {})
    problem_of(
        await cashier.send("PATCH", f"{cashier.path}/folios/{unknown['id']}", {"company_id": 2147483647}),
        *(422, "invalid_input"),
    )


@pytest.mark.parametrize("amount", ["0", "0.00", "-1.00", "1.001", "1e3", "100000000.00", "NaN", ""])
async def test_amounts_are_above_zero_and_in_cents(cashier: Cashier, folio: str, amount: str) -> None:
    before = await cashier.folio(folio)
    for what, more in (("payments", {"method": "cash"}), ("charges", {"kind": "fee", "text": "x"})):
        answer = await cashier.on_folio(folio, what, amount=amount, **more)
        assert answer.status_code in (400, 422), answer.text
    assert await cashier.folio(folio) == before


async def test_two_companies_have_two_tax_numbers(cashier: Cashier) -> None:
    first = await cashier.company("One", tax_number="RO1")
    other = await cashier.company("Two", tax_number="RO2")
    problem_of(
        await cashier.post(f"{cashier.path}/companies", {"name": "x", "tax_number": "RO1"}), 409, "company_taken"
    )
    path = f"{cashier.path}/companies/{other['id']}"
    problem_of(await cashier.send("PUT", path, {"name": "Two", "tax_number": "RO1"}), 409, "company_taken")
    changed = await cashier.send("PUT", path, {"name": "Zwei"})
    assert (changed.json()["name"], changed.json()["tax_number"], changed.json()["version"]) == ("Zwei", None, 2)
    listed = await cashier.send("GET", f"{cashier.path}/companies")
    assert [each["id"] for each in listed.json()] == [first["id"], other["id"]]


async def test_a_receptionist_posts_and_gives_nothing_back(desk: Desk, cashier: Cashier, persons: Persons) -> None:
    clerk = Cashier(desk, await persons.headers("rita", ("receptionist", desk.hotel)))
    stay = await desk.booked(*STAY)
    charged = await clerk.charged(stay["id"], "10.00")
    folio = charged["folio"]["id"]
    await clerk.paid(folio, "10.00")
    company = await clerk.company()
    for answer in (
        await clerk.on_folio(folio, "refunds", method="cash", amount="1.00", text="x"),
        await clerk.follow(folio, charged["entry"]["id"], "correct", reason="x"),
        await clerk.on_folio(folio, "billing", company_id=company["id"]),
    ):
        problem_of(answer, 403, "not_allowed")
