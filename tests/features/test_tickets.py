"""Tickets through HTTP: reported once, seen to by one, and remembered whole."""

import asyncio

import pytest

from omd.db import Database
from omd.features.maintenance import check_tickets
from support.front_desk import Desk, pointers, problem_of
from support.persons import Persons
from support.racing import held_up, until_waiting
from support.tickets import Workshop
from support.worlds import Connection, system_actor

MINE = "0199c7a0-0000-7000-8000-00000000000a"
BEFORE = "2027-03-01T08:30:00Z"


@pytest.fixture
async def shop(desk: Desk, persons: Persons) -> Workshop:
    """The tickets of `grand`."""
    return await Workshop.at(desk, persons)


async def test_a_ticket_goes_from_report_to_close(shop: Workshop, maintenance_db: Database) -> None:
    ticket = await shop.reported(category="plumbing", priority="high", description="under the\nbasin")
    assert (ticket["status"], ticket["room_number"], ticket["assignee_id"], ticket["version"]) == (
        "open",
        "101",
        None,
        1,
    )
    assigned = await shop.stepped(ticket, "assign", {"assignee_id": shop.staff["technician"]}, by="manager")
    assert (assigned["status"], assigned["assignee_id"]) == ("assigned", shop.staff["technician"])
    assert (await shop.stepped(ticket, "start"))["status"] == "in_progress"
    waiting = await shop.stepped(ticket, "pause", {"note": "a seal is ordered"})
    assert (waiting["status"], waiting["note"]) == ("waiting", "a seal is ordered")
    await shop.stepped(ticket, "comment", {"note": "it came"}, by="housekeeper")
    await shop.stepped(ticket, "start")
    done = await shop.stepped(ticket, "resolve", {"note": "new seal", "cost_note": "12 RON"})
    assert (done["status"], done["cost_note"], done["closed_at"]) == ("resolved", "12 RON", None)
    closed = await shop.stepped(ticket, "verify", by="manager")
    assert (closed["status"], closed["resolved_at"]) == ("closed", done["resolved_at"])
    assert await shop.steps_of(ticket) == [
        ("reported", "open", None),
        ("assigned", "assigned", None),
        ("started", "in_progress", None),
        ("paused", "waiting", "a seal is ordered"),
        ("commented", "waiting", "it came"),
        ("started", "in_progress", None),
        ("resolved", "resolved", "new seal"),
        ("verified", "closed", None),
    ]
    again = await shop.stepped(ticket, "reopen", {"note": "it drips again"})
    assert (again["status"], again["assignee_id"], again["resolved_at"], again["closed_at"]) == (
        "open",
        None,
        None,
        None,
    )
    async with maintenance_db.reading(system_actor(shop.desk.world.alpha)) as tx:
        verdicts = await check_tickets(tx, shop.desk.world.alpha.id)
    assert [each.breaches for each in verdicts] == [0, 0]


async def test_a_ticket_says_which_steps_it_allows_and_refuses_the_others(shop: Workshop) -> None:
    ticket = await shop.reported()
    allowed = {each["action"] for each in ticket["actions"] if each["allowed"]}
    assert allowed == {
        *("change", "comment", "add_photo", "assign", "take", "start"),
        *("resolve", "cancel", "take_room_out"),
    }
    refused = problem_of(await shop.step(ticket, "verify", by="manager"), 409, "ticket_action_refused")
    rule = next(each for each in ticket["actions"] if each["action"] == "verify")
    assert refused["data"] == {"action": "verify", "status": "open", "reason": rule["code"]}
    assert refused["detail"] == rule["reason"]
    cancelled = await shop.stepped(ticket, "cancel", {"note": "seen twice"}, by="manager")
    assert {each["action"] for each in cancelled["actions"] if each["allowed"]} == {"comment"}
    for step, body in (("start", {}), ("resolve", {"note": "x"}), ("reopen", {"note": "x"}), ("pause", {"note": "x"})):
        problem_of(await shop.step(ticket, step, body), 409, "ticket_action_refused")


