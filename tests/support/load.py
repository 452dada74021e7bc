"""Bookings and searches that go on while something is stopped: what was acknowledged is counted, and looked for."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus

import httpx

from support.front_desk import assert_books_balance, problem_of
from support.worlds import TODAY, Connection, World

PATIENCE_SECONDS = 120.0
NIGHTS = 25
DESKS = 5
STALE = "detail=database_away"
REMEMBERED = ("omd; hit", "omd; fwd=miss; stored")


class Load:
    """Stays that are booked and cancelled again and again, and searches, through the API."""

    def __init__(
        self, client: httpx.AsyncClient, world: World, headers: Mapping[str, str], *, desks: int = DESKS
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.booked: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self._client = client
        self._world = world
        self._headers = dict(headers)
        self._desks = desks
        self._done = False
        self._counted = asyncio.Event()

    @asynccontextmanager
    async def going_on(
        self, searches: Mapping[str, tuple[str, Mapping[str, str]]] | None = None
    ) -> AsyncIterator[None]:
        """Keep booking and searching for the block: `searches` are paths and headers, by the name they count under.

        What is answered neither as it should be nor by a 503 that says when to come again fails the test.
        """
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as tasks:
            for desk in range(self._desks):
                tasks.create_task(self._keep_booking(desk))
            for name, (path, headers) in (searches or {}).items():
                tasks.create_task(self._keep_searching(name, path, dict(headers)))
            try:
                yield
            finally:
                self._done = True

    async def until(self, **wanted: int) -> None:
        """Wait until so many more of each are counted."""
        goal = {name: self.counts[name] + count for name, count in wanted.items()}
        while any(self.counts[name] < count for name, count in goal.items()):
            self._counted.clear()
            await self._counted.wait()

    async def assert_kept(self, connection: Connection) -> None:
        """Assert that everything acknowledged is there once and as it was left, and that the books balance."""
        rows = await connection.fetch("select external_reference, id::text, status from reservations")
        kept = {row["external_reference"]: row["id"] for row in rows}
        assert len(kept) == len(rows), "nothing is there twice"
        assert self.booked.items() <= kept.items()
        gone = {row["external_reference"] for row in rows if row["status"] == "cancelled"}
        assert self.cancelled <= gone
        await assert_books_balance(connection)

    async def _keep_booking(self, desk: int) -> None:
        number = desk
        while not self._done:
            arrival = TODAY + timedelta(days=1 + number % NIGHTS)
            body = {
                "room_type_id": self._world.grand.types["double"].id,
                "arrival": str(arrival),
                "departure": str(arrival + timedelta(days=1)),
                "guests": [{"last_name": "Popescu"}],
                "external_reference": f"stay-{number}",
            }
            path = f"/api/v1/businesses/{self._world.grand.id}/reservations"
            answer = await self._sent(path, body, f"book-{number}", HTTPStatus.CREATED)
            if answer is not None:
                self.booked[f"stay-{number}"] = answer.json()["id"]
                self._count("booked")
                path = f"/api/v1/reservations/{answer.json()['id']}/cancel"
                if await self._sent(path, None, f"cancel-{number}", HTTPStatus.OK) is not None:
                    self.cancelled.add(f"stay-{number}")
            number += self._desks

    async def _sent(self, path: str, body: object, key: str, wanted: HTTPStatus) -> httpx.Response | None:
        """Send a request again and again under its key until it is taken; None where the load ended before."""
        while not self._done:
            answer = await self._client.post(path, json=body, headers={**self._headers, "Idempotency-Key": key})
            self._count("attempted")
            if answer.status_code == wanted:
                return answer
            self._refused(answer)
            await asyncio.sleep(0)
        return None

    async def _keep_searching(self, name: str, path: str, headers: dict[str, str]) -> None:
        while not self._done:
            answer = await self._client.get(path, headers=headers)
            if answer.status_code != HTTPStatus.OK:
                self._refused(answer)
                self._count(f"{name}_refused")
            elif STALE in answer.headers["Cache-Status"]:
                said = answer.headers["Cache-Status"]
                assert said == f"omd; hit; ttl=-{answer.headers['Age']}; {STALE}"
                assert int(answer.headers["Age"]) > 0
                self._count(f"{name}_stale")
            elif answer.headers["Cache-Status"] in REMEMBERED:
                self._count(f"{name}_true")
            else:
                # Of the database, as until this process knows what happens: nothing is remembered of it.
                self._count(f"{name}_asked")
            if answer.status_code == HTTPStatus.OK:
                self._count(f"{name}_answered")
            await asyncio.sleep(0)

    def _refused(self, answer: httpx.Response) -> None:
        problem_of(answer, 503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        self._count("refused")

    def _count(self, name: str) -> None:
        self.counts[name] += 1
        self._counted.set()
