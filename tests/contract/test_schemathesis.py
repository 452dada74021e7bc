"""Made-up requests of every operation, good and bad, by everybody there is: no failure, and every answer as told.

Schemathesis makes them from the OpenAPI document; real ids are put into most, or nearly all would end at 404. Each
run makes the same ones.
"""

from collections.abc import Callable, Iterator
from random import Random
from zlib import crc32

import httpx
import msgspec
import pytest
from schemathesis import GenerationMode

from omd.entrypoints.api.operations import OPERATIONS
from omd.features.identity.permissions import HOTEL_SCOPES, OMD_SCOPES, REACH, ROLES, Action
from support.belongings import Belongings
from support.generated import BAD, GOOD, Case, Fault, Generator, answer_to, faults_of, generator_of
from support.openapi import Json, read_document
from support.parties import Tokens
from support.persons import Headers, Persons
from support.worlds import Connection, World

MOST: dict[GenerationMode, int] = {GOOD: 4, BAD: 3}
"""How many requests of an operation each role sends that may do it, at most.

Who may not is refused at the door, which reads nothing of the request but its path: each of them sends one of each
kind, and all of them together as many different ones.
"""

GETS_THROUGH = {
    "nobody": 3,
    "operator": 8,
    "omd_administrator": 30,
    "omd_analyst": 20,
    "owner": 44,
    "manager": 37,
    "receptionist": 27,
    "housekeeper": 20,
    "technician": 20,
    "accountant": 22,
    "key of grand": 22,
    "key of alpha": 16,
}
"""Everybody, and on how many operations they must get through: what is refused at the door proves little.

A tenth below what they do now, because another document draws other requests.
"""

MAY: dict[str, frozenset[Action]] = {
    **{str(role): actions for role, actions in ROLES.items()},
    "nobody": frozenset(),
    "key of grand": HOTEL_SCOPES,
    "key of alpha": OMD_SCOPES,
}


class Crowd:
    """Everybody who may come, each time somebody new: a request may end a session or a role."""

    def __init__(self, persons: Persons, tokens: Tokens, world: World) -> None:
        self._persons = persons
        self._tokens = tokens
        self._world = world
        self._came = 0

    async def come(self, role: str) -> Headers:
        """Return the headers with which somebody in this role comes in."""
        if role == "nobody":
            return {}
        if role.startswith("key of "):
            return self._tokens.of(role.removeprefix("key of "))
        self._came += 1
        name = f"{role}{self._came}"
        if role == "operator":
            return await self._persons.headers(name, operator=True)
        place = self._world.alpha if role.startswith("omd_") else self._world.grand
        return await self._persons.headers(name, (role, place))


class Run(msgspec.Struct):
    """What came of it."""

    faults: list[Fault] = []
    answered: set[str] = set()
    sent: int = 0


class Sender:
    """Sends the requests that are made up for one role, and looks at the answers."""

    def __init__(self, client: httpx.AsyncClient, generator: Generator, crowd: Crowd, belongings: Belongings) -> None:
        self._client = client
        self._generator = generator
        self._crowd = crowd
        self._belongings = belongings

    async def send_all(self, role: str) -> Run:
        """Send everything there is for a role of what it may do."""
        run = Run()
        for operation_id in self._generator.operations:
            if may(role, operation_id):
                await self.send(role, operation_id, run)
        return run

    async def send_where_refused(self, roles: list[str]) -> Run:
        """Send something of everything by each of the roles that may not do it."""
        run = Run()
        headers = {role: await self._crowd.come(role) for role in roles}
        for operation_id in self._generator.operations:
            refused = [role for role in roles if not may(role, operation_id)]
            for mode, most in MOST.items():
                cases = [*self._cases("refused", operation_id, mode, most)]
                for number, role in enumerate(refused if cases else ()):
                    await self._send_one(cases[number % len(cases)], operation_id, headers[role], run)
        return run

    async def send(self, role: str, operation_id: str, run: Run) -> None:
        """Send the requests of one operation."""
        headers = await self._crowd.come(role)
        for mode, most in MOST.items():
            for case in self._cases(role, operation_id, mode, most):
                if _is_own(operation_id):
                    headers = await self._crowd.come(role)
                await self._send_one(case, operation_id, headers, run)

    def _cases(self, who: str, operation_id: str, mode: GenerationMode, most: int) -> Iterator[Case]:
        start = crc32(f"{who} {operation_id} {mode}".encode())
        chance = Random(start)
        for case in self._generator.cases(operation_id, mode, most=most, start=start):
            self._belongings.put_into(case, chance)
            yield case

    async def _send_one(self, case: Case, operation_id: str, headers: Headers, run: Run) -> None:
        answer = await answer_to(self._client, case, headers)
        run.sent += 1
        run.faults += faults_of(case, answer)
        if answer.status_code < 400:
            run.answered.add(operation_id)


