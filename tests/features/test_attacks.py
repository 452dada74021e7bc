"""What an attacker tried and got; `docs/security/attacks.md` has the whole list."""

import pytest

from support.roles import acting_as
from support.worlds import Connection, World, hotel_actor


async def test_no_disclosure_is_recorded_of_no_hotel(owner_connection: Connection, world: World) -> None:
    async with acting_as(owner_connection, "omd_app", hotel_actor(world.grand)) as connection:
        with pytest.raises(Exception, match="does not read the guests"):
            await connection.execute(
                "select record_disclosure($1, null, 'reservation_guests', 'x', 'read', '{}')", world.alpha.id
            )
