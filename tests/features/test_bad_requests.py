"""Bodies that are none, questions and paths that lead nowhere, tokens that open nothing: each a problem document."""

import json
from uuid import UUID

import httpx
import pytest

from support.front_desk import Desk, contents, pointers, problem_of

RAW: list[tuple[bytes, int, str]] = [
    (b"{", 400, "malformed_json"),
    (b'{"arrival": "2027-', 400, "malformed_json"),
    (b"{'arrival': 1}", 400, "malformed_json"),
    (b'{"a": 1} {"b": 2}', 400, "malformed_json"),
    (b'{"a": NaN}', 400, "malformed_json"),
    (b'{"note": "\\ud800"}', 400, "malformed_json"),
    (b'{"note": "\xff\xfe"}', 400, "malformed_json"),
    (b'\xef\xbb\xbf{"a": 1}', 400, "malformed_json"),
    (b"arrival=2027-03-10", 400, "malformed_json"),
    (b"", 422, "invalid_input"),
    (b"[]", 422, "invalid_input"),
    (b"null", 422, "invalid_input"),
    (b'"text"', 422, "invalid_input"),
    (b"12", 422, "invalid_input"),
    (b"[" * 200_000, 400, "malformed_json"),
    (b'{"x":' * 100_000, 400, "malformed_json"),
    (b"[" * 200_000 + b"]" * 200_000, 400, "malformed_json"),
    (b'{"room_type_id":' + b"9" * 300_000 + b"}", 400, "malformed_json"),
    (b" " * 10_000_000, 413, "body_too_large"),
    (json.dumps({"note": "x" * 10_000_000}).encode(), 413, "body_too_large"),
]


async def test_a_body_that_is_none(desk: Desk, subtests: pytest.Subtests) -> None:
    before = await contents(desk.connection)
    resources = (
        ("POST", f"/api/v1/businesses/{desk.hotel.id}/reservations"),
        ("PATCH", f"/api/v1/reservations/{UUID(int=1)}"),
    )
    headers = {**desk.tokens.of("grand"), "Content-Type": "application/json"}
    for raw, status, code in RAW:
        with subtests.test(f"{raw[:20]!r} of {len(raw)} bytes"):
            for method, path in resources:
                answer = await desk.client.request(method, path, content=raw, headers=headers)
                assert problem_of(answer, status, code)["problems"]
    assert await contents(desk.connection) == before


async def test_a_body_that_says_it_is_too_large_is_not_read(desk: Desk) -> None:
    answer = await desk.client.post(
        f"/api/v1/businesses/{desk.hotel.id}/reservations",
        content=b"{}",
        headers={**desk.tokens.of("grand"), "Content-Type": "application/json", "Content-Length": "99999999999"},
    )
    problem_of(answer, 413, "body_too_large")


KINDS: list[tuple[str | None, int]] = [
    ("text/plain", 415),
    ("application/x-www-form-urlencoded", 415),
    ("multipart/form-data", 415),
    ("nonsense", 415),
    ("application/xml", 415),
    ("application/json; charset=iso-8859-2", 415),
    ("application/json", 201),
    ("Application/JSON; charset=UTF-8", 201),
    ('application/json;charset="utf-8"', 201),
    ("application/vnd.hotel+json", 201),
    (None, 201),
]


async def test_a_body_is_json_and_says_so(desk: Desk, subtests: pytest.Subtests) -> None:
    body = json.dumps(desk.body("double", "2027-03-10", "2027-03-11")).encode()
    taken = 0
    for kind, status in KINDS:
        with subtests.test(str(kind)):
            answer = await desk.client.post(
                f"/api/v1/businesses/{desk.hotel.id}/reservations",
                content=body,
                headers={**desk.tokens.of("grand"), **({} if kind is None else {"Content-Type": kind})},
            )
            if status == 415:
                assert pointers(problem_of(answer, 415, "unsupported_media_type")) == ["Content-Type"]
            assert answer.status_code == status, answer.text
            taken += answer.status_code == 201
    assert await desk.connection.fetchval("select count(*) from reservations") == taken == 5


GUESTS = '"guests": [{"last_name": "A"}]'
GIVEN_TWICE = [
    ("a field of the body", f'{GUESTS}, "adults": 1, "adults": 2', ["/adults"]),
    ("with the same value", f'{GUESTS}, "note": "late", "note": "late"', ["/note"]),
    ("written in two ways", f'{GUESTS}, "note": "late", "n\\u006fte": "early"', ["/note"]),
    ("before a colon apart", f'{GUESTS}, "adults": 1, "adults"\n :2', ["/adults"]),
    (
        "a field of a guest",
        '"guests": [{"last_name": "A"}, {"last_name": "B", "last_name": "C"}]',
        ["/guests/1/last_name"],
    ),
    ("two fields", f'{GUESTS}, "adults": 1, "adults": 1, "note": "", "note": ""', ["/adults", "/note"]),
]


