"""Takes one destination of an inventory file over into the database, within the transaction of the whole file."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import msgspec

from omd.db import Transaction
from omd.features.identity import put_omd, system_actor_within, system_scope
from omd.features.inventory.files import HotelSpec, OmdSpec, RoomTypeSpec
from omd.features.inventory.importing import queries
from omd.features.inventory.importing.compare import (
    RoomChanges,
    compare_hotels,
    compare_room_types,
    compare_rooms,
    terms,
)
from omd.features.inventory.importing.leaving import report_obstacles
from omd.features.inventory.importing.model import Counts, ImportedOmd, ImportSummary, StandingHotel, StandingRoom
from omd.features.inventory.queries import lock_inventory
from omd.kernel.clock import Clock
from omd.kernel.ids import BusinessId, OmdId, RoomTypeId
from omd.kernel.table_files import ProblemLog

LABEL = "import"


class HotelWork(msgspec.Struct, frozen=True):
    """A hotel of the file beside the one in the database; `from_date` is the first day the changes count for.

    `described_anew` says whether its name, its time zone or the terms of a room type change.
    """

    spec: HotelSpec
    hotel: StandingHotel
    from_date: date
    types: dict[RoomTypeId, RoomTypeSpec]
    type_codes: dict[RoomTypeId, str]
    new_types: int
    described_anew: bool


async def take_over(tx: Transaction, spec: OmdSpec, today: date | Clock, log: ProblemLog) -> ImportSummary:
    """Bring a destination's hotels, room types and rooms to what the file says, noting in `log` what stands in the way.

    When `log` holds a problem afterwards the transaction must not be committed.
    """
    omd_id, put = await put_omd(tx, code=spec.code, name=spec.name)
    await tx.act_for(system_scope(omd_id, LABEL))
    await lock_inventory(tx, omd_id)
    hotels, renamed, hotel_counts = await _take_over_hotels(tx, omd_id, spec.hotels, log)
    # The hotels just added belong to what the rest of the work may see.
    await tx.act_for(await system_actor_within(tx, omd_id, label=LABEL))
    works, type_counts = await _take_over_room_types(tx, omd_id, hotels, renamed, today)
    room_counts = await _take_over_rooms(tx, omd_id, works, log)
    return ImportSummary(
        omds=Counts(**{put: 1}),
        hotels=hotel_counts,
        room_types=type_counts,
        rooms=room_counts,
        imported=(ImportedOmd(omd_id, spec.code),),
    )


async def _take_over_hotels(
    tx: Transaction, omd_id: OmdId, specs: Sequence[HotelSpec], log: ProblemLog
) -> tuple[list[tuple[HotelSpec, StandingHotel]], set[BusinessId], Counts]:
    changes = compare_hotels(specs, await queries.list_hotels(tx, omd_id), log)
    touched = [*changes.new, *(spec for _, spec in changes.changed)]
    unknown: set[str] = set()
    if touched:
        unknown.update(await queries.list_unknown_time_zones(tx, sorted({spec.time_zone for spec in touched})))
    for spec in touched:
        if spec.time_zone in unknown:
            log.add_at(spec.source, "time_zone", f"the database does not know the time zone {spec.time_zone}")
    new = [(s.code, s.name, s.time_zone, s.currency) for s in changes.new if s.time_zone not in unknown]
    if new:
        await queries.add_hotels(tx, omd_id, new)
    changed = [(hotel.id, s.name, s.time_zone) for hotel, s in changes.changed if s.time_zone not in unknown]
    if changed:
        await queries.change_hotels(tx, omd_id, changed)
    standing = {hotel.code: hotel for hotel in await queries.list_hotels(tx, omd_id)}
    pairs = [(spec, standing[spec.code]) for spec in specs if spec.code in standing]
    return pairs, {hotel.id for hotel, _ in changes.changed}, changes.counts


async def _take_over_room_types(
    tx: Transaction,
    omd_id: OmdId,
    hotels: Sequence[tuple[HotelSpec, StandingHotel]],
    renamed: set[BusinessId],
    today: date | Clock,
) -> tuple[list[HotelWork], Counts]:
    business_ids = [hotel.id for _, hotel in hotels]
    specs = [(hotel.id, room_type) for spec, hotel in hotels for room_type in spec.room_types]
    changes = compare_room_types(specs, await queries.list_room_types(tx, omd_id, business_ids))
    if changes.new:
        await queries.add_room_types(tx, omd_id, [(hotel, spec.code, terms(spec)) for hotel, spec in changes.new])
    if changes.changed:
        changed = [(there.business_id, there.id, terms(spec)) for there, spec in changes.changed]
        await queries.change_room_types(tx, omd_id, changed)
    ids: dict[BusinessId, dict[str, RoomTypeId]] = {business_id: {} for business_id in business_ids}
    for room_type in await queries.list_room_types(tx, omd_id, business_ids):
        ids[room_type.business_id][room_type.code] = room_type.id
    new_types = Counter(business_id for business_id, _ in changes.new)
    described_anew = renamed | {there.business_id for there, _ in changes.changed}
    works = [
        HotelWork(
            spec=spec,
            hotel=hotel,
            from_date=hotel.works_on(today),
            types={ids[hotel.id][room_type.code]: room_type for room_type in spec.room_types},
            type_codes={room_type_id: code for code, room_type_id in ids[hotel.id].items()},
            new_types=new_types[hotel.id],
            described_anew=hotel.id in described_anew,
        )
        for spec, hotel in hotels
    ]
    return works, changes.counts


async def _take_over_rooms(tx: Transaction, omd_id: OmdId, works: Sequence[HotelWork], log: ProblemLog) -> Counts:
    standing: dict[BusinessId, list[StandingRoom]] = {work.hotel.id: [] for work in works}
    for room in await queries.list_rooms(tx, omd_id, list(standing)):
        standing[room.business_id].append(room)
    changes = [(work, compare_rooms(work.types, standing[work.hotel.id], work.type_codes, log)) for work in works]
    await report_obstacles(
        tx, omd_id, [(work.from_date, *left) for work, change in changes for left in change.leaving], log
    )
    if not len(log):
        await _apply_rooms(tx, omd_id, changes)
    return sum((change.counts for _, change in changes), Counts())


async def _apply_rooms(tx: Transaction, omd_id: OmdId, changes: Sequence[tuple[HotelWork, RoomChanges]]) -> None:
    # Rooms leave first: a number goes from one type to another as one room that leaves and one that comes.
    for work, change in changes:
        for room, _ in change.leaving:
            await queries.close_room(tx, omd_id, (work.hotel.id, room.id, work.from_date))
    changed: list[dict[str, object]] = [
        {"business_id": there.business_id, "id": there.id, "floor": spec.floor, "features": spec.features}
        for _, change in changes
        for there, spec in change.changed
    ]
    if changed:
        await queries.change_rooms(tx, omd_id, changed)
    new: list[dict[str, object]] = [
        {
            "business_id": work.hotel.id,
            "room_type_id": room_type_id,
            "number": spec.number,
            "floor": spec.floor,
            "features": spec.features,
        }
        for work, change in changes
        for room_type_id, spec in change.new
    ]
    added = {each.business_id: each.room_ids for each in await queries.add_rooms(tx, omd_id, new)} if new else {}
    for work, _ in changes:
        room_ids = added.get(work.hotel.id, [])
        if room_ids or work.new_types:
            await queries.open_rooms(tx, omd_id, work.hotel.id, room_ids, work.from_date)
    told = [
        (work.hotel.id, {"room_types_added": work.new_types, "rooms": change.counts})
        for work, change in changes
        if work.new_types or work.described_anew or not change.counts.nothing
    ]
    if told:
        await queries.record_events(tx, omd_id, LABEL, "business.inventory_imported", told)
