"""Who writes in a hotel's books by a request: what every operation on them begins with."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec

from omd.db import Transaction
from omd.features.folios.model import Clerk, Folio
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PathId,
    Writer,
    etag,
    json_answer,
)


class Desk(msgspec.Struct, frozen=True):
    """A clerk of one hotel, and the one transaction in which they write."""

    clerk: Clerk
    writer: Writer

    async def make(
        self, work: Callable[[Transaction, Clerk], Awaitable[object]], status: int = HTTPStatus.CREATED
    ) -> Response[bytes]:
        """Do the work and answer with what it gives; the version of a folio is its ETag."""

        async def run(tx: Transaction) -> Answer:
            return answer_with(await work(tx, self.clerk), status)

        return await self.writer.run(run)


DeskDep: TypeAlias = NamedDependency[Desk]


async def _desk(
    business_id: PathId,
    request: Request[Any, Any, Any],
    actor: ActorDep,
    database: DatabaseDep,
    clock: ClockDep,
    idempotency_key: IdempotencyKey = None,
) -> Desk:
    del idempotency_key
    return Desk(Clerk(actor, actor.serves(business_id), clock.now()), Writer(request, database, actor))


AT_DESK = {"desk": Provide(_desk)}


def answer_with(made: object, status: int = HTTPStatus.OK) -> Answer:
    """Return the answer that serves what was made."""
    headers = {"ETag": etag(made.version)} if isinstance(made, Folio) else {}
    return json_answer(made, status=status, headers=headers)


def told(status: int, kind: Any, said: str) -> dict[int, ResponseSpec]:
    """Return what the document says of an operation's answers."""
    return {status: ResponseSpec(kind, description=said, generate_examples=False)} | COMMON_PROBLEMS
