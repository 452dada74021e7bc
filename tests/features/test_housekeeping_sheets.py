"""Sheets of a date: shared out evenly, applied at once or not at all, published, and read as data, table and paper."""

import csv
import io

import httpx
import pytest

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, pointers, problem_of
from support.papers import pages_of, words_of
from support.persons import Persons
from support.tasks import TaskFloor
from support.worlds import Connection

ON = "2027-03-01"
ROOMS = ("101", "102", "103", "104")


class Office:
    """The office of housekeeping, where a manager shares out the tasks of a date."""

    def __init__(self, floor: TaskFloor) -> None:
        self.floor = floor
        self.path = f"{floor.path}/housekeeping-sheets"

    async def send(self, method: str, path: str, body: object = None, *, by: str = "manager") -> Json:
        """Send a request about the hotel; it must be taken."""
        answer = await self.floor.send(method, f"{self.floor.path}{path}", body, by=by)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def works(self, **limits: int | None) -> None:
        """Say who works on the date, and what they are given at most."""
        people = [{"attendant_id": self.floor.attendants[who], "max_credits": most} for who, most in limits.items()]
        await self.send("PUT", f"/housekeeping-attendances/{ON}", {"attendants": people})

    async def propose(self, reshuffle: str = "nothing") -> Json:
        """Ask how the tasks may be shared out."""
        return await self.send("POST", "/housekeeping-sheets/propose", {"on": ON, "reshuffle": reshuffle})

    async def try_apply(self, changes: object, *, by: str = "manager") -> httpx.Response:
        """Give tasks to people."""
        return await self.floor.send("POST", f"{self.path}/apply", {"on": ON, "changes": changes}, by=by)

    async def apply(self, proposal: Json) -> Json:
        """Give tasks to people as proposed; it must be taken."""
        answer = await self.try_apply(proposal["changes"])
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def shared_out(self) -> Json:
        """Share out the tasks and publish the sheets."""
        await self.apply(await self.propose())
        return await self.send("POST", "/housekeeping-sheets/publish", {"on": ON})

    async def sheets(self) -> Json:
        """Read the sheets."""
        return await self.send("GET", f"/housekeeping-sheets?on={ON}", by="ana")

    def who(self, attendant_id: int) -> str:
        """Return who an attendant is."""
        return next(who for who, found in self.floor.attendants.items() if found == attendant_id)

    def rooms(self, sheets: Json) -> dict[str, list[str]]:
        """Return the rooms on each sheet, in their order."""
        return {
            self.who(each["attendant_id"]): [task["room_number"] for task in each["tasks"]] for each in sheets["sheets"]
        }


@pytest.fixture
async def office(desk: Desk, db: Database, persons: Persons) -> Office:
    """The office of `grand`, with a deep clean to be done in each of four rooms."""
    floor = await TaskFloor.of(desk, db, persons)
    for number in ROOMS:
        await floor.added(number)
    return Office(floor)


async def test_tasks_are_shared_out_evenly_and_changed_only_as_they_are_applied(office: Office) -> None:
    await office.works(ana=None, ion=None)
    proposal = await office.propose()
    assert [each["credits"] for each in proposal["sheets"]] == [120, 120]
    assert (proposal["spread"], proposal["least_spread"], proposal["left"], proposal["proven"]) == (0, 0, [], True)
    assert office.rooms(await office.sheets()) == {"ana": [], "ion": []}
    applied = await office.apply(proposal)
    assert {who: len(rooms) for who, rooms in office.rooms(applied).items()} == {"ana": 2, "ion": 2}
    assert [each["position"] for sheet in applied["sheets"] for each in sheet["tasks"]] == [0, 1, 0, 1]
    assert [sheet["credits"] for sheet in applied["sheets"]] == [120, 120]
    assert applied["unassigned"] == []
    assert (await office.propose())["changes"] == []


async def test_nobody_is_given_more_than_they_may_and_what_is_left_says_why(office: Office) -> None:
    nobody = await office.propose()
    assert {each["because"] for each in nobody["left"]} == {"nobody_works"}
    await office.works(ana=60, ion=130)
    proposal = await office.propose()
    assert [each["credits"] for each in proposal["sheets"]] == [60, 120]
    assert [each["because"] for each in proposal["left"]] == ["no_credits_left"]
    await office.works(ana=59)
    assert {each["because"] for each in (await office.propose())["left"]} == {"too_many_credits"}


