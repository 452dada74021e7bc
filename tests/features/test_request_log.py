"""One line a request: which, whose, how it ended and how long it took; cheap reads only where they are asked for."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import httpx
import pytest

from omd.entrypoints.api.watching import requests as watched
from omd.kernel.clock import FixedClock
from support.front_desk import Desk
from support.logs import lines, logged
from support.parties import Tokens
from support.passes import guest_headers
from support.worlds import World

FIELDS = {
    *("event", "level", "logger", "timestamp", "request_id", "operation", "status", "duration_ms"),
    *("caller", "actor", "omd_id", "business_id"),
}


@contextmanager
def logged_from(level: int) -> Iterator[StringIO]:
    with logged() as written:
        logging.getLogger().setLevel(level)
        yield written


async def test_a_write_is_one_line_without_anything_of_the_guest(desk: Desk, world: World) -> None:
    with logged_from(logging.INFO) as written:
        answer = await desk.book("double", "2027-03-10", "2027-03-12")
    (line,) = lines(written, "request")
    assert answer.status_code == 201
    assert set(line) == FIELDS
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["operation"], line["status"], line["caller"]) == ("createReservation", 201, "key")
    assert (line["omd_id"], line["business_id"], line["level"]) == (world.alpha.id, world.grand.id, "info")
    assert line["actor"].startswith("token:")
    assert line["duration_ms"] > 0


async def test_reads_are_told_at_debug_and_slow_ones_and_refusals_always(
    client: httpx.AsyncClient, tokens: Tokens, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = f"/api/v1/businesses/{world.grand.id}/rooms"
    with logged_from(logging.INFO) as quiet:
        assert (await client.get(rooms, headers=tokens.of("grand"))).status_code == 200
        assert lines(quiet, "request") == []
        assert (await client.get(rooms)).status_code == 401
        assert [each["status"] for each in lines(quiet, "request")] == [401]
        monkeypatch.setattr(watched, "SLOW_READ_SECONDS", 0.0)
        assert (await client.get(rooms, headers=tokens.of("grand"))).status_code == 200
        assert [each["status"] for each in lines(quiet, "request")] == [401, 200]
    monkeypatch.undo()
    with logged_from(logging.DEBUG) as everything:
        assert (await client.get(rooms, headers=tokens.of("grand"))).status_code == 200
    assert [each["level"] for each in lines(everything, "request")] == ["debug"]


async def test_a_hotel_of_somebody_else_is_not_named(client: httpx.AsyncClient, tokens: Tokens, world: World) -> None:
    """What is told is whose request it is: an id that was only asked for is not."""
    with logged_from(logging.INFO) as written:
        await client.get(f"/api/v1/businesses/{world.grand.id}/rooms?x=Sesame-4711", headers=tokens.of("harbour"))
    (line,) = lines(written, "request")
    assert line["business_id"] != world.grand.id
    assert "Sesame" not in str(line)


async def test_a_guest_is_told_of_without_the_code_that_lets_them_in(
    desk: Desk, client: httpx.AsyncClient, clock: FixedClock, world: World
) -> None:
    stay = await desk.booked("double", "2027-03-10", "2027-03-12")
    headers = guest_headers(world.grand, stay["code"], clock)
    with logged_from(logging.DEBUG) as written:
        assert (await client.get("/api/v1/own-stay", headers=headers)).status_code == 200
    (line,) = lines(written, "request")
    assert (line["caller"], line["actor"], line["omd_id"]) == ("guest", None, world.alpha.id)
    assert stay["code"] not in str(line)
