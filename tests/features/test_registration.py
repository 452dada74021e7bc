"""Registration forms: what is asked by where a guest lives, what is missing, and the form to sign."""

import pytest

from support.front_desk import Desk, Json, problem_of
from support.papers import pages_of
from support.rights import widen_keys

NUMBER = "RX4471138"
WHOLE = {
    "last_name": "Ionescu",
    "first_name": "Ștefania",
    "date_of_birth": "1980-02-29",
    "place_of_birth": "Târgu Mureș",
    "citizenship": "RO",
    "address": "Strada Țepeș Vodă 3, Iași",
    "country": "RO",
    "document_type": "identity_card",
    "document_number": NUMBER,
}
STRANGER = {"last_name": "Moser", "first_name": "Anna", "country": "AT", "document_type": "passport"}
LACKING = ["date_of_birth", "place_of_birth", "citizenship", "address", "document_number", "document_country"]
OWN: Json = {
    "rules": [
        {
            "residence": "DE",
            "fields": [{"field": "last_name"}, {"field": "phone"}, {"field": "email", "required": False}],
        },
        {"residence": None, "fields": [{"field": "last_name"}, {"field": "citizenship"}]},
    ],
    "blocks_check_in": True,
}


@pytest.fixture(autouse=True)
def owners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key of this file has the rights of its hotel's owner: a key by itself reads no document."""
    widen_keys(monkeypatch)


async def booked(desk: Desk, *guests: Json, **more: object) -> Json:
    """Book a stay that arrives on the business date."""
    return await desk.booked("double", "2027-03-01", "2027-03-04", guests=list(guests), **more)


async def checked(desk: Desk, stay: Json) -> Json:
    """Ask what the forms of a stay lack."""
    answer = await desk.send("GET", f"/reservations/{stay['id']}/registration")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def rules_of(desk: Desk) -> str:
    return f"/businesses/{desk.hotel.id}/registration-rules"


async def test_what_a_form_lacks_is_told_without_what_it_has(desk: Desk) -> None:
    stay = await booked(desk, WHOLE, STRANGER, adults=2, children=1)
    answer = await desk.send("GET", f"/reservations/{stay['id']}/registration")
    told = answer.json()
    assert [(each["last_name"], each["missing"]) for each in told["guests"]] == [("Ionescu", []), ("Moser", LACKING)]
    assert (told["is_complete"], told["unnamed"], told["blocks_check_in"]) == (False, 1, False)
    assert "Țepeș" not in answer.text
    assert NUMBER[-3:] not in answer.text
    await desk.amended(stay["id"], guests=[WHOLE], adults=1, children=0)
    assert (await checked(desk, stay))["is_complete"]
    taken = await desk.send("POST", f"/reservations/{stay['id']}/check-in", {})
    assert taken.status_code == 200, taken.text


async def test_forms_have_the_whole_number_and_reading_them_is_on_record(desk: Desk) -> None:
    stay = await booked(desk, WHOLE, STRANGER, adults=2)
    answer = await desk.send("GET", f"/reservations/{stay['id']}/registration-forms")
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    facts = [told[name] for name in ("code", "arrival", "departure", "unnamed")]
    assert facts == [stay["code"], "2027-03-01", "2027-03-04", 0]
    assert told["rooms"] == [stay["nights"][0]["room_number"]]
    first, second = told["forms"]
    assert first["number"] == f"{stay['code']}/1"
    known = {each["field"]: each["value"] for each in first["fields"]}
    assert known == {**WHOLE, "document_country": None}
    assert (first["missing"], second["missing"]) == ([], LACKING)
    entry = await desk.connection.fetchrow("select * from audit_log where action = 'read'")
    assert entry is not None
    assert (entry["thing"], entry["row_key"]) == ("reservation_guests", stay["id"])
    assert NUMBER not in str(dict(entry))


async def test_forms_are_printed_in_both_languages_with_room_for_what_is_missing(desk: Desk) -> None:
    stay = await booked(desk, WHOLE, STRANGER, adults=2)
    path = f"/reservations/{stay['id']}/registration-forms/pdf"
    before = await desk.connection.fetchval("select count(*) from audit_log where action = 'read'")
    pages = [" ".join(each.split()) for each in pages_of(await desk.send("GET", f"{path}?language=ro"))]
    assert await desk.connection.fetchval("select count(*) from audit_log where action = 'read'") == before + 1
    assert len(pages) == 2
    for each in (
        "Fișa de anunțare a sosirii și plecării",
        f"Nr. {stay['code']}/1",
        "Numele * Ionescu",
        "Prenumele * Ștefania",
        "Data nașterii * 29.02.1980",
        "Locul nașterii * Târgu Mureș",
        "Cetățenia * România",
        "Domiciliul * Strada Țepeș Vodă 3, Iași",
        "Actul de identitate * Carte de identitate",
        f"Seria și numărul actului * {NUMBER}",
        "Data sosirii 01.03.2027 Data plecării 04.03.2027",
        f"Camera {stay['nights'][0]['room_number']} Scopul călătoriei",
        "Data și semnătura turistului",
    ):
        assert each in pages[0], pages[0]
    assert "Numele * Moser" in pages[1]
    assert "Data nașterii * Locul nașterii * Cetățenia * Domiciliul * Țara de domiciliu * Austria" in pages[1]
    english = pages_of(await desk.send("GET", path, Accept_Language="en"))
    assert "Arrival and departure record" in english[0]
    assert "Identity card" in english[0]


