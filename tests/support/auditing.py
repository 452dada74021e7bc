"""A process that closes a hotel's dates, as of an instant: `python -m support.auditing DSN OMD HOTEL INSTANT`."""

import asyncio
import sys
from datetime import datetime, timedelta
from time import monotonic

from omd.db import Database
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.features.nightaudit import catch_up
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId


class ClockFrom:
    """A clock that goes on from an instant."""

    def __init__(self, instant: datetime) -> None:
        self._began = monotonic()
        self._instant = instant

    def now(self) -> datetime:
        """Return the instant, and what went by since."""
        return self._instant + timedelta(seconds=monotonic() - self._began)


async def close_dates(dsn: str, omd_id: int, business_id: int, now: datetime) -> None:
    """Close every date of the hotel that is over."""
    only = (BusinessId(business_id),)
    database = Database(dsn, role="omd_app", constraint_errors=CONSTRAINT_ERRORS, pool_size=1)
    await database.open()
    await catch_up(database, Actor(OmdId(omd_id), "system", only, only, "jobs"), only[0], ClockFrom(now))
    await database.close()


if __name__ == "__main__":
    asyncio.run(close_dates(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), datetime.fromisoformat(sys.argv[4])))
