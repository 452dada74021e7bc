"""A process that passes events on until it is killed: `python -m support.relaying DSN`."""

import asyncio
import sys

from omd.db import Database
from omd.infra.events import Relay


async def relay(dsn: str) -> None:
    """Give positions for as long as this process lives."""
    database = Database(dsn, role="omd_relay", constraint_errors={}, pool_size=1)
    await database.open()
    await Relay(database).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1]))
