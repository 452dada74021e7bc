"""Invoices, credit notes and pro-formas on paper: what is printed is what was issued, in both languages."""

import io
from decimal import Decimal

import msgspec
from pypdf import PdfReader

from support.bills import Cashier
from support.front_desk import Desk, Json, problem_of
from support.papers import pages_of, words_of

STAY = ("double", "2027-03-01", "2027-03-04")
COMPANY = {
    "name": "Țuțea și Fiii SRL",
    "tax_number": "RO7",
    "registration": "J08/1/2020",
    "address": "Bd. Ștefan cel Mare 5, Târgu Mureș",
    "country": "DE",
}
LONG_TEXT = "Cină festivă cu țuică, brânză și întârziere până dimineața, " + "servită în salonul Făgăraș; " * 5
MANY = 500


async def invoiced(cashier: Cashier, *charges: tuple[str, str, str]) -> Json:
    """Invoice a folio of the house to a company: kind, amount and text of each charge."""
    company = await cashier.made(f"{cashier.path}/companies", COMPANY)
    series = await cashier.may_invoice()
    folio = (await cashier.made(f"{cashier.path}/folios", {"company_id": company["id"]}))["id"]
    for kind, amount, text in charges:
        answer = await cashier.on_folio(folio, "charges", kind=kind, amount=amount, text=text)
        assert answer.status_code == 201, answer.text
    await cashier.made(f"{cashier.path}/folios/{folio}/billing", {})
    return await cashier.made(f"{cashier.path}/folios/{folio}/invoices", {"series_id": series})


def at(cashier: Cashier, invoice: Json, query: str = "?language=ro") -> str:
    """Return where an invoice is printed."""
    return f"{cashier.path}/invoices/{invoice['id']}/pdf{query}"


async def test_an_invoice_on_paper_says_what_the_invoice_says(cashier: Cashier) -> None:
    await cashier.add_vat()
    charges = [("room", "2220.00", "Noaptea de 1 martie"), ("supplement", "12.10", "Spălătorie"), ("fee", "5.00", "x")]
    invoice = await invoiced(cashier, *charges)
    printed = await cashier.send("GET", at(cashier, invoice))
    said = words_of(printed)
    assert printed.headers["Content-Disposition"] == 'inline; filename="GRD-101.pdf"'
    assert (printed.headers["Content-Language"], printed.headers["Cache-Control"]) == ("ro", "no-store")
    for each in (
        "Factură Număr GRD-101 Data emiterii 01.03.2027 Moneda RON",
        "Furnizor Grand SRL CIF: RO42 Strada Lungă 1, Brașov România",
        "Client Țuțea și Fiii SRL CIF: RO7 Nr. reg. com.: J08/1/2020 Bd. Ștefan cel Mare 5, Târgu Mureș Germania",
        "1 01.03.2027 Cazare: Noaptea de 1 martie 1 2.000,00 VAT11 11 % 220,00 2.220,00",
        "2 01.03.2027 Supliment: Spălătorie 1 10,00 VAT21 21 % 2,10 12,10",
        "3 01.03.2027 Penalizare: x 1 5,00 - 0,00 5,00",
        "VAT11 11 % 2.000,00 220,00",
        "VAT21 21 % 10,00 2,10",
        "Total fără taxe 2.015,00 Total taxe 222,10 Total RON 2.237,10",
        "Pagina 1 din 1",
    ):
        assert each in said, said


async def test_the_language_is_what_is_asked_for_else_wanted_else_the_countrys(cashier: Cashier) -> None:
    invoice = await invoiced(cashier, ("fee", "1234.50", "Parking"))
    english = await cashier.send("GET", at(cashier, invoice, ""), Accept_Language="fr, en-GB;q=0.8, ro;q=0.2")
    said = words_of(english)
    assert "Invoice Number GRD-101 Issued on 1 Mar 2027 Currency RON" in said
    assert "Total RON 1,234.50" in said
    assert "Germany" in said
    assert english.headers["Content-Language"] == "en"
    forced = await cashier.send("GET", at(cashier, invoice), Accept_Language="en")
    assert "Factură" in words_of(forced)
    assert "Factură" in words_of(await cashier.send("GET", at(cashier, invoice, "")))
    wrong = await cashier.send("GET", at(cashier, invoice, "?language=de"))
    assert problem_of(wrong, 422, "invalid_input")["problems"][0]["pointer"] == "?language"


async def test_the_same_invoice_is_the_same_bytes(cashier: Cashier) -> None:
    invoice = await invoiced(cashier, ("fee", "5.00", "Întârziere"))
    one, other = [await cashier.send("GET", at(cashier, invoice)) for _ in range(2)]
    assert one.content == other.content
    told = PdfReader(io.BytesIO(one.content)).metadata
    assert told is not None
    assert told.creation_date is not None
    assert told.creation_date.isoformat() == invoice["issued_at"].replace("Z", "+00:00")


