"""For every operation of the document: another tenant, and a neighbour, find nothing there and change nothing.

The cases are made from the OpenAPI document, so that a new operation cannot be forgotten.
"""

import re
from typing import Any

import httpx
import pytest

from omd.entrypoints.api.operations import OPERATIONS
from omd.features.identity.permissions import HOTEL_SCOPES, OMD_SCOPES, REACH
from support.openapi import Json, Operation, operations, read_document, resolved
from support.parties import Tokens
from support.persons import Persons
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
    *("access_tokens", "service_accounts", "memberships", "consents", "users", "one_time_links"),
    *("omds", "businesses"),
    "audit_log",
    "erasures",
)
FOR_NOBODYS_TENANT = {"createOmd"}
"""Operations that name nothing that belongs to anybody."""


def example(document: Json, schema: Json) -> Any:
    """Return the smallest value that a schema takes, so that a request gets as far as the tenant's door."""
    schema = resolved(document, schema)
    if "oneOf" in schema:
        return example(document, next(each for each in schema["oneOf"] if each.get("type") != "null"))
    if "enum" in schema:
        return schema["enum"][0]
    if "examples" in schema:
        return schema["examples"][0]
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

    def __init__(
        self, world: World, *, reservation_id: str, interval_id: int, key_id: int, account_id: int, membership_id: int
    ) -> None:
        self.ids = {
            "omd_id": str(world.alpha.id),
            "business_id": str(world.grand.id),
            "room_type_id": str(world.grand.types["twin"].id),
            "reservation_id": reservation_id,
            "interval_id": str(interval_id),
            "key_id": str(key_id),
            "account_id": str(account_id),
            "membership_id": str(membership_id),
        }

    def path(self, operation: Operation) -> str:
        """Return the path of an operation with the ids in it; a name that is not known fails the test."""
        return operation.path.format_map(self.ids)


@pytest.fixture
async def owned(client: httpx.AsyncClient, tokens: Tokens, world: World, persons: Persons) -> Owned:
    """A stay, a maintenance interval, a key, a service account and a member of the hotel `grand`."""
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
    hotel = f"/api/v1/businesses/{world.grand.id}"
    owner = await persons.headers("victoria", ("owner", world.grand))
    clerk = await persons.add("secretescu", ("receptionist", world.grand))
    key = await client.post(f"{hotel}/keys", json={"name": "Secretescu"}, headers=owner)
    account = await client.post(
        f"{hotel}/service-accounts", json={"name": "Secretescu", "scopes": ["inventory.read"]}, headers=owner
    )
    return Owned(
        world,
        reservation_id=booked.json()["id"],
        interval_id=started.json()["interval"]["id"],
        key_id=key.json()["key"]["id"],
        account_id=account.json()["id"],
        membership_id=await persons.membership(clerk, "receptionist"),
    )


@pytest.fixture
async def people(persons: Persons, world: World) -> dict[str, dict[str, str]]:
    """Whoever administers each stranger, and the destination `alpha`: the highest roles there are."""
    return {
        "lodge": await persons.headers("lorenz", ("owner", world.lodge)),
        "harbour": await persons.headers("hanna", ("owner", world.harbour), ("omd_administrator", world.beta)),
        "alpha": await persons.headers("alma", ("omd_administrator", world.alpha)),
    }


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


def owned_by_hotels(operation: Operation) -> bool:
    """Say whether the operation is about a hotel or destination: the rest is about whoever asks."""
    action = OPERATIONS.get(operation.document["operationId"])
    return action is not None and REACH[action] != "own" and not operation.is_for_guests


def by_programs(operation: Operation) -> bool:
    """Say whether a program may do this with a key; the rest is for people."""
    return OPERATIONS[operation.document["operationId"]] in HOTEL_SCOPES


async def written(connection: Connection) -> list[object]:
    """Return everything that a write could change."""
    row = "to_jsonb(t) - 'last_used_at'"
    parts = [f"select jsonb_agg({row} order by {row}) from {table} t" for table in WHAT_WRITES_CHANGE]
    return [await connection.fetchval(part) for part in parts]


