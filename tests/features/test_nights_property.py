"""Whatever becomes of a stay: who leaves was charged what its nights cost, each once, and the books are in order."""

from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omd.db import Database
from omd.features.folios import check_books
from omd.features.nightaudit import check_audits
from omd.features.reservations import check_demand
from omd.kernel.clock import FixedClock
from support.bills import Cashier
from support.bookings import OfferDesk
from support.front_desk import Desk, Json
from support.nightly import Night
from support.persons import Persons
from support.revenue import RevenueDesk
from support.worlds import World, system_actor

DAY = timedelta(days=1)
WHICH = st.integers(0, 20)
STEPS = st.one_of(
    st.tuples(st.just("price"), st.sampled_from(["90.00", "200.00", "333.33"])),
    st.tuples(st.just("children"), st.sampled_from([0, 1])),
    st.tuples(st.just("charge"), st.integers(0, 4)),
    st.tuples(st.sampled_from(["split", "transfer", "rebate", "correct"]), WHICH),
    st.tuples(st.sampled_from(["longer", "shorter", "move", "audit", "audit", "invoice", "check_in"]), st.none()),
    st.tuples(st.just("cancel"), st.none()),
)


class Accountant(Cashier):
    """The accountant of `grand`, who signs in again each day."""

    def __init__(self, desk: Desk, persons: Persons, user_id: int) -> None:
        super().__init__(desk, {})
        self._persons, self._user_id = persons, user_id

    async def come_in(self) -> None:
        """Sign in."""
        self.headers = await self._persons.come_in(self._user_id)