async def test_a_field_given_twice_is_refused(desk: Desk, subtests: pytest.Subtests) -> None:
    """JSON leaves open which one counts; taking either would be a guess."""
    before = await contents(desk.connection)
    path = f"/api/v1/businesses/{desk.hotel.id}/reservations"
    headers = {**desk.tokens.of("grand"), "Content-Type": "application/json"}
    stay = f'"room_type_id": {desk.hotel.types["twin"].id}, "arrival": "2027-03-10", "departure": "2027-03-12"'
    for name, fields, at in GIVEN_TWICE:
        with subtests.test(name):
            answer = await desk.client.post(path, content=f"{{{stay}, {fields}}}", headers=headers)
            assert pointers(problem_of(answer, 422, "invalid_input")) == at
    assert await contents(desk.connection) == before
    once = await desk.client.post(path, content=f"{{{stay}, {GUESTS}}}", headers=headers)
    assert once.status_code == 201, once.text


async def test_what_only_looks_given_twice_is_taken(desk: Desk) -> None:
    """Two guests have a last name each, and a note may hold anything."""
    guests = [{"last_name": "Popescu"}, {"last_name": "Ionescu"}]
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", guests=guests, note='"note": 1, "note": "\\"')
    assert [guest["last_name"] for guest in booked["guests"]] == ["Popescu", "Ionescu"]
    assert booked["note"] == '"note": 1, "note": "\\"'


async def test_a_stranger_is_told_of_the_token_before_the_body(desk: Desk) -> None:
    path = f"/api/v1/businesses/{desk.hotel.id}/reservations"
    for content in (b"{", b"{}", b"[]"):
        problem_of(await desk.client.post(path, content=content), 401, "not_authenticated")


async def test_problems_of_body_and_headers_are_told_together(desk: Desk) -> None:
    body = desk.body("double", "2027-03-10", "2027-03-12", adults=0)
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/reservations", body, Idempotency_Key="x" * 300)
    assert pointers(problem_of(answer, 422, "invalid_input")) == ["/adults", "Idempotency-Key"]


