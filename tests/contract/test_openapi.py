"""The OpenAPI document is valid, says everything of every operation, and tells the truth about the answers."""

import re
from typing import Any

import httpx
import jsonschema
import pytest

from omd.entrypoints.api.operations import OPERATIONS
from omd.features.identity import REACH, ROLES
from support.openapi import Json, operations, read_document, resolved
from support.parties import Tokens
from support.worlds import World

API = "/api/v1"
OAUTH = f"{API}/oauth/"


def schema_of(document: Json, part: Json) -> Json:
    """Return a schema of the document that a validator can use by itself."""
    return {**part, "components": document["components"]}


def check(document: Json, operation_id: str, answer: httpx.Response) -> None:
    """Check an answer against what the document says of its operation and status."""
    (operation,) = [each for each in operations(document) if each.document["operationId"] == operation_id]
    responses = operation.document["responses"]
    assert str(answer.status_code) in responses, f"{operation.name} does not tell of {answer.status_code}"
    response = resolved(document, responses[str(answer.status_code)])
    media_type = answer.headers["Content-Type"].split(";")[0]
    assert media_type in response["content"], f"{operation.name} {answer.status_code}: {media_type}"
    schema = schema_of(document, response["content"][media_type]["schema"])
    jsonschema.validate(answer.json(), schema, cls=jsonschema.Draft202012Validator)