class Stay:
    """A stay that steps are taken with, and how little of it is known beside what the API tells."""

    def __init__(self, night: Night, books: Accountant, stay_id: str, house: str, series: int) -> None:
        self.night, self.books, self.id, self.house, self.series = night, books, stay_id, house, series
        self.let_off: Counter[tuple[str, str]] = Counter()
        """By the words of a charge, which say night and kind, what was let off of it."""

    async def told(self) -> Json:
        """Return the stay."""
        return await self.night.desk.stay(self.id)

    async def step(self, what: str, how: Any) -> None:
        """Take a step, where the stay allows it."""
        told = await self.told()
        match what:
            case "price":
                await self.price(told, how)
            case "children":
                await self.amend(told, children=how)
            case "charge":
                until = min(date.fromisoformat(told["arrival"]) + how * DAY, date.fromisoformat(told["departure"]))
                await self.books.made(f"/reservations/{self.id}/nights/charges", {"until": str(until)})
            case "split" | "transfer" | "rebate" | "correct":
                await self.follow(what, how)
            case "longer" | "shorter":
                by = DAY if what == "longer" else -DAY
                await self.amend(told, departure=str(date.fromisoformat(told["departure"]) + by))
            case "move" if told["status"] in ("confirmed", "in_house"):
                twin = self.night.desk.hotel.types["twin"].id
                await self.ask(f"/reservations/{self.id}/move", {"room_type_id": twin, "price": "keep"})
            case "audit":
                await self.audit()
            case "invoice":
                await self.invoice()
            case "check_in" | "cancel" if told["status"] == "confirmed":
                await self.ask(f"/reservations/{self.id}/{what.replace('_', '-')}", None)

    async def ask(self, path: str, body: object) -> bool:
        """Ask for what the trade may refuse; anything else would be a defect."""
        answer = await self.night.desk.send("POST", path, body)
        assert answer.status_code in (200, 201, 409, 422), answer.text
        return answer.status_code < 400

    async def amend(self, told: Json, **change: object) -> None:
        """Change the stay, where it still may be."""
        answer = await self.night.desk.amend(self.id, **change)
        assert answer.status_code in (200, 409, 422), answer.text

    async def price(self, told: Json, base: str) -> None:
        """Price the stay anew as it is now."""
        if told["status"] not in ("confirmed", "in_house"):
            return
        offers = self.night.offers
        ages = (9,) * told["children"]
        code = next(code for code, each in offers.desk.hotel.types.items() if each.id == told["room_type_id"])
        offer = offers.offer(
            *(code, told["arrival"], told["departure"]),
            base=Decimal(base),
            children=ages,
            made_at=self.night.clock.now(),
        )
        answer = await offers.reprice(self.id, offer)
        assert answer.status_code == 200, answer.text

    async def standing(self) -> list[tuple[str, Json]]:
        """Return the charges that stand on open folios, and where."""
        cashier = self.books
        found = []
        folios = [*await cashier.folios_of(self.id), await cashier.folio(self.house)]
        for folio in folios:
            if folio["closed_at"] is None:
                answer = await cashier.send("GET", f"{cashier.path}/folios/{folio['id']}/entries?limit=500")
                found += [
                    (folio["id"], each)
                    for each in answer.json()
                    if each["entry"]["kind"] in ("charge", "transfer")
                    and each["entry"]["followed_by_id"] is None
                    and Decimal(each["amount"]) > 0
                ]
        return found

    async def follow(self, what: str, which: int) -> None:
        """Divide, move, lower or take back a charge."""
        standing = await self.standing()
        if not standing:
            return
        folio, line = standing[which % len(standing)]
        amount = (Decimal(line["amount"]) / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)
        own = (await self.books.folios_of(self.id))[-1]
        to = self.house if folio != self.house else own["id"]
        body: Json = {
            "split": {"to_folio_id": to},
            "transfer": {"to_folio_id": to, "reason": line["entry"]["text"]},
            "rebate": {"amount": str(amount), "reason": "x"},
            "correct": {"reason": "x"},
        }[what]
        answer = await self.books.follow(folio, line["entry"]["id"], what, **body)
        assert answer.status_code in (201, 409), answer.text
        if what == "rebate" and answer.status_code == 201:
            self.let_off[_words(line["entry"]["text"])] += amount  # type: ignore[assignment]  # sums of money

    async def audit(self) -> None:
        """Close the date; nights that have no price get one first. The accountant comes in again in the morning."""
        today = await self.today()
        self.night.past(today)
        await self.books.come_in()
        answer = await self.night.start(today)
        if answer.status_code == 409:
            assert answer.json()["code"] == "night_audit_blocked", answer.text
            await self.price(await self.told(), "210.00")
            answer = await self.night.start(today)
        assert answer.status_code == 201, answer.text

    async def invoice(self) -> None:
        """Settle the first open folio, and invoice it."""
        cashier = self.books
        for folio in await cashier.folios_of(self.id):
            if folio["closed_at"] is None and Decimal(folio["balance"]) > 0:
                await cashier.paid(folio["id"], folio["balance"])
                answer = await cashier.on_folio(folio["id"], "invoices", series_id=self.series)
                assert answer.status_code in (201, 409), answer.text
                return

    async def leave(self) -> None:
        """Come where the guest has not, settle everything, and leave."""
        told = await self.told()
        if told["status"] == "confirmed":
            await self.night.desk.stepped(self.id, "check-in")
        while date.fromisoformat(told["departure"]) > await self.today():
            await self.audit()
            told = await self.told()
        await self.price(told, "200.00")
        cashier = self.books
        await cashier.made(f"/reservations/{self.id}/nights/charges", {})
        company = (await cashier.company())["id"]
        for folio in await cashier.folios_of(self.id):
            if Decimal(folio["balance"]) > 0:
                await cashier.paid(folio["id"], folio["balance"])
            elif Decimal(folio["balance"]) < 0:
                await self.give_back(folio, company)
        left = await self.night.desk.step(self.id, "check-out")
        assert left.status_code == 200, left.text

    async def give_back(self, folio: Json, company: int) -> None:
        """Give back what was paid too much; what was paid on another folio is set against a charge by hand."""
        cashier = self.books
        amount = -Decimal(folio["balance"])
        paid = min(amount, Decimal(folio["paid"]))
        if paid:
            body = {"method": "cash", "amount": str(paid), "text": "Rest"}
            assert (await cashier.on_folio(folio["id"], "refunds", **body)).status_code == 201
        if amount > paid:
            voucher = {"kind": "fee", "amount": str(amount - paid), "text": "Voucher"}
            assert (await cashier.on_folio(folio["id"], "charges", **voucher)).status_code == 201

    async def today(self) -> date:
        """Return the date that the hotel works on."""
        row = await self.night.desk.connection.fetchrow("select business_date from businesses where code = 'grand'")
        assert row is not None
        return row["business_date"]  # type: ignore[no-any-return]

    async def owed(self) -> dict[tuple[str, str], Decimal]:
        """Return what the nights that the stay has cost by its price, by night and kind, less what was let off."""
        told, price = await self.told(), await self.night.offers.price(self.id)
        owed: dict[tuple[str, str], Decimal] = {}
        for each in [*price["charges"], *price["taxes"]]:
            on_bill = "part" in each or each["placement"] == "on_top"
            if on_bill and told["arrival"] <= each["date"] < told["departure"] and told["status"] != "cancelled":
                key = (each["date"], "Room" if "part" in each else each["name"])
                owed[key] = owed.get(key, Decimal(0)) + Decimal(each["amount"])
        return {key: amount - min(amount, Decimal(self.let_off[key])) for key, amount in owed.items()}

    async def charged(self) -> dict[tuple[str, str], Decimal]:
        """Return what the entries of the ledger come to, by the night and kind that the words of each charge say."""
        rows = await self.night.desk.connection.fetch(
            "select o.text, sum(p.amount) as amount from ledger_entries e "
            "join ledger_entries o on o.id = coalesce(e.origin_id, e.id) "
            "join ledger_postings p on p.entry_id = e.id and p.side = 'charged' "
            "where o.reservation_id = $1 and o.text like '%night of%' group by 1",
            self.id,
        )
        charged: Counter[tuple[str, str]] = Counter()
        for row in rows:
            charged[_words(row["text"])] += row["amount"]
        return {key: Decimal(amount) for key, amount in charged.items() if amount}


