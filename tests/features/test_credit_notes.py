"""Parts of an invoice are taken back by line and amount until it is used up, and never more than there was."""

import asyncio
from collections import Counter
from decimal import Decimal

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.bills import Cashier
from support.front_desk import Desk, Json, problem_of
from support.papers import words_of
from support.roles import enter_context
from support.worlds import hotel_actor

AT_ONCE = 6
CENTS = st.integers(1, 9_000).map(lambda cents: Decimal(cents) / 100)


class Books:
    """An invoice of a folio of the house over a room and a minibar, with VAT in both, and its credit notes."""

    def __init__(self, cashier: Cashier, series: int, folio: str, invoice: Json) -> None:
        self.cashier, self.series, self.folio, self.invoice = cashier, series, folio, invoice

    @classmethod
    async def of(cls, cashier: Cashier, series: int) -> "Books":
        """Invoice 111.00 for a room and 12.10 for the minibar, paid in cash."""
        folio: str = (await cashier.made(f"{cashier.path}/folios", {}))["id"]
        for kind, amount, text in (("room", "111.00", "Night"), ("supplement", "12.10", "Minibar")):
            assert (await cashier.on_folio(folio, "charges", kind=kind, amount=amount, text=text)).status_code == 201
        await cashier.paid(folio, "123.10")
        books = cls(cashier, series, folio, {})
        await books.issue()
        return books

    async def issue(self) -> Json:
        """Invoice the folio."""
        body = {"series_id": self.series, "customer": {"name": "Ana Popescu"}}
        self.invoice = await self.cashier.made(f"{self.cashier.path}/folios/{self.folio}/invoices", body)
        return self.invoice

    async def ask(self, *lines: tuple[int, str | None]) -> httpx.Response:
        """Ask for lines, each with an amount or whole, to be taken back; without any, for all of the invoice."""
        named = [{"line": line, **({} if amount is None else {"amount": amount})} for line, amount in lines]
        body = {"series_id": self.series, "reason": "Cold shower", **({"lines": named} if named else {})}
        return await self.cashier.post(f"{self.cashier.path}/invoices/{self.invoice['id']}/credit", body)

    async def credit(self, *lines: tuple[int, str | None]) -> Json:
        """Take lines back; return the credit note."""
        answer = await self.ask(*lines)
        assert answer.status_code == 201, answer.text
        note: Json = answer.json()
        return note

    async def read(self) -> Json:
        """Read the invoice as it is now."""
        told: Json = (await self.cashier.send("GET", f"{self.cashier.path}/invoices/{self.invoice['id']}")).json()
        return told

    async def give_back(self, amount: str) -> None:
        """Give what is too much on the folio back in cash, and close it."""
        back = await self.cashier.on_folio(self.folio, "refunds", method="cash", amount=amount, text="Credited")
        assert back.status_code == 201, back.text
        closed = await self.cashier.post(f"{self.cashier.path}/folios/{self.folio}/close", None)
        assert closed.status_code == 200, closed.text


@pytest.fixture
async def books(cashier: Cashier) -> Books:
    """The books of the hotel, with an invoice over two lines."""
    await cashier.add_vat()
    return await Books.of(cashier, await cashier.may_invoice())


async def test_an_amount_of_a_line_is_taken_back_with_its_taxes_and_given_back(books: Books) -> None:
    cashier = books.cashier
    note = await books.credit((1, "33.30"))
    content = note["content"]
    assert (note["kind"], note["code"], note["credits_id"]) == ("credit_note", "GRD-102", books.invoice["id"])
    assert [content[name] for name in ("net", "tax", "total", "reason")] == ["-30.00", "-3.30", "-33.30", "Cold shower"]
    (line,) = content["lines"]
    assert (line["credits"], line["text"], line["entry_id"]) == (
        1,
        "Night",
        books.invoice["content"]["lines"][0]["entry_id"],
    )
    assert content["taxes"] == [{"code": "VAT11", "percent": "11", "base": "-30.00", "amount": "-3.30"}]
    told = await books.read()
    assert (told["credited"], told["credited_by_id"], told["credit_note_ids"]) == ("33.30", None, [note["id"]])
    folio = await cashier.folio(books.folio)
    assert (folio["charged"], folio["balance"], folio["closed_at"]) == ("89.80", "-33.30", None)
    ledger = await cashier.ledger()
    assert (ledger["room_revenue"], ledger["tax_payable VAT11"]) == (Decimal(-70), Decimal("-7.70"))
    await books.give_back("33.30")
    assert (await cashier.ledger())["cash"] == Decimal("89.80")


