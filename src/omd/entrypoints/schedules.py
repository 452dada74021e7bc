"""When the platform, each destination and each hotel has its daily work done."""

from collections.abc import Sequence
from functools import partial

from omd.db import Database
from omd.entrypoints.jobs import (
    FORGET_GUESTS,
    LABEL,
    NIGHT_AUDIT,
    OF_THE_PLATFORM,
    PLACE_WAITING,
    QUIET_HOUR,
    ROLL_HORIZON,
    TURN_ROOMS,
    OfHotel,
    OfOmd,
    OnDate,
    list_omd_ids,
)
from omd.features.identity import system_actor, system_scope
from omd.features.inventory import list_nights
from omd.features.nightaudit import list_automatic
from omd.infra.jobs import PLATFORM, Place, Schedule


def schedules_of(maintenance: Database) -> list[Schedule]:
    """Return what is due by the clock: of the platform and of each destination by UTC, of each hotel by its own.

    One run makes up for all that were missed, so of a worker's absence the newest date alone is caught up.
    """

    async def platform() -> Sequence[Place]:
        return [Place("platform", PLATFORM, QUIET_HOUR, OnDate)]

    async def omds() -> Sequence[Place]:
        return [
            Place(f"omd:{omd_id}", PLATFORM, QUIET_HOUR, partial(OfOmd, omd_id))
            for omd_id in await list_omd_ids(maintenance)
        ]

    async def hotels() -> Sequence[Place]:
        places: list[Place] = []
        for omd_id in await list_omd_ids(maintenance):
            async with maintenance.reading(system_scope(omd_id, LABEL)) as tx:
                nights = await list_nights(tx, omd_id)
            for night in nights:
                payload_on = partial(OfHotel, omd_id, night.business_id)
                places.append(Place(f"business:{night.business_id}", night.time_zone, night.night_hour, payload_on))
        return places

    async def audited_hotels() -> Sequence[Place]:
        places: list[Place] = []
        for omd_id in await list_omd_ids(maintenance):
            async with maintenance.reading(await system_actor(maintenance, omd_id, label=LABEL)) as tx:
                audited = await list_automatic(tx, omd_id)
            for each in audited:
                payload_on = partial(OfHotel, omd_id, each.business_id)
                places.append(Place(f"business:{each.business_id}", each.time_zone, each.hour, payload_on))
        return places

    return [
        *(Schedule(kind, platform) for kind in OF_THE_PLATFORM),
        Schedule(ROLL_HORIZON, omds),
        Schedule(FORGET_GUESTS, omds),
        Schedule(PLACE_WAITING, hotels),
        Schedule(TURN_ROOMS, hotels),
        Schedule(NIGHT_AUDIT, audited_hotels),
    ]