async def test_a_proposal_is_refused_whole_where_tasks_have_changed(office: Office) -> None:
    await office.works(ana=None, ion=None)
    proposal = await office.propose()
    first, second, third, fourth = proposal["changes"]
    by_id = {each["id"]: each["room_number"] for each in (await office.sheets())["unassigned"]}
    await office.floor.work({"id": first["task_id"]}, "start")
    await office.floor.work({"id": second["task_id"]}, "done")
    gone = {**third, "task_id": "00000000-0000-7000-8000-000000000000"}
    refused = problem_of(await office.try_apply([first, second, gone, fourth]), 409, "tasks_changed")
    told = {(each["task_id"], each["reason"], each["room_number"]) for each in refused["data"]["changes"]}
    assert told == {
        (first["task_id"], "changed", by_id[first["task_id"]]),
        (second["task_id"], "ended", by_id[second["task_id"]]),
        (gone["task_id"], "gone", None),
    }
    assert fourth["task_id"] in {each["id"] for each in (await office.sheets())["unassigned"]}
    nobody = [{**fourth, "attendant_id": 999_999}]
    problem_of(await office.try_apply(nobody), 409, "attendant_unknown")


async def test_a_room_that_comes_later_goes_where_the_load_is_least_and_moves_nothing(office: Office) -> None:
    await office.works(ana=None, ion=None)
    published = office.rooms(await office.shared_out())
    late = await office.floor.added("201", "other", rush=True)
    proposal = await office.propose()
    assert [each["task_id"] for each in proposal["changes"]] == [late["id"]]
    assert proposal["changes"][0]["position"] == 2
    after = office.rooms(await office.apply(proposal))
    assert {who: rooms[:2] for who, rooms in after.items()} == published
    assert sorted(map(len, after.values())) == [2, 3]


async def test_what_was_published_is_shared_out_anew_when_that_is_asked(office: Office) -> None:
    await office.works(ana=None)
    await office.shared_out()
    await office.works(ana=None, ion=None)
    started = (await office.sheets())["sheets"][0]["tasks"][0]
    await office.floor.work(started, "start")
    assert (await office.propose())["changes"] == []
    assert (await office.propose("unpublished"))["changes"] == []
    proposal = await office.propose("all")
    assert proposal["spread"] == 0
    after = await office.apply(proposal)
    assert {who: len(rooms) for who, rooms in office.rooms(after).items()} == {"ana": 2, "ion": 2}
    assert started["room_number"] in office.rooms(after)["ana"]


async def test_sheets_are_changed_by_hand(office: Office) -> None:
    await office.works(ana=None, ion=None)
    task = (await office.sheets())["unassigned"][0]
    mine = {"task_id": task["id"], "version": task["version"], "attendant_id": office.floor.attendants["ion"]}
    assert (await office.try_apply([mine])).status_code == 200
    problem_of(await office.try_apply([mine]), 409, "tasks_changed")
    taken = {**mine, "version": task["version"] + 1, "attendant_id": None}
    assert (await office.try_apply([taken])).status_code == 200
    assert len((await office.sheets())["unassigned"]) == 4
    problem_of(await office.try_apply([mine, mine]), 422, "invalid_input")


async def test_sections_come_first_and_who_has_one_that_is_gone_has_it_no_more(office: Office) -> None:
    rooms = office.floor.desk.hotel.rooms
    sections = [
        {"name": "East", "room_ids": [rooms["101"], rooms["103"]]},
        {"name": "West", "room_ids": [rooms["102"], rooms["104"]]},
    ]
    told = await office.send("PUT", "/housekeeping-sections", {"sections": sections})
    assert told == await office.send("GET", "/housekeeping-sections", by="ana")
    assert [each["name"] for each in told["sections"]] == ["East", "West"]
    people = [
        {"attendant_id": office.floor.attendants[who], "sections": [name]}
        for who, name in (("ana", "West"), ("ion", "East"))
    ]
    await office.send("PUT", f"/housekeeping-attendances/{ON}", {"attendants": people})
    proposal = await office.propose()
    assert proposal["outside"] == 0
    assert office.rooms(await office.apply(proposal)) == {"ana": ["102", "104"], "ion": ["101", "103"]}
    await office.send("PUT", "/housekeeping-sections", {"sections": sections[:1]})
    works = await office.send("GET", f"/housekeeping-attendances/{ON}", by="ana")
    assert {office.who(each["attendant_id"]): each["sections"] for each in works["attendants"]} == {
        "ana": [],
        "ion": ["East"],
    }


async def test_every_stranger_among_sections_and_people_is_named(office: Office) -> None:
    path = f"{office.floor.path}/housekeeping-sections"
    foreign = office.floor.desk.world.lodge.rooms
    body = {"sections": [{"name": "East", "room_ids": [next(iter(foreign.values())), 999_999]}]}
    refused = problem_of(await office.floor.send("PUT", path, body, by="manager"), 422, "invalid_input")
    assert pointers(refused) == ["/sections/0/room_ids/0", "/sections/0/room_ids/1"]
    works = f"{office.floor.path}/housekeeping-attendances/{ON}"
    people = {"attendants": [{"attendant_id": 999_999, "sections": ["North"]}]}
    refused = problem_of(await office.floor.send("PUT", works, people, by="manager"), 422, "invalid_input")
    assert pointers(refused) == ["/attendants/0/attendant_id", "/attendants/0/sections/0"]


