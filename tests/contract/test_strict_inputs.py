"""Every operation of the document takes its input at its word: what it does not ask for, it refuses.

The cases are made from the OpenAPI document, so that a new operation cannot be forgotten.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from omd.kernel.clock import Clock, FixedClock
from support.openapi import Json, Operation, operations, read_document, resolved
from support.passes import guest_headers
from support.persons import Persons
from support.worlds import Connection, World

DATES = {
    "search": "pop",
    "arrival": "2027-03-10",
    "departure": "2027-03-12",
    "starts_on": "2027-03-10",
    "as_of": "2027-03-01",
    "on": "2027-03-01",
    "ends_on": "2027-03-12",
}
ODD_FORMS = {
    "date": ("null", "0", "2027-3-1", "20270301", "\u0662\u0660\u0662\u0667-03-01"),
    "date-time": ("null", "0", "7", "-7", "1e9", "2027-03-01"),
    "boolean": ("null", "0", "1", "TRUE", "yes"),
    "enum": ("null", "NULL", "INSERT", ""),
    "integer": ("null",),
}
"""What is not taken for a value of a kind, by the words of the document."""

UUID = "00000000-0000-0000-0000-000000000001"


class Asker:
    """Sends requests that are whole but for one oddity, each as somebody new who may do everything everywhere."""

    def __init__(self, client: httpx.AsyncClient, persons: Persons, world: World, clock: Clock) -> None:
        self.client = client
        self._persons = persons
        self._world = world
        self._clock = clock
        self._came = 0
        twin = world.grand.types["twin"]
        self.ids = {
            "omd_id": str(world.alpha.id),
            "business_id": str(world.grand.id),
            "room_type_id": str(twin.id),
            "room_id": str(twin.rooms["301"]),
            "reservation_id": UUID,
            "webhook_id": UUID,
            "job_id": "1",
            "interval_id": "1",
            "hold_back_id": "1",
            **dict.fromkeys(("key_id", "account_id", "membership_id", "locality_id", "rule_id"), "1"),
            **dict.fromkeys(("rate_plan_id", "policy_id", "company_id", "series_id"), "1"),
            **dict.fromkeys(
                ("booking_id", "folio_id", "entry_id", "invoice_id", "profile_id", "request_id", "payment_id"), UUID
            ),
            **dict.fromkeys(("waiting_entry_id", "plan_id", "ticket_id", "photo_id"), UUID),
            **dict.fromkeys(("task_id", "command_id", "item_id"), UUID),
            "month": "2027-03",
            "on": "2027-03-01",
            "provider": "nobody",
        }

    async def ask(
        self, operation: Operation, query: list[tuple[str, str]], ids: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Send the request; the body, if any, is the one given."""
        return await self.client.request(
            operation.method,
            operation.path.format_map(ids or self.ids),
            params=httpx.QueryParams(tuple(query)),
            headers={**await self.somebody(operation), **more.pop("headers", {})},
            **more,
        )

    async def somebody(self, operation: Operation) -> dict[str, str]:
        """Let somebody sign in; somebody new, because an operation may end their session."""
        if operation.is_for_guests:
            return guest_headers(self._world.grand, "NOSTAY", self._clock)
        self._came += 1
        roles = (("owner", self._world.grand), ("omd_administrator", self._world.alpha))
        return await self._persons.headers(f"person{self._came}", *roles, operator=True)


@pytest.fixture
def asker(client: httpx.AsyncClient, persons: Persons, world: World, clock: FixedClock) -> Asker:
    """The one who asks."""
    return Asker(client, persons, world, clock)


def parameters(document: Json, operation: Operation) -> dict[str, Json]:
    """Return the query parameters of an operation, name -> schema."""
    return {
        each["name"]: resolved(document, each["schema"])
        for each in operation.document.get("parameters", ())
        if each["in"] == "query"
    }


def types(document: Json, schema: Json) -> set[str]:
    """Return the JSON types that a schema takes."""
    schema = resolved(document, schema)
    if "oneOf" in schema:
        return {kind for each in schema["oneOf"] for kind in types(document, each)}
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def needed(document: Json, operation: Operation) -> list[tuple[str, str]]:
    """Return the query that the operation cannot do without."""
    return [(name, DATES[name]) for name in parameters(document, operation) if name in DATES]


def of_the_api(document: Json) -> Iterator[Operation]:
    """Yield every operation that asks for a token."""
    return (operation for operation in operations(document) if "security" in operation.document)


