"""Other rooms for several stays at once, by who has decided on all of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from omd.db import Transaction
from omd.features.reservations import queries
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

RoomMove = tuple[UUID, int | None, date, date]
"""A stay, its new room or None, and the nights `[arrival, departure)` that it is for."""


async def move_stays(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    moves: Sequence[RoomMove],
    *,
    cause: Literal["assigned", "assignment_undone", "swapped"],
    now: datetime,
    overridden: Mapping[UUID, Mapping[str, object]] | None = None,
) -> int:
    """Give the nights of these stays their rooms, all at once, so that stays can swap; return how many nights.

    The caller has locked the counters of the nights and looked whether the rooms are to be had. A stay that was checked
    in or locked since ends the transaction, which runs again. `overridden` is what the record says of rules that a stay
    breaks on purpose.
    """
    actor.serves(business_id)
    named: list[dict[str, object]] = [
        {
            "reservation_id": stay_id,
            "room_id": room_id,
            "arrival": arrival,
            "departure": departure,
            **(overridden or {}).get(stay_id, {}),
        }
        for stay_id, room_id, arrival, departure in moves
    ]
    return await queries.move_nights(tx, actor, business_id, named, cause, now)
