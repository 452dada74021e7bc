"""What every step of a stay's life has in common over HTTP: its answer, and what it answers who comes too late."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Database, Transaction
from omd.features.reservations import commands
from omd.features.reservations.fees.model import EndedStay
from omd.features.reservations.model import Reservation
from omd.infra.http import COMMON_PROBLEMS, Answer, PathUuid, Writer, etag, json_answer, require_version, versions_of
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import StaleVersion

STAY = {200: ResponseSpec(Reservation, description="The stay; its version is the ETag.", generate_examples=False)}
Step = Callable[..., Awaitable[Reservation]]
_ENDED = {
    200: ResponseSpec(EndedStay, description="The stay, and what is owed by its policies.", generate_examples=False)
}
step_route = partial(post, status_code=HTTP_200_OK, responses={**STAY, **COMMON_PROBLEMS})
end_route = partial(post, status_code=HTTP_200_OK, responses={**_ENDED, **COMMON_PROBLEMS})


def stay_answer(stay: Reservation, status: int = HTTP_200_OK) -> Answer:
    """Return the answer that shows a stay, with its version as the ETag."""
    headers = {"ETag": etag(stay.version)}
    if status == HTTP_201_CREATED:
        headers["Location"] = f"/api/v1/reservations/{stay.id}"
    return json_answer(stay, status=status, headers=headers)


async def stepped(
    step: Step,
    reservation_id: PathUuid,
    request: Request[Any, Any, Any],
    actor: Actor,
    database: Database,
    clock: Clock,
    if_match: str | None,
) -> Response[bytes]:
    """Take a step with a stay and answer with it; whoever comes too late is told what happened to it meanwhile."""

    async def work(tx: Transaction) -> Answer:
        now = clock.now()
        try:
            return stay_answer(
                await step(
                    tx, actor, reservation_id, now=now, expected=lambda version: require_version(if_match, version)
                )
            )
        except StaleVersion as stale:
            read = versions_of(if_match)
            raise await commands.tell_what_happened(tx, actor, reservation_id, stale, read, now) from None

    return await Writer(request, database, actor).run(work)
