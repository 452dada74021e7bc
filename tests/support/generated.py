"""Requests that schemathesis makes of the OpenAPI document, and what it holds against the answers."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias, cast
from unittest import SkipTest

import httpx
import msgspec
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case as AnyCase
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import ChecksConfig, GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.openapi import Json

Case: TypeAlias = AnyCase[Any]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""What is held against every answer."""

REFUSED = (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx")
"""How what is wrong may be answered."""

GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
ADDRESS = "http://testserver"
LONGEST = 6_000
"""Longer addresses the client itself does not send."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that an answer did not keep of what the document says."""

    operation: str
    kind: str
    told: str

    def __str__(self) -> str:
        """Return it for whoever reads the failed test."""
        return f"{self.operation}: {self.kind}\n{self.told}"


class Generator:
    """Makes requests of one document: those that it allows, and those that it does not."""

    def __init__(self, document: Json) -> None:
        # Who asks is the test's to say, not chance's.
        generation = GenerationConfig(with_security_parameters=False)
        # A body that is wrong and too large is refused for its size, before anybody reads it.
        checks = ChecksConfig.from_dict(
            {"negative_data_rejection": {"expected-statuses": [str(each) for each in REFUSED]}}
        )
        projects = ProjectsConfig(default=ProjectConfig(generation=generation, checks=checks))
        config = SchemathesisConfig(seed=1, projects=projects)
        schema = schemathesis.openapi.from_dict(document, config=config)
        # An operation that cannot be read is an error here, never one that is passed over.
        found = [cast("Ok[Operation]", each).ok() for each in schema.get_all_operations()]
        self.operations: dict[str, Operation] = {each.definition.raw["operationId"]: each for each in found}

    def cases(self, operation_id: str, mode: GenerationMode, *, most: int, start: int) -> list[Case]:
        """Return at most so many requests of an operation, the same ones for the same `start`."""
        made: list[Case] = []

        @seed(start)
        @settings(
            max_examples=most,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(self.operations[operation_id].as_strategy(generation_mode=mode))
        def collect(case: Case) -> None:
            made.append(case)

        try:
            collect()
        except (SkipTest, Unsatisfiable):
            # What takes nothing at all can be asked in no other way.
            assert mode is BAD, operation_id
        return [case for case in made[:most] if len(case.formatted_path) + len(str(case.query)) < LONGEST]


@lru_cache(maxsize=4)
def _generator(document: str) -> Generator:
    return Generator(json.loads(document))


def generator_of(document: Json) -> Generator:
    """Return the generator of a document; each process makes one of each."""
    return _generator(json.dumps(document))


async def answer_to(client: httpx.AsyncClient, case: Case, headers: dict[str, str]) -> schemathesis.Response:
    """Send a generated request with these headers on top, and return the answer as schemathesis reads it."""
    assert case.meta is not None, "and with it is looked at what of the request was changed since it was made"
    case.freeze_metadata()
    asked = requests.Request(**case.as_transport_kwargs(ADDRESS, headers=headers)).prepare()
    # A browser's jar would bring the cookie of one request into the next.
    client.cookies.clear()
    body = asked.body if isinstance(asked.body, bytes) else str(asked.body or "").encode()
    said = {name: value if isinstance(value, str) else value.decode() for name, value in asked.headers.items()}
    sent = client.build_request(str(asked.method), str(asked.url), content=body, headers={**said, **headers})
    answer = await client.send(sent)
    return schemathesis.Response(
        answer.status_code,
        {name: answer.headers.get_list(name) for name in answer.headers},
        answer.content,
        asked,
        elapsed=0.0,
        verify=False,
        message=answer.reason_phrase,
        encoding=answer.encoding,
    )


def faults_of(case: Case, answer: schemathesis.Response, checks: Sequence[CheckFunction] = CHECKS) -> list[Fault]:
    """Return what the answer to a request does not keep of what the document says."""
    try:
        case.validate_response(answer, checks=list(checks))
    except FailureGroup as group:
        name = case.operation.definition.raw["operationId"]
        asked = f"{answer.request.method} {answer.request.url} {str(answer.request.body)[:2000]}"
        given_back = f"{answer.status_code} {answer.content[:2000]!r}"
        return [
            Fault(name, type(each).__name__, f"{each.message}\nasked: {asked}\nanswer: {given_back}")
            for each in group.exceptions
        ]
    return []
