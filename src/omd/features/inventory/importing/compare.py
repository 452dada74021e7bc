"""The pure half of an import: what of a file is new, different, or gone, against what stands."""

from collections.abc import Mapping, Sequence

import msgspec

from omd.features.inventory.files import HotelSpec, RoomSpec, RoomTypeSpec
from omd.features.inventory.importing.model import Counts, StandingHotel, StandingRoom, StandingRoomType
from omd.kernel.ids import BusinessId, RoomTypeId
from omd.kernel.table_files import ProblemLog


class HotelChanges(msgspec.Struct, frozen=True):
    """What an import does to the hotels themselves."""

    new: tuple[HotelSpec, ...]
    changed: tuple[tuple[StandingHotel, HotelSpec], ...]
    unchanged: int

    @property
    def counts(self) -> Counts:
        """Count them for the summary."""
        return Counts(added=len(self.new), changed=len(self.changed), unchanged=self.unchanged)


class RoomTypeChanges(msgspec.Struct, frozen=True):
    """What an import does to room types."""

    new: tuple[tuple[BusinessId, RoomTypeSpec], ...]
    changed: tuple[tuple[StandingRoomType, RoomTypeSpec], ...]
    unchanged: int

    @property
    def counts(self) -> Counts:
        """Count them for the summary."""
        return Counts(added=len(self.new), changed=len(self.changed), unchanged=self.unchanged)


class RoomChanges(msgspec.Struct, frozen=True):
    """What an import does to the rooms of one hotel; a leaving room stands beside the type that lists it no more."""

    new: tuple[tuple[RoomTypeId, RoomSpec], ...]
    changed: tuple[tuple[StandingRoom, RoomSpec], ...]
    leaving: tuple[tuple[StandingRoom, RoomTypeSpec], ...]
    unchanged: int

    @property
    def counts(self) -> Counts:
        """Count them for the summary."""
        return Counts(len(self.new), len(self.changed), self.unchanged, len(self.leaving))


def compare_hotels(specs: Sequence[HotelSpec], standing: Sequence[StandingHotel], log: ProblemLog) -> HotelChanges:
    """Compare the hotels of a destination by code; a hotel's currency cannot be changed."""
    by_code = {hotel.code: hotel for hotel in standing}
    new, changed, unchanged = [], [], 0
    for spec in specs:
        there = by_code.get(spec.code)
        if there is None:
            new.append(spec)
            continue
        if there.currency != spec.currency:
            log.add_at(
                spec.source,
                "currency",
                f"hotel {spec.code} keeps its books in {there.currency}, and a hotel's currency cannot be changed;"
                f" write {there.currency}, or take the hotel over under another code",
            )
        if (there.name, there.time_zone) != (spec.name, spec.time_zone):
            changed.append((there, spec))
        else:
            unchanged += 1
    return HotelChanges(tuple(new), tuple(changed), unchanged)


def compare_room_types(
    specs: Sequence[tuple[BusinessId, RoomTypeSpec]], standing: Sequence[StandingRoomType]
) -> RoomTypeChanges:
    """Compare room types by hotel and code."""
    by_key = {(each.business_id, each.code): each for each in standing}
    new, changed, unchanged = [], [], 0
    for business_id, spec in specs:
        there = by_key.get((business_id, spec.code))
        if there is None:
            new.append((business_id, spec))
        elif terms(there) != terms(spec):
            changed.append((there, spec))
        else:
            unchanged += 1
    return RoomTypeChanges(tuple(new), tuple(changed), unchanged)


def terms(of: StandingRoomType | RoomTypeSpec) -> tuple[str, int, int, int, int, int | None]:
    """Return what an import may change about a room type: its name and how many persons it takes."""
    return of.name, of.max_adults, of.max_children, of.max_occupancy, of.min_occupancy, of.standard_occupancy


def compare_rooms(
    specs: Mapping[RoomTypeId, RoomTypeSpec],
    standing: Sequence[StandingRoom],
    type_codes: Mapping[RoomTypeId, str],
    log: ProblemLog,
) -> RoomChanges:
    """Compare the rooms of one hotel by number; only rooms of types that the file lists can leave.

    A room that the file lists under another type leaves its type and is added to the other as a new room.
    """
    by_number = {room.number: room for room in standing}
    new, changed, kept = [], [], set()
    for room_type_id, room_type in specs.items():
        for spec in room_type.rooms:
            there = by_number.get(spec.number)
            if there is not None and there.room_type_id == room_type_id:
                kept.add(there.id)
                if (there.floor, tuple(there.features)) != (spec.floor, spec.features):
                    changed.append((there, spec))
            elif there is None or there.room_type_id in specs:
                new.append((room_type_id, spec))
            else:
                held_by = type_codes[there.room_type_id]
                log.add_at(
                    spec.source,
                    "numbers",
                    f"room {spec.number} is a room of type {held_by}, which this file does not list; give the"
                    f" room another number, or add room type {held_by} with the rooms it keeps",
                )
    leaving = [
        (room, specs[room.room_type_id]) for room in standing if room.room_type_id in specs and room.id not in kept
    ]
    return RoomChanges(tuple(new), tuple(changed), tuple(leaving), len(kept) - len(changed))
