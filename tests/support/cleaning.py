"""Housekeeping of the hotel of 222 rooms: who cleans what on a day, told by phones without a network."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import count
from uuid import UUID

from support.front_desk import Json, problem_of
from support.house_222 import House
from support.persons import Headers, Persons

PEOPLE = 6
OPEN = ("open", "in_progress", "paused")
MINUTE = timedelta(minutes=1)


class Cleaning:
    """The people who clean, and what they did in the week."""

    def __init__(self, house: House, persons: Persons) -> None:
        self.house = house
        self.did: Counter[str] = Counter()
        """How many tasks of a kind ended as what."""

        self.worked = timedelta(0)
        self.rushed = 0
        self._persons = persons
        self._staff: dict[int, int] = {}
        self._numbers: Iterator[int] = count(1)

    async def prepare(self) -> None:
        """Take people on, and say what the hotel asks of its rooms and how it plans."""
        house = self.house
        for number in range(PEOPLE):
            person = await self._persons.add(f"cleaner-{number}", ("housekeeper", house.hotel))
            self._staff[await self._persons.membership(person, "housekeeper")] = person
        await house.do("PUT", "~/housekeeping-settings", {"check_in_needs": "clean", "vacant_becomes": "pickup"})
        await house.do("PUT", "~/housekeeping-task-settings", {"linen_every": 3, "inspects": ["departure"]})

    async def morning(self) -> None:
        """Plan the day, share it out, and tell everybody their sheet."""
        house, on = self.house, str(self.house.today)
        await house.do("POST", "~/housekeeping-plans", {})
        people = [{"attendant_id": each, "max_credits": 1000} for each in self._staff]
        await house.do("PUT", f"~/housekeeping-attendances/{on}", {"attendants": people})
        proposal = await house.do("POST", "~/housekeeping-sheets/propose", {"on": on})
        assert proposal["left"] == []
        assert proposal["spread"] >= proposal["least_spread"]
        if proposal["changes"]:
            await house.do("POST", "~/housekeeping-sheets/apply", {"on": on, "changes": proposal["changes"]})
        await house.do("POST", "~/housekeeping-sheets/publish", {"on": on})

    async def clean(self) -> None:
        """Have everybody do their sheet and say so twice, in one go; then have what was left looked at.

        Whose guests have not left does not want to be disturbed; a room in which guests stay may be refused.
        """
        house = self.house
        sheets = (await house.get(f"~/housekeeping-sheets?on={house.today}"))["sheets"]
        for sheet in sheets:
            tasks = [task for task in sheet["tasks"] if task["status"] in OPEN]
            said = list(self._said(tasks))
            if not said:
                continue
            path, headers = "~/housekeeping-commands", await self._persons.come_in(self._staff[sheet["attendant_id"]])
            body = {"device": f"phone-{sheet['attendant_id']}", "sent_at": self._now(), "commands": said}
            first, again = [await self._tell(path, body, headers) for _ in range(2)]
            assert [each for each in first if each["outcome"] != "applied"] == []
            assert [(each["id"], each["outcome"], each["because"]) for each in first] == [
                (each["id"], each["outcome"], each["because"]) for each in again
            ]
        await self._inspect()

    async def ready(self, room_id: int) -> None:
        """Have a room done at once for a guest who waits."""
        answer = await self.house.ask("POST", f"~/rooms/{room_id}/rush", {})
        if answer.status_code == 409:
            problem_of(answer, 409, "nothing_to_rush")
            return
        assert answer.status_code == 200, answer.text
        self.rushed += 1
        for task in await self._tasks(room_id):
            if task["status"] in OPEN and task["kind"] != "inspection":
                await self.house.do("POST", f"~/housekeeping-tasks/{task['id']}/work", {"action": "done"})
        await self._inspect()

    async def evening(self) -> None:
        """Hold that nothing of the day is left open, and count how it ended."""
        tasks = await self._tasks()
        assert [task for task in tasks if task["status"] in OPEN] == []
        self.did += Counter(f"{task['kind']} {task['status']}" for task in tasks)
        self.worked += sum((timedelta(seconds=task["worked_seconds"]) for task in tasks), start=timedelta(0))

    def _said(self, tasks: Iterable[Json]) -> Iterator[Json]:
        """Say what a phone kept of tasks: a minute for each credit, the last of them a minute ago."""
        at = self.house.clock.now() - sum((task["credits"] + 1 for task in tasks), start=1) * MINUTE
        for number, task in enumerate(tasks):
            there = [stay for stay in task["stays"] if stay["part"] in ("leaves", "stays")]
            if task["kind"] == "departure" and not all(stay["is_done"] for stay in there if stay["part"] == "leaves"):
                yield self._command(task, "do_not_disturb", at)
            elif task["kind"] == "stayover" and number % 5 == 0:
                yield self._command(task, "refuse", at)
            else:
                yield self._command(task, "start", at)
                yield self._command(task, "done", at + task["credits"] * MINUTE)
            at += (task["credits"] + 1) * MINUTE

    def _command(self, task: Json, action: str, at: object, **more: object) -> Json:
        number = UUID(int=next(self._numbers))
        return {"id": str(number), "task_id": task["id"], "action": action, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", **more}

    async def _inspect(self) -> None:
        """Pass what was done in the rooms that were left."""
        waiting = [task for task in await self._tasks() if task["kind"] == "inspection" and task["status"] in OPEN]
        if not waiting:
            return
        path, now = "~/housekeeping-commands/supervised", self.house.clock.now()
        said = []
        for task in waiting:
            said += [self._command(task, "start", now - MINUTE), self._command(task, "pass", now)]
        told = await self._tell(path, {"device": "supervisor", "sent_at": self._now(), "commands": said}, None)
        assert {each["outcome"] for each in told} == {"applied"}, told

    async def _tasks(self, room_id: int | None = None) -> list[Json]:
        answer = await self.house.ask("GET", "~/housekeeping-tasks")
        assert answer.status_code == 200, answer.text
        tasks: list[Json] = answer.json()
        return [task for task in tasks if room_id is None or task["room_id"] == room_id]

    async def _tell(self, path: str, body: Json, headers: Headers | None) -> list[Json]:
        answer = await self.house.ask("POST", path, body, **(headers or {}))
        assert answer.status_code == 200, answer.text
        told: list[Json] = answer.json()
        return told

    def _now(self) -> str:
        return f"{self.house.clock.now():%Y-%m-%dT%H:%M:%SZ}"
