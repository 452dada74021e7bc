"""What the resources of tickets share: their answers, and how a step is taken for a request."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec

from omd.db import Database, Transaction
from omd.features.maintenance.model import RoomOut, Ticket
from omd.features.maintenance.queries import Workshop
from omd.infra.http import COMMON_PROBLEMS, Answer, Writer, etag, json_answer, require_version
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock

Command = Callable[..., Awaitable[Ticket | RoomOut]]
_SAID = "The ticket; its version is the ETag."
TICKET = {200: ResponseSpec(Ticket, description=_SAID, generate_examples=False), **COMMON_PROBLEMS}
REPORTED = {201: ResponseSpec(Ticket, description=_SAID, generate_examples=False), **COMMON_PROBLEMS}


class TicketRequest(msgspec.Struct, frozen=True):
    """A request to change a ticket."""

    request: Request[Any, Any, Any]
    actor: Actor
    database: Database
    clock: Clock
    if_match: str | None

    async def run(self, command: Command, business_id: int, ticket_id: UUID, said: object) -> Response[bytes]:
        """Take the step in one transaction, and answer with the ticket as it is then."""
        workshop = Workshop(self.actor, self.actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            done = await command(tx, workshop, ticket_id, said, expected=self._expected, now=self.clock.now())
            return ticket_answer(done)

        return await Writer(self.request, self.database, self.actor).run(work)

    def _expected(self, version: int) -> None:
        require_version(self.if_match, version)


def ticket_answer(done: Ticket | RoomOut, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Return the answer that shows a ticket, its version as the ETag."""
    ticket = done if isinstance(done, Ticket) else done.ticket
    return json_answer(done, status=status, headers={"ETag": etag(ticket.version)})