async def test_parts_are_taken_back_until_nothing_is_left_to_the_cent(books: Books) -> None:
    cashier = books.cashier
    for amount in ("0.01", "36.99", "50.00"):
        await books.credit((1, amount))
    await books.credit((2, "5.05"))
    last = await books.credit((2, None), (1, None))
    assert [(each["credits"], each["gross"]) for each in last["content"]["lines"]] == [(1, "-24.00"), (2, "-7.05")]
    told = await books.read()
    assert (told["credited"], told["credited_by_id"]) == ("123.10", last["id"])
    assert told["credit_note_ids"][-1] == last["id"]
    problem_of(await books.ask((1, "0.01")), 409, "credited_already")
    problem_of(await books.ask(), 409, "credited_already")
    left = {account: total for account, total in (await cashier.ledger()).items() if total}
    assert left == {"cash": Decimal("123.10"), "guest_ledger": Decimal("-123.10")}
    charge = {"kind": "room", "amount": "100.00", "text": "Another night"}
    assert (await cashier.on_folio(books.folio, "charges", **charge)).status_code == 201
    back = await cashier.on_folio(books.folio, "refunds", method="cash", amount="23.10", text="Rest")
    assert back.status_code == 201, back.text
    again = await books.issue()
    assert [(each["text"], each["gross"]) for each in again["content"]["lines"]] == [("Another night", "100.00")]
    numbers = (await cashier.send("GET", f"{cashier.path}/invoice-series/{books.series}/invoices")).json()
    assert [each["number"] for each in numbers] == list(range(101, 108))


async def test_the_rest_of_an_invoice_is_taken_off_as_its_parts_were(books: Books) -> None:
    await books.credit((2, None))
    rest = await books.credit()
    assert [(each["credits"], each["gross"]) for each in rest["content"]["lines"]] == [(1, "-111.00")]
    assert (await books.cashier.folio(books.folio))["charged"] == "0.00"
    assert (await books.read())["credited_by_id"] == rest["id"]


async def test_more_than_is_left_of_a_line_is_not_taken_back(books: Books) -> None:
    above = problem_of(await books.ask((2, "12.11")), 409, "credit_above_invoice")
    assert above["data"] == {"line": 2, "left": "12.10"}
    await books.credit((2, "10.00"))
    above = problem_of(await books.ask((1, "1.00"), (2, "2.11")), 409, "credit_above_invoice")
    assert above["data"] == {"line": 2, "left": "2.10"}
    await books.credit((2, None))
    gone = problem_of(await books.ask((2, None)), 409, "credit_above_invoice")
    assert gone["data"] == {"line": 2, "left": "0.00"}
    assert (await books.credit((1, None)))["number"] == 104, "whoever is refused takes no number"


@pytest.mark.parametrize(
    ("lines", "pointer", "code"),
    [
        ([(3, None)], "/lines/0/line", "unknown_line"),
        ([(1, None), (1, "1.00")], "/lines/1/line", "named_twice"),
        ([(1, "0.00")], "/lines/0/amount", "not_above_zero"),
        ([(0, None)], "/lines/0/line", None),
    ],
)
async def test_what_is_no_part_is_refused(
    books: Books, lines: list[tuple[int, str | None]], pointer: str, code: str | None
) -> None:
    told = problem_of(await books.ask(*lines), 422, "invalid_input")["problems"][0]
    assert told["pointer"] == pointer
    assert code in (None, told["code"])


async def test_two_who_take_the_same_line_back_take_it_once(books: Books) -> None:
    answers = await asyncio.gather(*(books.ask((1, "60.00")) for _ in range(AT_ONCE)))
    assert Counter(each.status_code for each in answers) == {201: 1, 409: AT_ONCE - 1}
    whole = await asyncio.gather(*(books.ask() for _ in range(AT_ONCE)))
    assert Counter(each.status_code for each in whole) == {201: 1, 409: AT_ONCE - 1}
    told = await books.read()
    assert (told["credited"], len(told["credit_note_ids"])) == ("123.10", 2)
    assert (await books.cashier.folio(books.folio))["charged"] == "0.00"


