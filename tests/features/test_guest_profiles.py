"""Who comes to a hotel again: found, proposed, linked to stays, merged, and forgotten."""

import asyncio
from collections import Counter
from datetime import timedelta

import httpx
import pytest

from omd.db import Database
from omd.features.reservations import run_retention
from omd.kernel.clock import FixedClock
from support.dumps import dumped, found_in
from support.front_desk import Desk, Json, assert_books_balance, problem_of
from support.racing import held_up, until_waiting
from support.rights import widen_keys
from support.servers import Servers
from support.worlds import NOW, Connection

ANA = {
    "last_name": "Ștefănescu",
    "first_name": "Ana Maria",
    "email": "Ana@example.com",
    "phone": "+40 722 123 456",
    "date_of_birth": "1980-02-29",
    "country": "RO",
    "language": "ro",
}


@pytest.fixture(autouse=True)
def owners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key of this file has the rights of its hotel's owner."""
    widen_keys(monkeypatch)


def cards(desk: Desk) -> str:
    """Return where the profiles of the hotel are."""
    return f"/businesses/{desk.hotel.id}/guest-profiles"


async def made(desk: Desk, **facts: object) -> Json:
    """Add a profile."""
    answer = await desk.send("POST", cards(desk), facts)
    assert answer.status_code == 201, answer.text
    profile: Json = answer.json()
    return profile


async def found(desk: Desk, search: str, *, party: str = "grand") -> list[str]:
    """Return the last names of who is found."""
    answer = await desk.client.get(f"/api/v1{cards(desk)}", params={"search": search}, headers=desk.tokens.of(party))
    assert answer.status_code == 200, answer.text
    return [each["last_name"] for each in answer.json()]


async def read(desk: Desk, profile_id: str, more: str = "") -> Json:
    """Read a profile, or more of it."""
    answer = await desk.send("GET", f"{cards(desk)}/{profile_id}{more}")
    assert answer.status_code == 200, answer.text
    profile: Json = answer.json()
    return profile


@pytest.mark.parametrize(
    "search", ["stefan", "ȘTEFĂNESCU ana", "ana m", "Ana  Maria Stef", "ana@ex", "0722123", "+40722123456", "722 123"]
)
async def test_a_guest_is_found_by_how_a_name_a_mail_or_a_phone_begins(desk: Desk, search: str) -> None:
    await made(desk, **ANA)
    await made(desk, last_name="Marin", first_name="Dan", email="dan@example.com", phone="0733 000 000")
    assert await found(desk, search) == ["Ștefănescu"]
    assert await found(desk, "efan") == []
    assert await found(desk, "%%") == []


async def test_a_profile_is_proposed_and_never_taken_by_itself(desk: Desk) -> None:
    ana = await made(desk, **ANA)
    await made(desk, last_name="Ștefănescu", first_name="Ana Maria", date_of_birth="1990-01-01")
    for sought, by in (
        ({"email": "ANA@EXAMPLE.COM"}, ["email"]),
        ({"phone": "0722-123-456"}, ["phone"]),
        ({"last_name": "stefanescu", "first_name": "ana maria", "date_of_birth": "1980-02-29"}, ["name_and_birth"]),
        ({"email": "ana@example.com", "phone": "0722123456"}, ["email", "phone"]),
    ):
        answer = await desk.send("POST", f"{cards(desk)}/proposals", sought)
        assert [(each["profile"]["id"], each["by"]) for each in answer.json()] == [(ana["id"], by)]
    for nobody in ({}, {"last_name": "Ștefănescu", "first_name": "Ana Maria"}, {"phone": "456"}):
        assert (await desk.send("POST", f"{cards(desk)}/proposals", nobody)).json() == []
    stay = await desk.booked("double", "2027-03-10", "2027-03-12", guests=[{"last_name": "X", "email": ANA["email"]}])
    assert "profile_id" not in stay["guests"][0]


async def test_a_change_keeps_the_day_of_the_consent_and_meets_the_version(desk: Desk, clock: FixedClock) -> None:
    profile = await made(desk, **ANA, marketing_consent=True, preferences=["high floor"], vip_code="V1")
    clock.set(NOW + timedelta(days=1))
    path = f"{cards(desk)}/{profile['id']}"
    stale = await desk.send("PUT", path, {"last_name": "Other"}, If_Match='"7"')
    problem_of(stale, 409, "stale_version")
    changed = await desk.send("PUT", path, {**ANA, "company": "Acme", "marketing_consent": True}, If_Match='"1"')
    assert changed.headers["ETag"] == '"2"'
    assert changed.json()["marketing_consent_at"] == profile["marketing_consent_at"]
    assert (changed.json()["company"], changed.json()["vip_code"]) == ("Acme", None)
    taken_back = await desk.send("PUT", path, ANA)
    assert taken_back.json()["marketing_consent_at"] is None
    problem_of(await desk.send("PUT", path, {"last_name": " "}), 422, "invalid_input")


