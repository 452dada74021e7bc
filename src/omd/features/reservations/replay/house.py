"""The hotel a replay is played in: a destination and a house of its own, with the rooms it is given."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from omd.db import Database
from omd.features.availability import open_horizon
from omd.features.identity import find_omd_by_code, system_actor
from omd.features.inventory import (
    hold_business_date,
    import_inventory,
    list_businesses,
    list_room_types,
    parse_inventory,
)
from omd.features.reservations.replay.figures import largest_parties
from omd.features.reservations.replay.file import ReplayRow
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, RoomTypeId

_HOTEL = "hotel"


class House(msgspec.Struct, frozen=True):
    """The hotel of a replay: its staff, and its room types by the file's code."""

    code: str
    staff: Actor
    business_id: BusinessId
    types: Mapping[str, RoomTypeId]
    rooms: Mapping[str, int]


async def build_house(
    db: Database, rows: Sequence[ReplayRow], rooms: Mapping[str, int], *, code: str, first: date, last: date
) -> House:
    """Make a destination of its own with one hotel, its room types and numbered rooms, and open its dates.

    `db` acts in the role omd_maintenance. The horizon covers `[first, last]`; the business date is held at `first`.
    """
    parties = largest_parties(rows)
    records: list[dict[str, object]] = [
        {"record": "omd", "omd": code, "name": "A replayed hotel"},
        {
            "record": "hotel",
            "omd": code,
            "hotel": _HOTEL,
            "name": "The replayed hotel",
            "time_zone": "UTC",
            "currency": "EUR",
        },
    ]
    for number, (type_code, quantity) in enumerate(sorted(rooms.items()), start=1):
        party = parties[type_code]
        adults = max(1, party.adults)
        persons = max(adults, party.persons)
        base = {"omd": code, "hotel": _HOTEL, "room_type": type_code}
        records.append(
            {
                "record": "room_type",
                **base,
                "name": f"Type {type_code}",
                "max_adults": adults,
                "max_children": persons - adults,
                "max_occupancy": persons,
                "quantity": quantity,
            }
        )
        if quantity:
            records.append({"record": "rooms", **base, "numbers": f"{number}[001-{quantity:03d}]"})
    described = parse_inventory(msgspec.json.encode(records), file_name="replay.json", file_format="json")
    await import_inventory(db, described, today=first)
    async with db.reading(None) as reading:
        omd = await find_omd_by_code(reading, code)
    assert omd is not None, "it was imported a moment ago"
    await open_horizon(db, omd.id, today=first, days=(last - first + timedelta(days=1)).days)
    system = await system_actor(db, omd.id)
    async with db.transaction(system) as tx:
        (business,) = await list_businesses(tx, omd.id, 0, 1)
        types = await list_room_types(tx, omd.id, business.id)
        await hold_business_date(tx, omd.id, business.id, first, actor=system.label)
    staff = Actor(omd.id, "hotel", (business.id,), (business.id,), "replay")
    return House(code, staff, business.id, {each.code: each.id for each in types}, dict(rooms))