async def test_a_folio_that_is_invoiced_in_part_takes_money_alone(desk: Desk, cashier: Cashier) -> None:
    """What is charged to the stay goes on another folio, and what was credited is neither moved nor taken back."""
    series = await cashier.may_invoice()
    stay = await desk.booked("double", "2027-03-01", "2027-03-04")
    posted = await cashier.charged(stay["id"], "100.00")
    folio, entry = posted["folio"]["id"], posted["entry"]["id"]
    await cashier.paid(folio, "100.00")
    invoice = await cashier.made(f"{cashier.path}/folios/{folio}/invoices", {"series_id": series})
    body = {"series_id": series, "reason": "x", "lines": [{"line": 1, "amount": "40.00"}]}
    await cashier.made(f"{cashier.path}/invoices/{invoice['id']}/credit", body)
    refused = await cashier.on_folio(folio, "charges", kind="fee", amount="1.00", text="x")
    problem_of(refused, 409, "invoiced_already")
    back = await cashier.on_folio(folio, "refunds", method="cash", amount="40.00", text="Credited")
    assert back.status_code == 201, back.text
    problem_of(await cashier.on_folio(folio, "invoices", series_id=series), 409, "invoiced_already")
    for what, more in (("correct", {"reason": "x"}), ("rebate", {"amount": "1.00", "reason": "x"})):
        problem_of(await cashier.follow(folio, entry, what, **more), 409, "entry_not_movable")
    later = await cashier.charged(stay["id"], "9.00")
    assert later["folio"]["id"] != folio
    assert (await cashier.folio(folio))["charged"] == "60.00"


async def test_a_credit_note_of_a_part_says_so_on_paper(books: Books) -> None:
    note = await books.credit((2, "6.05"))
    path = f"{books.cashier.path}/invoices/{note['id']}/pdf"
    said = words_of(await books.cashier.send("GET", f"{path}?language=ro"))
    assert "Stornează o parte din factura GRD-101 din 01.03.2027 Motivul: Cold shower" in said
    assert "Suplimen" in said
    assert "Total fără taxe -5,00 Total taxe -1,05 Total RON -6,05" in said
    english = words_of(await books.cashier.send("GET", f"{path}?language=en"))
    assert "Takes back a part of invoice GRD-101 of 1 Mar 2027" in english


async def test_the_database_itself_holds_what_a_credit_note_is(books: Books, desk: Desk) -> None:
    """Past the product nothing is credited twice, without its entries, or of another folio's invoice."""
    content = '{"total": "-12.10", "lines": [{"gross": "-12.10", "credits": 2}]}'
    issue = "select issue_invoice($1, $2, 'credit_note', $3, $4, $5, $6::jsonb, 'test', now())"
    place = (desk.hotel.omd_id, desk.hotel.id, books.series, books.folio, books.invoice["id"])

    async def issued(said: str) -> None:
        async with desk.connection.transaction():
            await enter_context(desk.connection, hotel_actor(desk.hotel))
            await desk.connection.fetchval(issue, *place, said)

    async def refused(said: str) -> str:
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await issued(said)
        return str(getattr(refusal.value, "constraint_name", None))

    assert await refused(content) == "invoices_credits_posted"
    assert await refused(content.replace("12.10", "12.11")) == "invoices_credited_within"
    assert await refused(content.replace('"credits": 2', '"credits": 3')) == "invoices_credited_within"
    assert await refused(content.replace(', "credits": 2', "")) == "invoices_credited_within"
    with pytest.raises(asyncpg.PostgresError) as opened:
        await desk.connection.execute("update folios set closed_at = null where id = $1", books.folio)
    assert getattr(opened.value, "constraint_name", None) == "folios_closed"


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(1, 2), st.one_of(st.none(), CENTS)), max_size=6))
async def test_an_invoice_less_its_credit_notes_is_what_its_folio_holds(
    cashier: Cashier, steps: list[tuple[int, Decimal | None]]
) -> None:
    series = await _series(cashier)
    books = await Books.of(cashier, series)
    left = {1: Decimal("111.00"), 2: Decimal("12.10")}
    for line, amount in steps:
        answer = await books.ask((line, None if amount is None else str(amount)))
        wanted = left[line] if amount is None else amount
        fits = 0 < wanted <= left[line]
        assert answer.status_code == (201 if fits else 409), answer.text
        left[line] -= wanted if fits else 0
        folio = await cashier.folio(books.folio)
        assert Decimal(folio["charged"]) == sum(left.values())
        assert Decimal(books.invoice["content"]["total"]) - Decimal((await books.read())["credited"]) == sum(
            left.values()
        )
    await cashier.assert_balanced()


async def _series(cashier: Cashier) -> int:
    """Return the hotel's series, which is there after the first example."""
    listed = (await cashier.send("GET", f"{cashier.path}/invoice-series")).json()
    if listed:
        return int(listed[0]["id"])
    await cashier.add_vat()
    return await cashier.may_invoice()