async def test_publishing_says_who_and_when_and_keeps_the_rooms_of_who_is_to_come(
    office: Office, clock: FixedClock, owner_connection: Connection
) -> None:
    stay = await office.floor.desk.booked("double", ON, "2027-03-04", room="102")
    await office.works(ana=None)
    published = await office.shared_out()
    sheet = published["sheets"][0]
    assert (sheet["published_at"], sheet["works"]) == (clock.now().isoformat().replace("+00:00", "Z"), True)
    kept = "select reservation_id::text, room_id from housekeeping_published_rooms"
    assert [tuple(row) for row in await owner_connection.fetch(kept)] == [
        (stay["id"], office.floor.desk.hotel.rooms["102"])
    ]
    nobody = {"on": ON, "attendant_ids": [office.floor.attendants["ion"]]}
    answer = await office.floor.send("POST", f"{office.path}/publish", nobody, by="manager")
    problem_of(answer, 409, "nothing_to_publish")


async def test_a_move_away_from_what_was_published_is_charged_as_one(office: Office, desk: Desk) -> None:
    stay = await desk.booked("double", ON, "2027-03-04", room="102")
    wish = {"kind": "room", "value": str(desk.hotel.rooms["103"]), "importance": 3}
    await desk.send("PUT", f"/reservations/{stay['id']}/room-wishes", {"wishes": [wish]})

    async def terms() -> dict[str, int]:
        wanted = {"scope": "stay", "reservation_id": stay["id"]}
        answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans", wanted)
        assert answer.status_code == 201, answer.text
        assert answer.json()["stays"][0]["to_room"] == "103"
        return {each["term"]: each["count"] for each in answer.json()["stays"][0]["charged"]}

    assert "published_move" not in await terms()
    await office.works(ana=None)
    await office.shared_out()
    assert (await terms())["published_move"] == 1


async def test_sheets_say_who_leaves_stays_and_comes_and_name_nobody(office: Office, desk: Desk) -> None:
    stay = await desk.booked("double", ON, "2027-03-04", room="102")
    answer = await desk.send("PUT", f"/reservations/{stay['id']}/estimated-arrival", {"estimated_arrival": "16:30"})
    assert answer.status_code == 200, answer.text
    await office.works(ana=None)
    await office.shared_out()
    found = await office.sheets()
    # A guest is to come at an hour: that room is done first.
    assert office.rooms(found)["ana"] == ["102", "101", "103", "104"]
    first = found["sheets"][0]["tasks"][0]
    persons = stay["adults"] + stay["children"]
    assert first["stays"] == [
        {"part": "arrives", "persons": persons, "at": "16:30", "until": "2027-03-04", "is_done": False}
    ]
    assert stay["code"] not in str(found)
    assert stay["guests"][0]["last_name"] not in str(found)


async def test_a_table_has_a_line_a_task_and_no_formula(office: Office) -> None:
    await office.floor.added("201", notes="=1+1")
    answer = await office.floor.send("GET", f"{office.path}?on={ON}", by="ana", accept="text/csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(each["room"], each["kind"], each["credits"]) for each in lines] == [
        (number, "deep_clean", "60") for number in (*ROOMS, "201")
    ]
    assert lines[-1]["notes"] == "'=1+1"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Deep clean", "Page 1 of 2", "Credits")), ("ro", ("Curățenie generală", "Pagina 1 din 2", "Puncte"))],
)
async def test_each_attendant_has_a_page_to_tick(office: Office, language: str, words: tuple[str, ...]) -> None:
    await office.works(ana=None, ion=None)
    await office.shared_out()
    answer = await office.floor.send("GET", f"{office.path}/pdf?on={ON}&language={language}", by="ana")
    pages = pages_of(answer)
    assert len(pages) == 2
    assert all(word in words_of(answer) for word in words)
    assert all(page.count("\N{BALLOT BOX}") == 2 for page in pages)
    mine = await office.floor.send(
        "GET", f"{office.path}/pdf?on={ON}&attendant_id={office.floor.attendants['ana']}", by="ana"
    )
    assert len(pages_of(mine)) == 1
    empty = await office.floor.send("GET", f"{office.path}/pdf?on=2027-03-09", by="ana")
    assert len(pages_of(empty)) == 1


async def test_who_cleans_reads_sheets_and_does_not_share_them_out(office: Office) -> None:
    await office.works(ana=None)
    for path, body in (("propose", {"on": ON}), ("publish", {"on": ON})):
        answer = await office.floor.send("POST", f"{office.path}/{path}", body, by="ana")
        problem_of(answer, 403, "not_allowed")
