"""All that is held about a guest: handed out whole, forgotten everywhere, and forgotten by age."""

from datetime import timedelta
from typing import Any

import pytest
import typer

from omd.db import Database
from omd.entrypoints.cli.upkeep import upkeep
from omd.features.reservations import run_retention
from omd.features.reservations.cli import retention_app
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.dumps import dumped, found_in
from support.front_desk import Desk, Json, problem_of, rooms_of
from support.rights import widen_keys
from support.servers import Servers
from support.worlds import NOW

PERSON = {
    "first_name": "Zoefirstmark",
    "last_name": "Zoelastmark",
    "email": "zoe.mailmark@example.com",
    "phone": "+40 700 phonemark",
    "country": "RO",
    "date_of_birth": "1961-11-23",
    "document_type": "passport",
    "document_number": "DOCMARK99881",
    "document_country": "MD",
}
MARKS = [
    *("Zoefirstmark", "Zoelastmark", "Zoeoldmark", "mailmark", "oldmailmark", "phonemark", "1961-11-23"),
    *("DOCMARK99881", "99881", "notemark", "refmark", "reasonmark", "overridemark", "lockmark", "planmark"),
]
EMAIL = {"email": "Zoe.Mailmark@example.com"}


@pytest.fixture(autouse=True)
def owners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key of this file has the rights of its hotel's owner."""
    widen_keys(monkeypatch)


async def lived(desk: Desk, ending: str, *, guests: list[Json] | None = None) -> Json:
    """Let the person book, be spelled wrong first, change words, and end the stay; keys keep every answer."""
    wrong = {**PERSON, "last_name": "Zoeoldmark", "email": "zoe.oldmailmark@example.com"}
    path = f"/businesses/{desk.hotel.id}/reservations"
    words = {"note": "notemark", "external_reference": "refmark", "override_reason": "overridemark"}
    words |= {"room_lock_reason": "lockmark"}
    body = desk.body(
        *("double", "2027-03-01", "2027-03-04"), guests=[wrong], price={"amount": "310.50"}, room_locked=True, **words
    )
    booked = await desk.send("POST", path, body, Idempotency_Key=f"book-{ending}")
    assert booked.status_code == 201, booked.text
    stay: Json = booked.json()
    one = f"/reservations/{stay['id']}"
    changed = {"guests": guests or [PERSON], "note": "another notemark", "room_locked": False}
    assert (await desk.send("PATCH", one, changed, Idempotency_Key=f"amend-{ending}")).status_code == 200
    await into_a_room_out_of_service(desk, stay)
    await desk.amended(stay["id"], room_locked=True, room_lock_reason="lockmark")
    if ending == "check-out":
        await desk.stepped(stay["id"], "check-in")
    reason = {"reason": "reasonmark"} if ending == "cancel" else None
    ended = await desk.send("POST", f"{one}/{ending}", reason, Idempotency_Key=f"end-{ending}")
    assert ended.status_code == 200, ended.text
    return stay


async def into_a_room_out_of_service(desk: Desk, stay: Json) -> None:
    """Move a stay by hand, against a rule, for a reason that names the guest."""
    out = next(number for number in ("104", "105") if number not in rooms_of(stay))
    await desk.maintained(out, "2027-03-01", "2027-03-04", kind="out_of_service")
    path = f"/businesses/{desk.hotel.id}/assignment-plans"
    moves = [{"reservation_id": stay["id"], "room_id": desk.hotel.rooms[out]}]
    plan = (await desk.send("POST", path, {"scope": "by_hand", "moves": moves})).json()
    override = {"overrides": ["out_of_service"], "override_reason": "planmark"}
    done = await desk.send("POST", f"{path}/{plan['id']}/apply-against-rules", override)
    assert done.status_code == 200, done.text


async def erase(desk: Desk, body: Json, *, party: str = "grand", **headers: str) -> Any:
    """Ask for an erasure."""
    return await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/erase", body, party=party, **headers)


