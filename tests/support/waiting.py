"""Who waits at the desk of a hotel for nights that are sold."""

import httpx

from support.front_desk import Desk, Json

NIGHTS = ("2027-03-10", "2027-03-12")


class WaitingDesk:
    """Keeps the waiting list of the desk's hotel."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.path = f"/businesses/{desk.hotel.id}/waiting-list"

    def wish(self, type_code: str | None = "twin", **more: object) -> Json:
        """Return the body of a wish for two nights in March."""
        types = {} if type_code is None else {"room_type_ids": [self.desk.hotel.types[type_code].id]}
        return {"arrival": NIGHTS[0], "departure": NIGHTS[1], "last_name": "Asteptescu", **types, **more}

    async def added(self, type_code: str | None = "twin", **more: object) -> Json:
        """Put somebody on the list."""
        answer = await self.desk.send("POST", self.path, self.wish(type_code, **more))
        assert answer.status_code == 201, answer.text
        entry: Json = answer.json()
        return entry

    async def entry(self, entry_id: str) -> Json:
        """Read an entry."""
        answer = await self.desk.send("GET", f"{self.path}/{entry_id}")
        assert answer.status_code == 200, answer.text
        entry: Json = answer.json()
        return entry

    async def listed(self, query: str = "") -> list[str]:
        """Return the last names of who is listed."""
        answer = await self.desk.send("GET", f"{self.path}{query}")
        assert answer.status_code == 200, answer.text
        return [each["last_name"] for each in answer.json()]

    async def promote(self, entry_id: str, type_code: str = "twin", **more: object) -> httpx.Response:
        """Ask for an entry to be promoted to rooms of a type, or to what `more` says instead."""
        body = more if "offers" in more else {"room_type_id": self.desk.hotel.types[type_code].id, **more}
        return await self.desk.send("POST", f"{self.path}/{entry_id}/promote", body)

    async def fill(self, type_code: str = "twin", rooms: int = 2) -> list[Json]:
        """Sell rooms of a type on the nights that are waited for."""
        return [await self.desk.booked(type_code, *NIGHTS) for _ in range(rooms)]

    async def told(self) -> list[tuple[str, str]]:
        """Return what was put on record of the list: type and aggregate, in order."""
        rows = await self.desk.connection.fetch(
            "select type, aggregate_id from events where aggregate = 'waiting_list' order by seq"
        )
        return [(row["type"].removeprefix("waiting_list."), row["aggregate_id"]) for row in rows]
