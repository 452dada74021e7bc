"""How guests are found among many: by an index for every way to ask, under row security."""

import json
from datetime import date

import pytest

from omd.db import load_statements
from support.front_desk import Json
from support.roles import enter_context
from support.worlds import Connection, World, hotel_actor

MANY = 20_000
STATEMENTS = load_statements("omd.features.reservations.profiles", "profiles.sql")
ASKED = {
    "search": "pop 77",
    "email": "5@example.com",
    "phone": "0720000005",
    "last_name": "Pop 5",
    "first_name": "Ana 5",
    "date_of_birth": date(1950, 1, 6),
    "limit": 20,
}


@pytest.mark.parametrize("name", ["search_profiles", "propose_profiles"])
async def test_no_search_reads_all_guests_of_a_hotel(owner_connection: Connection, world: World, name: str) -> None:
    async with owner_connection.transaction():
        await enter_context(owner_connection, hotel_actor(world.grand))
        await owner_connection.execute(
            "insert into guest_profiles (omd_id, business_id, first_name, last_name, email, phone, date_of_birth, "
            "created_at, created_by, changed_at) "
            "select $1, $2, 'Ana ' || n % 100, 'Pop ' || n, n || '@example.com', '07' || 20000000 + n, "
            "date '1950-01-01' + n, now(), 'test', now() from generate_series(1, $3) n",
            *(world.grand.omd_id, world.grand.id, MANY),
        )
        await owner_connection.execute("analyze guest_profiles")
    async with owner_connection.transaction():
        await owner_connection.execute("set local role omd_app")
        await enter_context(owner_connection, hotel_actor(world.grand))
        known = {**ASKED, "omd_id": world.grand.omd_id, "business_id": world.grand.id}
        values = [known[each] for each in STATEMENTS[name].parameters]
        told = await owner_connection.fetchval(f"explain (format json) {STATEMENTS[name].text}", *values)
    scans = [node for node in nodes(json.loads(told)[0]["Plan"]) if node.get("Relation Name") == "guest_profiles"]
    assert scans
    assert all("Index" in node["Node Type"] or "Bitmap" in node["Node Type"] for node in scans), scans
    conditions = [node.get("Index Cond") or node.get("Recheck Cond") or "" for node in scans]
    assert all("_key" in each or "id = " in each for each in conditions), conditions


def nodes(plan: Json) -> list[Json]:
    """Return a plan's node and all below it."""
    return [plan, *(node for each in plan.get("Plans", []) for node in nodes(each))]
