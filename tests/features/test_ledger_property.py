"""Whatever is posted, moved and taken back, in any order: the ledger balances, and folios are what they should be."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.bills import Cashier
from support.front_desk import Desk, Json

AMOUNTS = st.integers(1, 50_000).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
METHODS = st.sampled_from(["cash", "card", "bank"])
WHICH = st.integers(0, 20)
STEPS = st.one_of(
    st.tuples(st.just("charges"), st.sampled_from(["room", "meals", "supplement", "fee"]), AMOUNTS, WHICH),
    st.tuples(st.sampled_from(["payments", "deposits"]), METHODS, AMOUNTS, WHICH),
    st.tuples(st.just("refunds"), st.sampled_from(["payments", "deposit"]), AMOUNTS, WHICH),
    st.tuples(st.sampled_from(["use", "bill"]), st.none(), st.one_of(st.none(), AMOUNTS), WHICH),
    st.tuples(st.sampled_from(["correct", "transfer", "split", "rebate"]), st.none(), st.none(), WHICH),
)

REFUSALS = {
    "refund_above_paid",
    "deposit_too_small",
    "above_balance",
    "entry_followed",
    "entry_not_movable",
}
"""What the trade refuses; anything else would be a defect."""


class Model:
    """A few lines that say what two folios must come to."""

    def __init__(self) -> None:
        self.sums = [dict.fromkeys(("charged", "paid", "billed", "deposit"), Decimal(0)) for _ in range(2)]
        self.standing: list[tuple[int, str, str, Decimal]] = []
        """Where an entry is, its id, the sum it is part of, and by how much: what may be moved or taken back."""

    def put(self, at: int, name: str, amount: Decimal) -> None:
        """Add to a sum."""
        self.sums[at][name] += amount


class Till:
    """Gives commands to two folios of a company, and the same to the model."""

    def __init__(self, cashier: Cashier, folios: list[str], company_id: int) -> None:
        self.cashier, self.folios, self.company_id, self.model = cashier, folios, company_id, Model()

    async def step(self, step: tuple[str, Any, Any, int]) -> None:
        """Give a command; whatever is refused must be refused by the trade, and posts nothing."""
        what, how, amount, which = step
        at = which % 2
        if what in ("correct", "transfer"):
            await self._follow(what, which)
            return
        if what in ("split", "rebate"):
            await self._divide(what, which)
            return
        body: Json = {
            "charges": {"kind": how, "amount": amount, "text": "x"},
            "payments": {"method": how, "amount": amount},
            "deposits": {"method": how, "amount": amount},
            "refunds": {"method": "cash", "amount": amount, "text": "x", "of": how},
            "use": {"amount": amount},
            "bill": {"company_id": self.company_id, "amount": amount},
        }[what]
        path = {"use": "deposits/use", "bill": "billing"}.get(what, what)
        answer = await self.cashier.on_folio(self.folios[at], path, **body)
        if answer.status_code == 409:
            assert answer.json()["code"] in REFUSALS, answer.text
            return
        assert answer.status_code == 201, answer.text
        self._note(what, how, at, amount, answer.json())

    def _note(self, what: str, how: str, at: int, amount: str | None, told: Json) -> None:
        sums = self.model.sums[at]
        owed = sums["charged"] - sums["paid"] - sums["billed"]
        match what:
            case "charges" | "payments":
                name, change = ("charged" if what == "charges" else "paid"), Decimal(amount or 0)
                self.model.put(at, name, change)
                self.model.standing.append((at, told["entry"]["id"], name, change))
            case "deposits":
                self.model.put(at, "deposit", Decimal(amount or 0))
            case "refunds":
                self.model.put(at, "paid" if how == "payments" else "deposit", -Decimal(amount or 0))
            case "use":
                used = min(owed, sums["deposit"]) if amount is None else Decimal(amount)
                self.model.put(at, "deposit", -used)
                self.model.put(at, "paid", used)
            case "bill":
                self.model.put(at, "billed", owed if amount is None else Decimal(amount))

    async def _follow(self, what: str, which: int) -> None:
        if not self.model.standing:
            return
        at, entry_id, name, amount = self.model.standing[which % len(self.model.standing)]
        body = {"reason": "x"} if what == "correct" else {"to_folio_id": self.folios[1 - at]}
        answer = await self.cashier.follow(self.folios[at], entry_id, what, **body)
        if answer.status_code == 409:
            assert (answer.json()["code"], name) == ("refund_above_paid", "paid"), answer.text
            assert self.model.sums[at]["paid"] < amount
            return
        assert answer.status_code == 201, answer.text
        self.model.standing.remove((at, entry_id, name, amount))
        self.model.put(at, name, -amount)
        if what == "transfer":
            self.model.put(1 - at, name, amount)
            self.model.standing.append((1 - at, answer.json()["entry"]["id"], name, amount))

    async def _divide(self, what: str, which: int) -> None:
        """Move half of a charge to the other folio, or take half of it back."""
        if not self.model.standing:
            return
        at, entry_id, name, amount = self.model.standing[which % len(self.model.standing)]
        half = (amount / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)
        body = {"to_folio_id": self.folios[1 - at]} if what == "split" else {"amount": str(half), "reason": "x"}
        answer = await self.cashier.follow(self.folios[at], entry_id, what, **body)
        if name != "charged":
            assert (answer.status_code, answer.json()["code"]) == (409, "entry_not_movable"), answer.text
            return
        if half == amount and what == "split":
            assert answer.status_code == 422, answer.text
            return
        assert answer.status_code == 201, answer.text
        if half == amount:
            self.model.standing.remove((at, entry_id, name, amount))
            self.model.put(at, name, -amount)
            return
        parts = answer.json() if what == "split" else [answer.json()]
        self.model.standing.remove((at, entry_id, name, amount))
        self.model.put(at, name, -half)
        self.model.standing.append((at, parts[0]["entry"]["id"], name, amount - half))
        if what == "split":
            self.model.put(1 - at, name, half)
            self.model.standing.append((1 - at, parts[1]["entry"]["id"], name, half))

    async def compare(self) -> None:
        """Hold the folios against the model."""
        for folio_id, sums in zip(self.folios, self.model.sums, strict=True):
            folio = await self.cashier.folio(folio_id)
            assert {name: Decimal(folio[name]) for name in sums} == sums
            assert Decimal(folio["balance"]) == sums["charged"] - sums["paid"] - sums["billed"]
            lines = await self.cashier.statement(folio_id)
            assert (lines[-1][2] if lines else 0) == Decimal(folio["balance"])

    async def invoice(self, at: int, series_id: int) -> None:
        """Settle a folio and invoice it: the invoice says what was charged on it, to the cent."""
        folio_id, charged = self.folios[at], self.model.sums[at]["charged"]
        for what, more in (("deposits/use", {}), ("billing", {"company_id": self.company_id})):
            await self.cashier.on_folio(folio_id, what, **more)
        folio = await self.cashier.folio(folio_id)
        for amount, of in ((-Decimal(folio["balance"]), "payments"), (Decimal(folio["deposit"]), "deposit")):
            if amount > 0:
                body = {"method": "cash", "amount": str(amount), "text": "x", "of": of}
                assert (await self.cashier.on_folio(folio_id, "refunds", **body)).status_code in (201, 409)
        issued = await self.cashier.on_folio(folio_id, "invoices", series_id=series_id, customer={"name": "Ana"})
        folio = await self.cashier.folio(folio_id)
        settled = not Decimal(folio["balance"]) and not Decimal(folio["deposit"])
        assert issued.status_code == (201 if settled and charged else 409), issued.text
        if issued.status_code == 201:
            content = issued.json()["content"]
            assert Decimal(content["total"]) == charged == Decimal(folio["charged"])
            assert sum(Decimal(line["gross"]) for line in content["lines"]) == charged
            assert Decimal(content["tax"]) == sum(Decimal(each["amount"]) for each in content["taxes"])
            assert Decimal(content["net"]) + Decimal(content["tax"]) == charged


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
async def test_any_sequence_of_postings_balances(
    steps: list[tuple[str, Any, Any, int]], desk: Desk, cashier: Cashier
) -> None:
    if not await desk.connection.fetchval("select count(*) from tax_rules"):
        await cashier.add_vat()
        await cashier.may_invoice()
    (series,) = (await cashier.send("GET", f"{cashier.path}/invoice-series")).json()
    company = await cashier.company()
    body = {"company_id": company["id"]}
    folios = [(await cashier.made(f"{cashier.path}/folios", body))["id"] for _ in range(2)]
    till = Till(cashier, folios, company["id"])
    for step in steps:
        await till.step(step)
    await till.compare()
    for at in range(2):
        await till.invoice(at, series["id"])
    await cashier.assert_balanced()
