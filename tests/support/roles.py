"""Raw SQL in the role and the tenant context of somebody: for tests of what the database itself refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from omd.db import Role
from omd.db.transaction import tenant_context
from omd.kernel.actor import Actor
from support.worlds import Connection


@asynccontextmanager
async def acting_as(connection: Connection, role: Role, actor: Actor | None) -> AsyncIterator[Connection]:
    """Open a transaction in a role and a context, and roll it back after the block.

    The role `omd_owner` is what the definer functions run as: no right is missing, row security is forced.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"set local role {role}")
        if actor is not None:
            await enter_context(connection, actor)
        yield connection
    finally:
        await transaction.rollback()


async def enter_context(connection: Connection, actor: Actor) -> None:
    """Give the current transaction the context of an actor, as `db.transaction(actor)` does."""
    await connection.execute(tenant_context(actor))
