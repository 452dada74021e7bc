"""Traces: a span a request with its statements within, nothing personal in any, and nothing at all unless wanted."""

import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from omd.db import Database
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.infra.spans import Spans
from omd.infra.tracing import Tracing, tracing_to
from omd.kernel.clock import FixedClock
from support.parties import Tokens
from support.served_app import served
from support.servers import Servers
from support.worlds import Connection, World

MARK = "Sesame4711"


@asynccontextmanager
async def traced(
    tracing: Tracing, servers: Servers, database_name: str, clock: FixedClock, redis_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    dsn = servers.dsn(user="omd_app", database=database_name)
    database = Database(dsn, role="omd_app", constraint_errors=CONSTRAINT_ERRORS, tracer=tracing)
    async with served(database, clock, redis_url, tracing=tracing) as client:
        yield client


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Where the spans of a test go."""
    return InMemorySpanExporter()


@pytest.fixture
async def client(
    spans: InMemorySpanExporter, servers: Servers, database_name: str, clock: FixedClock, redis_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """The application, traced."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    async with traced(Spans(provider), servers, database_name, clock, redis_url) as client:
        yield client


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [each for each in spans.get_finished_spans() if each.name == name]
    return found


def stay(world: World) -> dict[str, object]:
    return {
        "room_type_id": world.grand.types["double"].id,
        "arrival": "2027-03-10",
        "departure": "2027-03-12",
        "guests": [{"first_name": MARK, "last_name": MARK}],
    }


async def test_the_statements_of_a_request_lie_within_its_span(
    client: httpx.AsyncClient, spans: InMemorySpanExporter, tokens: Tokens, world: World
) -> None:
    answer = await client.post(
        f"/api/v1/businesses/{world.grand.id}/reservations",
        headers={**tokens.of("grand"), "User-Agent": MARK, "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"},
        json=stay(world),
    )
    assert answer.status_code == 201
    request, book = named(spans, "createReservation"), named(spans, "reservations.book_reservation")
    assert request.context is not None
    assert book.parent is not None
    assert book.parent.span_id == request.context.span_id
    assert request.parent is None, "a caller's own trace is not taken up"
    assert request.attributes is not None
    assert request.attributes["omd.request_id"] == answer.headers["x-request-id"]
    assert request.attributes["http.response.status_code"] == 201
    assert (request.attributes["omd.caller"], request.attributes["omd.omd_id"]) == ("key", world.alpha.id)
    assert {each.context.trace_id for each in spans.get_finished_spans() if each.context} == {request.context.trace_id}
    assert MARK not in "".join(each.to_json() for each in spans.get_finished_spans())


async def test_a_failure_is_marked_and_what_it_says_is_not_told(
    client: httpx.AsyncClient,
    spans: InMemorySpanExporter,
    tokens: Tokens,
    world: World,
    owner_connection: Connection,
) -> None:
    await owner_connection.execute(
        "alter table reservation_guests add constraint surprise check (last_name is null) not valid"
    )
    url = f"/api/v1/businesses/{world.grand.id}/reservations"
    answer = await client.post(url, headers=tokens.of("grand"), json=stay(world))
    assert answer.status_code == 500
    request, book = named(spans, "createReservation"), named(spans, "reservations.book_reservation")
    assert [each.status.status_code for each in (request, book)] == [StatusCode.ERROR] * 2
    assert book.attributes is not None
    assert book.attributes["error.type"] == "CheckViolationError"
    assert MARK not in "".join(each.to_json() for each in spans.get_finished_spans())


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Run a collector of traces; give its address, and what it got."""
    got: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            got.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_collector_gets_them(
    servers: Servers, database_name: str, clock: FixedClock, redis_url: str, tokens: Tokens, world: World
) -> None:
    with collector() as (url, got):
        tracing = tracing_to(url)
        assert tracing is not None
        async with traced(tracing, servers, database_name, clock, redis_url) as client:
            await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("grand"))
    names = {
        span.name
        for request in got
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert {"listRooms", "inventory.list_rooms"} <= names


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_nothing_of_it_is_needed_or_loaded_unless_traces_are_wanted() -> None:
    """The packages are made impossible to import: other libraries take them up where they find them."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "import omd.entrypoints.cli, omd.entrypoints.serve; from omd.infra.tracing import tracing_to\n"
        "print(tracing_to(None), 'omd.infra.spans' in sys.modules)"
    )
    assert python(code) == "None False"


@pytest.mark.parametrize("missing", ["opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"])
def test_without_the_packages_one_hears_what_to_install(missing: str) -> None:
    code = (
        f"import sys; sys.modules['{missing}'] = None\n"
        "from omd.infra.tracing import tracing_to, TracingNotInstalled\n"
        "try: tracing_to('http://127.0.0.1:4318')\n"
        "except TracingNotInstalled as error: print(error.detail)"
    )
    assert "omd-platform[otel]" in python(code)
