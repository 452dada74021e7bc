"""Marked secrets go through every operation of the document, in good requests and bad; no log may hold one of them."""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from omd.db import Database
from omd.features.identity.limits import parse_quotas
from omd.infra.telemetry import without_values
from omd.kernel.clock import FixedClock
from support.logs import lines, logged
from support.openapi import Json, Operation, operations, read_document, resolved
from support.parties import Tokens
from support.served_app import served
from support.servers import Servers
from support.worlds import Connection, World

MARK = f"Sesame{token_hex(6)}"
"""In every secret that is sent; no other test and no other run has it."""

INVENTED = f"omd_abcdefgh_{MARK}{'x' * 30}"


@pytest.fixture(autouse=True)
def quiet_client() -> Iterator[None]:
    """The client of the test writes what it sends into the same log; it is no part of the product."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.WARNING)
    yield
    for each, level in zip(loggers, before, strict=True):
        each.setLevel(level)


def marked(document: Json, schema: Json, name: str = "") -> Any:
    """Return a value that a schema takes, with everything in it that may be filled, and a mark in every free text."""
    schema = resolved(document, schema)
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return marked(document, next(each for each in schema[several] if each.get("type") != "null"), name)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {key: marked(document, each, key) for key, each in schema.get("properties", {}).items()}
        case "array":
            return [marked(document, schema["items"], name)]
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "string" if schema.get("format") == "date":
            return "2027-03-12" if name in ("departure", "ends_on", "leaves_on") else "2027-03-10"
        case "string" if schema.get("format") == "date-time":
            return "2027-03-09T12:00:00Z"
        case "string" if "amount" in name:
            return "100.00"
        case "string" if "currency" in name:
            return "RON"
        case "string" if "country" in name:
            return "RO"
        case "string" if "email" in name:
            return f"{MARK}@example.org".lower()
        case _:
            return MARK[: schema.get("maxLength", 200)]


def spoiled(value: Any) -> Any:
    """Return the same with a marked text where each number, truth or list was."""
    if isinstance(value, dict):
        return {name: spoiled(each) for name, each in value.items()} | {MARK: MARK}
    return MARK


def of_nobodys_profile(body: Any) -> Any:
    """Return a body whose guests have no profile: a mark is none."""
    if not isinstance(body, dict) or not isinstance(body.get("guests"), list):
        return body
    return body | {"guests": [{name: each[name] for name in each if name != "profile_id"} for each in body["guests"]]}


class Sender:
    """Sends the requests of one operation, each with marks wherever a client can put one."""

    def __init__(self, client: httpx.AsyncClient, document: Json, world: World, token: str) -> None:
        self._client = client
        self._document = document
        self._ids = {
            "omd_id": world.alpha.id,
            "business_id": world.grand.id,
            "room_type_id": world.grand.types["double"].id,
            "room_id": world.grand.rooms["101"],
        }
        self._token = token
        self.statuses: Counter[int] = Counter()

    async def everything(self, operation: Operation) -> None:
        """Send it well, with another token, with a body cut short, with nonsense in every field and in the path."""
        body = self._body(operation)
        await self._send(operation, self._token, of_nobodys_profile(body), odd=False)
        await self._send(operation, INVENTED, body)
        await self._send(operation, self._token, spoiled(body))
        await self._send(operation, self._token, spoiled(body), cut=True)
        await self._send(operation, self._token, body, path=MARK)

    async def well(self, operation: Operation) -> None:
        """Send it as it should be, asking for no certain room, which may be taken, and for nobody's profile."""
        body = self._body(operation)
        if isinstance(body, dict) and "guests" in body:
            body = {name: each for name, each in body.items() if not name.startswith("room_") or name == "room_type_id"}
        body = of_nobodys_profile(body)
        await self._send(operation, self._token, body, odd=False)

    def _body(self, operation: Operation) -> Any:
        content = operation.document.get("requestBody", {}).get("content", {})
        schema = next((each["schema"] for each in content.values()), None)
        if schema is None:
            return None
        body = marked(self._document, schema)
        ids = {name: each for name, each in self._ids.items() if isinstance(body, dict) and name in body}
        return body | ids if isinstance(body, dict) else body

    async def _send(
        self,
        operation: Operation,
        token: str,
        body: Any,
        *,
        cut: bool = False,
        path: str | None = None,
        odd: bool = True,
    ) -> None:
        parameters = operation.document.get("parameters", ())
        values = {}
        for each in parameters:
            if each["in"] == "path":
                kind = each["schema"].get("type")
                unknown = 1 if kind == "integer" else "00000000-0000-0000-0000-000000000001"
                values[each["name"]] = path or self._ids.get(each["name"], unknown)
        query = {
            each["name"]: marked(self._document, each["schema"], each["name"])
            for each in parameters
            if each["in"] == "query"
        }
        headers = {
            "Authorization": f"Bearer {token}",
            "Cookie": f"session={MARK}; omd_session={MARK}",
            "Idempotency-Key": f"{MARK}-{sum(self.statuses.values())}",
            "User-Agent": MARK,
            "Referer": f"https://example.org/{MARK}",
            "X-Forwarded-For": MARK,
            "X-Request-Id": MARK,
            "X-Api-Key": MARK,
        }
        request = self._client.build_request(
            operation.method,
            operation.path.format_map(values),
            params={**query, "token": MARK} if odd else query,
            headers=headers,
            json=body,
        )
        if cut:
            request = self._client.build_request(
                operation.method, request.url, headers=headers, content=request.content[:-1] or MARK.encode()
            )
        answer = await self._client.send(request)
        self.statuses[answer.status_code] += 1


