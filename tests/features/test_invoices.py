"""Invoices and credit notes: numbered without a gap, what they said stays, and each is what its folio came to."""

import asyncio

import asyncpg
import pytest

from support.bills import Cashier
from support.front_desk import Desk, Json, problem_of

STAY = ("double", "2027-03-01", "2027-03-04")
AT_ONCE = 20


async def settled(cashier: Cashier, amount: str = "111.00") -> str:
    """Return a folio of the house on which an amount was charged for a room and paid."""
    folio: str = (await cashier.made(f"{cashier.path}/folios", {}))["id"]
    charge = {"kind": "room", "amount": amount, "text": "Night of 1 March"}
    assert (await cashier.on_folio(folio, "charges", **charge)).status_code == 201
    await cashier.paid(folio, amount)
    return folio


async def issued(cashier: Cashier, folio: str, series: int) -> Json:
    """Invoice a folio."""
    body = {"series_id": series, "customer": {"name": "Ana Popescu"}}
    return await cashier.made(f"{cashier.path}/folios/{folio}/invoices", body)


async def test_an_invoice_says_who_sold_what_to_whom_and_the_taxes_in_it(desk: Desk, cashier: Cashier) -> None:
    await cashier.add_vat()
    series = await cashier.may_invoice()
    company = await cashier.company("Acme SRL", tax_number="RO7", country="RO")
    stay = await desk.booked(*STAY)
    folio = (await cashier.made(f"/reservations/{stay['id']}/folios", {"company_id": company["id"]}))["id"]
    await cashier.charged(stay["id"], "222.00", "room", "Night of 1 March")
    wrong = await cashier.charged(stay["id"], "60.50")
    assert (await cashier.follow(folio, wrong["entry"]["id"], "correct", reason="x")).status_code == 201
    await cashier.charged(stay["id"], "12.10")
    await cashier.made(f"{cashier.path}/folios/{folio}/billing", {})
    invoice = await cashier.made(f"{cashier.path}/folios/{folio}/invoices", {"series_id": series})
    content = invoice["content"]
    assert (invoice["code"], invoice["number"], invoice["issued_on"]) == ("GRD-101", 101, "2027-03-01")
    assert (content["issuer"]["tax_number"], content["customer"]["tax_number"]) == ("RO42", "RO7")
    assert content["issuer"]["address"] == "Strada Lungă 1, Brașov"
    assert [(line["text"], line["net"], line["gross"]) for line in content["lines"]] == [
        ("Night of 1 March", "200.00", "222.00"),
        ("Minibar", "10.00", "12.10"),
    ]
    assert content["taxes"] == [
        {"code": "VAT11", "percent": "11", "base": "200.00", "amount": "22.00"},
        {"code": "VAT21", "percent": "21", "base": "10.00", "amount": "2.10"},
    ]
    assert [content[name] for name in ("net", "tax", "total", "currency")] == ["210.00", "24.10", "234.10", "RON"]
    assert (await cashier.folio(folio))["closed_at"] is not None
    await cashier.send("PUT", f"{cashier.path}/companies/{company['id']}", {"name": "Other SRL"})
    kept = await cashier.send("GET", f"{cashier.path}/invoices/{invoice['id']}")
    assert kept.json() == invoice, "what was issued stays as it was"


async def test_a_guest_is_invoiced_by_name(desk: Desk, cashier: Cashier) -> None:
    series = await cashier.may_invoice()
    stay = await desk.booked(*STAY)
    folio = (await cashier.charged(stay["id"], "10.00"))["folio"]["id"]
    await cashier.paid(folio, "10.00")
    invoice = await cashier.made(f"{cashier.path}/folios/{folio}/invoices", {"series_id": series})
    assert invoice["content"]["customer"]["name"] == "Ana Popescu"


