"""The bills of one stay, and which of its charges go on which."""

from decimal import Decimal
from typing import Any

from litestar import Controller, Request, Response, get, post, put
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import ReadTransaction, Transaction
from omd.features.folios import commands, queries
from omd.features.folios.errors import named_twice
from omd.features.folios.http.desk import answer_with, told
from omd.features.folios.model import Folio, Posted, Route
from omd.features.folios.payloads import NewCharge, NewFolio, NewRoutes, NightsUntil
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PathUuid,
    Writer,
)
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound

_MOST_FOLIOS = 500


class StayFolios(Controller):
    """What a stay owes, and who pays it."""

    path = "/reservations/{reservation_id:uuid}"
    tags = ("Folios",)

    @get("/folios", operation_id="listStayFolios", summary="List a stay's folios", responses=COMMON_PROBLEMS)
    async def list_folios(self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> list[Folio]:
        """List the bills of a stay by number with what is owed on each; there is none before the first charge."""
        async with database.reading(actor) as tx:
            books = await _books(tx, actor, reservation_id)
            return await queries.list_folios(tx, books, reservation_id, 0, _MOST_FOLIOS)

    @post(
        "/folios",
        operation_id="openStayFolio",
        summary="Open another folio of a stay",
        responses=told(201, Folio, "The folio is open; its version is the ETag."),
    )
    async def open_folio(
        self,
        reservation_id: PathUuid,
        data: JSONBody[NewFolio],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Open another bill of a stay, for the guest or for a company; say by its routes what goes on it."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            clerk = await commands.find_clerk(tx, actor, reservation_id, clock.now())
            made = await commands.open_folio(tx, clerk, reservation_id, company_id=data.company_id, label=data.label)
            return answer_with(made, HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @post(
        "/charges",
        operation_id="chargeStay",
        summary="Charge a stay",
        responses=told(201, Posted, "The charge is on a folio."),
    )
    async def charge(
        self,
        reservation_id: PathUuid,
        data: JSONBody[NewCharge],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Post a charge on the folio that the stay's routes say; without a route, on its first open one."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            clerk = await commands.find_clerk(tx, actor, reservation_id, clock.now())
            made = await commands.charge_stay(tx, clerk, reservation_id, data.kind, Decimal(data.amount), data.text)
            return answer_with(made, HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @post(
        "/nights/charges",
        operation_id="chargeNights",
        summary="Charge a stay's nights",
        responses=told(201, list[Folio], "The folios of the stay as they are now."),
    )
    async def charge_nights(
        self,
        reservation_id: PathUuid,
        data: JSONBody[NightsUntil],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Charge the nights that were spent, or those before a day, at what they were sold at: each night once."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            clerk = await commands.find_clerk(tx, actor, reservation_id, clock.now())
            made = await commands.charge_nights_of_stay(tx, clerk, reservation_id, data.until)
            return answer_with(made, HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @get("/folio-routes", operation_id="listFolioRoutes", summary="List a stay's routes", responses=COMMON_PROBLEMS)
    async def list_routes(self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> list[Route]:
        """List which kinds of charges go on which folios; a kind that is not named goes on the first open one."""
        async with database.reading(actor) as tx:
            books = await _books(tx, actor, reservation_id)
            return await queries.list_routes(tx, books, reservation_id)

    @put(
        "/folio-routes",
        operation_id="setFolioRoutes",
        summary="Set a stay's routes",
        responses=told(200, list[Route], "The routes as they are now."),
    )
    async def set_routes(
        self,
        reservation_id: PathUuid,
        data: JSONBody[NewRoutes],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say on which folios the charges of a stay go from now on, such as the room on the company's."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            clerk = await commands.find_clerk(tx, actor, reservation_id, clock.now())
            routes = {each.kind: each.folio_id for each in data.routes}
            if len(routes) < len(data.routes):
                raise named_twice()
            return answer_with(await commands.put_routes(tx, clerk, reservation_id, routes), HTTP_200_OK)

        return await Writer(request, database, actor).run(work)


async def _books(tx: ReadTransaction, actor: Actor, reservation_id: PathUuid) -> queries.Books:
    hotel = await queries.find_stay_hotel(tx, actor, reservation_id)
    if hotel is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    return queries.Books(actor.omd_id, hotel)
