"""Tasks of the hotel `grand`, worked on by two housekeepers, whom a manager gives them to."""

from datetime import datetime, timedelta
from uuid import UUID

import httpx

from omd.db import Database
from support.front_desk import Desk, Json
from support.persons import Headers, Persons
from support.rooms import Floor

OUTCOMES = ("outcome", "because")


class TaskFloor(Floor):
    """The rooms of `grand` and what is to be done in them; `ana` and `ion` are housekeepers."""

    attendants: dict[str, int]

    @classmethod
    async def of(cls, desk: Desk, database: Database, persons: Persons, *, name: str = "tasks") -> "TaskFloor":
        """Return the rooms of a desk's hotel, with a manager, two housekeepers and a receptionist."""
        roles = {"ana": "housekeeper", "ion": "housekeeper", "manager": "manager", "receptionist": "receptionist"}
        staff = {who: await persons.add(f"{name}-{who}", (role, desk.hotel)) for who, role in roles.items()}
        floor = cls(desk, database, persons, {**staff, "housekeeper": staff["ana"]})
        floor.attendants = {who: await persons.membership(staff[who], role) for who, role in roles.items()}
        return floor

    async def come_in(self, who: str) -> Headers:
        """Return the headers of somebody who has just come in."""
        return await self._persons.come_in(self._staff[who])

    async def plan(self, **body: object) -> Json:
        """Plan a date; it must be taken."""
        return self._taken(await self.send("POST", f"{self.path}/housekeeping-plans", body, by="manager"))

    async def configure(self, **settings: object) -> Json:
        """Say how the hotel plans; it must be taken."""
        path = f"{self.path}/housekeeping-task-settings"
        return self._taken(await self.send("PUT", path, settings, by="manager"))

    async def tasks(self, query: str = "", *, by: str = "manager") -> list[Json]:
        """List the tasks of a date."""
        answer = await self.send("GET", f"{self.path}/housekeeping-tasks{query}", by=by)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()
        return found

    async def planned(self, query: str = "") -> set[tuple[str, str, str]]:
        """Return room, kind and status of the tasks of a date."""
        return {(each["room_number"], each["kind"], each["status"]) for each in await self.tasks(query)}

    async def added(self, number: str, kind: str = "deep_clean", **more: object) -> Json:
        """Add a task by hand; it must be taken."""
        body = {"room_id": self.desk.hotel.rooms[number], "kind": kind, **more}
        answer = await self.send("POST", f"{self.path}/housekeeping-tasks", body, by="manager")
        assert answer.status_code == 201, answer.text
        task: Json = answer.json()
        return task

    def where(self, task: Json | str) -> str:
        """Where a task is."""
        return f"{self.path}/housekeeping-tasks/{task if isinstance(task, str) else task['id']}"

    async def get(self, task: Json | str) -> Json:
        """Read a task."""
        return self._taken(await self.send("GET", self.where(task)))

    async def try_work(self, task: Json, action: str, *, by: str = "ana", **more: object) -> httpx.Response:
        """Say what was done about a task."""
        return await self.send("POST", f"{self.where(task)}/work", {"action": action, **more}, by=by)

    async def work(self, task: Json, action: str, *, by: str = "ana", **more: object) -> Json:
        """Say what was done about a task; it must be taken."""
        return self._taken(await self.try_work(task, action, by=by, **more))

    async def inspected(self, task: Json, *, passed: bool = True, **more: object) -> Json:
        """Say what an inspection found; it must be taken."""
        body = {"passed": passed, **more}
        return self._taken(await self.send("POST", f"{self.where(task)}/inspection", body, by="manager"))

    async def give(self, task: Json, who: str | None, *, by: str = "manager", **more: object) -> httpx.Response:
        """Give a task, seen as it is here, to somebody."""
        attendant = None if who is None else self.attendants[who]
        body = {"attendant_id": attendant, "seen_version": task["version"], **more}
        return await self.send("PUT", f"{self.where(task)}/assignment", body, by=by)

    async def given(self, task: Json, who: str | None) -> Json:
        """Give a task to somebody; it must be taken."""
        return self._taken(await self.give(task, who))

    async def try_tell(
        self, sent_at: datetime, *said: Json, by: str = "ana", device: str = "phone-1", supervised: bool = False
    ) -> httpx.Response:
        """Send what a device kept."""
        path = f"{self.path}/housekeeping-commands{'/supervised' if supervised else ''}"
        body = {"device": device, "sent_at": sent_at.isoformat(), "commands": list(said)}
        return await self.send("POST", path, body, by=by)

    async def tell(self, sent_at: datetime, *said: Json, **more: object) -> list[tuple[str, str | None]]:
        """Send what a device kept; return what came of each command, and why."""
        answer = await self.try_tell(sent_at, *said, **more)  # type: ignore[arg-type]  # as try_tell names them
        assert answer.status_code == 200, answer.text
        return [(each["outcome"], each["because"]) for each in answer.json()]

    async def conflicts(self) -> list[Json]:
        """List the conflicts that nobody resolved."""
        answer = await self.send("GET", f"{self.path}/housekeeping-conflicts", by="manager")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()
        return found


def command(number: int, task: Json | str, action: str, at: datetime, **more: object) -> Json:
    """Return a command of a device, whose ids grow with the number."""
    task_id = task if isinstance(task, str) else task["id"]
    return {"id": str(UUID(int=number)), "task_id": task_id, "action": action, "at": at.isoformat(), **more}


def minutes(count: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=count)
