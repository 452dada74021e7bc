"""Over HTTP: a room for a part of a day, and from when on and until when rooms are a guest's."""

from typing import Any

from litestar import Controller, Request, Response, Router, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_201_CREATED

from omd.db import Transaction
from omd.features.reservations.day_uses import commands
from omd.features.reservations.day_uses.model import NewDayUse, StaySettings
from omd.features.reservations.http.stepping import stay_answer
from omd.features.reservations.model import Reservation
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    KeyringDep,
    PathId,
    Writer,
    json_answer,
)

_BOOKED = ResponseSpec(Reservation, description="Booked; `day_use` says room and time.", generate_examples=False)
_HOURS = ResponseSpec(StaySettings, description="The hours as they are now.", generate_examples=False)


class DayUses(Controller):
    """Rooms that are used by day."""

    path = "/businesses/{business_id:int}"
    tags = ("Reservations",)

    @post(
        "/day-uses",
        operation_id="bookDayUse",
        summary="Book a room for a part of a day",
        responses={201: _BOOKED, **COMMON_PROBLEMS},
    )
    async def book(
        self,
        business_id: PathId,
        data: JSONBody[NewDayUse],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Book a room from one time of a day to another: a stay without a night, which nobody else is in then."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            stay = await commands.book_day_use(tx, actor, hotel, data, now=clock.now(), keyring=keyring)
            return stay_answer(stay, HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @get(
        "/stay-settings",
        operation_id="getStaySettings",
        summary="Read the hours of rooms",
        responses={200: _HOURS, **COMMON_PROBLEMS},
    )
    async def read_settings(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> StaySettings:
        """Read from when on rooms are entered, until when they are left, and after when an arrival is late."""
        hotel = actor.reads(business_id)
        async with database.reading(actor) as tx:
            return await commands.find_settings(tx, actor, hotel)

    @put(
        "/stay-settings",
        operation_id="setStaySettings",
        summary="Set the hours of rooms",
        responses={200: _HOURS, **COMMON_PROBLEMS},
    )
    async def set_settings(
        self,
        business_id: PathId,
        data: JSONBody[StaySettings],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say from when on rooms are entered, until when they are left, and after when an arrival is late."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.change_settings(tx, actor, hotel, data, clock.now()))

        return await Writer(request, database, actor).run(work)


router = Router(path="", route_handlers=[DayUses])
