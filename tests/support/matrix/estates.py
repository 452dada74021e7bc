"""What belongs to whom: real ids of hotels and destinations, by the names that requests use."""

import base64
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import httpx
import msgspec

from factories.offers import offer_of
from omd.features.offers import OfferedPlan, seal
from omd.infra.payments import SandboxProvider
from support.matrix.requests import PICTURE, Ids, small_picture
from support.openapi import Json
from support.persons import Headers, Persons
from support.served_app import KEYRING
from support.worlds import Hotel, Omd, World

API = "/api/v1"

WEBHOOK = "https://localhost:9/webhook"
"""Where webhooks lead here: to nobody, and not even that is tried."""

WEBHOOK_SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"
NO_PROVIDER = {"test": SandboxProvider("http://127.0.0.1:9")}
"""The providers of card payments that this house reaches: one, where nobody listens."""

MINIBAR = "30.00"
"""What the stay of every hotel owes."""

SECRET = "Secretescu"
"""The name of whoever belongs to the hotel `grand`: guest, clerk, key and account. No stranger ever reads it."""

_NAMES = {"grand": SECRET, "lodge": "Lodgescu", "harbour": "Harbourescu", "alpha": "Alphescu", "beta": "Betescu"}

NOWHERE: Ids = {
    "omd_id": 2147483647,
    "business_id": 2147483647,
    "room_type_id": 2147483647,
    "room_id": 2147483647,
    "rate_plan_id": 2147483647,
    "policy_id": 2147483647,
    "cancellation_policy_id": 2147483647,
    "no_show_policy_id": 2147483647,
    "reservation_id": "00000000-0000-7000-8000-000000000001",
    "interval_id": 2147483647,
    "hold_back_id": 2147483647,
    "key_id": 2147483647,
    "account_id": 2147483647,
    "service_account_id": 2147483647,
    "membership_id": 2147483647,
    "user_id": 2147483647,
    "webhook_id": "00000000-0000-7000-8000-000000000001",
    "locality_id": 2147483647,
    "rule_id": 2147483647,
    "job_id": 2147483647,
    "booking_id": "00000000-0000-7000-8000-000000000001",
    "offer": "AZ2jQm9va2Vk",
    "folio_id": "00000000-0000-7000-8000-000000000001",
    "to_folio_id": "00000000-0000-7000-8000-000000000001",
    "entry_id": "00000000-0000-7000-8000-000000000001",
    "company_id": 2147483647,
    "series_id": 2147483647,
    "invoice_id": "00000000-0000-7000-8000-000000000001",
    "payment_id": "00000000-0000-7000-8000-000000000001",
    "client_id": "client_aaaaaaaaaaaaaaaa",
    "email": "nobody@example.com",
    "code": "ZZZZZZZZ",
    "last_name": "Nimeni",
    "row_key": "00000000-0000-7000-8000-000000000001",
    "request_id": "00000000-0000-7000-8000-000000000001",
    "profile_id": "00000000-0000-7000-8000-000000000001",
    "other_profile_id": "00000000-0000-7000-8000-000000000002",
    "waiting_entry_id": "00000000-0000-7000-8000-000000000001",
    "plan_id": "00000000-0000-7000-8000-000000000001",
    "ticket_id": "00000000-0000-7000-8000-000000000001",
    "photo_id": "00000000-0000-7000-8000-000000000001",
    "assignee_id": 2147483647,
    "task_id": "00000000-0000-7000-8000-000000000001",
    "command_id": "00000000-0000-7000-8000-000000000001",
    "item_id": "00000000-0000-7000-8000-000000000001",
    "attendant_id": 2147483647,
    "supervisor_id": 2147483647,
}
"""Ids that nobody has, one for every name."""

OF_ALL_MEMBERS = frozenset({"locality_id"})
"""The names of what is the destination's own and every member's to name."""

OF_A_GUEST = frozenset({"email", "code", "last_name"})
"""The names that together say which guest is meant: any of them finds one."""

