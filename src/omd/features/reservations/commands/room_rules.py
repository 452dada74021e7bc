"""Holds a room that somebody names for a stay against the rules."""

from datetime import datetime

from omd.db import ReadTransaction
from omd.features.reservations import queries
from omd.features.reservations.room_rules import RuledStay, RuleOverride, require_rules
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates


async def require_room_rules(
    tx: ReadTransaction,
    actor: Actor,
    row: queries.ReservationRow,
    room_id: int,
    nights: StayDates,
    override: RuleOverride | None,
    now: datetime,
) -> dict[str, object]:
    """Return what the record says of the rules that the stay breaks in the room on these nights, nothing for none.

    Raises `RoomRulesBroken` unless each is overridden by name.
    """
    broken = await queries.list_broken_rules(tx, actor.omd_id, row.business_id, row.id, room_id, nights, now)
    if not broken:
        return {}
    room = await queries.find_room(tx, actor.omd_id, row.business_id, room_id, now)
    assert room is not None, "the caller found it"
    require_rules([RuledStay(row.id, row.code, room_id, room.number, broken)], override)
    assert override is not None, "what is broken was overridden"
    return {"overrides": sorted({each.rule for each in broken}), "override_reason": override.override_reason}