async def test_a_phone_that_sends_a_report_again_reports_once(shop: Workshop) -> None:
    body = {"title": "a lamp", "room_id": shop.desk.hotel.rooms["102"], "id": MINE, "reported_at": BEFORE}
    first = await shop.send("POST", shop.path, body, by="housekeeper")
    assert (first.status_code, first.json()["id"], first.json()["reported_at"]) == (201, MINE, BEFORE)
    assert first.json()["received_at"] > BEFORE
    await shop.stepped(first.json(), "take")
    again = await shop.send("POST", shop.path, body, by="housekeeper")
    assert (again.status_code, again.json()["status"], again.json()["version"]) == (201, "assigned", 2)
    assert await shop.listed() == [MINE]
    problem_of(await shop.send("POST", shop.path, body), 409, "ticket_id_taken")


async def test_two_sendings_of_one_report_at_once_report_once(shop: Workshop) -> None:
    body = {"title": "a lamp", "area": "the lift", "id": MINE}
    by = await shop.come_in("housekeeper")
    answers = await asyncio.gather(*(shop.send("POST", shop.path, body, by=by) for _ in range(4)))
    assert [each.status_code for each in answers] == [201] * 4
    assert {each.json()["version"] for each in answers} == {1}


async def test_a_clock_that_runs_ahead_counts_as_ours(shop: Workshop) -> None:
    ticket = await shop.reported(reported_at="2031-01-01T00:00:00Z")
    assert ticket["reported_at"] == ticket["received_at"]


async def test_of_two_who_take_a_ticket_one_has_it(shop: Workshop, owner_connection: Connection) -> None:
    ticket = await shop.reported()
    both = [await shop.come_in(who) for who in ("technician", "colleague")]
    lock = "select from maintenance_tickets where id = $1::text::uuid for update"
    async with held_up(owner_connection, lock, ticket["id"]):
        takers = [asyncio.create_task(shop.step(ticket, "take", by=who)) for who in both]
        await until_waiting(owner_connection, 2)
    answers = [await each for each in takers]
    assert sorted(each.status_code for each in answers) == [200, 409]
    (taken,) = [each.json() for each in answers if each.status_code == 200]
    (refused,) = [each for each in answers if each.status_code == 409]
    problem_of(refused, 409, "ticket_action_refused")
    now = await shop.read(ticket)
    assert (now["assignee_id"], now["version"]) == (taken["assignee_id"], 2)


async def test_of_two_who_assign_what_they_read_one_is_stale(shop: Workshop) -> None:
    ticket = await shop.reported()
    for who, status in (("technician", 200), ("colleague", 409)):
        body = {"assignee_id": shop.staff[who]}
        answer = await shop.step(ticket, "assign", body, by="manager", If_Match='"1"')
        assert answer.status_code == status, answer.text
    problem_of(answer, 409, "stale_version")
    assert (await shop.read(ticket))["assignee_id"] == shop.staff["technician"]


async def test_a_ticket_is_given_to_the_hotels_own_staff_alone(shop: Workshop, persons: Persons) -> None:
    ticket = await shop.reported()
    world = shop.desk.world
    for stranger in (
        await persons.add("lodger", ("technician", world.lodge)),
        await persons.add("sailor", ("technician", world.harbour)),
        2**31 - 1,
    ):
        answer = await shop.step(ticket, "assign", {"assignee_id": stranger}, by="manager")
        assert pointers(problem_of(answer, 422, "invalid_input")) == ["/assignee_id"]
    assert (await shop.read(ticket))["version"] == 1


async def test_a_program_takes_no_ticket(shop: Workshop) -> None:
    ticket = await shop.reported()
    problem_of(await shop.desk.send("POST", f"{shop.path}/{ticket['id']}/take", {}), 409, "ticket_needs_person")


async def test_what_a_ticket_says_is_changed(shop: Workshop) -> None:
    ticket = await shop.reported(area="bathroom", room_id=shop.desk.hotel.rooms["101"], due_on="2027-03-05")
    terms = {"title": "the shower drips", "category": "plumbing", "priority": "urgent", "cost_note": "80 RON"}
    changed = await shop.send("PUT", f"{shop.path}/{ticket['id']}", terms, If_Match='"1"')
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert (changed.headers["ETag"], told["title"], told["area"], told["due_on"]) == (
        '"2"',
        "the shower drips",
        None,
        None,
    )
    problem_of(await shop.send("PUT", f"{shop.path}/{ticket['id']}", terms, If_Match='"1"'), 409, "stale_version")
    elsewhere = await shop.reported(area="the sauna")
    answer = await shop.send("PUT", f"{shop.path}/{elsewhere['id']}", terms)
    assert pointers(problem_of(answer, 422, "invalid_input")) == ["/area"]


