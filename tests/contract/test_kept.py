"""What the matrix trusts in when it says that nothing was written: no write escapes it, and all of it is put back."""

import pytest

from support.matrix.kept import Kept
from support.worlds import Connection, World

EVERYTHING = """
select jsonb_build_array((select jsonb_agg(to_jsonb(t) order by t.id) from room_types t),
                         (select jsonb_agg(to_jsonb(t) order by t.room_id, t.date) from room_availability t),
                         (select count(*) from audit_log))
"""


@pytest.mark.parametrize(
    ("write", "table"),
    [
        ("update room_types set name = name where code = 'twin'", "room_types"),
        ("insert into omds (code, name) values ('gamma', 'Gamma')", "omds"),
        ("delete from room_availability where date = '2027-06-01'", "room_availability"),
        ("update room_availability set maintenance = maintenance", "room_availability"),
    ],
)
async def test_every_write_is_noticed_and_put_back(
    owner_connection: Connection, world: World, write: str, table: str
) -> None:
    kept = await Kept.of(owner_connection)
    before = await owner_connection.fetchval(EVERYTHING)
    assert await kept.put_back() == []
    for _ in range(2):
        await owner_connection.execute(write)
        assert table in await kept.put_back()
        assert await owner_connection.fetchval(EVERYTHING) == before
        assert await kept.put_back() == []
