"""The revenue manager of the hotel `grand`: plans, prices, restrictions and quotas, through HTTP."""

from datetime import date, timedelta
from typing import Any

import httpx
import msgspec

from support.persons import Headers
from support.worlds import Connection, Hotel, World

Json = dict[str, Any]
API = "/api/v1"


class RevenueDesk(msgspec.Struct, frozen=True):
    """What a revenue manager asks for."""

    client: httpx.AsyncClient
    world: World
    connection: Connection
    headers: Headers

    @property
    def hotel(self) -> Hotel:
        """The hotel whose prices are meant."""
        return self.world.grand

    async def send(
        self, method: str, path: str, body: object = None, *, headers: Headers | None = None, **named: str
    ) -> httpx.Response:
        """Send a request about the hotel; header names are written with underscores."""
        more = {name.replace("_", "-"): value for name, value in named.items()}
        return await self.client.request(
            method,
            f"{API}/businesses/{self.hotel.id}{path}",
            json=body,
            headers={**(headers or self.headers), **more},
        )

    async def done(self, method: str, path: str, body: object = None) -> Any:
        """Send a request that must be taken, and return the answer."""
        answer = await self.send(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def plan(self, code: str, **more: object) -> int:
        """Add a plan and return its id."""
        made = await self.done("POST", "/rate-plans", {"code": code, "name": code.title(), **more})
        return int(made["id"])

    async def derived(self, code: str, parent: int, **more: object) -> int:
        """Add a plan derived from another and return its id."""
        return await self.plan(code, derivation={"parent_plan_id": parent, **more})

    def season(self, plans: int | list[int], types: str, starts_on: str, ends_on: str, *amounts: str | None) -> Json:
        """Return a season of some plans and room types (their codes) with these amounts; without any, of none."""
        return {
            "name": f"from {starts_on}",
            "rate_plan_ids": [plans] if isinstance(plans, int) else plans,
            "room_type_ids": [self.hotel.types[code].id for code in types.split()],
            "dates": [interval(starts_on, ends_on)],
            "amounts": list(amounts) or None,
        }

    async def price(self, *seasons: Json, currency: str = "RON") -> httpx.Response:
        """Ask for prices to be put."""
        return await self.send("PUT", "/rates", {"currency": currency, "seasons": list(seasons)})

    async def priced(self, *seasons: Json) -> Json:
        """Put prices that must be taken."""
        answer = await self.price(*seasons)
        assert answer.status_code == 200, answer.text
        said: Json = answer.json()
        return said

    async def prices(self, plan: int, code: str, starts_on: str, ends_on: str) -> dict[str, list[str | None]]:
        """Return the amounts of a plan and room type by date."""
        where = f"starts_on={starts_on}&ends_on={ends_on}&rate_plan_id={plan}&room_type_id={self.hotel.types[code].id}"
        found = (await self.done("GET", f"/rates?{where}"))["rates"]
        return {day: amounts for each in found for day, amounts in zip(each["dates"], each["amounts"], strict=True)}

    async def restrict(self, *entries: Json) -> httpx.Response:
        """Ask for restrictions to be put."""
        return await self.send("PUT", "/restrictions", {"restrictions": list(entries)})

    async def restrictions(self, starts_on: str, ends_on: str) -> list[Json]:
        """Return what is said on some dates, without what is not."""
        found = await self.done("GET", f"/restrictions?starts_on={starts_on}&ends_on={ends_on}")
        return [{name: value for name, value in each.items() if value is not None} for each in found]

    async def events(self) -> list[Json]:
        """Return what was told of prices, in order."""
        rows = await self.connection.fetch("select data::text from events where type = 'rates.changed' order by seq")
        return [msgspec.json.decode(row["data"]) for row in rows]


def problems_of(answer: httpx.Response) -> dict[str, str]:
    """Return the problems of a refusal, pointer -> code."""
    assert answer.status_code == 422, answer.text
    return {each["pointer"]: each["code"] for each in answer.json()["problems"]}


def interval(starts_on: str, ends_on: str) -> Json:
    """Return the dates `[starts_on, ends_on)` as a request names them."""
    return {"starts_on": starts_on, "ends_on": ends_on}


def days(starts_on: str, ends_on: str) -> list[str]:
    """Return the dates of `[starts_on, ends_on)`."""
    first = date.fromisoformat(starts_on)
    return [str(first + timedelta(days=each)) for each in range((date.fromisoformat(ends_on) - first).days)]
