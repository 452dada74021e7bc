"""A week of the hotel of 222 rooms: what desk and housekeeping do every day, to hold the platform against."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count, cycle

from support.cleaning import Cleaning
from support.front_desk import Json, problem_of
from support.house_222 import House

MONDAY = date(2027, 3, 1)
COMPANY_ROOMS = 12


class Week:
    """What happened in the week, kept beside the platform to hold it against."""

    def __init__(self, house: House, cleaning: Cleaning) -> None:
        self.house = house
        self.cleaning = cleaning
        self.names = (f"Guest {number}" for number in count(1))
        self.methods: Iterator[str] = cycle(["cash", "card", "bank"])
        self.slept: dict[date, int] = {}
        self.no_shows: dict[date, int] = {}
        self.invoiced: dict[str, Decimal] = {}
        self.series = 0
        self.company = 0
        self.master = ""
        self.marked: dict[str, str] = {}
        self.broken = 0
        self.together: list[str] = []
        self.lobby: list[str] = []
        self.turned_away = 0

    def guests(self, number: int) -> list[str]:
        """Return as many new names."""
        return [next(self.names) for _ in range(number)]

    async def prepare(self) -> None:
        """Set the hotel up as its owner does: taxes, policies, plan, prices, firm, company, audits."""
        house = self.house
        for rule in (
            {"code": "VAT", "basis": "percent", "placement": "included", "value": "11", "kinds": ["room"]},
            {"code": "VAT21", "basis": "percent", "placement": "included", "value": "21", "kinds": ["supplement"]},
            {"code": "CITY", "basis": "person_night", "placement": "on_top", "value": "7", "min_age": 18},
        ):
            await house.do("POST", "~/tax-rules", {"name": rule["code"], "since": "2027-01-01", **rule})
        late = {"kind": "no_show", "code": "NS", "name": "First night", "fees": [{"percent": 100, "nights": 1}]}
        policy = await house.do("POST", "~/rate-policies", late)
        plan = {"code": "FLEX", "name": "Flexible", "meals": "breakfast", "no_show_policy_id": policy["id"]}
        made = await house.do("POST", "~/rate-plans", plan)
        await house.prices(int(made["id"]), MONDAY, date(2027, 4, 1))
        firm = {"name": "Hotel 222 SRL", "tax_number": "RO222", "address": "Brașov", "country": "RO"}
        await house.do("PUT", "~/invoice-issuer", firm)
        self.series = int((await house.do("POST", "~/invoice-series", {"prefix": "H-", "next_number": 1}))["id"])
        self.company = int((await house.do("POST", "~/companies", {"name": "Acme SRL", "tax_number": "RO7"}))["id"])
        await house.do("PUT", "~/night-audit-settings", {"mode": "audit", "due_outs": "extend"})
        await self.cleaning.prepare()

    async def group(self) -> None:
        """Book a group of which the company pays the rooms, on one bill, and each guest the rest."""
        house = self.house
        stays = await house.book("double", 3, self.guests(COMPANY_ROOMS), adults=2)
        self.master = (await house.do("POST", f"/reservations/{stays[0]}/folios", {"company_id": self.company}))["id"]
        routes = {"routes": [{"kind": kind, "folio_id": self.master} for kind in ("room", "tax")]}
        for stay in stays:
            await house.do("PUT", f"/reservations/{stay}/folio-routes", routes)
        self.together = stays

    async def arrive(self, missing: int) -> None:
        """Check in who arrives today, but for some who never come; who finds somebody in the room waits."""
        waiting = [each for each in await self.house.stays("arrivals") if each["status"] == "confirmed"]
        for each in waiting[missing:]:
            assert each["required_action"] == "check_in", each
            await self.check_in(each["id"])
        self.no_shows[self.house.today] = min(missing, len(waiting))

    async def check_in(self, stay: str) -> None:
        """Take a guest in, or have them wait in the lobby."""
        answer = await self.house.ask("POST", f"/reservations/{stay}/check-in")
        if answer.status_code == 409 and answer.json()["code"] == "room_not_ready":
            # Somebody left it an hour ago: the room is done while the guest has a coffee.
            await self.cleaning.ready(await self.room_of(stay))
            answer = await self.house.ask("POST", f"/reservations/{stay}/check-in")
        if answer.status_code == 409:
            problem_of(answer, 409, "room_occupied")
            self.lobby.append(stay)
            return
        assert answer.status_code == 200, answer.text

    async def room_of(self, stay: str) -> int:
        """Return the room that a stay has tonight."""
        nights = (await self.house.get(f"/reservations/{stay}"))["nights"]
        return next(int(night["room_id"]) for night in nights if night["date"] == str(self.house.today))

    async def free_suite(self) -> int:
        """Return a suite that nobody is in or comes to, made ready."""
        rooms = (await self.house.ask("GET", "~/room-rack")).json()
        room = next(
            int(each["room_id"])
            for each in rooms
            if (each["room_type_code"], each["occupancy"], each["arriving"]) == ("suite", "vacant", [])
        )
        await self.cleaning.ready(room)
        return room

    async def lose_patience(self) -> None:
        """Try again for who waits in the lobby; who still finds somebody in the room goes to another hotel."""
        waiting, self.lobby = self.lobby, []
        for stay in waiting:
            await self.check_in(stay)
        self.no_shows[self.house.today] += len(self.lobby)
        self.turned_away += len(self.lobby)
        self.lobby = []

    async def leave(self, staying_on: int) -> None:
        """Have who leaves today pay and go, but for some who stay on without a word; every fourth takes an invoice."""
        house = self.house
        due = [each for each in await house.stays("departures") if each["status"] == "in_house"]
        due = [each for each in due if each["id"] not in self.together]
        for number, each in enumerate(due[staying_on:]):
            folios = await house.settle(each["id"], next(self.methods))
            await house.step(each["id"], "check-out")
            if number % 4 == 0:
                await self.invoice(folios[0]["id"])

    async def invoice(self, folio: str) -> Json:
        """Invoice a folio, which is what the folio is."""
        invoice = await self.house.do("POST", f"~/folios/{folio}/invoices", {"series_id": self.series})
        charged = (await self.house.get(f"~/folios/{folio}"))["charged"]
        assert Decimal(invoice["content"]["total"]) == Decimal(charged)
        self.invoiced[invoice["code"]] = Decimal(invoice["content"]["total"])
        return invoice

    async def close(self) -> None:
        """Close the day: what the audit did is what the day was."""
        house = self.house
        before = await house.get("~/dashboard")
        answer = await house.close()
        left = 0
        if answer.status_code == 409:
            # Who stayed on, and whose room is somebody else's by now: the night auditor decides, and goes on.
            waiting = problem_of(answer, 409, "night_audit_blocked")["data"]["decisions"]
            for each in waiting:
                stay = each["stay"]["id"]
                await house.do("POST", f"/reservations/{stay}/nights/charges", {})
                await house.settle(stay, "cash")
                await house.step(stay, "check-out")
            left = len(waiting)
            answer = await house.close()
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        assert shown["audit"]["status"] == "succeeded", shown
        steps = {each["step"]: each["counts"] for each in shown["steps"]}
        assert steps["arrivals"]["no_shows"] == self.no_shows[house.today]
        assert steps["charges"]["unpriced"] == 0
        self.slept[house.today] = before["in_house"]["stays"] - left
        assert steps["charges"]["stays"] == self.slept[house.today]