async def test_a_stranger_gets_the_answer_of_an_id_that_does_not_exist(
    client: httpx.AsyncClient,
    tokens: Tokens,
    owned: Owned,
    owner_connection: Connection,
    subtests: pytest.Subtests,
    people: dict[str, dict[str, str]],
) -> None:
    document = await read_document(client)
    before = await written(owner_connection)
    tried = 0
    for operation in filter(owned_by_hotels, operations(document)):
        kinds = {
            each["name"]: each["schema"]["type"] for each in operation.document["parameters"] if each["in"] == "path"
        }
        nowhere = operation.path.format_map({name: UNKNOWN[kind] for name, kind in kinds.items()})
        if operation.document["operationId"] in FOR_NOBODYS_TENANT:
            continue
        for stranger in STRANGERS:
            if stranger == "lodge" and "{omd_id}" in operation.path:
                continue
            with subtests.test(f"{operation.name} by {stranger}"):
                token = tokens.of(stranger) if by_programs(operation) else people[stranger]
                answer = await ask(client, document, operation, owned.path(operation), token)
                twin = await ask(client, document, operation, nowhere, token)
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text
                told = answer.text
                for name, identifier in owned.ids.items():
                    if f"{{{name}}}" in operation.path:
                        told = re.sub(rf"\b{identifier}\b", UNKNOWN[kinds[name]], told)
                assert told == twin.text
                assert "Secretescu" not in answer.text
                tried += 1
    assert tried >= 70
    assert await written(owner_connection) == before


async def test_whoever_has_the_wrong_role_changes_nothing(
    client: httpx.AsyncClient,
    tokens: Tokens,
    owned: Owned,
    persons: Persons,
    people: dict[str, dict[str, str]],
    owner_connection: Connection,
    subtests: pytest.Subtests,
    world: World,
) -> None:
    """The right hotel or destination in a role, or with a key, that may not do it."""
    actors = {
        "housekeeper": await persons.headers("hera", ("housekeeper", world.grand)),
        "analyst": await persons.headers("anton", ("omd_analyst", world.alpha)),
        "operator": await persons.headers("otto", operator=True),
        "owner of lodge": people["lodge"],
        "key of grand": tokens.of("grand"),
        "key of alpha": tokens.of("alpha"),
    }
    document = await read_document(client)
    before = await written(owner_connection)
    for operation in filter(owned_by_hotels, operations(document)):
        if by_programs(operation) or OPERATIONS[operation.document["operationId"]] in OMD_SCOPES:
            continue
        for name, headers in actors.items():
            if name == "operator" and operation.document["operationId"] in FOR_NOBODYS_TENANT:
                continue
            with subtests.test(f"{operation.name} by {name}"):
                answer = await ask(client, document, operation, owned.path(operation), headers)
                assert answer.status_code in (403, 404), answer.text
                assert "Secretescu" not in answer.text
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
    people: dict[str, dict[str, str]],
) -> None:
    document = await read_document(client)
    before = await written(owner_connection)
    for operation in filter(owned_by_hotels, operations(document)):
        in_program = OPERATIONS[operation.document["operationId"]] in OMD_SCOPES
        with subtests.test(operation.name):
            answer = await ask(client, document, operation, owned.path(operation), tokens.of("alpha"))
            assert "Secretescu" not in answer.text
            action = OPERATIONS[operation.document["operationId"]]
            if operation.method != "get" or "reservation" in operation.path or action not in OMD_SCOPES:
                assert answer.status_code in (403, 404), answer.text
            else:
                assert answer.status_code == 200, answer.text
        if in_program:
            with subtests.test(f"{operation.name} by a person"):
                answer = await ask(client, document, operation, owned.path(operation), people["alpha"])
                assert "Secretescu" not in answer.text
                assert answer.status_code in (200, 403, 404), answer.text
    assert await written(owner_connection) == before
