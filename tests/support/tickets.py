"""Tickets of the hotel `grand`, reported and seen to through HTTP by people in their roles."""

import httpx

from support.front_desk import Desk, Json
from support.persons import Headers, Persons

ROLES = ("housekeeper", "technician", "manager")


class Workshop:
    """Who reports what is broken in `grand`, who mends it, and who manages both."""

    def __init__(self, desk: Desk, persons: Persons, staff: dict[str, int]) -> None:
        self.desk = desk
        self._persons = persons
        self.staff = staff

    @classmethod
    async def at(cls, desk: Desk, persons: Persons) -> "Workshop":
        """Return the tickets of a desk's hotel, with a housekeeper, two technicians and a manager."""
        staff = {role: await persons.add(f"shop-{role}", (role, desk.hotel)) for role in ROLES}
        staff["colleague"] = await persons.add("shop-colleague", ("technician", desk.hotel))
        return cls(desk, persons, staff)

    @property
    def path(self) -> str:
        """Where the tickets are."""
        return f"/businesses/{self.desk.hotel.id}/tickets"

    async def come_in(self, by: str) -> Headers:
        """Let one of the staff come in."""
        return await self._persons.come_in(self.staff[by])

    async def send(
        self, method: str, path: str, body: object = None, *, by: str | Headers = "technician", **headers: str
    ) -> httpx.Response:
        """Send a request as one of the staff, who has just come in or came before; header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        shown = {**(await self.come_in(by) if isinstance(by, str) else by), **named}
        return await self.desk.client.request(method, f"/api/v1{path}", headers=shown, json=body)

    async def reported(self, title: str = "the tap drips", *, by: str = "housekeeper", **more: object) -> Json:
        """Report what is broken; it must be taken. It is room 101 unless another is said."""
        place = {} if {"room_id", "area"} & set(more) else {"room_id": self.desk.hotel.rooms["101"]}
        answer = await self.send("POST", self.path, {"title": title, **place, **more}, by=by)
        assert answer.status_code == 201, answer.text
        ticket: Json = answer.json()
        return ticket

    async def step(
        self, ticket: Json, step: str, body: object = None, *, by: str | Headers = "technician", **headers: str
    ) -> httpx.Response:
        """Ask for a step of a ticket."""
        return await self.send("POST", f"{self.path}/{ticket['id']}/{step}", body or {}, by=by, **headers)

    async def stepped(self, ticket: Json, step: str, body: object = None, *, by: str = "technician") -> Json:
        """Take a step of a ticket; it must be allowed."""
        answer = await self.step(ticket, step, body, by=by)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def read(self, ticket: Json) -> Json:
        """Read a ticket."""
        answer = await self.send("GET", f"{self.path}/{ticket['id']}")
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def listed(self, query: str = "") -> list[str]:
        """Return the ids of the tickets of a list."""
        answer = await self.send("GET", f"{self.path}{query}")
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()]

    async def steps_of(self, ticket: Json) -> list[tuple[str, str, str | None]]:
        """Return what was done about a ticket, what it was then, and what was said, the first first."""
        answer = await self.send("GET", f"{self.path}/{ticket['id']}/changes")
        assert answer.status_code == 200, answer.text
        return [(each["step"], each["status"], each["note"]) for each in reversed(answer.json())]

    async def preview(self, room: str, starts_on: str, ends_on: str, kind: str = "out_of_order") -> Json:
        """Ask which stays a room would send elsewhere."""
        path = f"/businesses/{self.desk.hotel.id}/rooms/{self.desk.hotel.rooms[room]}/maintenance-preview"
        answer = await self.send("GET", f"{path}?starts_on={starts_on}&ends_on={ends_on}&kind={kind}")
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told


def decided(preview: Json) -> list[Json]:
    """Return the moves of a preview as they are sent on."""
    names = ("reservation_id", "arrival", "departure", "from_room_id", "to_room_id")
    return [{name: move[name] for name in names} for move in preview["moves"]]
