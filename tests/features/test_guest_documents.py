"""Identity documents: encrypted where they are kept, shown by their ending, read in full on record."""

import pytest

from omd.db import Database
from omd.infra.keyring import Keyring
from omd.kernel.clock import FixedClock
from support.dumps import dumped, found_in
from support.front_desk import Desk, Json, pointers, problem_of
from support.rights import widen_keys
from support.served_app import served_with
from support.servers import Servers

NUMBER = "RX4471138"
PASSPORT = {
    "last_name": "Marinescu",
    "date_of_birth": "1980-02-29",
    "document_type": "passport",
    "document_number": NUMBER,
    "document_country": "RO",
}


@pytest.fixture(autouse=True)
def owners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key of this file has the rights of its hotel's owner: a key by itself reads no document."""
    widen_keys(monkeypatch)


async def guest_of(desk: Desk, stay: Json) -> Json:
    """Return the primary guest as the stay shows it."""
    guest: Json = (await desk.stay(stay["id"]))["guests"][0]
    return guest


async def test_a_number_is_shown_by_its_ending_everywhere_but_in_an_explicit_read(
    desk: Desk, servers: Servers, database_name: str
) -> None:
    body = desk.body("double", "2027-05-01", "2027-05-03", guests=[PASSPORT])
    path = f"/businesses/{desk.hotel.id}/reservations"
    booked = await desk.send("POST", path, body, Idempotency_Key="key-1")
    assert booked.status_code == 201, booked.text
    stay = booked.json()
    again = await desk.send("POST", path, body, Idempotency_Key="key-1")
    assert again.text == booked.text
    shown = {**PASSPORT, "document_number": "***138"}
    assert stay["guests"] == [shown]
    assert await guest_of(desk, stay) == shown
    amended = await desk.amended(stay["id"], note="x")
    assert amended["guests"] == [shown]
    assert found_in(dumped(servers, database_name), [NUMBER]) == []
    read = await desk.send("GET", f"/reservations/{stay['id']}/documents")
    assert read.status_code == 200, read.text
    assert read.json() == [{"first_name": None, **PASSPORT}]
    assert read.headers["Cache-Control"] == "no-store"


async def test_reading_a_number_goes_on_record_without_it(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-05-01", "2027-05-03", guests=[PASSPORT])
    await desk.send("GET", f"/reservations/{stay['id']}/documents")
    rows = await desk.connection.fetch("select actor, row_key, after::text from audit_log where action = 'read'")
    assert [tuple(row) for row in rows] == [(stay["booked_by"], stay["id"], '{"documents": 1}')]


@pytest.mark.parametrize("stranger", ["harbour", "lodge", "alpha"])
async def test_strangers_read_no_documents(desk: Desk, stranger: str) -> None:
    stay = await desk.booked("double", "2027-05-01", "2027-05-03", guests=[PASSPORT])
    answer = await desk.send("GET", f"/reservations/{stay['id']}/documents", party=stranger)
    assert answer.status_code in (403, 404)
    assert "138" not in answer.text
    assert await desk.connection.fetchval("select count(*) from audit_log where action = 'read'") == 0


async def test_what_is_sent_back_masked_stands_for_what_is_kept(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-05-01", "2027-05-03", guests=[PASSPORT, {"last_name": "Pop"}])
    guests = (await desk.stay(stay["id"]))["guests"]
    await desk.amended(stay["id"], guests=[{**guests[0], "phone": "0700"}, guests[1]])
    read = (await desk.send("GET", f"/reservations/{stay['id']}/documents")).json()
    assert [guest["document_number"] for guest in read] == [NUMBER, None]


async def test_a_masked_number_that_is_not_kept_is_refused(desk: Desk) -> None:
    masked = {**PASSPORT, "document_number": "***999"}
    refused = problem_of(
        await desk.book("double", "2027-05-01", "2027-05-03", guests=[masked]), 422, "document_not_stored"
    )
    assert pointers(refused) == ["/guests/0/document_number"]
    stay = await desk.booked("double", "2027-05-01", "2027-05-03", guests=[PASSPORT])
    problem_of(await desk.amend(stay["id"], guests=[masked]), 422, "document_not_stored")
    assert (await guest_of(desk, stay))["document_number"] == "***138"


@pytest.mark.parametrize(
    "wrong",
    [
        {"document_number": "1234"},
        {"document_number": "drop table; --"},
        {"document_number": "X" * 41},
        {"document_type": "library_card"},
        {"document_type": None},
        {"date_of_birth": "31.12.1999"},
    ],
)
async def test_what_is_no_document_is_refused(desk: Desk, wrong: Json) -> None:
    refused = problem_of(
        await desk.book("double", "2027-05-01", "2027-05-03", guests=[{**PASSPORT, **wrong}]), 422, "invalid_input"
    )
    assert NUMBER not in str(refused)


async def test_keys_are_changed_by_putting_a_new_one_in_front(
    desk: Desk, db: Database, clock: FixedClock, redis_url: str
) -> None:
    first, second = Keyring.make_key(), Keyring.make_key()
    stays = []
    for keys in (first, f"{second},{first}"):
        async with served_with(db, clock, redis_url, Keyring.parse(keys)) as client:
            desk.client = client
            stays.append(await desk.booked("double", "2027-05-01", "2027-05-03", guests=[PASSPORT]))
            for stay in stays:
                read = await desk.send("GET", f"/reservations/{stay['id']}/documents")
                assert read.json()[0]["document_number"] == NUMBER
    async with served_with(db, clock, redis_url, Keyring.parse(second)) as client:
        desk.client = client
        lost = await desk.send("GET", f"/reservations/{stays[0]['id']}/documents")
        problem_of(lost, 500, "secret_unreadable")
        assert (await desk.send("GET", f"/reservations/{stays[1]['id']}/documents")).status_code == 200
        assert (await guest_of(desk, stays[0]))["document_number"] == "***138"


async def test_a_number_is_bound_to_its_hotel(desk: Desk) -> None:
    """Bytes that are copied into another hotel's row are no number there."""
    stay = await desk.booked("double", "2027-05-01", "2027-05-03", guests=[PASSPORT])
    body = {**desk.body("double", "2027-05-01", "2027-05-03"), "room_type_id": desk.world.lodge.types["double"].id}
    other = await desk.send("POST", f"/businesses/{desk.world.lodge.id}/reservations", body, party="lodge")
    assert other.status_code == 201, other.text
    await desk.connection.execute(
        "update reservation_guests t set document_type = s.document_type, document_number = s.document_number, "
        "document_ending = s.document_ending from reservation_guests s "
        "where s.reservation_id = $1 and t.reservation_id = $2",
        *(stay["id"], other.json()["id"]),
    )
    read = await desk.send("GET", f"/reservations/{other.json()['id']}/documents", party="lodge")
    problem_of(read, 500, "secret_unreadable")