@pytest.mark.parametrize("ending", ["check-out", "cancel", "no-show"])
async def test_after_an_erasure_nothing_in_the_database_names_the_guest(
    desk: Desk, servers: Servers, database_name: str, clock: FixedClock, ending: str
) -> None:
    stay = await lived(desk, ending)
    before = dumped(servers, database_name)
    expected = {"DOCMARK99881", "reasonmark" if ending != "cancel" else ""}
    assert set(MARKS) - set(found_in(before, MARKS)) <= expected | {"99881"}, "the marks are there to be found"
    clock.set(NOW + timedelta(days=4))
    done = await erase(desk, EMAIL, Idempotency_Key="erase")
    assert done.status_code == 200, done.text
    assert done.json()["reservations"] == [stay["id"]]
    assert done.json()["answers"] == 3
    again = await erase(desk, EMAIL, Idempotency_Key="erase")
    assert again.text == done.text
    assert found_in(dumped(servers, database_name), MARKS) == []
    left = await desk.stay(stay["id"])
    assert left["guests"] == [{"last_name": "(erased)", "country": "RO"}]
    assert left["price"] == {"amount": "310.50", "currency": "RON"}
    assert (left["arrival"], left["note"]) == ("2027-03-01", "(erased)")
    problem_of(await erase(desk, EMAIL), 404, "not_found")
    # A request that is sent again gets its first answer, without the guest.
    body = desk.body("double", "2027-03-01", "2027-03-04")
    assert (
        await desk.send("POST", f"/businesses/{desk.hotel.id}/reservations", body, Idempotency_Key=f"book-{ending}")
    ).status_code == 422
    kept = await desk.connection.fetchval(
        "select convert_from(body, 'UTF8')::jsonb #>> '{guests,0,last_name}' from idempotency_keys where key = $1",
        f"book-{ending}",
    )
    assert kept == "(erased)"


async def test_an_erasure_is_on_record_without_the_guest(desk: Desk, clock: FixedClock) -> None:
    stay = await lived(desk, "check-out")
    clock.set(NOW + timedelta(days=4))
    done = (await erase(desk, EMAIL)).json()
    row = await desk.connection.fetchrow("select actor, cause, reservation_ids, guest_ids from erasures")
    assert row is not None
    assert (row["actor"], row["cause"]) == (stay["booked_by"], "request")
    assert [str(each) for each in row["reservation_ids"]] == [stay["id"]]
    assert (done["guests"], len(row["guest_ids"])) == (1, 1)
    types = await desk.connection.fetch("select type from events where aggregate_id = $1 order by seq", stay["id"])
    assert types[-1][0] == "reservation.guests_erased"
    told = await desk.send("GET", f"/reservations/{stay['id']}/changes")
    assert "(erased)" in told.text
    assert found_in(told.text, MARKS) == []
    assert ("amount" in told.text, "310.5" in told.text) == (True, True)


async def test_who_came_along_stays(desk: Desk, clock: FixedClock) -> None:
    friend = {"last_name": "Friendly", "email": "friend@example.com", "phone": "0711"}
    stay = await lived(desk, "check-out", guests=[PERSON, friend])
    clock.set(NOW + timedelta(days=4))
    assert (await erase(desk, EMAIL)).status_code == 200
    left = await desk.stay(stay["id"])
    assert left["guests"] == [{"last_name": "(erased)", "country": "RO"}, friend]


@pytest.mark.parametrize(
    "sought",
    [
        {"code": True, "last_name": "zoelastmark"},
        {"code": True, "last_name": "Zoelastmark", "first_name": "ZOEFIRSTMARK"},
    ],
)
async def test_a_guest_is_found_by_name_and_code(desk: Desk, clock: FixedClock, sought: Json) -> None:
    stay = await lived(desk, "check-out")
    clock.set(NOW + timedelta(days=4))
    assert (await erase(desk, {**sought, "code": "NOSUCH"})).status_code == 404
    assert (await erase(desk, {**sought, "code": stay["code"].lower()})).status_code == 200


async def test_stays_that_are_not_over_are_named_and_nothing_is_erased(desk: Desk, clock: FixedClock) -> None:
    past = await lived(desk, "check-out")
    clock.set(NOW + timedelta(days=4))
    future = await desk.booked("single", "2027-06-01", "2027-06-03", guests=[PERSON])
    refused = problem_of(await erase(desk, EMAIL), 409, "erasure_refused")
    assert [(each["code"], each["reason_code"]) for each in refused["data"]["stays"]] == [
        (future["code"], "stay_not_over")
    ]
    assert future["code"] in refused["detail"]
    assert (await desk.stay(past["id"]))["guests"][0]["last_name"] == "Zoelastmark"
    in_house = await desk.booked("twin", "2027-03-05", "2027-03-07", guests=[{"last_name": "Stays"}])
    await desk.stepped(in_house["id"], "check-in")
    problem_of(await erase(desk, {"code": in_house["code"], "last_name": "Stays"}), 409, "erasure_refused")


