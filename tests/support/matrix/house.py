"""The running application with everybody in it, and what belongs to whom."""

from collections.abc import Mapping

import httpx
import msgspec
import redis

from omd.db import Database
from support.matrix.callers import CALLERS, PART_OF, Caller, Entrance
from support.matrix.estates import API, Settler
from support.matrix.kept import Kept
from support.matrix.requests import Filled, Ids, fill
from support.matrix.rights import action_of
from support.matrix.statement_log import StatementLog
from support.openapi import Json, Operation, read_document
from support.persons import Headers
from support.worlds import Connection

_DEAD_JOB = "insert into jobs (priority, status, entrypoint) values (1, 'failed', 'purge_jobs') returning id"
"""Put in past the queue, which belongs to workers: what no tenant owns, only the operator names."""

_YESTERDAY = """
with held as (update businesses set business_date = '2027-02-28' returning omd_id, id, business_date)
insert into night_audit_settings (omd_id, business_id, mode, no_shows, due_outs, audited_from)
select omd_id, id, 'audit', 'mark', 'extend', business_date from held"""
"""Puts every hotel a day back, so that there is a date to close."""


class House(msgspec.Struct, frozen=True):
    """The application, who comes in how, and the ids of every place's things."""

    client: httpx.AsyncClient
    document: Json
    headers: Mapping[str, Headers]
    estates: Mapping[str, Ids]
    kept: Kept
    statements: StatementLog
    redis_url: str

    @classmethod
    async def build(cls, database: Database, entrance: Entrance, connection: Connection, redis_url: str) -> "House":
        """Let everybody in, settle every hotel and destination, and keep how it all stands."""
        client, world = entrance.client, entrance.world
        headers = {each.name: await each.enter(entrance) for each in CALLERS if not each.is_of_a_stay}
        await connection.execute(_YESTERDAY)
        settler = Settler(client, world, entrance.persons, headers)
        estates = {
            "grand": await settler.hotel(world.grand, owner="owner", key="hotel key", administrator="administrator"),
            "lodge": await settler.hotel(
                world.lodge, owner="next owner", key="next key", administrator="administrator"
            ),
            "harbour": await settler.hotel(
                world.harbour, owner="far owner", key="far hotel key", administrator="far owner"
            ),
            "alpha": await settler.destination(world.alpha, administrator="administrator"),
            "beta": await settler.destination(world.beta, administrator="far owner"),
        }
        dead = await connection.fetchval(_DEAD_JOB)
        estates = {place: {**ids, "job_id": dead} for place, ids in estates.items()}
        entrance = msgspec.structs.replace(entrance, estates=estates)
        headers |= {each.name: await each.enter(entrance) for each in CALLERS if each.is_of_a_stay}
        for shown in headers.values():
            # Whoever comes in for the first time is noted; what follows is to write nothing.
            await client.get(f"{API}/omds/{world.alpha.id}", headers=shown)
        log, document = await StatementLog.of(database), await read_document(client)
        return cls(client, document, headers, estates, await Kept.of(connection), log, redis_url)

    def victim(self, operation: Operation) -> Ids:
        """Return the ids of what an operation is to be asked about."""
        return self.estates["grand" if _is_of_hotels(operation) else "alpha"]

    def own(self, operation: Operation, caller: Caller) -> Ids | None:
        """Return the ids of what a stranger has of that kind; None for who has it of the victim's destination."""
        for place in (each.place for each in caller.holdings):
            hotel = place if place in PART_OF else next(part for part, whole in PART_OF.items() if whole == place)
            chosen = hotel if _is_of_hotels(operation) else PART_OF[hotel]
            return None if chosen == "alpha" else self.estates[chosen]
        return None

    def fill(self, operation: Operation, ids: Ids) -> Filled:
        """Return the request of an operation with these ids."""
        return fill(self.document, operation, ids)

    async def ask(self, filled: Filled, caller: Caller) -> httpx.Response:
        """Send a request as a caller, and keep no cookie of the answer: the next may be another's."""
        self.client.cookies.clear()
        return await filled.send(self.client, self.headers[caller.name])

    def forget_attempts(self) -> None:
        """Empty Redis, so that attempts to sign in are not counted from one caller to the next."""
        with redis.Redis.from_url(self.redis_url) as connection:
            connection.flushdb()


def _is_of_hotels(operation: Operation) -> bool:
    return action_of(operation) is None or "{business_id}" in operation.path or "{reservation_id}" in operation.path