async def test_a_history_counts_the_stays_that_were(desk: Desk) -> None:
    ana = await made(desk, **ANA)
    guest = {"last_name": "Ștefănescu", "profile_id": ana["id"]}
    first = await desk.booked("double", "2027-03-10", "2027-03-12", guests=[guest], price={"amount": "310.50"})
    assert first["guests"] == [guest]
    await desk.booked("single", "2027-04-01", "2027-04-04", guests=[{"last_name": "Host"}, guest])
    cancelled = await desk.booked("single", "2027-05-01", "2027-05-02", guests=[guest], price={"amount": "99.00"})
    await desk.stepped(cancelled["id"], "cancel")
    history = await read(desk, ana["id"], "/stays")
    assert (history["stays"], history["nights"], history["cancelled"], history["no_shows"]) == (2, 5, 1, 0)
    assert history["revenue"] == [{"amount": "310.50", "currency": "RON"}]
    assert [each["arrival"] for each in history["listed"]] == ["2027-05-01", "2027-04-01", "2027-03-10"]
    assert len((await read(desk, ana["id"], "/stays?limit=1"))["listed"]) == 1


async def test_a_guest_of_a_stay_gets_a_profile_by_an_act(desk: Desk) -> None:
    named = {"last_name": "Pop", "first_name": "Ion", "email": "ion@example.com", "country": "ro", "phone": "0744"}
    stay = await desk.booked("double", "2027-03-10", "2027-03-12", guests=[{"last_name": "Host"}, named])
    path = f"/reservations/{stay['id']}/guest-profiles"
    linked = await desk.send("POST", path, {"guest": 1})
    assert linked.status_code == 200, linked.text
    assert linked.json()["version"] == 2
    profile = await read(desk, linked.json()["guests"][1]["profile_id"])
    assert (profile["last_name"], profile["email"], profile["country"]) == ("Pop", "ion@example.com", "RO")
    again = await desk.send("POST", path, {"guest": 0, "profile_id": profile["id"]})
    assert [each["profile_id"] for each in again.json()["guests"]] == [profile["id"]] * 2
    assert (await read(desk, profile["id"], "/stays"))["stays"] == 1
    refused = problem_of(await desk.send("POST", path, {"guest": 2}), 422, "invalid_input")
    assert refused["problems"][0]["code"] == "no_such_guest"
    # Who sends the guests back as they were shown keeps who they are.
    kept = await desk.amended(stay["id"], guests=again.json()["guests"])
    assert [each["profile_id"] for each in kept["guests"]] == [profile["id"]] * 2
    await assert_books_balance(desk.connection)


async def test_a_profile_of_elsewhere_is_nobodys(desk: Desk) -> None:
    answer = await desk.send(
        "POST", f"/businesses/{desk.world.lodge.id}/guest-profiles", {"last_name": "Vecin"}, party="lodge"
    )
    theirs = answer.json()["id"]
    unknown = "00000000-0000-7000-8000-000000000001"
    for profile_id in (theirs, unknown):
        guest = {"last_name": "Pop", "profile_id": profile_id}
        problem_of(await desk.book("double", "2027-03-10", "2027-03-12", guests=[guest]), 422, "profile_unknown")
        problem_of(await desk.send("GET", f"{cards(desk)}/{profile_id}"), 404, "not_found")
        problem_of(await desk.send("PUT", f"{cards(desk)}/{profile_id}", ANA), 404, "not_found")
    ana = await made(desk, **ANA)
    merge = {"other_profile_id": theirs}
    problem_of(await desk.send("POST", f"{cards(desk)}/{ana['id']}/merge", merge), 422, "profile_unknown")
    assert await found(desk, "vecin") == []


@pytest.mark.parametrize("stranger", ["harbour", "lodge", "alpha"])
async def test_strangers_and_the_destination_see_no_profile(desk: Desk, stranger: str) -> None:
    ana = await made(desk, **ANA)
    await desk.connection.execute(
        "insert into consents (omd_id, business_id, what, granted_at, granted_by) "
        "values ($1, $2, 'guests', now(), 'x')",
        *(desk.hotel.omd_id, desk.hotel.id),
    )
    for method, path in (
        ("GET", "?search=stefan"),
        ("GET", f"/{ana['id']}"),
        ("GET", f"/{ana['id']}/stays"),
        ("POST", "/proposals"),
    ):
        body = {"email": ANA["email"]} if method == "POST" else None
        answer = await desk.send(method, f"{cards(desk)}{path}", body, party=stranger)
        assert answer.status_code in (403, 404)
        assert "tef" not in answer.text