def _words(text: str) -> tuple[str, str]:
    kind, _, night = text.partition(", night of ")
    return night.partition(":")[0], kind


@pytest.fixture
async def night(desk: Desk, persons: Persons, clock: FixedClock, revenue: RevenueDesk) -> Night:
    """The hotel `grand`, which closes its dates by audits, and has prices for who stays on."""
    night = Night(await OfferDesk.at(desk), persons, clock)
    plan = night.offers.plan.id
    await revenue.priced(revenue.season(plan, "double", "2027-03-01", "2028-03-01", "150.00", "180.00"))
    await night.audited()
    return night


@pytest.fixture
async def books(desk: Desk, persons: Persons, world: World) -> Accountant:
    """The accountant of `grand`, with a series of invoices."""
    books = Accountant(desk, persons, await persons.add("carmen", ("accountant", world.grand)))
    await books.come_in()
    await books.may_invoice()
    return books


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(1, 3), steps=st.lists(STEPS, min_size=3, max_size=10))
async def test_who_leaves_was_charged_what_the_nights_cost(
    length: int, steps: list[tuple[str, Any]], night: Night, books: Accountant, db: Database, world: World
) -> None:
    today = await night.desk.connection.fetchval("select business_date from businesses where code = 'grand'")
    sold = await night.sold("double", str(today), str(today + length * DAY))
    firm = (await books.company())["id"]
    house = (await books.made(f"{books.path}/folios", {"company_id": firm}))["id"]
    (series,) = (await books.send("GET", f"{books.path}/invoice-series")).json()
    stay = Stay(night, books, sold, house, series["id"])
    for what, how in steps:
        await stay.step(what, how)
    if (await stay.told())["status"] in ("confirmed", "in_house"):
        await stay.leave()
    owed = {key: amount for key, amount in (await stay.owed()).items() if amount}
    status = (await stay.told())["status"]
    assert await stay.charged() == (owed if status == "checked_out" else {}), (status, steps)
    await books.assert_balanced()
    async with db.reading(system_actor(world.alpha)) as tx:
        verdicts = [
            *await check_books(tx, world.alpha.id),
            *await check_audits(tx, world.alpha.id),
            *await check_demand(tx, world.alpha.id, now=night.clock.now()),
        ]
    assert [each for each in verdicts if each.breaches] == []
