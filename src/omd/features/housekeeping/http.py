"""The condition of rooms over HTTP: the rack, what was set and seen, what does not agree, and what a hotel asks."""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Controller, Request, Response, Router, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from omd.db import Transaction
from omd.features.housekeeping import commands, queries
from omd.features.housekeeping.model import (
    ConditionChange,
    HousekeepingSettings,
    NewCondition,
    RackRoom,
    Resolution,
    RoomCondition,
    RoomOnDate,
    Sighting,
)
from omd.features.housekeeping.queries import House
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PageSize,
    PathId,
    Writer,
    etag,
    json_answer,
    next_link,
    require_version,
)

_LAST_VERSION = 2**31 - 1
_CONDITION = {
    200: ResponseSpec(RoomCondition, description="The condition; its version is the ETag.", generate_examples=False),
    **COMMON_PROBLEMS,
}
_SETTINGS = {
    200: ResponseSpec(HousekeepingSettings, description="What is asked of rooms now.", generate_examples=False),
    **COMMON_PROBLEMS,
}


class RoomRack(Controller):
    """All rooms of a hotel at once."""

    path = "/businesses/{business_id:int}"
    tags = ("Housekeeping",)

    @get("/room-rack", operation_id="getRoomRack", summary="Read the room rack", responses=COMMON_PROBLEMS)
    async def rack(
        self, business_id: PathId, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> list[RackRoom]:
        """Read every room on the hotel's business date: condition, occupancy, maintenance, who leaves and who comes.

        It names no guest.
        """
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await queries.read_rack(tx, house, clock.now(), names=False)

    @get(
        "/room-rack/stays",
        operation_id="getRoomRackStays",
        summary="Read the room rack with its stays",
        responses=COMMON_PROBLEMS,
    )
    async def rack_with_stays(
        self, business_id: PathId, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> list[RackRoom]:
        """Read every room on the hotel's business date as the room rack has it, with codes and names of the stays."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await queries.read_rack(tx, house, clock.now(), names=True)

    @get(
        "/room-statuses",
        operation_id="listRoomStatuses",
        summary="Read the one status of each room",
        responses=COMMON_PROBLEMS,
    )
    async def statuses(
        self,
        business_id: PathId,
        on: Annotated[date, QueryParameter(description="The date that is asked about.")],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> list[RoomOnDate]:
        """Read on any date which rooms are `out_of_order`, `occupied`, `clean` or `dirty`.

        Of a date that is over it is how the day ended. For a date ahead `occupied` is who is to sleep there, and the
        condition that of now.
        """
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await queries.list_statuses(tx, house, on, clock.now())

    @get(
        "/room-discrepancies",
        operation_id="listRoomDiscrepancies",
        summary="List discrepancies",
        responses=COMMON_PROBLEMS,
    )
    async def discrepancies(
        self, business_id: PathId, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> list[RackRoom]:
        """List the rooms in which housekeeping saw other than the front office knows.

        `sleep`: somebody is in a vacant room; `skip`: nobody is in an occupied one; `person`: not as many.
        """
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await queries.list_discrepancies(tx, house, clock.now())


class ConditionOfRoom(Controller):
    """The condition of one room."""

    path = "/businesses/{business_id:int}/rooms/{room_id:int}"
    tags = ("Housekeeping",)

    @get("/condition", operation_id="getRoomCondition", summary="Read a room's condition", responses=_CONDITION)
    async def read(
        self, business_id: PathId, room_id: PathId, actor: ActorDep, database: DatabaseDep
    ) -> Response[RoomCondition]:
        """Read the condition of a room, what made it so, and what was seen in it."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await commands.get_condition(tx, house, room_id)
        return Response(found, headers={"ETag": etag(found.version)})

    @put("/condition", operation_id="setRoomCondition", summary="Say what a room is", responses=_CONDITION)
    async def set(
        self,
        business_id: PathId,
        room_id: PathId,
        data: JSONBody[NewCondition],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say that a room was cleaned, inspected, or is not what it was thought to be."""
        del idempotency_key
        change = partial(
            commands.set_condition,
            house=House(actor, actor.serves(business_id)),
            room_id=room_id,
            wanted=data,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return await Writer(request, database, actor).run(_answering(change))

    @put("/seen", operation_id="saySeen", summary="Say what was seen in a room", responses=_CONDITION)
    async def seen(
        self,
        business_id: PathId,
        room_id: PathId,
        data: JSONBody[Sighting],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say whether somebody is in a room, and how many. It counts for the business date, or until somebody moves."""
        del idempotency_key
        change = partial(
            commands.say_seen,
            house=House(actor, actor.serves(business_id)),
            room_id=room_id,
            seen=data,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return await Writer(request, database, actor).run(_answering(change))

    @post(
        "/discrepancy/resolve",
        operation_id="resolveDiscrepancy",
        summary="Resolve a discrepancy",
        status_code=HTTPStatus.OK,
        responses=_CONDITION,
    )
    async def resolve(
        self,
        business_id: PathId,
        room_id: PathId,
        data: JSONBody[Resolution],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Set aside what housekeeping saw, for what was found out; it stays in the room's history.

        Where the front office was wrong, its stay is put right instead: by a check-in, a check-out or a move.
        """
        del idempotency_key
        change = partial(
            commands.resolve_discrepancy,
            house=House(actor, actor.serves(business_id)),
            room_id=room_id,
            resolution=data,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return await Writer(request, database, actor).run(_answering(change))

    @get(
        "/condition/changes",
        operation_id="listConditionChanges",
        summary="List what happened to a room",
        responses=COMMON_PROBLEMS,
    )
    async def changes(
        self,
        business_id: PathId,
        room_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: Annotated[
            int, QueryParameter(ge=1, le=_LAST_VERSION, description="The last version of the page before.")
        ] = _LAST_VERSION,
        limit: PageSize = 100,
    ) -> Response[list[ConditionChange]]:
        """List the versions of a room's condition, each with its cause, the newest first, a page at a time."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            await commands.get_condition(tx, house, room_id)
            found = await queries.list_changes(tx, house, room_id, before=after, limit=limit + 1)
        cursor = str(found[limit - 1].version) if len(found) > limit else None
        return Response(found[:limit], headers=next_link(request, cursor))


class AskedOfRooms(Controller):
    """What a hotel asks of the condition of its rooms."""

    path = "/businesses/{business_id:int}/housekeeping-settings"
    tags = ("Housekeeping",)

    @get(operation_id="getHousekeepingSettings", summary="Read what is asked of rooms", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> HousekeepingSettings:
        """Read what a room must be for a check-in, and what vacancy and maintenance make of it."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await commands.get_settings(tx, house)

    @put(operation_id="setHousekeepingSettings", summary="Say what is asked of rooms", responses=_SETTINGS)
    async def put(
        self,
        business_id: PathId,
        data: JSONBody[HousekeepingSettings],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
    ) -> Response[bytes]:
        """Say what is asked of rooms from now on; what is left out has its usual value, which asks nothing."""
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.change_settings(tx, house, data))

        return await Writer(request, database, actor).run(work)


def _answering(command: Callable[..., Awaitable[RoomCondition]]) -> Callable[[Transaction], Awaitable[Answer]]:
    async def work(tx: Transaction) -> Answer:
        condition = await command(tx)
        return json_answer(condition, headers={"ETag": etag(condition.version)})

    return work


router = Router(path="", route_handlers=[RoomRack, ConditionOfRoom, AskedOfRooms])
