"""Holds over HTTP: a tentative stay confirmed, or held for longer."""

from functools import partial
from typing import Any

from litestar import Controller, Request, Response
from litestar.params import JSONBody

from omd.features.reservations import commands
from omd.features.reservations.http.stepping import step_route, stepped
from omd.features.reservations.model import HoldExtension
from omd.infra.http import ActorDep, ClockDep, DatabaseDep, IdempotencyKey, IfMatch, PathUuid


class Holds(Controller):
    """A stay that is tentative."""

    path = "/reservations/{reservation_id:uuid}"
    tags = ("Reservations",)

    @step_route("/confirm", operation_id="confirmReservation", summary="Confirm a stay that is held")
    async def confirm(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Confirm a tentative stay before its hold is over; it keeps its nights from then on."""
        del idempotency_key
        return await stepped(commands.confirm, reservation_id, request, actor, database, clock, if_match)

    @step_route("/hold", operation_id="extendHold", summary="Hold a tentative stay for longer")
    async def extend_hold(
        self,
        reservation_id: PathUuid,
        data: JSONBody[HoldExtension],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Hold a tentative stay until another instant: 30 days ahead at most, and not after the day of arrival."""
        del idempotency_key
        step = partial(commands.extend_hold, wanted=data)
        return await stepped(step, reservation_id, request, actor, database, clock, if_match)
