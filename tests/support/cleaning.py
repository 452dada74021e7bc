"""Housekeeping of the hotel of 222 rooms: who cleans what on a day, told by phones without a network."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count, cycle
from uuid import UUID

from support.front_desk import Json, problem_of
from support.house_222 import House
from support.persons import Headers, Persons

PEOPLE = 6
PROPOSED_ON = {2}
"""On Wednesdays the sheets are those that are proposed."""
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
        changes = await (self._proposed(on) if house.today.weekday() in PROPOSED_ON else self._by_hand(on))
        if changes:
            await house.do("POST", "~/housekeeping-sheets/apply", {"on": on, "changes": changes})
        await house.do("POST", "~/housekeeping-sheets/publish", {"on": on})

    async def _proposed(self, on: str) -> list[Json]:
        proposal = await self.house.do("POST", "~/housekeeping-sheets/propose", {"on": on})
        assert (proposal["left"], proposal["spread"] >= proposal["least_spread"]) == ([], True)
        changes: list[Json] = proposal["changes"]
        return changes

    async def _by_hand(self, on: str) -> list[Json]:
        """Deal the tasks out like cards: a search takes seconds, and one a week shows that it fits in."""
        tasks = (await self.house.get(f"~/housekeeping-sheets?on={on}"))["unassigned"]
        people = cycle(self._staff)
        return [
            {"task_id": task["id"], "version": task["version"], "attendant_id": next(people), "position": at}
            for at, task in enumerate(tasks)
        ]

    async def clean(self) -> None:
        """Have everybody do their sheet and say so twice, in one go; then have what was left looked at.

        Whose guests have not left does not want to be disturbed; a room in which guests stay may be refused.
        """
        house = self.house
        sheets = (await house.get(f"~/housekeeping-sheets?on={house.today}"))["sheets"]
        work = [(sheet, [task for task in sheet["tasks"] if _is_to_be_done(task)]) for sheet in sheets]
        await house.later(max(_minutes(tasks) for _, tasks in work))
        for sheet, tasks in work:
            said = list(self._said(tasks))
            if not said:
                continue
            path, headers = "~/housekeeping-commands", await self._persons.come_in(self._staff[sheet["attendant_id"]])
            body = {"device": f"phone-{sheet['attendant_id']}", "sent_at": self._now(), "commands": said}
            first, again = [await self._tell(path, body, headers) for _ in range(2)]
            came = [[(each["id"], each["outcome"], each["because"]) for each in told] for told in (first, again)]
            odd = [
                (each["outcome"], each["because"], task["kind"], task["status"], task["round"])
                for each, task in ((each, each["task"]) for each in first)
                if each["outcome"] != "applied"
            ]
            assert (odd, came[0]) == ([], came[1]), odd
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
            if "done" in task["allowed"] and task["kind"] != "inspection":
                whose = task["attendant_id"]
                headers = {} if whose is None else await self._persons.come_in(self._staff[whose])
                path = f"~/housekeeping-tasks/{task['id']}/work"
                done = await self.house.ask("POST", path, {"action": "done"}, **headers)
                assert done.status_code == 200, done.text
        await self._inspect()

    async def evening(self) -> None:
        """Hold that nothing of the day is left open, and count how it ended."""
        tasks = await self._tasks()
        assert [task for task in tasks if task["status"] in OPEN] == []
        self.did += Counter(f"{task['kind']} {task['status']}" for task in tasks)
        self.worked += sum((timedelta(seconds=task["worked_seconds"]) for task in tasks), start=timedelta(0))

    def _said(self, tasks: Sequence[Json]) -> Iterator[Json]:
        """Say what a phone kept of tasks: a minute for each credit, the last of them just now."""
        at = self.house.clock.now() - _minutes(tasks)
        for number, task in enumerate(tasks):
            if task["kind"] == "departure" and not _have_left(task):
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


def _minutes(tasks: Sequence[Json]) -> timedelta:
    """Return how long tasks take, with the way between rooms."""
    return timedelta(minutes=sum(int(task["credits"]) + 1 for task in tasks))


def _have_left(task: Json) -> bool:
    return all(stay["is_done"] for stay in task["stays"] if stay["part"] == "leaves")


def _is_to_be_done(task: Json) -> bool:
    """Say whether somebody goes there: also where they were not to disturb, and the guests have left since."""
    waited = task["status"] == "do_not_disturb" and task["kind"] == "departure" and _have_left(task)
    return task["status"] in OPEN or waited