def may(role: str, operation_id: str) -> bool:
    """Say whether the permissions let a role do it somewhere."""
    action = OPERATIONS.get(operation_id)
    return action is None or action in MAY[role]


def _is_own(operation_id: str) -> bool:
    """Say whether an operation is about whoever asks, whose session it may end."""
    action = OPERATIONS.get(operation_id)
    return action is not None and REACH[action] == "own"


@pytest.fixture
async def belongings(client: httpx.AsyncClient, tokens: Tokens, persons: Persons, world: World) -> Belongings:
    """What the hotel `grand` and its destination have."""
    there = Belongings(client, tokens, persons, world)
    await there.fill()
    return there


@pytest.fixture
def crowd(persons: Persons, tokens: Tokens, world: World) -> Crowd:
    """Everybody."""
    return Crowd(persons, tokens, world)


@pytest.mark.parametrize("role", GETS_THROUGH)
async def test_every_answer_is_what_the_document_says(
    client: httpx.AsyncClient, crowd: Crowd, belongings: Belongings, role: str
) -> None:
    generator = generator_of(await read_document(client))
    run = await Sender(client, generator, crowd, belongings).send_all(role)
    assert not run.faults, "\n\n".join(str(each) for each in run.faults)
    assert run.sent >= 5 * sum(may(role, each) for each in generator.operations)
    assert len(run.answered) >= GETS_THROUGH[role], sorted(run.answered)


async def test_every_refusal_is_what_the_document_says(
    client: httpx.AsyncClient, crowd: Crowd, belongings: Belongings
) -> None:
    generator = generator_of(await read_document(client))
    run = await Sender(client, generator, crowd, belongings).send_where_refused([*GETS_THROUGH])
    assert not run.faults, "\n\n".join(str(each) for each in run.faults)
    assert run.answered == set(), "the permissions do not let them"
    assert run.sent > 1.5 * sum(not may(role, each) for role in GETS_THROUGH for each in generator.operations)


async def test_the_requests_are_the_same_in_every_run(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    for operation_id in ("createReservation", "listReservations"):
        for mode in MOST:
            ones, others = (
                [str(case) for case in Generator(document).cases(operation_id, mode, most=6, start=start)]
                for start in (1, 1)
            )
            assert ones == others
            assert ones != [str(case) for case in Generator(document).cases(operation_id, mode, most=6, start=2)]


def _answer_is_not_told(listing: Json, document: Json) -> None:
    del listing["responses"]["200"]


def _answer_has_more(listing: Json, document: Json) -> None:
    document["components"]["schemas"]["Room"]["required"].append("surprise")


def _answer_is_of_another_kind(listing: Json, document: Json) -> None:
    content = listing["responses"]["200"]["content"]
    content["text/csv"] = content.pop("application/json")


def _answer_has_a_header(listing: Json, document: Json) -> None:
    listing["responses"]["200"]["headers"] = {"X-Surprise": {"required": True, "schema": {"type": "string"}}}


def _more_is_asked_for(listing: Json, document: Json) -> None:
    asked = {"name": "X-Surprise", "in": "header", "required": True, "schema": {"type": "string", "minLength": 5}}
    listing["parameters"].append(asked)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (_answer_is_not_told, "UndefinedStatusCode"),
        (_answer_has_more, "JsonSchemaError"),
        (_answer_is_of_another_kind, "UndefinedContentType"),
        (_answer_has_a_header, "MissingHeaders"),
        (_more_is_asked_for, "AcceptedNegativeData"),
    ],
)
async def test_twin_what_a_document_tells_wrongly_is_found(
    client: httpx.AsyncClient,
    crowd: Crowd,
    belongings: Belongings,
    spoil: Callable[[Json, Json], None],
    kind: str,
) -> None:
    """The API is as it is, and the document says something else of one operation."""
    document = await read_document(client)
    spoil(document["paths"]["/api/v1/businesses/{business_id}/rooms"]["get"], document)
    run = Run()
    await Sender(client, generator_of(document), crowd, belongings).send("owner", "listRooms", run)
    assert {fault.kind for fault in run.faults} == {kind}


async def test_twin_an_operation_that_fails_is_found(
    client: httpx.AsyncClient, crowd: Crowd, belongings: Belongings, owner_connection: Connection
) -> None:
    await owner_connection.execute("alter table individual_rooms rename to rooms_mislaid")
    run = Run()
    await Sender(client, generator_of(await read_document(client)), crowd, belongings).send("owner", "listRooms", run)
    assert {"ServerError", "UndefinedStatusCode"} == {fault.kind for fault in run.faults}