async def test_a_long_invoice_carries_its_totals_from_page_to_page(desk: Desk, cashier: Cashier) -> None:
    """Of 500 lines none is lost or split, and what one page carries on, the next one brings."""
    invoice = await invoiced(cashier, ("fee", "1.00", "First"))
    content = invoice["content"]
    line = content["lines"][0]
    lines = [{**line, "text": f"{LONG_TEXT if each % 10 == 0 else 'Taxa'} #{each}."} for each in range(MANY)]
    sums = {"net": f"{MANY}.00", "total": f"{MANY}.00"}
    written = {**content, "lines": lines, **sums}
    async with desk.connection.transaction():
        await desk.connection.execute("set local session_replication_role = replica")
        await desk.connection.execute(
            "update invoices set content = $1::jsonb, total = 500 where id = $2",
            msgspec.json.encode(written).decode(),
            invoice["id"],
        )
    pages = [" ".join(each.split()) for each in pages_of(await cashier.send("GET", at(cashier, invoice)))]
    assert len(pages) > 10
    for each in range(MANY):
        assert sum(f"#{each}." in page for page in pages) == 1, each
    reached = Decimal(0)
    for number, page in enumerate(pages, 1):
        reached += page.count(" 1,00 - 0,00 1,00")
        assert f"Pagina {number} din {len(pages)}" in page
        assert "Denumirea serviciului" in page or number == len(pages)
        if reached < MANY:
            amount = f"{reached},00 0,00 {reached},00"
            assert f"De reportat {amount}" in page
            assert f"Report {amount}" in pages[number]
    assert reached == MANY
    assert "Total RON 500,00" in pages[-1]


async def test_characters_that_the_typeface_lacks_are_seen_to_be_missing(cashier: Cashier) -> None:
    invoice = await invoiced(cashier, ("fee", "5.00", "Wang 王 Ђорђе Ελλάδα {nb}"))
    assert "Wang □ Ђорђе Ελλάδα {nb}" in words_of(await cashier.send("GET", at(cashier, invoice)))


async def test_a_credit_note_names_what_it_takes_back(cashier: Cashier) -> None:
    await cashier.add_vat()
    invoice = await invoiced(cashier, ("room", "111.00", "Night"))
    body = {"series_id": invoice["series_id"], "reason": "Nume greșit"}
    note = await cashier.made(f"{cashier.path}/invoices/{invoice['id']}/credit", body)
    said = words_of(await cashier.send("GET", at(cashier, note)))
    assert "Notă de creditare (factură storno) Număr GRD-102" in said
    assert "Stornează factura GRD-101 din 01.03.2027 Motivul: Nume greșit" in said
    assert "Total fără taxe -100,00 Total taxe -11,00 Total RON -111,00" in said


async def test_a_pro_forma_says_that_it_is_none_and_takes_no_number(desk: Desk, cashier: Cashier) -> None:
    await cashier.add_vat()
    series = await cashier.may_invoice()
    stay = await desk.booked(*STAY)
    folio = (await cashier.charged(stay["id"], "111.00", "room", "Noaptea de 1 martie"))["folio"]["id"]
    await cashier.paid(folio, "11.00")
    path = f"{cashier.path}/folios/{folio}/pro-forma"
    told = (await cashier.send("GET", path)).json()
    sums = [told[name] for name in ("made_on", "paid", "billed", "deposit", "balance")]
    assert sums == ["2027-03-01", "11.00", "0.00", "0.00", "100.00"]
    assert told["content"]["customer"]["name"] == "Ana Popescu"
    assert (told["content"]["total"], told["content"]["taxes"][0]["amount"]) == ("111.00", "11.00")
    said = words_of(await cashier.send("GET", f"{path}/pdf?language=ro"))
    assert "Factură proformă Data întocmirii 01.03.2027 Nota de plată 1" in said
    assert "nu este factură fiscală" in said
    assert "Total RON 111,00 Achitat 11,00 Trecut în contul companiei 0,00 Rest de plată 100,00" in said
    assert "not an invoice" in words_of(await cashier.send("GET", f"{path}/pdf?language=en"))
    assert await desk.connection.fetchval("select count(*) from invoices") == 0
    assert await desk.connection.fetchval("select next_number from invoice_series where id = $1", series) == 101


async def test_what_there_is_no_pro_forma_of(cashier: Cashier) -> None:
    empty = (await cashier.made(f"{cashier.path}/folios", {}))["id"]
    paths = [f"{cashier.path}/folios/{empty}/pro-forma{end}" for end in ("", "/pdf")]
    for path in paths:
        problem_of(await cashier.send("GET", path), 409, "payer_unknown")
    company = await cashier.company()
    changed = await cashier.send("PATCH", f"{cashier.path}/folios/{empty}", {"company_id": company["id"]})
    assert changed.status_code == 200, changed.text
    problem_of(await cashier.send("GET", paths[0]), 409, "issuer_unknown")
    await cashier.may_invoice()
    problem_of(await cashier.send("GET", paths[0]), 409, "nothing_to_invoice")
    await cashier.made(f"{cashier.path}/folios/{empty}/close", {}, 200)
    problem_of(await cashier.send("GET", paths[0]), 409, "folio_closed")
    nowhere = f"{cashier.path}/folios/00000000-0000-7000-8000-000000000001/pro-forma"
    problem_of(await cashier.send("GET", nowhere), 404, "not_found")


async def test_foreign_hotels_print_nothing_of_it(desk: Desk, cashier: Cashier) -> None:
    invoice = await invoiced(cashier, ("fee", "5.00", "Parking"))
    stay = await desk.booked(*STAY)
    folio = (await cashier.charged(stay["id"], "5.00"))["folio"]["id"]
    for path in (at(cashier, invoice, ""), *(f"{cashier.path}/folios/{folio}/pro-forma{end}" for end in ("", "/pdf"))):
        for party, status in (("harbour", 404), ("lodge", 404), ("beta", 403), ("alpha", 403)):
            answer = await desk.client.get(f"/api/v1{path}", headers=desk.tokens.of(party))
            assert (party, answer.status_code) == (party, status)
