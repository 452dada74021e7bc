"""Over HTTP: when the guests of a stay will arrive, and what they asked for."""

from http import HTTPStatus
from typing import Any

from litestar import Controller, Request, Response, Router, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from omd.db import Transaction
from omd.features.reservations.preparations import commands
from omd.features.reservations.preparations.model import (
    EstimatedArrival,
    NewRequest,
    Preparations,
    RequestMark,
    StayRequest,
)
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PathUuid,
    Writer,
    etag,
    json_answer,
    require_version,
)

_PREPARED = ResponseSpec(
    Preparations, description="What to prepare for; the version of the stay is the ETag.", generate_examples=False
)
_REQUEST = ResponseSpec(StayRequest, description="What was asked for.", generate_examples=False)


class ReservationPreparations(Controller):
    """What a desk prepares for before the guests of a stay come."""

    path = "/reservations/{reservation_id:uuid}"
    tags = ("Reservations",)

    @get(
        "/preparations",
        operation_id="getPreparations",
        summary="Read what to prepare for",
        responses={200: _PREPARED, **COMMON_PROBLEMS},
    )
    async def read(self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> Response[Preparations]:
        """Read when the guests will arrive and what they asked for, done or not."""
        async with database.reading(actor) as tx:
            told = await commands.get_preparations(tx, actor, reservation_id)
        return Response(told, headers={"ETag": etag(told.version)})

    @put(
        "/estimated-arrival",
        operation_id="estimateArrival",
        summary="Say when the guests will arrive",
        responses={200: _PREPARED, **COMMON_PROBLEMS},
    )
    async def estimate(
        self,
        reservation_id: PathUuid,
        data: JSONBody[EstimatedArrival],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
    ) -> Response[bytes]:
        """Write when the guests think they will arrive, on the hotel's clock; before 5 it is the night after."""

        async def work(tx: Transaction) -> Answer:
            told = await commands.expect(
                *(tx, actor, reservation_id, data.estimated_arrival),
                expected=lambda version: require_version(if_match, version),
                now=clock.now(),
            )
            return json_answer(told, headers={"ETag": etag(told.version)})

        return await Writer(request, database, actor).run(work)

    @post(
        "/requests",
        operation_id="addRequest",
        summary="Note what the guests ask for",
        responses={201: _REQUEST, **COMMON_PROBLEMS},
    )
    async def add(
        self,
        reservation_id: PathUuid,
        data: JSONBody[NewRequest],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Note what the guests ask for, by a kind of the hotel's, in words, or both."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            added = await commands.add_request(
                *(tx, actor, reservation_id, data),
                expected=lambda version: require_version(if_match, version),
                now=clock.now(),
            )
            return json_answer(added, status=HTTPStatus.CREATED)

        return await Writer(request, database, actor).run(work)

    @patch(
        "/requests/{request_id:uuid}",
        operation_id="markRequest",
        summary="Say that a request is done",
        responses={200: _REQUEST, **COMMON_PROBLEMS},
    )
    async def mark(
        self,
        reservation_id: PathUuid,
        request_id: PathUuid,
        data: JSONBody[RequestMark],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say that somebody saw to a request, or that it is open after all."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            done = await commands.mark_request(
                *(tx, actor, reservation_id, request_id),
                done=data.done,
                expected=lambda version: require_version(if_match, version),
                now=clock.now(),
            )
            return json_answer(done)

        return await Writer(request, database, actor).run(work)


router = Router(path="", route_handlers=[ReservationPreparations])
