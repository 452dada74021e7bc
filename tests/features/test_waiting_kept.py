"""What is kept of who waits, and of who was turned away: for whom, for how long, and how it goes."""

from datetime import timedelta

import pytest

from omd.db import Database
from omd.features.reservations import run_retention
from omd.kernel.clock import FixedClock
from support.dumps import dumped, found_in
from support.front_desk import Desk, contents, problem_of
from support.rights import widen_keys
from support.servers import Servers
from support.waiting import NIGHTS, WaitingDesk
from support.worlds import NOW


@pytest.fixture
def waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> WaitingDesk:
    """The list of `grand`; its key has the rights of an owner."""
    widen_keys(monkeypatch)
    return WaitingDesk(desk)


async def test_turnaways_are_recorded_and_listed(waiting: WaitingDesk) -> None:
    desk, path = waiting.desk, f"/businesses/{waiting.desk.hotel.id}/turnaways"
    stay = {"arrival": NIGHTS[0], "departure": NIGHTS[1]}
    for reason in ("sold_out", "price", "restriction", "other"):
        made = await desk.send("POST", path, {**stay, "reason": reason, "rooms": 3, "source": "phone"})
        assert made.status_code == 201, made.text
        assert made.json()["business_date"] == "2027-03-01"
    listed = (await desk.send("GET", path)).json()
    assert [each["reason"] for each in listed] == ["other", "restriction", "price", "sold_out"]
    some = await desk.send("GET", f"{path}?reason=price&reason=sold_out&limit=1")
    assert [each["reason"] for each in some.json()] == ["price"]
    following = some.headers["Link"].partition(">")[0].removeprefix("</api/v1")
    assert [each["reason"] for each in (await desk.send("GET", following)).json()] == ["sold_out"]
    assert (await desk.send("GET", f"{path}?until=2027-03-10")).json() == []
    for wrong in ({"reason": "dull"}, {"departure": NIGHTS[0]}, {"room_type_id": 2147483647}, {"last_name": "Nobody"}):
        problem_of(await desk.send("POST", path, {**stay, "reason": "price", **wrong}), 422, "invalid_input")


@pytest.mark.parametrize("stranger", ["harbour", "lodge", "alpha"])
async def test_strangers_see_and_change_nothing(waiting: WaitingDesk, stranger: str) -> None:
    entry = await waiting.added(last_name="Secretmark")
    path, turnaways = f"{waiting.path}/{entry['id']}", f"/businesses/{waiting.desk.hotel.id}/turnaways"
    promotion = {"room_type_id": waiting.desk.hotel.types["twin"].id}
    before = await contents(waiting.desk.connection)
    for method, at, body in (
        ("GET", waiting.path, None),
        ("GET", f"{waiting.path}/servable", None),
        ("GET", path, None),
        ("GET", turnaways, None),
        ("POST", waiting.path, waiting.wish()),
        ("PUT", path, waiting.wish()),
        ("POST", f"{path}/remove", {"reason": "mistake"}),
        ("POST", f"{path}/promote", promotion),
        ("POST", turnaways, {"arrival": NIGHTS[0], "departure": NIGHTS[1], "reason": "price"}),
    ):
        answer = await waiting.desk.send(method, at, body, party=stranger)
        assert answer.status_code in (403, 404), (at, answer.text)
        assert "Secretmark" not in answer.text
    assert await contents(waiting.desk.connection) == before


async def test_who_is_forgotten_waits_no_more(
    waiting: WaitingDesk, servers: Servers, database_name: str, clock: FixedClock
) -> None:
    desk = waiting.desk
    facts = {"last_name": "Zoelastmark", "email": "zoe.mailmark@example.com", "phone": "0799555111", "note": "notemark"}
    body = waiting.wish(**facts)
    added = await desk.send("POST", waiting.path, body, Idempotency_Key="wait")
    assert added.status_code == 201, added.text
    waits = added.json()
    became = await waiting.added(**{**facts, "email": None, "arrival": "2027-03-02", "departure": "2027-03-03"})
    stay = (await waiting.promote(became["id"])).json()["reservation_ids"][0]
    await desk.send("PUT", f"{waiting.path}/{waits['id']}", {**body, "last_name": "Zoelastmark-Pop"})
    sought = {"code": (await desk.stay(stay))["code"], "last_name": "Zoelastmark"}
    by_name = await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/export", sought)
    assert [each["id"] for each in by_name.json()["waiting_list"]] == [became["id"]]
    assert by_name.json()["waiting_list"][0]["reservation_ids"] == [stay]
    erase = f"/businesses/{desk.hotel.id}/guests/erase"
    problem_of(await desk.send("POST", erase, sought), 409, "erasure_refused")
    await desk.stepped(stay, "cancel")
    by_address = {"email": "Zoe.Mailmark@example.com"}
    done = await desk.send("POST", erase, by_address)
    assert done.status_code == 200, done.text
    assert (done.json()["guests"], done.json()["waiting_list"]) == (0, 1)
    entry = await waiting.entry(waits["id"])
    assert (entry["status"], entry["reason"], entry["last_name"]) == ("removed", "forgotten", None)
    done = await desk.send("POST", erase, sought)
    assert (done.json()["guests"], done.json()["waiting_list"]) == (1, 1)
    assert found_in(dumped(servers, database_name), ["Zoelastmark", "mailmark", "0799555111", "notemark"]) == []
    assert (await waiting.entry(became["id"]))["status"] == "promoted"
    assert ("removed", waits["id"]) in await waiting.told()


async def test_who_waited_is_forgotten_by_age(
    waiting: WaitingDesk, clock: FixedClock, maintenance_db: Database
) -> None:
    gone = await waiting.added()
    await waiting.desk.send("POST", f"{waiting.path}/{gone['id']}/remove", {"reason": "gave_up"})
    await waiting.added(last_name="Still")
    clock.set(NOW + timedelta(days=3 * 365 - 1))
    assert (await run_retention(maintenance_db, clock, dry_run=True)).guests.waiting_list == 0
    clock.set(NOW + timedelta(days=3 * 365 + 2))
    assert (await run_retention(maintenance_db, clock, dry_run=True)).guests.waiting_list == 1
    assert (await run_retention(maintenance_db, clock)).guests.waiting_list == 1
    assert (await waiting.entry(gone["id"]))["last_name"] is None
    assert (await run_retention(maintenance_db, clock)).guests.waiting_list == 0


async def test_every_change_is_in_the_audit_and_a_closed_entry_stays_closed(waiting: WaitingDesk) -> None:
    entry = await waiting.added()
    await waiting.promote(entry["id"])
    audited = await waiting.desk.connection.fetch(
        "select thing, action from audit_log where row_key = $1 order by at, id", entry["id"]
    )
    assert [tuple(row) for row in audited] == [
        ("waiting_list_entries", "insert"),
        ("waiting_list_entries", "update"),
        ("waiting_list_stays", "insert"),
    ]
    with pytest.raises(Exception, match="is promoted"):
        await waiting.desk.connection.execute("update waiting_list_entries set priority = 1")