def assert_refused(answer: httpx.Response, status: int, code: str, pointer: str) -> None:
    """Check a problem document's code and that it names the place."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert pointer in {problem["pointer"] for problem in answer.json()["problems"]}, answer.text


async def everything(connection: Connection) -> int:
    """Return how many events there are: every write has one."""
    count: int = await connection.fetchval("select count(*) from events")
    return count


async def test_what_no_operation_asks_for_is_refused(
    asker: Asker, owner_connection: Connection, subtests: pytest.Subtests
) -> None:
    document = await read_document(asker.client)
    before = await everything(owner_connection)
    tried = 0
    for operation in of_the_api(document):
        with subtests.test(operation.name):
            query = [*needed(document, operation), ("sort", "name")]
            assert_refused(await asker.ask(operation, query), 422, "invalid_input", "?sort")
            tried += 1
    assert tried >= 16
    assert await everything(owner_connection) == before


async def test_what_is_given_twice_is_refused_unless_it_is_a_list(asker: Asker, subtests: pytest.Subtests) -> None:
    document = await read_document(asker.client)
    tried = 0
    for operation in of_the_api(document):
        for name, schema in parameters(document, operation).items():
            if "array" in types(document, schema):
                continue
            with subtests.test(f"{operation.name} {name}"):
                query = [*needed(document, operation), (name, "1"), (name, "1")]
                assert_refused(await asker.ask(operation, query), 422, "invalid_input", f"?{name}")
                tried += 1
    assert tried >= 15


async def test_a_number_is_written_in_plain_digits(asker: Asker, subtests: pytest.Subtests) -> None:
    document = await read_document(asker.client)
    tried = 0
    for operation in of_the_api(document):
        for name, schema in parameters(document, operation).items():
            if "integer" not in types(document, schema):
                continue
            for odd in ("1e1", "1_0", "1.0", "+1", "01", " 1", "\u0661", ""):
                with subtests.test(f"{operation.name} {name}={odd!r}"):
                    query = [*needed(document, operation), (name, odd)]
                    assert_refused(await asker.ask(operation, query), 422, "invalid_input", f"?{name}")
                    tried += 1
    assert tried >= 40


async def test_what_is_no_text_is_written_in_its_own_form(asker: Asker, subtests: pytest.Subtests) -> None:
    """The framework reads `null` as nothing, numbers as instants, and `0` as false."""
    document = await read_document(asker.client)
    tried: set[str] = set()
    for operation in of_the_api(document):
        for name, schema in parameters(document, operation).items():
            kind = str(schema.get("format", "enum" if "enum" in schema else schema.get("type")))
            for odd in ODD_FORMS.get(kind, ()):
                with subtests.test(f"{operation.name} {name}={odd!r}"):
                    query = [each for each in needed(document, operation) if each[0] != name]
                    assert_refused(await asker.ask(operation, [*query, (name, odd)]), 422, "invalid_input", f"?{name}")
                    tried.add(kind)
    assert tried == set(ODD_FORMS)


async def test_an_id_in_a_path_is_written_in_plain_digits(asker: Asker, subtests: pytest.Subtests) -> None:
    document = await read_document(asker.client)
    tried = 0
    for operation in of_the_api(document):
        for name, right in asker.ids.items():
            # A month, or a day, is no id: whatever is not written as one is no page of this site.
            if f"{{{name}}}" not in operation.path or name in {"month", "on"}:
                continue
            odd = right.replace("-", "") if right == UUID else f"0{right}"
            with subtests.test(f"{operation.name} {name}"):
                answer = await asker.ask(operation, needed(document, operation), {**asker.ids, name: odd})
                assert_refused(answer, 404, "not_found", f"{{{name}}}")
                tried += 1
    assert tried >= 18


async def test_a_body_of_another_kind_is_not_read(
    asker: Asker, owner_connection: Connection, subtests: pytest.Subtests
) -> None:
    document = await read_document(asker.client)
    before = await everything(owner_connection)
    tried = 0
    for operation in of_the_api(document):
        if "requestBody" not in operation.document:
            continue
        with subtests.test(operation.name):
            answer = await asker.ask(operation, [], content=b"{}", headers={"Content-Type": "text/plain"})
            assert_refused(answer, 415, "unsupported_media_type", "Content-Type")
            assert "415" in operation.document["responses"]
            tried += 1
    assert tried >= 5
    assert await everything(owner_connection) == before


async def test_who_has_no_token_is_told_of_the_token_first(asker: Asker, subtests: pytest.Subtests) -> None:
    document = await read_document(asker.client)
    for operation in of_the_api(document):
        with subtests.test(operation.name):
            answer = await asker.client.request(
                operation.method,
                operation.path.format_map(asker.ids),
                params=[*needed(document, operation), ("sort", "name")],
                content=b"{}" if "requestBody" in operation.document else None,
                headers={"Content-Type": "text/plain"},
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), answer.text