OF_THE_PLATFORM = frozenset({"job_id"})
"""The names of what is no tenant's: only the operator comes so far as to name one."""

_OTHERS = {"code", "row_key", "offer"}
REFERENCES = frozenset({*(name for name in NOWHERE if name.endswith("_id")), *_OTHERS}) - OF_THE_PLATFORM
"""The names that point at what is somebody's. An e-mail address points at a person, who is of no tenant."""


class Settler(msgspec.Struct, frozen=True):
    """Makes what belongs to hotels and destinations, through the API, as those who own them."""

    client: httpx.AsyncClient
    world: World
    persons: Persons
    headers: Mapping[str, Headers]

    async def hotel(self, hotel: Hotel, *, owner: str, key: str, administrator: str) -> Ids:
        """Return the ids of a hotel after it got a booking, maintenance, a hold-back, a tax, a locality and people."""
        name, path = _NAMES[hotel.code], f"{API}/businesses/{hotel.id}"
        room_type = hotel.types["twin" if "twin" in hotel.types else "double"]
        rooms = sorted(room_type.rooms.items())
        prices = await self._prices(path, key)
        plan = OfferedPlan(int(prices["rate_plan_id"]), 1, "FLEX", "Flexible", "none", "none", None, None)
        offers = [
            seal(offer_of(hotel, plan, room_type.code, date(2027, 3, 1), date(2027, 3, 3)), KEYRING) for _ in range(2)
        ]
        guests = [{"last_name": name, "email": f"{name.lower()}@example.com"}]
        booking = await self._make(f"{path}/bookings", {"offers": [{"offer": offers[0], "guests": guests}]}, key)
        stay = booking["stays"][0]["stay"]
        dates = {"starts_on": "2027-03-20", "ends_on": "2027-03-21"}
        closed = {"room_id": rooms[-1][1], "kind": "out_of_order", "reason": "paint", **dates}
        interval = await self._make(f"{path}/maintenance", closed, key)
        held = {
            "room_id": rooms[0][1],
            "kind": "owner",
            "reason": name,
            "starts_on": "2027-03-22",
            "ends_on": "2027-03-24",
        }
        held_back = await self._make(f"{path}/hold-backs", held, owner)
        await self._night(path, owner)
        return {
            "omd_id": hotel.omd_id,
            "business_id": hotel.id,
            **prices,
            "booking_id": booking["id"],
            "offer": offers[1],
            "room_type_id": room_type.id,
            "room_id": rooms[-1][1],
            "reservation_id": stay["id"],
            "interval_id": interval["interval"]["id"],
            "hold_back_id": held_back["hold_back"]["id"],
            "code": stay["code"],
            "last_name": name,
            "row_key": stay["id"],
            **await self._profiles(path, name, key),
            "request_id": (await self._make(f"{API}/reservations/{stay['id']}/requests", {"text": name}, key))["id"],
            "waiting_entry_id": await self._waiting(path, name, key),
            "plan_id": await self._plan(path, stay["id"], key),
            **await self._ticket(path, name, rooms[0][1], key),
            "locality_id": await self._locality(hotel.omd_id, hotel.code, administrator),
            "rule_id": await self._tax(path, owner),
            **await self._bill(path, stay["id"], name, key, owner),
            **(people := await self._people_and_programs(path, name, ("receptionist", hotel), owner)),
            **await self._tasks(path, hotel, rooms[0][1], int(people["membership_id"]), owner),
        }

    async def _tasks(self, path: str, hotel: Hotel, room_id: int, attendant_id: int, by: str) -> Ids:
        """Add a task for a room, and one that was cancelled and is done all the same, so that somebody has to look."""
        task = await self._make(f"{path}/housekeeping-tasks", {"room_id": room_id, "kind": "linen"}, by)
        gone = await self._make(f"{path}/housekeeping-tasks", {"room_id": room_id, "kind": "other"}, by)
        at = f"{path}/housekeeping-tasks/{gone['id']}/cancel"
        cancelled = await self.client.post(at, json={"reason": hotel.code}, headers=self.headers[by])
        assert cancelled.status_code == 200, cancelled.text
        # Of two commands of one instant the id decides: this one comes last.
        command_id = str(UUID(int=2**128 - hotel.id))
        instant = "2027-03-01T09:00:00Z"
        done = {"id": command_id, "task_id": gone["id"], "action": "done", "at": instant}
        batch = {"device": "phone", "sent_at": instant, "commands": [done]}
        told = await self.client.post(f"{path}/housekeeping-commands/supervised", json=batch, headers=self.headers[by])
        assert [each["outcome"] for each in told.json()] == ["conflict"], told.text
        found = {"id": command_id, "room_id": room_id, "description": hotel.code}
        return {
            "item_id": (await self._make(f"{path}/found-items", found, by))["id"],
            "task_id": task["id"],
            "command_id": command_id,
            "attendant_id": attendant_id,
            "supervisor_id": attendant_id,
        }

    async def _plan(self, path: str, reservation_id: str, by: str) -> str:
        wanted = {"scope": "stay", "reservation_id": reservation_id}
        plan: str = (await self._make(f"{path}/assignment-plans", wanted, by))["id"]
        return plan

    async def _ticket(self, path: str, name: str, room_id: int, by: str) -> Ids:
        """Report something broken, with a photo of it."""
        ticket = await self._make(f"{path}/tickets", {"title": name, "room_id": room_id}, by)
        added = await self.client.post(
            f"{path}/tickets/{ticket['id']}/photos",
            content=small_picture(),
            headers={**self.headers[by], "Content-Type": PICTURE},
        )
        assert added.status_code == 201, added.text
        return {"ticket_id": ticket["id"], "photo_id": added.json()["id"]}

    async def _prices(self, path: str, by: str) -> Ids:
        cancelled, stayed_away = [
            (await self._make(f"{path}/rate-policies", {"kind": kind, "code": "FREE", "name": "Free"}, by))["id"]
            for kind in ("cancellation", "no_show")
        ]
        plan = await self._make(f"{path}/rate-plans", {"code": "FLEX", "name": "Flexible"}, by)
        return {
            "rate_plan_id": plan["id"],
            "policy_id": cancelled,
            "cancellation_policy_id": cancelled,
            "no_show_policy_id": stayed_away,
        }

    async def _profiles(self, path: str, name: str, by: str) -> Ids:
        """Add two guest profiles, so that one can be merged into the other."""
        made = [await self._make(f"{path}/guest-profiles", {"last_name": name}, by) for _ in range(2)]
        return {"profile_id": made[0]["id"], "other_profile_id": made[1]["id"]}

    async def _waiting(self, path: str, name: str, by: str) -> str:
        """Put somebody on the waiting list."""
        wish = {"arrival": "2027-03-10", "departure": "2027-03-12", "last_name": name}
        return str((await self._make(f"{path}/waiting-list", wish, by))["id"])

    async def _bill(self, path: str, stay_id: str, name: str, by: str, owner: str) -> Ids:
        """Charge the stay, and add a company whose the bill is."""
        company = await self._make(f"{path}/companies", {"name": name}, by)
        other = await self._make(f"{path}/folios", {"company_id": company["id"], "label": name}, by)
        minibar = {"kind": "supplement", "amount": MINIBAR, "text": "Minibar"}
        charged = await self._make(f"{API}/reservations/{stay_id}/charges", minibar, by)
        return {
            "folio_id": charged["folio"]["id"],
            "to_folio_id": other["id"],
            "entry_id": charged["entry"]["id"],
            "company_id": company["id"],
            **await self._invoice(path, name, owner),
            **await self._card_payment(path, charged["folio"]["id"], name, owner),
        }

    async def _night(self, path: str, by: str) -> None:
        """Close the date before today's, which the hotel works on still; then let it go by the clock again."""
        await self._make(f"{path}/night-audits", {"business_date": "2027-02-28"}, by)
        put = await self.client.put(f"{path}/night-audit-settings", json={"mode": "clock"}, headers=self.headers[by])
        assert put.status_code == 200, put.text

    async def _card_payment(self, path: str, folio_id: str, name: str, by: str) -> Ids:
        """Ask for money from a card, by a provider that never answers."""
        account = {"provider": "test", "api_key": f"sk_test_{name}", "webhook_secret": WEBHOOK_SECRET}
        put = await self.client.put(f"{path}/payment-account", json=account, headers=self.headers[by])
        assert put.status_code == 200, put.text
        asked = {"amount": "5.00", "token": "tok_ok", "text": name}
        paid = await self._make(f"{path}/folios/{folio_id}/card-payments", asked, by)
        return {"payment_id": paid["id"]}

    async def _invoice(self, path: str, name: str, by: str) -> Ids:
        """Issue an invoice of a folio of the house that was paid."""
        firm = {"name": name, "tax_number": "RO1", "address": "Strada 1", "country": "RO"}
        put = await self.client.put(f"{path}/invoice-issuer", json=firm, headers=self.headers[by])
        assert put.status_code == 200, put.text
        series = await self._make(f"{path}/invoice-series", {"prefix": "GRD"}, by)
        folio = await self._make(f"{path}/folios", {"label": name}, by)
        at = f"{path}/folios/{folio['id']}"
        await self._make(f"{at}/charges", {"kind": "fee", "amount": "5.00", "text": "Parking"}, by)
        await self._make(f"{at}/payments", {"method": "cash", "amount": "5.00"}, by)
        made_out = {"series_id": series["id"], "customer": {"name": name}}
        invoice = await self._make(f"{at}/invoices", made_out, by)
        return {"series_id": series["id"], "invoice_id": invoice["id"]}

    async def destination(self, omd: Omd, *, administrator: str) -> Ids:
        """Return the ids of a destination itself after it got an analyst, a key and an account."""
        made = await self._people_and_programs(
            f"{API}/omds/{omd.id}", _NAMES[omd.code], ("omd_analyst", omd), administrator
        )
        path = f"{API}/omds/{omd.id}"
        taxes = {
            "locality_id": await self._locality(omd.id, omd.code, administrator),
            "rule_id": await self._tax(path, administrator),
        }
        return {"omd_id": omd.id, "row_key": str(made["membership_id"]), **taxes, **made}

    async def _locality(self, omd_id: int, code: str, by: str) -> int:
        made = await self._make(f"{API}/omds/{omd_id}/localities", {"code": code, "name": f"Town of {code}"}, by)
        return int(made["id"])

    async def _tax(self, path: str, by: str) -> int:
        """Add a rule that has not begun, so that it can be changed and deleted."""
        terms = {"basis": "stay", "placement": "owed", "value": "1", "since": "2027-06-01"}
        made = await self._make(f"{path}/tax-rules", {"code": "PROMO", "name": "Promotion tax", **terms}, by)
        return int(made["id"])

    async def _people_and_programs(self, path: str, name: str, role: tuple[str, Hotel | Omd], by: str) -> Ids:
        member = await self.persons.add(name.lower(), role)
        key = await self._make(f"{path}/keys", {"name": name}, by)
        account = await self._make(f"{path}/service-accounts", {"name": name, "scopes": ["inventory.read"]}, by)
        webhook = await self._make(f"{path}/webhooks", {"url": WEBHOOK, "description": name}, by)
        return {
            "user_id": member,
            "assignee_id": member,
            "membership_id": await self.persons.membership(member, role[0]),
            "email": f"{name.lower()}@example.com",
            "key_id": key["key"]["id"],
            "account_id": account["id"],
            "service_account_id": account["id"],
            "client_id": account["client_id"],
            "webhook_id": webhook["webhook"]["id"],
        }

    async def _make(self, path: str, body: object, by: str) -> Json:
        made = await self.client.post(path, json=body, headers=self.headers[by])
        assert made.status_code == 201, made.text
        answer: Json = made.json()
        return answer
