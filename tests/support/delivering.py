"""A process that delivers webhooks until it is killed: `python -m support.delivering EVENTS APP KEYS INSTANT`."""

import asyncio
import sys
from datetime import datetime

from omd.db import Database
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.entrypoints.mailing import LetterQueue
from omd.entrypoints.webhooks import deliverer_of
from omd.infra.keyring import Keyring
from omd.infra.webhooks import Sender
from omd.kernel.clock import FixedClock


async def deliver(events_dsn: str, app_dsn: str, keys: str, instant: str) -> None:
    """Deliver what is due at an instant, for as long as this process lives."""
    events = Database(events_dsn, role="omd_relay", constraint_errors=CONSTRAINT_ERRORS, pool_size=4)
    app = Database(app_dsn, role="omd_app", constraint_errors=CONSTRAINT_ERRORS, pool_size=4)
    await events.open()
    await app.open()
    clock, keyring = FixedClock(datetime.fromisoformat(instant)), Keyring.parse(keys)
    worker = deliverer_of(
        *(events, app),
        clock=clock,
        keyring=keyring,
        outbox=LetterQueue(keyring),
        sender=Sender(to_loopback=True, whole_seconds=600),
    )
    await worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(deliver(*sys.argv[1:]))
