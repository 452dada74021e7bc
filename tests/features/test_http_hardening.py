"""What every answer carries, whom the server answers, and what it refuses before anything reads it."""

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from omd.db import Database
from omd.entrypoints.settings import Settings, SettingsInvalid, load_settings
from omd.infra.http.arrival import parse_networks
from omd.infra.http.gate import GatePolicy
from omd.infra.keyring import Keyring
from omd.kernel.clock import FixedClock
from support.front_desk import problem_of
from support.parties import Tokens
from support.served_app import served
from support.worlds import Connection, World

Serve: TypeAlias = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]

PEER = "127.0.0.1"
"""Where the client in this process seems to be."""


@pytest.fixture
def serve(db: Database, clock: FixedClock, redis_url: str) -> Serve:
    """Serve the application with other services of the edge."""
    return lambda **services: served(db, clock, redis_url, **services)


@pytest.fixture
async def proxied(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is a trusted proxy."""
    async with serve(gate=GatePolicy(trusted_proxies=parse_networks(PEER))) as client:
        yield client


async def some_answers(client: httpx.AsyncClient, tokens: Tokens, world: World) -> dict[str, httpx.Response]:
    """Return an answer of every kind: data, page, asset, and refusals from the outermost layer to the database."""
    hotel, grand = f"/api/v1/businesses/{world.grand.id}", tokens.of("grand")
    return {
        "data": await client.get(hotel, headers=grand),
        "no token": await client.get(hotel),
        "not found": await client.get("/api/v1/businesses/2147483647", headers=grand),
        "no route": await client.get("/nowhere"),
        "no method": await client.request("DELETE", hotel, headers=grand),
        "bad body": await client.post(f"{hotel}/reservations", headers=grand, content=b"{"),
        "large body": await client.post(f"{hotel}/reservations", headers=grand, content=b"[" * 2_000_000),
        "large header": await client.get(hotel, headers={**grand, "X-Large": "x" * 40_000}),
        "health": await client.get("/health"),
        "document": await client.get("/docs/openapi.json"),
        "page": await client.get("/docs"),
        "asset": await client.get("/docs-assets/swagger-ui.css"),
        "options": await client.options(hotel),
    }


async def test_every_answer_carries_the_headers_of_a_careful_server(
    client: httpx.AsyncClient, tokens: Tokens, world: World, subtests: pytest.Subtests
) -> None:
    answers = await some_answers(client, tokens, world)
    assert {name: each.status_code for name, each in answers.items() if each.status_code >= 500} == {}
    assert len({each.headers["X-Request-Id"] for each in answers.values()}) == len(answers)
    for name, answer in answers.items():
        with subtests.test(name):
            headers = answer.headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["X-Frame-Options"] == "DENY"
            assert "camera=()" in headers["Permissions-Policy"]
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
            assert headers["Server"] == "omd"
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert ("script-src 'self'" in policy) is (name == "page")
            assert "Strict-Transport-Security" not in headers, "over http it would be a lie"
            assert "Access-Control-Allow-Origin" not in headers
            if name != "asset":
                assert headers["Cache-Control"] == "no-store"


async def test_the_reference_has_no_script_or_style_inside(client: httpx.AsyncClient) -> None:
    """What the policy would not let run; a browser has shown that the rest of the page needs no more."""
    page = (await client.get("/docs")).text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\bstyle=|\bon[a-z]+=|javascript:", page, re.IGNORECASE) == []
    start = await client.get("/docs-assets/start.js")
    assert start.headers["Content-Type"].startswith(("text/javascript", "application/javascript"))
    assert not re.search(r"\beval\(|new Function|https?:", start.text)
    for hidden in ("__init__.py", "../doors.py", "%2e%2e/doors.py", "__pycache__/"):
        assert (await client.get(f"/docs-assets/{hidden}")).status_code == 404


async def test_no_other_site_may_call_unless_it_is_named(serve: Serve, tokens: Tokens, world: World) -> None:
    path, ours, theirs = f"/api/v1/businesses/{world.grand.id}", "https://www.example.org", "https://evil.example.net"
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    async with serve(cors_origins=(ours,)) as client:
        for origin, let_in in ((ours, True), (theirs, False), ("null", False)):
            asked = await client.options(path, headers={"Origin": origin, **preflight})
            assert (asked.headers.get("Access-Control-Allow-Origin") == origin) is let_in
            assert "Access-Control-Allow-Credentials" not in asked.headers
            answer = await client.get(path, headers={"Origin": origin, **tokens.of("grand")})
            assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is let_in
        assert "RateLimit" in answer.headers


async def test_only_the_hosts_named_are_answered_for(serve: Serve) -> None:
    async with serve(gate=GatePolicy(allowed_hosts=("api.example.org", "*.example.com", "[::1]"))) as client:
        for host in ("api.example.org", "API.example.org:8443", "a.b.example.com", "[::1]:8000"):
            assert (await client.get("/health", headers={"Host": host})).status_code == 200, host
        for host in ("example.com", "evil.org", "api.example.org.evil.org", "evilexample.com", "", "[::2]"):
            problem_of(await client.get("/health", headers={"Host": host}), 421, "host_not_served")


async def test_nothing_is_echoed_to_a_trace(client: httpx.AsyncClient) -> None:
    answer = await client.request("TRACE", "/health", headers={"Cookie": "session=Sesame-4711"})
    assert answer.status_code == 405
    assert "Sesame" not in answer.text


async def test_the_bare_address_leads_to_the_reference(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/docs")
    assert (await client.get(answer.headers["Location"])).headers["Content-Type"].startswith("text/html")


async def test_too_many_headers_are_refused(client: httpx.AsyncClient) -> None:
    many = {f"X-{number}": "x" for number in range(101)}
    problem_of(await client.get("/health", headers=many), 431, "headers_too_large")


async def test_a_proxy_tells_the_scheme_and_names_the_request(proxied: httpx.AsyncClient) -> None:
    answer = await proxied.get("/health", headers={"X-Forwarded-Proto": "https", "X-Request-Id": "edge-1"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["X-Request-Id"] == "edge-1"
    forged = await proxied.get("/health", headers={"X-Request-Id": "a b\x7f"})
    assert re.fullmatch("[0-9a-f]{16}", forged.headers["X-Request-Id"])


async def test_whoever_is_no_trusted_proxy_tells_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/health", headers={"X-Forwarded-Proto": "https", "X-Request-Id": "edge-1", "X-Forwarded-For": "1.2.3.4"}
    )
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.headers["X-Request-Id"] != "edge-1"


async def test_strangers_are_limited_by_the_address_the_proxy_tells(serve: Serve) -> None:
    quotas = {"quotas": _quotas("read.address=2/3600")}
    async with serve(gate=GatePolicy(trusted_proxies=parse_networks(PEER)), **quotas) as client:
        for address in ("198.51.100.1", "198.51.100.2"):
            forwarded = {"X-Forwarded-For": f"{address}"}
            answers = [await client.get("/api/v1/omds/1", headers=forwarded) for _ in range(3)]
            assert [each.status_code for each in answers] == [401, 401, 429]
    async with serve(**quotas) as client:
        answers = [
            await client.get("/api/v1/omds/1", headers={"X-Forwarded-For": f"192.0.2.{number}"}) for number in range(3)
        ]
        assert [each.status_code for each in answers] == [401, 401, 429], "anybody may write such an address"


async def test_the_database_knows_the_address_and_the_request(
    proxied: httpx.AsyncClient, tokens: Tokens, world: World, owner_connection: Connection
) -> None:
    """What is written is written in the context of the request: a trigger sees where it came from."""
    await owner_connection.execute(
        """
        create table seen (address text, request_id text);
        grant insert on seen to omd_app;
        create function note_seen() returns trigger language plpgsql as
        'begin insert into seen values (current_address(), current_request_id()); return null; end';
        create trigger note_seen after insert on maintenance_intervals for each row execute function note_seen();
        """
    )
    answer = await proxied.post(
        f"/api/v1/businesses/{world.grand.id}/maintenance",
        headers={**tokens.of("grand"), "X-Forwarded-For": "203.0.113.7", "X-Request-Id": "desk-9"},
        json={
            "room_id": world.grand.rooms["101"],
            "kind": "out_of_service",
            "starts_on": "2027-03-10",
            "ends_on": "2027-03-11",
            "reason": "paint",
        },
    )
    assert answer.status_code == 201, answer.text
    row = await owner_connection.fetchrow("select * from seen")
    assert row is not None
    assert tuple(row) == ("203.0.113.7", "desk-9")


def _quotas(setting: str) -> object:
    return Settings(home=Path("/nowhere"), rate_limits=setting).quotas()


def test_the_settings_of_the_edge_are_read() -> None:
    settings = load_settings(
        {
            "OMD_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "OMD_ALLOWED_HOSTS": "API.example.org",
            "OMD_CORS_ORIGINS": "https://www.example.org",
            "OMD_RATE_LIMITS": "off",
        }
    )
    assert settings.gate() == GatePolicy(parse_networks("10.0.0.0/8, ::1"), ("api.example.org",))
    assert settings.origins() == ("https://www.example.org",)
    assert settings.quotas() is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMD_TRUSTED_PROXIES", "*"),
        ("OMD_ALLOWED_HOSTS", "https://api.example.org"),
        ("OMD_CORS_ORIGINS", "*"),
        ("OMD_CORS_ORIGINS", "https://www.example.org/"),
        ("OMD_RATE_LIMITS", "lots"),
    ],
)
def test_a_setting_of_the_edge_that_says_nothing_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({name: value})
    assert [problem.pointer for problem in refused.value.problems] == [name]


@pytest.fixture
def server(database_dsn: str, redis_url: str, tmp_path: Path) -> Iterator[int]:
    """The port of the program itself, serving the test's database as an operator would start it."""
    with socket.socket() as probe:
        probe.bind((PEER, 0))
        port: int = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OMD_")},
        "OMD_HOME": str(tmp_path),
        "OMD_DATABASE_URL": database_dsn,
        "OMD_REDIS_URL": redis_url,
        "OMD_SECRET_KEYS": Keyring.make_key(),
        "OMD_PORT": str(port),
        "OMD_WORKERS": "1",
    }
    omd = Path(sys.executable).with_name("omd")
    with (tmp_path / "log").open("wb") as log:
        child = subprocess.Popen([omd, "serve"], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield port
    finally:
        child.terminate()
        child.wait(30)


async def say(port: int, request: bytes) -> bytes:
    """Send bytes to the server and return what it answers until it hangs up."""
    reader, writer = await asyncio.open_connection(PEER, port)
    # A server that has heard enough hangs up while we still talk.
    with contextlib.suppress(ConnectionError):
        writer.write(request)
        await writer.drain()
    answer = b""
    with contextlib.suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer


async def answering(port: int) -> None:
    """Wait until the server answers."""
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(f"http://{PEER}:{port}/health")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


async def test_the_served_program_survives_what_no_request_should_be(server: int, tmp_path: Path) -> None:
    await answering(server)
    line = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    tries: dict[bytes, Any] = {
        line + b"X-Large: " + b"x" * 1_000_000 + b"\r\n\r\n": b"431",
        line + b"".join(b"X-%d: x\r\n" % number for number in range(5_000)) + b"\r\n": b"431",
        line + b"X-Large: " + b"x" * 40_000 + b"\r\n\r\n": b"431",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n": b"414",
        b"TRACE /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: Sesame-4711\r\n\r\n": b"405",
        b"GET /health HTTP/1.1\r\nConnection: close\r\nHost: x\r\nX-Null: \0\r\n\r\n": b"400",
        line + b"\r\n": b"200",
    }
    for request, status in tries.items():
        answer = await say(server, request)
        assert answer.startswith(b"HTTP/1.1 " + status), (request[:80], answer[:300])
        assert b"Traceback" not in answer
        assert b"Sesame" not in answer
        assert b"granian" not in answer.lower()
        assert answer.lower().count(b"\r\nserver:") <= 1
    assert b"Traceback" not in (tmp_path / "log").read_bytes()
