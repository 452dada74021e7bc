"""For every operation of the document: another tenant, and a neighbour, find nothing there and change nothing.

The cases are made from the OpenAPI document, so that a new operation cannot be forgotten.
"""

import re
from typing import Any

import httpx
import pytest

from omd.entrypoints.api.operations import OPERATIONS
from omd.features.identity.permissions import HOTEL_SCOPES, OMD_SCOPES
from support.openapi import Json, Operation, operations, read_document, resolved
from support.parties import Tokens
from support.worlds import Connection, World

UNKNOWN = {"integer": "2147483647", "string": "00000000-0000-0000-0000-000000000001"}
STRANGERS = ("harbour", "lodge")
WHAT_WRITES_CHANGE = (
    "reservations",
    "reservation_guests",
    "reservation_nights",
    "maintenance_intervals",
    "room_type_availability",
    "house_availability",
    "events",
    "audit_log",
    "erasures",
)


def example(document: Json, schema: Json) -> Any:
    """Return the smallest value that a schema takes, so that a request gets as far as the tenant's door."""
    schema = resolved(document, schema)
    if "oneOf" in schema:
        return example(document, next(each for each in schema["oneOf"] if each.get("type") != "null"))
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: example(document, schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [example(document, schema["items"])] * schema.get("minItems", 0)
        case "integer":
            return int(schema.get("minimum", 0))
        case "boolean":
            return False
        case "string" if schema.get("format") == "date":
            return "2027-03-10"
        case _:
            return "x"


def dated(body: Any) -> Any:
    """Let the last date of a body lie after its first."""
    last = {"departure": "2027-03-11", "ends_on": "2027-03-11"}
    return {**body, **{name: date for name, date in last.items() if name in body}} if isinstance(body, dict) else body


class Owned:
    """What belongs to the hotel `grand`, by the names that paths use."""

    def __init__(self, world: World, reservation_id: str, interval_id: int) -> None:
        self.ids = {
            "omd_id": str(world.alpha.id),
            "business_id": str(world.grand.id),
            "room_type_id": str(world.grand.types["twin"].id),
            "reservation_id": reservation_id,
            "interval_id": str(interval_id),
        }

    def path(self, operation: Operation) -> str:
        """Return the path of an operation with the ids in it; a name that is not known fails the test."""
        return operation.path.format_map(self.ids)


@pytest.fixture
async def owned(client: httpx.AsyncClient, tokens: Tokens, world: World) -> Owned:
    """A stay and a maintenance interval of the hotel `grand`."""
    twin = world.grand.types["twin"]
    booked = await client.post(
        f"/api/v1/businesses/{world.grand.id}/reservations",
        json={
            "room_type_id": twin.id,
            "arrival": "2027-03-01",
            "departure": "2027-03-03",
            "guests": [{"last_name": "Secretescu"}],
        },
        headers=tokens.of("grand"),
    )
    started = await client.post(
        f"/api/v1/businesses/{world.grand.id}/maintenance",
        json={
            "room_id": twin.rooms["302"],
            "kind": "out_of_order",
            "starts_on": "2027-03-10",
            "ends_on": "2027-03-11",
            "reason": "hidden",
        },
        headers=tokens.of("grand"),
    )
    return Owned(world, booked.json()["id"], started.json()["interval"]["id"])


async def ask(client: httpx.AsyncClient, document: Json, operation: Operation, path: str, token: Any) -> httpx.Response:
    """Send the smallest whole request of an operation."""
    parameters = operation.document.get("parameters", ())
    needed = [each for each in parameters if each["in"] == "query" and each.get("required")]
    query = dated({each["name"]: example(document, each["schema"]) for each in needed})
    content = operation.document.get("requestBody", {}).get("content", {}).get("application/json")
    body = None if content is None else dated(example(document, content["schema"]))
    return await client.request(operation.method, path, params=query, headers=token, json=body)


def asked(operation: Operation) -> bool:
    """Say whether the operation is somebody's: the rest has nothing to hide."""
    return "security" in operation.document


async def written(connection: Connection) -> list[object]:
    """Return everything that a write could change."""
    parts = [f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from {table} t" for table in WHAT_WRITES_CHANGE]
    return [await connection.fetchval(part) for part in parts]


async def test_a_stranger_gets_the_answer_of_an_id_that_does_not_exist(
    client: httpx.AsyncClient,
    tokens: Tokens,
    owned: Owned,
    owner_connection: Connection,
    subtests: pytest.Subtests,
    world: World,
) -> None:
    document = await read_document(client)
    before = await written(owner_connection)
    tried = 0
    for operation in filter(asked, operations(document)):
        kinds = {
            each["name"]: each["schema"]["type"] for each in operation.document["parameters"] if each["in"] == "path"
        }
        nowhere = operation.path.format_map({name: UNKNOWN[kind] for name, kind in kinds.items()})
        for stranger in STRANGERS:
            if stranger == "lodge" and "{omd_id}" in operation.path:
                continue
            with subtests.test(f"{operation.name} by {stranger}"):
                token = tokens.of(stranger)
                answer = await ask(client, document, operation, owned.path(operation), token)
                twin = await ask(client, document, operation, nowhere, token)
                action = OPERATIONS[operation.document["operationId"]]
                expected = (404, "not_found") if action in HOTEL_SCOPES else (403, "not_allowed")
                assert (answer.status_code, answer.json()["code"]) == expected, answer.text
                told = answer.text
                for name, identifier in owned.ids.items():
                    if f"{{{name}}}" in operation.path:
                        told = re.sub(rf"\b{identifier}\b", UNKNOWN[kinds[name]], told)
                assert told == twin.text
                assert "Secretescu" not in answer.text
                tried += 1
    assert tried >= 30
    assert await written(owner_connection) == before


async def test_nobody_without_a_token_gets_anywhere(
    client: httpx.AsyncClient, owned: Owned, owner_connection: Connection, subtests: pytest.Subtests
) -> None:
    document = await read_document(client)
    before = await written(owner_connection)
    for operation in filter(asked, operations(document)):
        with subtests.test(operation.name):
            answer = await ask(client, document, operation, owned.path(operation), {})
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), answer.text
    assert await written(owner_connection) == before


async def test_a_destination_never_sees_a_guest(
    client: httpx.AsyncClient,
    tokens: Tokens,
    owned: Owned,
    owner_connection: Connection,
    subtests: pytest.Subtests,
) -> None:
    document = await read_document(client)
    before = await written(owner_connection)
    for operation in filter(asked, operations(document)):
        with subtests.test(operation.name):
            answer = await ask(client, document, operation, owned.path(operation), tokens.of("alpha"))
            assert "Secretescu" not in answer.text
            action = OPERATIONS[operation.document["operationId"]]
            if operation.method != "get" or "reservation" in operation.path or action not in OMD_SCOPES:
                assert answer.status_code in (403, 404), answer.text
            else:
                assert answer.status_code == 200, answer.text
    assert await written(owner_connection) == before