def server_logs(servers: Servers) -> str:
    """Return everything that the PostgreSQL and the Redis of the run have logged."""
    folders = (Path(servers.postgres_data_dir), Path(servers.postgres_data_dir).parent / "redis")
    files = [path for folder in folders for path in folder.rglob("*.log*") if path.is_file()]
    assert files, "the servers write logs"
    return "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


@pytest.fixture
async def client(db: Database, clock: FixedClock, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, with limits so long that Redis still knows of every request at the end."""
    async with served(db, clock, redis_url, quotas=parse_quotas("*.*=1000000/86400")) as client:
        yield client


async def test_no_log_holds_what_a_client_sent(
    client: httpx.AsyncClient,
    tokens: Tokens,
    world: World,
    servers: Servers,
    owner_connection: Connection,
    redis_url: str,
) -> None:
    document = await read_document(client)
    known = [Sender(client, document, world, token) for token in (tokens.grand, tokens.alpha)]
    with logged() as written:
        for operation in operations(document):
            for sender in known:
                await sender.everything(operation)
        statuses = sum((sender.statuses for sender in known), Counter())
        assert {200, 201, 400, 401, 403, 404, 422} <= set(statuses), statuses
        assert 500 not in statuses, statuses
        # A refusal that nobody foresaw: PostgreSQL tells of the row, which holds a guest's name.
        await owner_connection.execute(
            "alter table reservation_guests add constraint surprise check (last_name is null) not valid"
        )
        for operation in operations(document):
            await known[0].well(operation)
        assert known[0].statuses[500] == len({"createReservation", "walkIn"}), known[0].statuses
        # And then nothing works at all.
        for (table,) in await owner_connection.fetch(
            "select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace "
            "and relkind in ('r', 'p') and not relispartition"
        ):
            await owner_connection.execute(f"alter table {table} rename to {table}_mislaid")
        for operation in operations(document):
            await known[0].everything(operation)
        assert known[0].statuses[500] > 10, known[0].statuses
    failed = lines(written, "request_failed")
    told = [str(line["exception"]) for line in failed]
    assert any("surprise" in each for each in told)
    assert any("does not exist" in each for each in told)
    assert all(line["request_id"] for line in failed)
    logs = server_logs(servers)
    assert "surprise" in logs
    assert "does not exist" in logs
    redis = Redis.from_url(redis_url)
    kept = str([(key, await redis.dump(key)) for key in await redis.keys()])
    await redis.aclose()
    assert "limits" in kept
    for secret in (MARK, tokens.grand[13:], tokens.alpha[13:]):
        for where, text in (("the program's log", written.getvalue()), ("a server's log", logs), ("Redis", kept)):
            assert secret.lower() not in text.lower(), _around(text, secret, where)


def _around(text: str, secret: str, where: str) -> str:
    at = text.lower().index(secret.lower())
    return f"{where}: ...{text[max(0, at - 600) : at + 100]}..."


async def test_twin_the_refusal_itself_does_tell(owner_connection: Connection, world: World) -> None:
    """What the driver says of such a refusal holds the row; without being cut it would be where the test looks."""
    await owner_connection.execute("create table guests (name text constraint surprise check (name is null))")
    try:
        await owner_connection.execute("insert into guests values ($1)", MARK)
    except Exception as error:  # noqa: BLE001 - whatever it is, its text is what is looked at
        said = str(error)
    assert MARK in said
    assert MARK not in without_values(said)
    assert "surprise" in without_values(said)


@pytest.mark.parametrize(
    "message",
    [
        'duplicate key value violates unique constraint "users_email"\nDETAIL:  Key (email)=(Sesame-4711) is there.',
        "invalid input for query argument $3: 'Sesame-4711' (expected str, got int)",
        'invalid input syntax for type integer: "Sesame-4711"',
    ],
)
def test_what_an_error_says_of_values_is_left_out(message: str) -> None:
    assert "Sesame" not in without_values(message)
    assert without_values(message)[:20] == message[:20]
