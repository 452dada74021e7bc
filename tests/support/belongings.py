"""Real things of a hotel and its destination, and their ids put into requests that were made up."""

from datetime import date
from random import Random
from typing import Any

import httpx

from factories.offers import offer_of
from omd.features.offers import OfferedPlan, seal
from support.generated import Case
from support.parties import Tokens
from support.persons import Headers, Persons
from support.served_app import KEYRING
from support.worlds import World

API = "/api/v1"
GUEST = {
    "last_name": "Popescu",
    "first_name": "Ana",
    "email": "ana@guests.example",
    "date_of_birth": "1980-02-29",
    "document_type": "passport",
    "document_number": "123456789",
}
OFTEN = 0.8
"""The share of the requests that name what is really there; the others name what chance brings."""

SPANS = (("arrival", "departure"), ("starts_on", "ends_on"), ("since", "until"))


class Belongings:
    """The ids of what there is, by the names that paths and bodies use."""

    def __init__(self, client: httpx.AsyncClient, tokens: Tokens, persons: Persons, world: World) -> None:
        self._client = client
        self._tokens = tokens
        self._persons = persons
        self._world = world
        self.ids: dict[str, list[object]] = {
            "omd_id": [*[world.alpha.id] * 5, world.beta.id],
            "business_id": [*[world.grand.id] * 5, world.lodge.id, world.harbour.id],
            "room_type_id": [each.id for each in world.grand.types.values()],
            "room_id": [*world.grand.rooms.values()],
        }

    async def fill(self) -> None:
        """Add stays in every status, maintenance, keys, service accounts, members and a consent."""
        owner = await self._persons.headers("victoria", ("owner", self._world.grand))
        administrator = await self._persons.headers("alma", ("omd_administrator", self._world.alpha))
        hotel, omd = f"/businesses/{self._world.grand.id}", f"/omds/{self._world.alpha.id}"
        self.ids["reservation_id"] = [*await self._stays(hotel)]
        await self._prices(hotel)
        await self._bookings(hotel)
        self.ids["interval_id"] = []
        for month, room in zip(("05", "06", "07", "08"), self._world.grand.rooms.values(), strict=False):
            begun = await self._post(f"{hotel}/maintenance", {**_out_of_order(month), "room_id": room}, owner)
            self.ids["interval_id"].append(begun["interval"]["id"])
        family = {"kind": "owner", "reason": "family", "starts_on": "2027-09-01", "ends_on": "2027-09-03"}
        held = [
            await self._post(f"{hotel}/hold-backs", {**family, "room_id": room}, owner)
            for room in list(self._world.grand.rooms.values())[:3]
        ]
        self.ids["hold_back_id"] = [each["hold_back"]["id"] for each in held]
        self.ids["key_id"], self.ids["account_id"], self.ids["webhook_id"] = [], [], []
        self.ids["rule_id"] = []
        self.ids["locality_id"] = [
            (await self._post(f"{omd}/localities", {"code": f"town{number}", "name": "Town"}, administrator))["id"]
            for number in range(2)
        ]
        for place, who in ((hotel, owner), (omd, administrator)):
            for number in range(3):
                key = await self._post(f"{place}/keys", {"name": f"key {number}"}, who)
                scoped = {"name": f"account {number}", "scopes": ["inventory.read"]}
                account = await self._post(f"{place}/service-accounts", scoped, who)
                self.ids["key_id"].append(key["key"]["id"])
                self.ids["account_id"].append(account["id"])
                webhook = await self._post(f"{place}/webhooks", {"url": "https://localhost:9/webhook"}, who)
                self.ids["webhook_id"].append(webhook["webhook"]["id"])
                self.ids["rule_id"].append((await self._post(f"{place}/tax-rules", _tax(number), who))["id"])
        self.ids["service_account_id"] = self.ids["account_id"]
        self.ids["membership_id"] = [
            *[await self._member(f"clerk{number}", "receptionist") for number in range(3)],
            *[await self._member(f"analyst{number}", "omd_analyst") for number in range(3)],
        ]
        answer = await self._client.put(f"{API}{hotel}/consents/guests", headers=owner)
        assert answer.status_code == 200, answer.text

    async def _prices(self, hotel: str) -> None:
        desk = self._tokens.of("grand")
        for name, kind in (("cancellation_policy_id", "cancellation"), ("no_show_policy_id", "no_show")):
            policy = {"kind": kind, "code": "FREE", "name": "Free"}
            self.ids[name] = [(await self._post(f"{hotel}/rate-policies", policy, desk))["id"]]
        self.ids["policy_id"] = [*self.ids["cancellation_policy_id"], *self.ids["no_show_policy_id"]]
        plans = [{"code": f"PLAN{number}", "name": f"Plan {number}"} for number in range(3)]
        self.ids["rate_plan_id"] = [(await self._post(f"{hotel}/rate-plans", plan, desk))["id"] for plan in plans]

    async def _bookings(self, hotel: str) -> None:
        """Book an offer, and let requests have others: for new stays and, last of all, for the one that is booked."""
        plan = OfferedPlan(int(str(self.ids["rate_plan_id"][0])), 1, "PLAN0", "Plan 0", "none", "none", None, None)
        dates = [(date(2027, 4, 1 + number), date(2027, 4, 3 + number)) for number in range(6)]
        offers = [seal(offer_of(self._world.grand, plan, "double", *each), KEYRING) for each in (dates[0], *dates)]
        booking = {"offers": [{"offer": offers[0], "guests": [GUEST]}]}
        made = await self._post(f"{hotel}/bookings", booking, self._tokens.of("grand"))
        self.ids["booking_id"] = [made["id"]]
        self.ids["reservation_id"] += [made["stays"][0]["stay"]["id"]] * 3
        self.ids["offer"] = [*offers[1:]]

    async def _member(self, name: str, role: str) -> int:
        place = self._world.alpha if role == "omd_analyst" else self._world.grand
        return await self._persons.membership(await self._persons.add(name, (role, place)), role)

    async def _stays(self, hotel: str) -> list[str]:
        types = self._world.grand.types
        plan = [
            *[(code, "2027-03-01", "2027-03-04") for code, each in types.items() for _ in each.rooms],
            *[("double", "2027-04-10", "2027-04-12")] * 4,
        ]
        desk = self._tokens.of("grand")
        made = []
        for code, arrival, departure in plan:
            body = {
                "room_type_id": types[code].id,
                "arrival": arrival,
                "departure": departure,
                "guests": [GUEST],
                "price": {"amount": "120.50"},
            }
            made.append((await self._post(f"{hotel}/reservations", body, desk))["id"])
        for stay in made[:4]:
            await self._post(f"/reservations/{stay}/check-in", None, desk)
        await self._post(f"/reservations/{made[0]}/check-out", None, desk)
        await self._post(f"/reservations/{made[-1]}/cancel", None, desk)
        await self._post(f"/reservations/{made[4]}/no-show", None, desk)
        return made

    async def _post(self, path: str, body: object, headers: Headers) -> Any:
        answer = await self._client.post(f"{API}{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def put_into(self, case: Case, chance: Random) -> None:
        """Let a made-up request name what is really there, in its path, its query and its body, more often than not."""
        if chance.random() >= OFTEN:
            return
        names = [name for name in case.path_parameters if name in self.ids]
        if names:
            case.path_parameters = {**case.path_parameters, **{name: chance.choice(self.ids[name]) for name in names}}
        if case.meta is not None and case.meta.generation.mode.is_negative:
            return
        dates = _dates(chance)
        query = {name: dates[name] for name in case.query if name in dates}
        if query:
            case.query = {**case.query, **query}
        if isinstance(case.body, dict):
            case.body = {**case.body, **self._real(case.body, dates, chance)}

    def _offer(self, told: Any, chance: Random) -> Any:
        """Return an offer that is really there, in a list of offers alone or with those who come."""
        offer = chance.choice(self.ids["offer"])
        return {"offer": offer, "guests": told["guests"]} if isinstance(told, dict) else offer

    def _real(self, body: dict[str, Any], dates: dict[str, str], chance: Random) -> dict[str, Any]:
        real: dict[str, Any] = {name: dates[name] for name in body if name in dates}
        real |= {name: chance.choice(self.ids[name]) for name in body if name in self.ids}
        if "offers" in body:
            real["offers"] = [self._offer(each, chance) for each in body["offers"]]
        if "scopes" in body:
            real["scopes"] = ["inventory.read"]
        if "time_zone" in body:
            real |= {"time_zone": "Europe/Bucharest", "currency": "RON"}
        if "last_name" in body and "code" not in body:
            real["email"] = GUEST["email"]
        return real


def _dates(chance: Random) -> dict[str, str]:
    dates: dict[str, str] = {}
    for first, last in SPANS:
        day = chance.randrange(1, 27)
        dates |= {first: f"2027-09-{day:02}", last: f"2027-09-{day + chance.randrange(1, 4):02}"}
    return dates


def _tax(number: int) -> dict[str, object]:
    """A rule that has begun, and others that have not."""
    since = "2020-01-01" if number == 0 else "2027-06-01"
    terms = {"basis": "person_night", "placement": "on_top", "value": "7", "since": since}
    return {"code": f"tax{number}", "name": "Tax", **terms}


def _out_of_order(month: str) -> dict[str, object]:
    return {
        "kind": "out_of_order",
        "starts_on": f"2027-{month}-10",
        "ends_on": f"2027-{month}-12",
        "reason": "a burst pipe",
    }