async def test_a_credit_note_takes_an_invoice_back_and_opens_its_folio(cashier: Cashier) -> None:
    await cashier.add_vat()
    series, folio = await cashier.may_invoice(), await settled(cashier)
    invoice = await issued(cashier, folio, series)
    path = f"{cashier.path}/invoices/{invoice['id']}/credit"
    note = await cashier.made(path, {"series_id": series, "reason": "Wrong name"})
    assert (note["kind"], note["code"], note["credits_id"]) == ("credit_note", "GRD-102", invoice["id"])
    assert [note["content"][name] for name in ("net", "tax", "total")] == ["-100.00", "-11.00", "-111.00"]
    assert note["content"]["reason"] == "Wrong name"
    problem_of(await cashier.post(path, {"series_id": series, "reason": "x"}), 409, "credited_already")
    again = f"{cashier.path}/invoices/{note['id']}/credit"
    problem_of(await cashier.post(again, {"series_id": series, "reason": "x"}), 409, "credited_already")
    charge = {"kind": "fee", "amount": "9.00", "text": "Late"}
    assert (await cashier.on_folio(folio, "charges", **charge)).status_code == 201
    await cashier.paid(folio, "9.00")
    assert (await issued(cashier, folio, series))["content"]["total"] == "120.00"
    listed = (await cashier.send("GET", f"{cashier.path}/invoice-series/{series}/invoices")).json()
    told = [(each["number"], each["credited_by_id"]) for each in listed]
    assert told == [(101, note["id"]), (102, None), (103, None)]


async def test_what_cannot_be_invoiced_takes_no_number(cashier: Cashier) -> None:
    folio = await settled(cashier)
    made_out = {"name": "Ana"}
    nowhere = await cashier.on_folio(folio, "invoices", series_id=1, customer=made_out)
    problem_of(nowhere, 409, "issuer_unknown")
    series = await cashier.may_invoice()
    unknown = await cashier.on_folio(folio, "invoices", series_id=2147483647, customer=made_out)
    assert problem_of(unknown, 422, "invalid_input")["problems"][0]["code"] == "unknown_series"
    nobody = await cashier.on_folio(folio, "invoices", series_id=series)
    assert problem_of(nobody, 422, "invalid_input")["problems"][0]["code"] == "payer_unknown"
    empty = (await cashier.made(f"{cashier.path}/folios", {}))["id"]
    nothing = await cashier.on_folio(empty, "invoices", series_id=series, customer=made_out)
    problem_of(nothing, 409, "nothing_to_invoice")
    await cashier.on_folio(empty, "charges", kind="fee", amount="1.00", text="x")
    owed = await cashier.on_folio(empty, "invoices", series_id=series, customer=made_out)
    problem_of(owed, 409, "folio_not_settled")
    problem_of(await cashier.post(f"{cashier.path}/invoice-series", {"prefix": "GRD-"}), 409, "series_taken")
    assert (await issued(cashier, folio, series))["number"] == 101
    again = await cashier.on_folio(folio, "invoices", series_id=series, customer=made_out)
    problem_of(again, 409, "invoiced_already")


async def test_numbers_have_no_gap_whoever_issues_at_once(desk: Desk, cashier: Cashier) -> None:
    """Each folio is invoiced twice at once: one of the two is refused, and no number is lost."""
    series = await cashier.may_invoice()
    folios = [await settled(cashier) for _ in range(AT_ONCE // 2)]
    made_out = {"name": "Ana"}
    answers = await asyncio.gather(
        *(cashier.on_folio(each, "invoices", series_id=series, customer=made_out) for each in folios * 2)
    )
    assert sorted(each.status_code for each in answers) == [201] * len(folios) + [409] * len(folios)
    numbers = await desk.connection.fetch("select number from invoices order by number")
    assert [each[0] for each in numbers] == list(range(101, 101 + len(folios)))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("update invoices set total = 1", "invoices_kept"),
        ("delete from invoices", "invoices_kept"),
        ("update folios set closed_at = null", "folios_closed"),
    ],
)
async def test_what_was_issued_stays(desk: Desk, cashier: Cashier, change: str, rule: str) -> None:
    series = await cashier.may_invoice()
    await issued(cashier, await settled(cashier), series)
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await desk.connection.execute(change)
    assert refusal.value.constraint_name == rule
