"""What the tests through HTTP share."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.browsers import Site
from support.front_desk import Desk, assert_books_balance
from support.parties import Tokens
from support.worlds import Connection, World


@pytest.fixture
async def desk(
    client: httpx.AsyncClient, tokens: Tokens, world: World, owner_connection: Connection
) -> AsyncIterator[Desk]:
    """The front desk of the hotel `grand`; afterwards everything kept must equal what it counts."""
    yield Desk(client, tokens, world, owner_connection)
    await assert_books_balance(owner_connection)


ANA = "ana@grand.example"


@pytest.fixture
async def site(
    db: Database, owner_connection: Connection, clock: FixedClock, redis_url: str, tmp_path: Path
) -> AsyncIterator[Site]:
    """The application, for people with browsers."""
    site = Site(db=db, owner=owner_connection, clock=clock, redis_url=redis_url, mail=tmp_path / "mail")
    async with site.open():
        yield site


@pytest.fixture
async def ana(site: Site, world: World) -> int:
    """Ana, the receptionist of the hotel `grand`; her id."""
    user_id = await site.person(ANA)
    await site.give_role(user_id, world.alpha.id, world.grand.id, "receptionist")
    return user_id
