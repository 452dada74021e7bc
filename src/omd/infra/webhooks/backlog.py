"""How much webhooks have yet to deliver."""

import msgspec

from omd.db import ReadTransaction, load_statements

_SQL = load_statements("omd.infra.webhooks", "backlog.sql")


class Backlog(msgspec.Struct, frozen=True):
    """Messages that wait to be delivered, and those that were given up and not thrown away yet."""

    pending: int
    dead: int


async def find_backlog(tx: ReadTransaction) -> Backlog:
    """Return how much is yet to deliver, of all tenants; for the role omd_relay."""
    return await tx.one(_SQL["find_backlog"], Backlog)
