"""What the tests through HTTP share."""

from collections.abc import AsyncIterator

import httpx
import pytest

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