async def test_what_the_law_asks_for_is_kept_so_long(desk: Desk, clock: FixedClock) -> None:
    await desk.connection.execute(
        "insert into retention_rules (omd_id, business_id, what, keep_days, set_at, set_by) "
        "values ($1, $2, 'guest_minimum', 30, now(), 'test')",
        *(desk.hotel.omd_id, desk.hotel.id),
    )
    stay = await lived(desk, "check-out")
    clock.set(NOW + timedelta(days=4))
    refused = problem_of(await erase(desk, EMAIL), 409, "erasure_refused")
    kept_until = (await desk.stay(stay["id"]))["departure"]
    assert refused["data"]["stays"][0]["reason_code"] == "kept_by_law"
    assert refused["data"]["stays"][0]["kept_until"] > kept_until
    clock.set(NOW + timedelta(days=40))
    assert (await erase(desk, EMAIL)).status_code == 200


async def test_nobody_is_not_a_guest(desk: Desk) -> None:
    for body in ({}, {"email": ""}, {"code": "ABC"}, {"last_name": "Pop"}):
        problem_of(await erase(desk, body), 422, "invalid_input")
    problem_of(await erase(desk, {"email": "nobody@example.com"}), 404, "not_found")
    problem_of(await erase(desk, {"email": "%"}), 404, "not_found")


@pytest.mark.parametrize("stranger", ["harbour", "lodge", "alpha"])
async def test_strangers_neither_export_nor_erase(desk: Desk, clock: FixedClock, stranger: str) -> None:
    stay = await lived(desk, "check-out")
    clock.set(NOW + timedelta(days=4))
    for way in ("export", "erase"):
        answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/{way}", EMAIL, party=stranger)
        assert answer.status_code in (403, 404)
        assert found_in(answer.text, MARKS) == []
    assert (await desk.stay(stay["id"]))["guests"][0]["last_name"] == "Zoelastmark"


async def test_an_export_holds_everything_about_the_guest_and_nobody_else(desk: Desk) -> None:
    friend = {"last_name": "Friendmark", "email": "friend@example.com"}
    stay = await lived(desk, "check-out", guests=[PERSON, friend])
    await desk.booked("single", "2027-06-01", "2027-06-03", guests=[{"last_name": "Otherguestmark"}])
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/export", EMAIL, Idempotency_Key="export")
    assert answer.status_code == 200, answer.text
    held = answer.json()
    (guest,) = held["guests"]
    assert {name: guest[name] for name in PERSON} == PERSON
    assert "document_ending" not in guest
    assert [each["id"] for each in held["reservations"]] == [stay["id"]]
    assert held["reservations"][0]["note"] == "another notemark"
    assert held["reservations"][0]["nights"] == [], "who leaves on the day of arrival gives back every night"
    assert [each["type"] for each in held["events"]][:2] == ["reservation.booked", "reservation.amended"]
    assert {each["thing"] for each in held["changes"]} == {"reservations", "reservation_guests", "reservation_nights"}
    assert "Friendmark" not in answer.text
    assert "Otherguestmark" not in answer.text
    rows = await desk.connection.fetch("select actor, after::text from audit_log where action = 'export'")
    assert [tuple(row) for row in rows] == [(stay["booked_by"], '{"guests": 1, "reservations": 1}')]
    kept = await desk.connection.fetchval("select count(*) from idempotency_keys where key = 'export'")
    assert kept == 0, "what was handed out is not held once more"


