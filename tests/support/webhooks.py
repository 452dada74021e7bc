"""Webhooks kept through the API and delivered by a worker's parts, on a clock that stands."""

from datetime import timedelta
from typing import Any

import httpx

from omd.db import Database
from omd.entrypoints.mailing import LetterQueue
from omd.entrypoints.webhooks import deliverer_of
from omd.infra.webhooks import Deliverer, Sender, Terms
from omd.kernel.clock import FixedClock
from support.front_desk import Desk
from support.persons import Headers, Persons
from support.relayed import last_position
from support.served_app import KEYRING
from support.worlds import Connection, World

Json = dict[str, Any]


class Office:
    """Whoever keeps the webhooks of a place, and the worker that delivers them."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        connection: Connection,
        clock: FixedClock,
        databases: tuple[Database, Database],
    ) -> None:
        self.client = client
        self.connection = connection
        self.clock = clock
        self._databases = databases
        self.worker = self.another_worker()

    def another_worker(self, *, sender: Sender | None = None, terms: Terms | None = None) -> Deliverer:
        """Return one more worker."""
        events, app = self._databases
        return deliverer_of(
            *(events, app),
            clock=self.clock,
            keyring=KEYRING,
            outbox=LetterQueue(KEYRING),
            sender=sender or Sender(to_loopback=True, whole_seconds=20),
            terms=terms,
        )

    async def add(self, path: str, headers: Headers, url: str, *event_types: str) -> Json:
        """Add a webhook; return it with its secret, and where it is found."""
        body = {"url": url, "event_types": list(event_types)}
        answer = await self.client.post(f"{path}/webhooks", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return {**made["webhook"], "secret": made["secret"], "at": f"{path}/webhooks/{made['webhook']['id']}"}

    async def step(self) -> int:
        """Deliver what is due; return how many attempts were made."""
        await last_position(self.connection)
        return await self.worker.step()

    async def settle(self) -> int:
        """Deliver until nothing is due any more; return how many attempts were made."""
        await last_position(self.connection)
        made = 0
        while begun := await self.worker.step():
            made += begun
        return made

    async def deliveries(self, webhook: Json, headers: Headers, **query: Any) -> list[Json]:
        """Return a webhook's deliveries, as the API lists them."""
        found: list[Json] = await self.read(f"{webhook['at']}/deliveries", headers, **query)
        return found

    async def read(self, path: str, headers: Headers, **query: Any) -> Any:
        """Read something that must be there."""
        answer = await self.client.get(path, headers=headers, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def owner(self) -> Headers:
        """Return a new session of the owner's, in force on the clock as it stands."""
        user_id = await self.connection.fetchval("select id from users where email = 'olga@example.com'")
        return await Persons(self.connection, self.clock).come_in(user_id)

    def later(self, **span: float) -> None:
        """Let time go by."""
        self.clock.set(self.clock.now() + timedelta(**span))


async def stays(desk: Desk, count: int) -> list[str]:
    """Book so many stays; return their ids."""
    booked = [
        await desk.booked("double", f"2027-03-{day:02d}", f"2027-03-{day + 1:02d}") for day in range(2, 2 + count)
    ]
    return [each["id"] for each in booked]


def grand(world: World) -> str:
    """Return where the hotel `grand` is found in the API."""
    return f"/api/v1/businesses/{world.grand.id}"