SEARCHES: list[tuple[str, list[str]]] = [
    ("", ["?arrival", "?departure"]),
    ("arrival=2027-03-10", ["?departure"]),
    ("arrival=soon&departure=2027-03-12", ["?arrival"]),
    ("arrival=soon&departure=later", ["?arrival", "?departure"]),
    ("arrival=2027-03-12&departure=2027-03-10", ["?departure"]),
    ("arrival=2027-03-10&departure=2027-03-10", ["?departure"]),
    ("arrival=2027-03-10&departure=2038-02-20", ["?departure"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=0", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=-1", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=two", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=1.5", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=" + "9" * 5000, ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=0&children=-1", ["?adults", "?children"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=1e2", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=1_0", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=%2B2", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=02", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=%D9%A2", ["?adults"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=2.0&children=1e0", ["?adults", "?children"]),
    ("arrival=2027-03-10&departure=2027-03-12&adults=1&adults=2", ["?adults"]),
    ("arrival=2027-03-10&arrival=2027-03-11&departure=2027-03-12", ["?arrival"]),
    ("arrival=2027-03-10&departure=2027-03-12&rooms=2&Adults=1", ["?Adults", "?rooms"]),
    ("arrival=2027-03-10&departure=soon&adults=1e2&guests=2", ["?adults", "?departure", "?guests"]),
    ("departure=2027-03-12&adults=1e2&guests=2", ["?adults", "?arrival", "?guests"]),
    ("arrival=%00&departure=%ff", ["?arrival", "?departure"]),
]


async def test_a_search_that_cannot_be(desk: Desk, subtests: pytest.Subtests) -> None:
    for query, where in SEARCHES:
        for path, party in (
            (f"businesses/{desk.hotel.id}/availability", "grand"),
            (f"omds/{desk.world.alpha.id}/availability", "alpha"),
        ):
            with subtests.test(f"{path}?{query[:80]}"):
                answer = await desk.client.get(f"/api/v1/{path}?{query}", headers=desk.tokens.of(party))
                assert pointers(problem_of(answer, 422, "invalid_input")) == where


OUTSIDE = [
    ("2026-12-31", "2027-01-02", "?arrival"),
    ("0001-01-01", "0001-01-02", "?arrival"),
    ("2028-03-31", "2028-04-02", "?departure"),
    ("9999-12-30", "9999-12-31", "?departure"),
]


async def test_a_search_outside_the_horizon(desk: Desk, subtests: pytest.Subtests) -> None:
    for arrival, departure, where in OUTSIDE:
        for path, party in (
            (f"businesses/{desk.hotel.id}/availability", "grand"),
            (f"omds/{desk.world.alpha.id}/availability", "alpha"),
        ):
            with subtests.test(f"{path} {arrival} {departure}"):
                more = "&nights=true" if party == "grand" else ""
                answer = await desk.client.get(
                    f"/api/v1/{path}?arrival={arrival}&departure={departure}{more}",
                    headers=desk.tokens.of(party),
                )
                if party == "grand" and arrival < "2027-03-01":
                    # One hotel has one business date, and a booking would be refused for it first.
                    assert pointers(problem_of(answer, 422, "arrival_in_the_past")) == ["?arrival"]
                    continue
                refused = problem_of(answer, 422, "beyond_horizon")
                assert pointers(refused) == [where]
                assert refused["data"] == {"open_from": "2027-01-01", "last_departure": "2028-04-01"}


LISTS = [
    ("limit=0", "?limit"),
    ("limit=501", "?limit"),
    ("limit=all", "?limit"),
    ("after=nonsense", "?after"),
    ("after=2027-03-10_x", "?after"),
    ("after=%00", "?after"),
    ("after=" + "x" * 5000, "?after"),
    ("status=gone", "?status"),
    ("since=yesterday", "?since"),
    ("until=2027-13-01", "?until"),
    ("code=%00", "?code"),
    ("code=" + "x" * 5000, "?code"),
    ("limit=1e2", "?limit"),
    ("limit=1&limit=2", "?limit"),
    ("unknown=1", "?unknown"),
    ("arrival=2027-03-10", "?arrival"),
]


async def test_a_list_that_cannot_be(desk: Desk, subtests: pytest.Subtests) -> None:
    for query, where in LISTS:
        with subtests.test(query[:80]):
            answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/reservations?{query}")
            assert pointers(problem_of(answer, 422, "invalid_input")) == [where]
    for path in ("rooms?after=%00", "rooms?after=" + "x" * 500, "maintenance?after=-1"):
        with subtests.test(path[:80]):
            answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/{path}")
            assert pointers(problem_of(answer, 422, "invalid_input")) == ["?after"]


async def test_odd_but_possible_questions_find_nothing(desk: Desk, subtests: pytest.Subtests) -> None:
    for query in ("since=0001-01-01&until=9999-12-31", "code=%ed%a0%80", "code=%ff", "status=no_show&status=cancelled"):
        with subtests.test(query):
            answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/reservations?{query}")
            assert (answer.status_code, answer.json()) == (200, [])


ODD_IDS = ["1_0", "+1", "01", "%201", "1%20", "%D9%A1", "1e0"]


async def test_an_id_written_in_another_way_leads_nowhere(desk: Desk, subtests: pytest.Subtests) -> None:
    for odd in ODD_IDS:
        for rest in ("", "/rooms", "/availability?arrival=2027-03-10&departure=2027-03-12"):
            with subtests.test(f"{odd}{rest}"):
                answer = await desk.client.get(f"/api/v1/businesses/{odd}{rest}", headers=desk.tokens.of("grand"))
                problem_of(answer, 404, "not_found")
    stay = (await desk.booked("double", "2027-03-10", "2027-03-12"))["id"]
    for odd in (stay.replace("-", ""), f"{{{stay}}}", f"urn:uuid:{stay}"):
        with subtests.test(odd):
            answer = await desk.client.get(f"/api/v1/reservations/{odd}", headers=desk.tokens.of("grand"))
            assert pointers(problem_of(answer, 404, "not_found")) == ["{reservation_id}"]
    answer = await desk.client.get(f"/api/v1/reservations/{stay.upper()}", headers=desk.tokens.of("grand"))
    assert answer.status_code == 200


PATHS = [
    "/api/v1/nothing",
    "/api/v1/businesses",
    "/api/v1/businesses/abc",
    "/api/v1/businesses/1.5",
    "/api/v1/businesses/-1",
    "/api/v1/businesses/0",
    "/api/v1/businesses/99999999999999999999999",
    "/api/v1/businesses/%00",
    "/api/v1/businesses/%ff",
    "/api/v1/reservations/1",
    "/api/v1/reservations/00000000-0000-0000-0000-00000000000z",
    "/api/v1/reservations/00000000-0000-0000-0000-000000000000",
    "/api/v1/omds/0",
    "/nothing",
    "/api/v1/businesses/" + "1" * 5000,
]


async def test_a_path_that_leads_nowhere(desk: Desk, subtests: pytest.Subtests) -> None:
    for path in PATHS:
        with subtests.test(path[:80]):
            problem_of(await desk.client.get(path, headers=desk.tokens.of("grand")), 404, "not_found")


async def test_a_method_that_is_not_served(desk: Desk) -> None:
    answer = await desk.send("DELETE", f"/businesses/{desk.hotel.id}/reservations")
    problem_of(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}


NO_TOKENS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Basic YTpi",
    "Bearer nonsense",
    "Bearer omd_abcdefgh_" + "x" * 43,
    "Bearer " + "x" * 8000,
    "Bearer ÿþ",
]


async def test_no_valid_token(desk: Desk, subtests: pytest.Subtests) -> None:
    for header in NO_TOKENS:
        headers = httpx.Headers({} if header is None else {b"Authorization": header.encode("latin-1")})
        for path in (f"businesses/{desk.hotel.id}/rooms", f"reservations/{UUID(int=1)}"):
            with subtests.test(f"{str(header)[:40]} {path}"):
                answer = await desk.client.get(f"/api/v1/{path}", headers=headers)
                problem_of(answer, 401, "not_authenticated")
                assert answer.headers["WWW-Authenticate"] == "Bearer"