async def two_of_one(desk: Desk) -> tuple[Json, Json, Json]:
    """Return two profiles of one guest, and a stay of the second."""
    kept = await made(desk, last_name="Pop", first_name="Ion", email="old@example.com", preferences=["quiet"])
    other = await made(desk, last_name="Popp", email="new@example.com", phone="0744 555 666", vip_code="V2")
    guest = {"last_name": "Popp", "profile_id": other["id"]}
    stay = await desk.booked("double", "2027-03-10", "2027-03-12", guests=[guest])
    return kept, other, stay


async def test_a_merge_takes_fields_and_stays_and_leaves_a_pointer(desk: Desk) -> None:
    kept, other, stay = await two_of_one(desk)
    path = f"{cards(desk)}/{kept['id']}/merge"
    answer = await desk.send("POST", path, {"other_profile_id": other["id"], "take": ["email"]})
    assert answer.status_code == 200, answer.text
    one = answer.json()
    assert (one["last_name"], one["first_name"], one["email"]) == ("Pop", "Ion", "new@example.com")
    assert (one["phone"], one["vip_code"], one["preferences"]) == ("0744 555 666", "V2", ["quiet"])
    moved = await desk.stay(stay["id"])
    assert (moved["guests"][0]["profile_id"], moved["version"]) == (kept["id"], 2)
    assert (await read(desk, kept["id"], "/stays"))["stays"] == 1
    pointer = await read(desk, other["id"])
    assert (pointer["merged_into"], pointer["last_name"], pointer["email"]) == (kept["id"], None, None)
    assert await found(desk, "pop") == ["Pop"]
    for refused in (
        await desk.send("POST", path, {"other_profile_id": other["id"]}),
        await desk.send("PUT", f"{cards(desk)}/{other['id']}", ANA),
        await desk.amend(stay["id"], guests=stay["guests"]),
    ):
        assert problem_of(refused, 409, "profile_merged")["data"]["merged_into"] == kept["id"]
    itself = await desk.send("POST", path, {"other_profile_id": kept["id"]})
    assert problem_of(itself, 422, "invalid_input")["problems"][0]["code"] == "same_profile"
    third = await made(desk, last_name="Third")
    await desk.send("POST", f"{cards(desk)}/{third['id']}/merge", {"other_profile_id": kept["id"]})
    assert (await read(desk, other["id"]))["merged_into"] == third["id"], "one step leads to who has the stays"
    before = await desk.connection.fetchval(
        "select before ->> 'email' from audit_log where thing = 'guest_profiles' and row_key = $1 "
        "and action = 'update' order by at, id limit 1",
        other["id"],
    )
    assert before == "new@example.com"
    await assert_books_balance(desk.connection)


async def test_of_merges_that_cross_one_happens(desk: Desk) -> None:
    kept, other, stay = await two_of_one(desk)
    answers = await asyncio.gather(
        desk.send("POST", f"{cards(desk)}/{kept['id']}/merge", {"other_profile_id": other["id"]}),
        desk.send("POST", f"{cards(desk)}/{other['id']}/merge", {"other_profile_id": kept["id"]}),
    )
    assert Counter(each.json().get("code", "done") for each in answers) == {"done": 1, "profile_merged": 1}
    survivor = (await desk.stay(stay["id"]))["guests"][0]["profile_id"]
    assert (await read(desk, survivor))["merged_into"] is None
    await assert_books_balance(desk.connection)


@pytest.mark.parametrize("first", ["merge", "booking"])
async def test_a_booking_that_names_a_profile_and_its_merge_do_not_lose_each_other(
    desk: Desk, owner_connection: Connection, first: str
) -> None:
    kept, other, _ = await two_of_one(desk)
    guest = {"last_name": "P", "profile_id": other["id"]}

    def come(who: str) -> asyncio.Task[httpx.Response]:
        if who == "merge":
            body = {"other_profile_id": other["id"]}
            return asyncio.create_task(desk.send("POST", f"{cards(desk)}/{kept['id']}/merge", body))
        return asyncio.create_task(desk.book("single", "2027-06-01", "2027-06-02", guests=[guest]))

    second = "booking" if first == "merge" else "merge"
    async with held_up(desk.connection, "select from guest_profiles where id = $1 for update", other["id"]):
        coming = {first: come(first)}
        await until_waiting(owner_connection)
        coming[second] = come(second)
        await until_waiting(owner_connection, 2)
    merged, booked = await coming["merge"], await coming["booking"]
    assert merged.status_code == 200, merged.text
    if first == "merge":
        problem_of(booked, 409, "profile_merged")
    else:
        assert booked.status_code == 201, booked.text
        assert (await read(desk, kept["id"], "/stays"))["stays"] == 2
    left = await desk.connection.fetchval("select count(*) from reservation_guests where profile_id = $1", other["id"])
    assert left == 0
    await assert_books_balance(desk.connection)


