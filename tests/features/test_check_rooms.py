"""What `omd check` says of rooms: each invariant is broken once, and found."""

import pytest

from omd.db import Database
from omd.features.housekeeping import check_rooms
from omd.features.housekeeping.checks import INVARIANTS
from support.front_desk import Desk
from support.worlds import Connection, system_actor

WAYS = {
    "rooms_in_use_have_a_condition": "delete from room_conditions",
    "conditions_are_what_their_history_ends_in": "update room_conditions set condition = 'clean'",
    "rooms_are_in_use_by_who_is_in_the_house": "update room_conditions set in_use_by = '{stay}'",
    "tasks_are_what_was_said_of_them": (
        "insert into housekeeping_tasks (omd_id, business_id, business_date, room_id, kind, status, credits, "
        "is_planned, created_at, changed_at, changed_by) select omd_id, business_id, '2027-03-01', room_id, 'other', "
        "'cancelled', 1, false, now(), now(), 'test' from room_conditions"
    ),
}
"""By name, what is done to room 102 past every trigger."""


def test_every_invariant_is_broken_here() -> None:
    assert [each.name for each in INVARIANTS] == list(WAYS)


@pytest.mark.parametrize("name", WAYS)
async def test_what_disagrees_is_found(desk: Desk, db: Database, owner_connection: Connection, name: str) -> None:
    stay = await desk.booked("double", "2027-03-01", "2027-03-03", room="101")
    alpha = desk.world.alpha

    async def breached() -> set[str]:
        async with db.reading(system_actor(alpha)) as tx:
            return {each.invariant for each in await check_rooms(tx, alpha.id) if each.breaches}

    assert await breached() == set()
    async with owner_connection.transaction():
        await owner_connection.execute("set local session_replication_role = replica")
        await owner_connection.execute(
            WAYS[name].format(stay=stay["id"]) + " where room_id = $1", desk.hotel.rooms["102"]
        )
    assert await breached() == {name}
