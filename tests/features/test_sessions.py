"""Sessions of people: begun, used, switched, and over when they must be."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.browsers import Site
from support.front_desk import problem_of
from support.worlds import Connection, World

ANA = "ana@grand.example"


@pytest.fixture
async def site(
    db: Database, owner_connection: Connection, clock: FixedClock, redis_url: str, tmp_path: Path
) -> AsyncIterator[Site]:
    site = Site(db=db, owner=owner_connection, clock=clock, redis_url=redis_url, mail=tmp_path / "mail")
    async with site.open():
        yield site


@pytest.fixture
async def ana(site: Site, world: World) -> int:
    """The receptionist of the hotel `grand`."""
    user_id = await site.person(ANA)
    await site.give_role(user_id, world.alpha.id, world.grand.id, "receptionist")
    return user_id


async def test_a_receptionist_signs_in_books_and_signs_out(site: Site, ana: int, world: World) -> None:
    browser = await site.signed_in(ANA)
    told = (await browser.ask("GET", "/session")).json()
    assert told["user"]["email"] == ANA
    assert told["memberships"] == [
        {
            "omd_id": world.alpha.id,
            "omd_name": told["memberships"][0]["omd_name"],
            "business_id": world.grand.id,
            "business_name": told["memberships"][0]["business_name"],
            "role": "receptionist",
        }
    ]
    assert "reservations.create" in told["permissions"]["hotels"][0]["actions"]
    booked = await browser.ask(
        "POST",
        f"/businesses/{world.grand.id}/reservations",
        {
            "room_type_id": world.grand.types["twin"].id,
            "arrival": "2027-03-10",
            "departure": "2027-03-12",
            "guests": [{"last_name": "Popa"}],
        },
    )
    assert booked.status_code == 201, booked.text
    assert await site.owner.fetchval("select actor from events order by seq desc limit 1") == f"user:{ana}"
    foreign = await browser.ask("GET", f"/businesses/{world.lodge.id}")
    problem_of(foreign, 404, "not_found")
    assert (await browser.ask("DELETE", "/session")).status_code == 204
    assert browser.session_cookie is None
    problem_of(await browser.ask("GET", "/session"), 401, "not_authenticated")