async def test_an_erasure_reaches_the_profile_and_all_its_stays(
    desk: Desk, servers: Servers, database_name: str, clock: FixedClock
) -> None:
    kept = await made(desk, last_name="Zoelastmark", email="zoe.mailmark@example.com", note="notemark")
    wished = [{"kind": "feature", "value": "wishmark"}]
    old = await made(desk, last_name="Zoeoldmark", phone="0799 555 111", preferences=["prefmark"], room_wishes=wished)
    # The second stay names neither the address nor the name: the profile says who it is.
    for number, guest in enumerate(({"last_name": "Zoelastmark"}, {"last_name": "Zoespelledmark"})):
        of = {**guest, "profile_id": (kept if number else old)["id"]}
        stay = await desk.booked("double", "2027-03-01", f"2027-03-0{number + 2}", guests=[of])
        await desk.stepped(stay["id"], "check-in")
        await desk.stepped(stay["id"], "check-out")
    merge = f"{cards(desk)}/{kept['id']}/merge"
    merged = await desk.send("POST", merge, {"other_profile_id": old["id"]}, Idempotency_Key="merge")
    assert merged.status_code == 200, merged.text
    marks = ["Zoelastmark", "Zoeoldmark", "Zoespelledmark", "mailmark", "555 111", "555111", "prefmark", "notemark"]
    marks.append("wishmark")
    there = {"Zoelastmark", "Zoeoldmark", "mailmark", "prefmark", "wishmark"}
    assert set(found_in(dumped(servers, database_name), marks)) >= there
    exported = await desk.send(
        "POST", f"/businesses/{desk.hotel.id}/guests/export", {"email": "zoe.mailmark@example.com"}
    )
    assert [each["id"] for each in exported.json()["profiles"]] == [kept["id"]]
    assert len(exported.json()["guests"]) == 2
    clock.set(NOW + timedelta(days=5))
    erase = f"/businesses/{desk.hotel.id}/guests/erase"
    done = await desk.send("POST", erase, {"email": "zoe.mailmark@example.com"})
    assert done.status_code == 200, done.text
    assert (done.json()["guests"], done.json()["profiles"]) == (2, 1)
    assert found_in(dumped(servers, database_name), marks) == []
    problem_of(await desk.send("PUT", f"{cards(desk)}/{kept['id']}", ANA), 404, "not_found")
    assert (await read(desk, kept["id"]))["erased_at"] is not None
    problem_of(await desk.send("POST", erase, {"email": "zoe.mailmark@example.com"}), 404, "not_found")


async def test_a_profile_without_a_stay_is_erased_and_one_to_come_is_not(desk: Desk) -> None:
    await made(desk, **ANA)
    erase = f"/businesses/{desk.hotel.id}/guests/erase"
    done = (await desk.send("POST", erase, {"email": "ana@example.com"})).json()
    assert (done["erasure_id"], done["guests"], done["profiles"]) == (None, 0, 1)
    again = await made(desk, **ANA)
    await desk.booked("double", "2027-06-01", "2027-06-03", guests=[{"last_name": "A", "profile_id": again["id"]}])
    problem_of(await desk.send("POST", erase, {"email": "ana@example.com"}), 409, "erasure_refused")
    assert (await read(desk, again["id"]))["email"] == "Ana@example.com"


async def test_profiles_are_forgotten_by_age(desk: Desk, clock: FixedClock, maintenance_db: Database) -> None:
    ana = await made(desk, **ANA)
    guest = {"last_name": "Ștefănescu", "profile_id": ana["id"]}
    await desk.booked("double", "2027-03-10", "2027-03-12", guests=[guest])
    clock.set(NOW + timedelta(days=3 * 365 + 5))
    early = await run_retention(maintenance_db, clock, dry_run=True)
    assert early.guests.profiles == 0, "the stay was later than the profile"
    clock.set(NOW + timedelta(days=3 * 365 + 60))
    assert (await run_retention(maintenance_db, clock, dry_run=True)).guests.contacts == 1
    done = await run_retention(maintenance_db, clock)
    assert (done.guests.contacts, done.guests.profiles) == (1, 1)
    assert (await read(desk, ana["id"]))["last_name"] is None
    assert (await run_retention(maintenance_db, clock)).guests.profiles == 0