async def test_tickets_are_found_by_what_they_are(shop: Workshop) -> None:
    tap = await shop.reported(category="plumbing", priority="high")
    lamp = await shop.reported("a lamp", area="the lift", category="electrical")
    gone = await shop.reported("a chair")
    await shop.stepped(gone, "cancel", {"note": "mended"}, by="manager")
    await shop.stepped(tap, "take")
    assert await shop.listed() == [lamp["id"], tap["id"]]
    assert await shop.listed("?status=cancelled") == [gone["id"]]
    assert await shop.listed("?priority=high&priority=urgent") == [tap["id"]]
    assert await shop.listed("?category=electrical") == [lamp["id"]]
    assert await shop.listed(f"?assignee_id={shop.staff['technician']}") == [tap["id"]]
    assert await shop.listed(f"?room_id={shop.desk.hotel.rooms['101']}") == [tap["id"]]
    first = await shop.send("GET", f"{shop.path}?limit=1")
    (link,) = first.headers["Link"].split(";")[:1]
    assert await shop.listed("?" + link.strip("<>").partition("?")[2]) == [tap["id"]]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"title": "x"}, [""]),
        ({"title": " ", "area": "x"}, ["/title"]),
        ({"title": "x", "area": "x", "priority": "soon"}, ["/priority"]),
        ({"title": "x", "area": "x", "status": "closed"}, ["/status"]),
        ({"title": "x", "area": "x", "id": "1"}, ["/id"]),
        ({"title": "x", "area": "x", "reported_at": "yesterday"}, ["/reported_at"]),
        ({"title": "x" * 201, "area": "x", "due_on": "2027-02-30"}, ["/due_on", "/title"]),
    ],
)
async def test_what_says_nothing_is_no_report(shop: Workshop, body: object, where: list[str]) -> None:
    assert pointers(problem_of(await shop.send("POST", shop.path, body), 422, "invalid_input")) == where


async def test_a_room_of_another_hotel_is_not_broken_here(shop: Workshop) -> None:
    for room in (shop.desk.world.lodge.rooms["101"], shop.desk.world.harbour.rooms["101"]):
        answer = await shop.send("POST", shop.path, {"title": "x", "room_id": room})
        assert pointers(problem_of(answer, 422, "invalid_input")) == ["/room_id"]


async def test_nobody_elses_ticket_is_there(shop: Workshop) -> None:
    ticket = await shop.reported()
    path = f"/businesses/{shop.desk.world.harbour.id}/tickets/{ticket['id']}"
    for method, step, body in (("GET", "", None), ("GET", "/changes", None), ("POST", "/comment", {"note": "x"})):
        problem_of(await shop.desk.send(method, f"{path}{step}", body, party="harbour"), 404, "not_found")
    problem_of(await shop.desk.send("GET", shop.path, party="alpha"), 403, "not_allowed")
    problem_of(await shop.desk.send("GET", shop.path, party="harbour"), 404, "not_found")


async def test_who_reports_neither_assigns_nor_resolves(shop: Workshop) -> None:
    ticket = await shop.reported()
    by_others: list[tuple[str, object]] = [("take", {}), ("resolve", {"note": "x"}), ("verify", {})]
    for step, body in by_others:
        problem_of(await shop.step(ticket, step, body, by="housekeeper"), 403, "not_allowed")
    mine = {"assignee_id": shop.staff["technician"]}
    by_managers: list[tuple[str, object]] = [("assign", mine), ("verify", {}), ("cancel", {"note": "x"})]
    for step, body in by_managers:
        problem_of(await shop.step(ticket, step, body), 403, "not_allowed")


async def test_the_history_of_a_ticket_is_never_changed(shop: Workshop, owner_connection: Connection) -> None:
    await shop.reported()
    for change in ("update maintenance_ticket_changes set note = 'x'", "delete from maintenance_ticket_changes"):
        with pytest.raises(Exception, match="added to and never changed"):
            await owner_connection.execute(change)
    with pytest.raises(Exception, match="cannot go from open to closed"):
        await owner_connection.execute("update maintenance_tickets set status = 'closed'")
