"""The cashier of the hotel `grand`: posts on folios through HTTP, and reads what came of it."""

from collections.abc import Mapping
from decimal import Decimal

import httpx

from support.front_desk import Desk, Json

UNBALANCED = """
select e.kind, e.text, sum(p.amount), count(p), e.postings from ledger_entries e
left join ledger_postings p on p.entry_id = e.id
group by e.id, e.omd_id, e.business_id having coalesce(sum(p.amount), 1) <> 0 or count(p) <> e.postings
"""
SUMS = """
select f.number, f.charged, f.paid, f.billed, f.deposit, f.lines, s.*
from folios f
cross join lateral (
    select coalesce(sum(p.amount) filter (where p.side = 'charged'), 0) as charged,
           - coalesce(sum(p.amount) filter (where p.side = 'paid'), 0) as paid,
           - coalesce(sum(p.amount) filter (where p.side = 'billed'), 0) as billed,
           - coalesce(sum(p.amount) filter (where p.account = 'deposits'), 0) as deposit,
           count(*) as lines, count(distinct p.line) as distinct_lines, coalesce(max(p.line), 0) as last_line
    from ledger_postings p where p.folio_id = f.id) s
where (f.charged, f.paid, f.billed, f.deposit, f.lines) <> (s.charged, s.paid, s.billed, s.deposit, s.lines)
   or s.lines <> s.distinct_lines or s.lines <> s.last_line
"""
"""Folios whose sums, or numbering, are not what their postings say."""


class Cashier:
    """Posts on bills of `grand` as whoever comes in with these headers."""

    def __init__(self, desk: Desk, headers: Mapping[str, str]) -> None:
        self.desk = desk
        self.headers = headers

    async def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send a request."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.desk.client.request(method, f"/api/v1{path}", json=body, headers={**self.headers, **named})

    @property
    def path(self) -> str:
        """Where the hotel's books are."""
        return f"/businesses/{self.desk.hotel.id}"

    async def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        """Ask for something to be posted."""
        return await self.send("POST", path, body, **headers)

    async def made(self, path: str, body: object, status: int = 201) -> Json:
        """Post something that must be taken."""
        answer = await self.post(path, body)
        assert answer.status_code == status, answer.text
        told: Json = answer.json()
        return told

    async def charged(self, stay_id: str, amount: str, kind: str = "supplement", text: str = "Minibar") -> Json:
        """Charge a stay."""
        body = {"kind": kind, "amount": amount, "text": text}
        return await self.made(f"/reservations/{stay_id}/charges", body)

    async def on_folio(self, folio_id: str, what: str, **body: object) -> httpx.Response:
        """Ask for something on a folio: charges, payments, deposits, deposits/use, refunds, billing."""
        return await self.post(f"{self.path}/folios/{folio_id}/{what}", body)

    async def paid(self, folio_id: str, amount: str, method: str = "cash") -> Json:
        """Put a payment on a folio."""
        return await self.made(f"{self.path}/folios/{folio_id}/payments", {"method": method, "amount": amount})

    async def follow(self, folio_id: str, entry_id: str, what: str, **body: object) -> httpx.Response:
        """Ask for an entry to be taken back (`correct`) or moved (`transfer`)."""
        return await self.post(f"{self.path}/folios/{folio_id}/entries/{entry_id}/{what}", body)

    async def set_date(self, business_date: str) -> None:
        """Let the hotel work on another day, as its night audit will."""
        await self.desk.connection.execute(
            "update businesses set business_date = $2::text::date where id = $1", self.desk.hotel.id, business_date
        )

    async def settle(self, stay_id: str) -> None:
        """Charge the nights of a stay that were spent, and have all of it paid."""
        await self.made(f"/reservations/{stay_id}/nights/charges", {})
        for folio in await self.folios_of(stay_id):
            if Decimal(folio["balance"]):
                await self.paid(folio["id"], folio["balance"])

    async def folio(self, folio_id: str) -> Json:
        """Read a folio."""
        answer = await self.send("GET", f"{self.path}/folios/{folio_id}")
        assert answer.status_code == 200, answer.text
        folio: Json = answer.json()
        return folio

    async def folios_of(self, stay_id: str) -> list[Json]:
        """Read the folios of a stay."""
        answer = await self.send("GET", f"/reservations/{stay_id}/folios")
        assert answer.status_code == 200, answer.text
        folios: list[Json] = answer.json()
        return folios

    async def statement(self, folio_id: str) -> list[tuple[str, Decimal, Decimal]]:
        """Return a folio's statement: kind, amount, what was owed then."""
        answer = await self.send("GET", f"{self.path}/folios/{folio_id}/entries?limit=500")
        assert answer.status_code == 200, answer.text
        return [(each["entry"]["kind"], Decimal(each["amount"]), Decimal(each["balance"])) for each in answer.json()]

    async def ledger(self) -> dict[str, Decimal]:
        """Return what stands on each account; taxes by their code."""
        answer = await self.send("GET", f"{self.path}/ledger?starts_on=2027-02-01&ends_on=2027-06-01")
        assert answer.status_code == 200, answer.text
        return {
            f"{each['account']} {each['tax_code'] or ''}".strip(): Decimal(each["total"])
            for each in answer.json()["accounts"]
        }

    async def add_vat(self) -> None:
        """Let VAT be in the prices of the hotel: 11 % of rooms and meals, 21 % of supplements."""
        for code, percent, kinds in (("VAT11", 11, ["room", "meals"]), ("VAT21", 21, ["supplement"])):
            await self.desk.connection.execute(
                "insert into tax_rules (omd_id, business_id, code, name, basis, placement, value, since, kinds) "
                "values ($1, $2, $3, 'VAT', 'percent', 'included', $4, '2020-01-01', $5)",
                *(self.desk.hotel.omd_id, self.desk.hotel.id, code, percent, kinds),
            )

    async def company(self, name: str = "Acme SRL", **more: object) -> Json:
        """Add a company."""
        return await self.made(f"{self.path}/companies", {"name": name, **more})

    async def may_invoice(self) -> int:
        """Say which firm the hotel is, and add a series; return its id."""
        firm = {"name": "Grand SRL", "tax_number": "RO42", "address": "Strada Lungă 1, Brașov", "country": "RO"}
        put = await self.send("PUT", f"{self.path}/invoice-issuer", firm)
        assert put.status_code == 200, put.text
        made = await self.made(f"{self.path}/invoice-series", {"prefix": "GRD-", "next_number": 101})
        return int(made["id"])

    async def assert_balanced(self) -> None:
        """Hold the ledger against itself: entries balance, and folios are what their postings say."""
        for query in (UNBALANCED, SUMS):
            assert [dict(row) for row in await self.desk.connection.fetch(query)] == []
        assert sum((await self.ledger()).values(), Decimal(0)) == 0


def balance_of(told: Json) -> Decimal:
    """Return what is owed on the folio of an answer."""
    return Decimal(told["folio"]["balance"])