async def test_guests_are_forgotten_by_age_documents_first(
    desk: Desk, clock: FixedClock, servers: Servers, database_name: str, maintenance_db: Database
) -> None:
    stay = await lived(desk, "check-out")
    young = await desk.booked("single", "2027-03-20", "2027-03-22", guests=[{**PERSON, "last_name": "Young"}])
    clock.set(NOW + timedelta(days=35))
    would = await run_retention(maintenance_db, clock, dry_run=True)
    assert (would.guests.documents, would.guests.contacts) == (1, 0)
    assert (await desk.stay(stay["id"]))["guests"][0]["document_number"] == "***881"
    done = await run_retention(maintenance_db, clock)
    assert done == would
    guest = (await desk.stay(stay["id"]))["guests"][0]
    assert (guest["last_name"], "document_number" in guest, "date_of_birth" in guest) == ("Zoelastmark", False, False)
    assert (await desk.stay(young["id"]))["guests"][0]["document_number"] == "***881"
    again = await run_retention(maintenance_db, clock)
    assert (again.guests.documents, again.guests.contacts) == (0, 0)
    await desk.connection.execute("delete from idempotency_keys")
    clock.set(NOW + timedelta(days=3 * 365 + 60))
    done = await run_retention(maintenance_db, clock)
    assert done.guests.contacts == 2, "a stay that nobody closed is over all the same"
    assert found_in(dumped(servers, database_name), MARKS) == []
    causes = await desk.connection.fetch("select cause, count(*) from erasures group by 1 order by 1")
    assert [tuple(row) for row in causes] == [("contacts", 1), ("documents", 2)]


async def test_a_hotel_may_keep_longer_or_shorter(desk: Desk, clock: FixedClock, maintenance_db: Database) -> None:
    stay = await lived(desk, "check-out")
    rule = (
        "insert into retention_rules (omd_id, business_id, what, keep_days, set_at, set_by) "
        "values ($1, $2, $3, $4, now(), 'test')"
    )
    await desk.connection.execute(rule, desk.hotel.omd_id, None, "guest_contacts", 5000)
    await desk.connection.execute(rule, desk.hotel.omd_id, desk.hotel.id, "guest_contacts", 10)
    await desk.connection.execute(rule, desk.hotel.omd_id, desk.hotel.id, "guest_minimum", 20)
    clock.set(NOW + timedelta(days=15))
    assert (await run_retention(maintenance_db, clock)).guests.contacts == 0, "the law asks for 20 days"
    clock.set(NOW + timedelta(days=25))
    assert (await run_retention(maintenance_db, clock)).guests.contacts == 1
    assert (await desk.stay(stay["id"]))["guests"][0]["last_name"] == "(erased)"


async def test_the_daily_upkeep_tells_what_it_would_do(
    desk: Desk, clock: FixedClock, servers: Servers, database_name: str
) -> None:
    await lived(desk, "check-out")
    clock.set(NOW + timedelta(days=35))
    app = typer.Typer()
    app.command()(upkeep)
    terminal = Terminal(servers, database_name, clock)
    printed = await terminal.type(app, "--dry-run")
    assert "The documents of 1 guests and all that names 0 others would be erased" in printed.stdout
    printed = await terminal.type(app)
    assert "The documents of 1 guests and all that names 0 others erased" in printed.stdout


async def test_rules_are_set_on_the_command_line(
    desk: Desk, clock: FixedClock, servers: Servers, database_name: str, maintenance_db: Database
) -> None:
    await lived(desk, "check-out")
    app = typer.Typer()
    app.add_typer(retention_app, name="retention")
    terminal = Terminal(servers, database_name, clock)
    for arguments in (
        ("alpha", "guest_contacts", "50"),
        ("alpha/grand", "guest_contacts", "5"),
        ("alpha", "audit", "90"),
    ):
        printed = await terminal.type(app, "retention", "set", *arguments)
        assert printed.exit_code == 0, printed.output
    for arguments in (
        ("alpha/grand", "audit", "90"),
        ("alpha", "audit", "3"),
        ("alpha/nowhere", "guest_contacts", "5"),
    ):
        assert (await terminal.type(app, "retention", "set", *arguments)).exit_code == 1
    listed = (await terminal.type(app, "retention", "list", "alpha")).stdout
    assert "the destination" in listed
    assert "grand" in listed
    clock.set(NOW + timedelta(days=10))
    assert (await run_retention(maintenance_db, clock, dry_run=True)).guests.contacts == 1
    assert (await terminal.type(app, "retention", "unset", "alpha/grand", "guest_contacts")).exit_code == 0
    assert (await run_retention(maintenance_db, clock, dry_run=True)).guests.contacts == 0
    things = await desk.connection.fetch("select action from audit_log where thing = 'retention_rules' order by at, id")
    assert [row[0] for row in things] == ["insert", "insert", "insert", "delete"]