async def test_a_hotel_asks_what_it_wants_by_residence_and_may_insist(desk: Desk) -> None:
    given = (await desk.send("GET", rules_of(desk))).json()
    assert given["is_default"]
    assert [each["residence"] for each in given["rules"]] == ["RO", None]
    put = await desk.send("PUT", rules_of(desk), OWN)
    assert put.status_code == 200, put.text
    assert (await desk.send("GET", rules_of(desk))).json() == put.json()
    german = {"last_name": "Maier", "country": "de", "phone": " "}
    stay = await booked(desk, german, STRANGER, adults=2)
    told = await checked(desk, stay)
    assert [each["missing"] for each in told["guests"]] == [["phone"], ["citizenship"]]
    refused = problem_of(await desk.send("POST", f"/reservations/{stay['id']}/check-in", {}), 409, "not_registered")
    missing = [{"guest": 1, "fields": ["phone"]}, {"guest": 2, "fields": ["citizenship"]}]
    assert refused["data"]["missing"] == missing
    assert (await desk.stay(stay["id"]))["status"] == "confirmed"
    guests = [{**german, "phone": "1"}, {**STRANGER, "citizenship": "AT"}]
    await desk.amended(stay["id"], guests=guests)
    taken = await desk.send("POST", f"/reservations/{stay['id']}/check-in", {})
    assert taken.status_code == 200, taken.text
    entry = await desk.connection.fetchrow("select * from audit_log where thing = 'registration_rules'")
    assert entry is not None
    assert entry["row_key"] == str(desk.hotel.id)


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ([], "/rules"),
        ([{"residence": "RO", "fields": [{"field": "last_name"}]}], "/rules"),
        ([{"residence": None, "fields": []}], "/rules/0/fields"),
        ([{"residence": None, "fields": [{"field": "shoe_size"}]}], "/rules/0/fields/0/field"),
        ([{"residence": "Romania", "fields": [{"field": "last_name"}]}], "/rules/0/residence"),
        ([{"residence": None, "fields": [{"field": "email"}, {"field": "email"}]}], "/rules/0/fields/0/field"),
        ([OWN["rules"][1], OWN["rules"][1]], "/rules/1/residence"),
    ],
)
async def test_rules_that_make_no_sense_are_refused(desk: Desk, rules: object, pointer: str) -> None:
    answer = await desk.send("PUT", rules_of(desk), {"rules": rules})
    assert problem_of(answer, 422, "invalid_input")["problems"][0]["pointer"] == pointer
    assert (await desk.send("GET", rules_of(desk))).json()["is_default"]


async def test_what_was_told_for_the_form_is_forgotten_with_the_guest(desk: Desk) -> None:
    stay = await booked(desk, {**WHOLE, "email": "s@example.com"})
    cancelled = await desk.send("POST", f"/reservations/{stay['id']}/cancel", {})
    assert cancelled.status_code == 200, cancelled.text
    body = {"email": "s@example.com"}
    exported = await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/export", body)
    assert exported.json()["guests"][0]["address"] == WHOLE["address"]
    erased = await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/erase", body)
    assert erased.status_code == 200, erased.text
    row = await desk.connection.fetchrow("select citizenship, place_of_birth, address from reservation_guests")
    assert row is not None
    assert set(row.values()) == {None}
    kept = await desk.connection.fetchval(
        "select string_agg(coalesce(before::text, '') || coalesce(after::text, ''), '') from audit_log"
    )
    assert "Țepeș" not in kept
    assert "Mureș" not in kept


async def test_others_see_nothing_of_it(desk: Desk) -> None:
    stay = await booked(desk, WHOLE)
    paths = [
        f"/reservations/{stay['id']}/{end}" for end in ("registration", "registration-forms", "registration-forms/pdf")
    ]
    for party in ("harbour", "lodge"):
        for path in (*paths, rules_of(desk)):
            answer = await desk.client.get(f"/api/v1{path}", headers=desk.tokens.of(party))
            problem_of(answer, 404, "not_found")
        put = await desk.client.put(f"/api/v1{rules_of(desk)}", json=OWN, headers=desk.tokens.of(party))
        problem_of(put, 404, "not_found")
    assert await desk.connection.fetchval("select count(*) from registration_rules") == 0
