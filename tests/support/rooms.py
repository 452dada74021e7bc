"""Housekeeping of the hotel `grand`, worked through HTTP by somebody in the role of a housekeeper."""

from datetime import datetime

import httpx

from omd.db import Database
from omd.features.housekeeping import House, check_rooms, turn_rooms
from support.front_desk import Desk, Json
from support.persons import Persons
from support.worlds import hotel_actor, system_actor


class Floor:
    """The rooms of `grand`, and who sees to them."""

    def __init__(self, desk: Desk, database: Database, persons: Persons, staff: dict[str, int]) -> None:
        self.desk = desk
        self._database = database
        self._persons = persons
        self._staff = staff

    @classmethod
    async def at(cls, desk: Desk, database: Database, persons: Persons, *, name: str = "floor") -> "Floor":
        """Return the rooms of a desk's hotel, with a housekeeper and a manager."""
        roles = ("housekeeper", "manager")
        return cls(
            desk, database, persons, {role: await persons.add(f"{name}-{role}", (role, desk.hotel)) for role in roles}
        )

    @property
    def path(self) -> str:
        """Where the hotel is."""
        return f"/businesses/{self.desk.hotel.id}"

    def room(self, number: str) -> str:
        """Where a room is."""
        return f"{self.path}/rooms/{self.desk.hotel.rooms[number]}"

    async def send(
        self, method: str, path: str, body: object = None, *, by: str = "housekeeper", **headers: str
    ) -> httpx.Response:
        """Send a request as the housekeeper or the manager, who has just come in; header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        shown = {**await self._persons.come_in(self._staff[by]), **named}
        return await self.desk.client.request(method, f"/api/v1{path}", headers=shown, json=body)

    async def read(self, number: str) -> Json:
        """Read the condition of a room."""
        return self._taken(await self.send("GET", f"{self.room(number)}/condition"))

    async def condition(self, number: str) -> tuple[str, str]:
        """Return what a room is, and what made it so."""
        told = await self.read(number)
        return told["condition"], told["cause"]

    async def set(self, number: str, condition: str, **more: object) -> Json:
        """Say what a room is; it must be taken."""
        body = {"condition": condition, **more}
        return self._taken(await self.send("PUT", f"{self.room(number)}/condition", body))

    async def see(self, number: str, occupancy: str, **more: object) -> Json:
        """Say what was seen in a room; it must be taken."""
        return self._taken(await self.send("PUT", f"{self.room(number)}/seen", {"occupancy": occupancy, **more}))

    async def history(self, number: str) -> list[Json]:
        """Read what happened to a room, the newest first."""
        answer = await self.send("GET", f"{self.room(number)}/condition/changes?limit=500")
        assert answer.status_code == 200, answer.text
        told: list[Json] = answer.json()
        return told

    async def causes(self, number: str) -> list[tuple[str, str]]:
        """Return the conditions of a room and their causes, from the first that was not made with the room."""
        return [(each["condition"], each["cause"]) for each in reversed(await self.history(number))][1:]

    async def rack(self, number: str, *, with_stays: bool = False) -> Json:
        """Read a room of the rack, as the housekeeper or as the desk."""
        path = f"{self.path}/room-rack{'/stays' if with_stays else ''}"
        answer = await (self.desk.send("GET", path) if with_stays else self.send("GET", path))
        assert answer.status_code == 200, answer.text
        told: Json = next(each for each in answer.json() if each["number"] == number)
        return told

    async def statuses(self, on: str) -> dict[str, str]:
        """Return the one status of each room on a date."""
        answer = await self.send("GET", f"{self.path}/room-statuses?on={on}")
        assert answer.status_code == 200, answer.text
        return {each["number"]: each["status"] for each in answer.json()}

    async def discrepancies(self) -> dict[str, str]:
        """Return what front office and housekeeping disagree about, by room."""
        answer = await self.send("GET", f"{self.path}/room-discrepancies")
        assert answer.status_code == 200, answer.text
        return {each["number"]: each["discrepancy"] for each in answer.json()}

    async def ask(self, **settings: object) -> None:
        """Say what the hotel asks of its rooms."""
        self._taken(await self.send("PUT", f"{self.path}/housekeeping-settings", settings, by="manager"))

    async def turn(self, now: datetime) -> int:
        """Reckon with the night, as the job of the hotel's night hour does."""
        house = House(hotel_actor(self.desk.hotel), self.desk.hotel.id)
        return await turn_rooms(self._database, house, now=now)

    async def assert_replays(self) -> None:
        """Check every invariant of rooms, and that each condition is what its history, read again, ends in."""
        alpha = self.desk.world.alpha
        async with self._database.reading(system_actor(alpha)) as tx:
            verdicts = await check_rooms(tx, alpha.id)
        assert [each for each in verdicts if each.breaches] == []
        for number in self.desk.hotel.rooms:
            now, history = await self.read(number), await self.history(number)
            last = history[0]
            assert {name: now[name] for name in last if name in now} == {n: v for n, v in last.items() if n in now}
            assert [each["version"] for each in history] == list(range(now["version"], 0, -1))

    def _taken(self, answer: httpx.Response) -> Json:
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told