async def test_the_document_is_openapi_3_1(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"]
    assert document["info"]["version"]
    found = list(operations(document))
    assert len(found) >= 18
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


async def test_every_reference_leads_somewhere(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    followed = 0

    def follow(part: Any) -> None:
        nonlocal followed
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                assert resolved(document, part)
                followed += 1
            for each in part.values():
                follow(each)
        elif isinstance(part, list):
            for each in part:
                follow(each)

    follow(document)
    assert followed > 20


async def test_every_operation_says_what_it_is(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    names = [operation.document["operationId"] for operation in operations(document)]
    assert len(set(names)) == len(names)
    for operation in operations(document):
        said = operation.document
        assert re.fullmatch(r"[a-z][A-Za-z]+", said["operationId"]), operation.name
        assert said.get("summary"), operation.name
        assert said.get("description"), operation.name
        assert said.get("tags"), operation.name
        placed = {each["name"] for each in said.get("parameters", ()) if each["in"] == "path"}
        assert placed == set(re.findall(r"{(\w+)}", operation.path)), operation.name


async def test_every_operation_of_the_api_tells_its_problems(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    problem = {"$ref": "#/components/schemas/ProblemDocument"}
    for operation in operations(document):
        if not operation.path.startswith(API) or operation.path.startswith(OAUTH):
            continue
        responses = operation.document["responses"]
        expected = {"401", "403", "404", "422", "503"}
        if operation.method != "get":
            expected |= {"400", "409", "413"}
        assert expected <= set(responses), operation.name
        for status in expected:
            content = responses[status]["content"]
            assert {kind: each["schema"] for kind, each in content.items()} == {"application/problem+json": problem}
            assert responses[status]["description"], operation.name


async def test_every_operation_of_the_api_says_who_may_come(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["components"]["securitySchemes"]["session"]["in"] == "cookie"
    for operation in operations(document):
        action = OPERATIONS.get(operation.document["operationId"])
        expected: list[Json] = [] if action is None else [{"session": []}]
        if action is not None and REACH[action] != "own":
            expected.insert(0, {"token": []})
        if action in ROLES["guest"]:
            expected = [{"pass": []}]
        assert operation.document.get("security", []) == expected, operation.name


async def test_bodies_are_told_with_every_bound_they_are_read_with(client: httpx.AsyncClient) -> None:
    schemas = (await read_document(client))["components"]["schemas"]
    assert schemas["NewReservation"]["additionalProperties"] is False
    assert schemas["Amendment"]["properties"]["children"]["minimum"] == 0
    (kind,) = [each for each in schemas["NewKey"]["properties"]["scopes"]["oneOf"] if each["type"] == "array"]
    assert (kind["items"]["maxLength"], kind["minItems"]) == (100, 1)
    assert re.fullmatch(schemas["Price"]["properties"]["amount"]["pattern"], "450.00")


async def test_what_may_be_left_out_is_not_null(client: httpx.AsyncClient) -> None:
    """No query and no header can say null, and whole numbers are told as such."""
    document = await read_document(client)
    for operation in operations(document):
        for parameter in operation.document.get("parameters", ()):
            schema = resolved(document, parameter["schema"])
            assert isinstance(schema["type"], str), f"{operation.name} {parameter['name']}"
            assert None not in schema.get("enum", ())
            assert not any(isinstance(each, float) for each in schema.values())
    cancel = document["paths"][f"{API}/reservations/{{reservation_id}}/cancel"]["post"]
    assert cancel["requestBody"]["required"] is False


async def test_an_answer_without_a_body_tells_of_none(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    tried = 0
    for operation in operations(document):
        for status in {"204", "303"} & set(operation.document["responses"]):
            assert "content" not in operation.document["responses"][status], operation.name
            tried += 1
    assert tried >= 6


async def test_oauth_tells_its_refusals_in_its_own_words(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    found = [operation for operation in operations(document) if operation.path.startswith(OAUTH)]
    assert len(found) == 2
    for operation in found:
        assert set(operation.document["requestBody"]["content"]) == {"application/x-www-form-urlencoded"}
        for status in ("400", "401"):
            content = operation.document["responses"][status]["content"]
            assert content == {"application/json": {"schema": {"$ref": "#/components/schemas/OAuthError"}}}
        assert {"403", "413", "429", "503"} <= set(operation.document["responses"])


async def test_posts_take_an_idempotency_key_and_changes_take_a_version(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    for operation in operations(document):
        headers = {each["name"] for each in operation.document.get("parameters", ()) if each["in"] == "header"}
        answers_a_secret = set(operation.document["tags"]) & {"Sign-in", "Account", "OAuth"}
        answers_a_secret |= {operation.document["operationId"]} & {"openOwnStay"}
        # A provider tells again what it has told, by the id of the event.
        answers_a_secret |= {operation.document["operationId"]} & {"tellOfPayment"}
        writes_nothing = operation.document["operationId"] in {
            "makeOffers",
            "makeReservationOffers",
            "proposeHousekeepingSheets",
        }
        if operation.method in ("post", "patch") and not answers_a_secret and not writes_nothing:
            assert "Idempotency-Key" in headers, operation.name
        # What is posted on a bill is added to it: it rests on nothing that was read of the stay.
        rests_on_nothing = writes_nothing or "Folios" in operation.document["tags"]
        if operation.path.startswith(f"{API}/reservations/") and operation.method != "get" and not rests_on_nothing:
            assert "If-Match" in headers, operation.name


@pytest.mark.parametrize("party", ["grand", "alpha"])
async def test_what_is_read_is_what_the_document_says(
    client: httpx.AsyncClient, tokens: Tokens, world: World, party: str
) -> None:
    document = await read_document(client)
    headers = tokens.of(party)
    hotel, omd = world.grand.id, world.alpha.id
    dates = "arrival=2027-03-10&departure=2027-03-12"
    for operation_id, path in (
        ("getOmd", f"/omds/{omd}"),
        ("listBusinesses", f"/omds/{omd}/businesses"),
        ("getBusiness", f"/businesses/{hotel}"),
        ("listRoomTypes", f"/businesses/{hotel}/room-types"),
        ("listRooms", f"/businesses/{hotel}/rooms"),
        ("getBusinessAvailability", f"/businesses/{hotel}/availability?{dates}&nights=true"),
        ("getDestinationAvailability", f"/omds/{omd}/availability?{dates}"),
        ("listReservations", f"/businesses/{hotel}/reservations"),
        ("listMaintenance", f"/businesses/{hotel}/maintenance"),
        ("getBusiness", "/businesses/2147483647"),
        ("getBusinessAvailability", f"/businesses/{hotel}/availability"),
    ):
        check(document, operation_id, await client.get(API + path, headers=headers))
    check(document, "getBusiness", await client.get(f"{API}/businesses/{hotel}"))
    for operation_id, path in (("health", "/health"), ("ready", "/ready")):
        check(document, operation_id, await client.get(path))
    assert "503" in document["paths"]["/ready"]["get"]["responses"]


async def test_what_is_written_is_what_the_document_says(
    client: httpx.AsyncClient, tokens: Tokens, world: World
) -> None:
    document = await read_document(client)
    headers = tokens.of("grand")
    hotel, twin = world.grand.id, world.grand.types["twin"]
    body = {
        "room_type_id": twin.id,
        "arrival": "2027-03-01",
        "departure": "2027-03-03",
        "guests": [{"last_name": "Popescu"}],
        "price": {"amount": "10"},
    }
    booked = await client.post(f"{API}/businesses/{hotel}/reservations", json=body, headers=headers)
    check(document, "createReservation", booked)
    wrong = await client.post(f"{API}/businesses/{hotel}/reservations", json={}, headers=headers)
    check(document, "createReservation", wrong)
    broken = await client.post(f"{API}/businesses/{hotel}/reservations", content=b"{", headers=headers)
    check(document, "createReservation", broken)
    stay = f"{API}/reservations/{booked.json()['id']}"
    check(document, "getReservation", await client.get(stay, headers=headers))
    check(document, "amendReservation", await client.patch(stay, json={"note": "x"}, headers=headers))
    stale = await client.patch(stay, json={"note": "x"}, headers={**headers, "If-Match": '"1"'})
    check(document, "amendReservation", stale)
    check(document, "getReservationFees", await client.get(f"{stay}/fees", headers=headers))
    moved = await client.post(f"{stay}/move", json={"room_id": twin.rooms["301"]}, headers=headers)
    check(document, "moveReservation", moved)
    held = {
        "room_type_id": twin.id,
        "arrival": "2027-03-20",
        "departure": "2027-03-21",
        "guests": [{"last_name": "Rus"}],
        "hold_until": "2027-03-05T18:00:00+02:00",
    }
    tentative = await client.post(f"{API}/businesses/{hotel}/reservations", json=held, headers=headers)
    check(document, "createReservation", tentative)
    until = {"hold_until": "2027-03-06T18:00:00+02:00"}
    hold = f"{API}/reservations/{tentative.json()['id']}"
    check(document, "extendHold", await client.post(f"{hold}/hold", json=until, headers=headers))
    check(document, "confirmReservation", await client.post(f"{hold}/confirm", headers=headers))
    walked = {"room_type_id": twin.id, "departure": "2027-03-02", "guests": [{"last_name": "Rus"}]}
    check(document, "walkIn", await client.post(f"{API}/businesses/{hotel}/walk-ins", json=walked, headers=headers))
    for operation_id, step in (
        ("checkIn", "check-in"),
        ("undoCheckIn", "undo-check-in"),
        ("checkOut", "check-out"),
        ("undoCheckOut", "undo-check-out"),
        ("checkOut", "check-out"),
        ("cancelReservation", "cancel"),
        ("reinstateReservation", "reinstate"),
        ("markNoShow", "no-show"),
    ):
        check(document, operation_id, await client.post(f"{stay}/{step}", headers=headers))
    check(document, "listReservations", await client.get(f"{API}/businesses/{hotel}/reservations", headers=headers))
    interval = {
        "room_id": twin.rooms["302"],
        "kind": "out_of_order",
        "starts_on": "2027-03-10",
        "ends_on": "2027-03-11",
        "reason": "paint",
    }
    for _ in range(2):
        answer = await client.post(f"{API}/businesses/{hotel}/maintenance", json=interval, headers=headers)
        check(document, "startMaintenance", answer)
    check(document, "listMaintenance", await client.get(f"{API}/businesses/{hotel}/maintenance", headers=headers))
    family = {"room_id": twin.rooms["302"], "kind": "owner", "reason": "family", "starts_on": "2027-04-10"}
    family["ends_on"] = "2027-04-11"
    held_back = f"{API}/businesses/{hotel}/hold-backs"
    for _ in range(2):
        check(document, "placeHoldBack", await client.post(held_back, json=family, headers=headers))
    check(document, "listHoldBacks", await client.get(held_back, headers=headers))
    limit = {"starts_on": "2027-03-10", "ends_on": "2027-03-12", "rooms": 1}
    path = f"{API}/businesses/{hotel}/room-types/{twin.id}/overbooking"
    check(document, "setOverbooking", await client.put(path, json=limit, headers=headers))


async def test_the_page_and_its_assets_come_from_this_server_alone(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert re.findall(r"(?:https?:)?//[\w.-]+", page.text) == []
    assets = set(re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text))
    assert len(assets) >= 3
    for asset in assets:
        assert asset.startswith("/"), asset
        answer = await client.get(asset)
        assert answer.status_code == 200, asset
        assert len(answer.content) > 100
