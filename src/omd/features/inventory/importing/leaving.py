"""Which rooms cannot leave a hotel yet, and what still needs them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from omd.db import ReadTransaction
from omd.features.inventory.files import RoomTypeSpec
from omd.features.inventory.importing import queries
from omd.features.inventory.importing.model import RoomMaintenance, RoomStay, StandingRoom
from omd.kernel.ids import BusinessId, OmdId, RoomId, RoomTypeId
from omd.kernel.table_files import ProblemLog, Source

Leaving = tuple[date, StandingRoom, RoomTypeSpec]
"""The first day without the room, the room, and the type in the file that lists it no more."""

MAX_STAYS_NAMED = 20

_KINDS = {"out_of_order": "out of order", "out_of_service": "out of service", "held_back": "held back"}


async def report_obstacles(tx: ReadTransaction, omd_id: OmdId, leaving: Sequence[Leaving], log: ProblemLog) -> None:
    """Note every room that is still needed or held back, and every type that would be sold beyond its rooms."""
    if not leaving:
        return
    rooms = [(room.business_id, room.id, from_date) for from_date, room, _ in leaving]
    needs: defaultdict[RoomId, list[str]] = defaultdict(list)
    for stay in await queries.list_stays_in_rooms(tx, omd_id, rooms):
        needs[stay.room_id].append(_said_of_stay(stay))
    for interval in await queries.list_maintenance_of_rooms(tx, omd_id, rooms):
        needs[interval.room_id].append(_said_of_maintenance(interval))
    for _, room, room_type in leaving:
        if needed_by := needs.get(room.id):
            more = len(needed_by) - MAX_STAYS_NAMED
            listed = "; ".join(needed_by[:MAX_STAYS_NAMED]) + (f"; and {more} more" if more > 0 else "")
            log.add_at(
                room_type.source,
                None,
                f"room {room.number} of type {room_type.code} is not in the file, but it is still needed: {listed}."
                " Move or end these first, or keep the room in the file",
            )
    free_to_leave = [each for each in leaving if each[1].id not in needs]
    if free_to_leave:
        await _report_short_types(tx, omd_id, free_to_leave, log)
        await _report_short_houses(tx, omd_id, free_to_leave, log)


async def _report_short_types(tx: ReadTransaction, omd_id: OmdId, leaving: Sequence[Leaving], log: ProblemLog) -> None:
    """Note the types with more stays than the rooms that remain, where overbooking left stays without a room."""
    losses: Counter[tuple[BusinessId, RoomTypeId, date]] = Counter()
    types: dict[RoomTypeId, tuple[str, Source]] = {}
    for from_date, room, room_type in leaving:
        losses[room.business_id, room.room_type_id, from_date] += 1
        types[room.room_type_id] = (room_type.code, room_type.source)
    lost = [(business_id, type_id, rooms, from_date) for (business_id, type_id, from_date), rooms in losses.items()]
    for short in await queries.list_types_short_without(tx, omd_id, lost):
        code, source = types[short.room_type_id]
        log.add_at(
            source,
            None,
            f"without the rooms that are not in the file, room type {code} would have more stays than rooms on"
            f" {short.nights} {'night' if short.nights == 1 else 'nights'} from {short.first} to {short.last};"
            " move or cancel stays first, or keep the rooms in the file",
        )


async def _report_short_houses(tx: ReadTransaction, omd_id: OmdId, leaving: Sequence[Leaving], log: ProblemLog) -> None:
    """Note the hotels whose house-wide limit would leave less than they have sold; rooms leave before others come."""
    losses: Counter[tuple[BusinessId, date]] = Counter()
    sources: dict[BusinessId, Source] = {}
    for from_date, room, room_type in leaving:
        losses[room.business_id, from_date] += 1
        sources.setdefault(room.business_id, room_type.source)
    lost = [(business_id, rooms, from_date) for (business_id, from_date), rooms in losses.items()]
    for short in await queries.list_houses_short_without(tx, omd_id, lost):
        log.add_at(
            sources[short.business_id],
            None,
            "without the rooms that are not in the file, the hotel would have sold more than its house-wide"
            f" limit leaves on {short.nights} {'night' if short.nights == 1 else 'nights'} from {short.first}"
            f" to {short.last}; raise that limit, add the rooms that come first, or keep the rooms in the file",
        )


def _said_of_stay(stay: RoomStay) -> str:
    when = f"by day on {stay.arrival}" if stay.arrival == stay.departure else f"{stay.arrival} to {stay.departure}"
    return f"reservation {stay.code} ({when})"


def _said_of_maintenance(interval: RoomMaintenance) -> str:
    return f"{_KINDS[interval.kind]} ({interval.starts_on} to {interval.ends_on})"
