"""A process that takes money from a card as the API does, and is killed while the provider is asked.

`python paying_process.py` reads a JSON object from its standard input: where the database and the provider are, the
keys, and the folio. It never gets an answer: the card's token sees to that.
"""

import asyncio
import sys
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import Database, Transaction
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.features.folios.cards.accounts import Tills
from omd.features.folios.cards.commands import begin_payment
from omd.features.folios.cards.model import CardPayment
from omd.features.folios.cards.settling import Settler
from omd.features.folios.model import Clerk
from omd.infra.keyring import Keyring
from omd.infra.payments import SandboxProvider
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId


class Task(msgspec.Struct, frozen=True):
    """What is to be paid, and where all of it is."""

    dsn: str
    keys: str
    provider: str
    omd_id: OmdId
    business_id: BusinessId
    folio_id: UUID


async def pay(task: Task) -> None:
    """Take 60.00 from a card whose provider does so and never answers."""
    only = (task.business_id,)
    clerk = Clerk(Actor(task.omd_id, "hotel", only, only, "test"), task.business_id, datetime.now(UTC))
    provider = SandboxProvider(task.provider, patience_seconds=600)
    tills = Tills({provider.name: provider}, Keyring.parse(task.keys))
    database = Database(task.dsn, role="omd_app", constraint_errors=CONSTRAINT_ERRORS, pool_size=1)
    await database.open()

    async def begin(tx: Transaction) -> CardPayment:
        asked = {"amount": Decimal("60.00"), "token": "tok_silent", "captures": True, "text": "Card"}
        return await begin_payment(tx, clerk, task.folio_id, provider, purpose="payment", **asked)  # type: ignore[arg-type]

    payment = await database.write(clerk.actor, begin)
    await Settler(database, clerk, tills).settle(payment.id)


if __name__ == "__main__":
    asyncio.run(pay(msgspec.json.decode(sys.stdin.buffer.read(), type=Task)))
