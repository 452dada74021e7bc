"""The two kinds of transaction a command or query is handed; nobody outside `omd.db` makes one."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import asyncpg

from omd.db.measuring import Meter
from omd.db.statements import Statement
from omd.kernel.actor import Actor, Scope
from omd.kernel.errors import OmdError

Row = TypeVar("Row")


class ReadTransaction:
    """Runs named statements for one actor; the database refuses writes."""

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[Any]", meter: Meter) -> None:
        self._connection = connection
        self._meter = meter

    async def many(self, statement: Statement, row: Callable[..., Row], **values: object) -> list[Row]:
        """Return every row, built positionally: column order is field order."""
        records = await self._meter.run(self._connection.fetch, statement, _arguments(statement, values))
        return [row(*record.values()) for record in records]

    async def maybe(self, statement: Statement, row: Callable[..., Row], **values: object) -> Row | None:
        """Return the row, or None when there is none."""
        record = await self._meter.run(self._connection.fetchrow, statement, _arguments(statement, values))
        return None if record is None else row(*record.values())

    async def one(self, statement: Statement, row: Callable[..., Row], **values: object) -> Row:
        """Return the one row the statement always gives."""
        found = await self.maybe(statement, row, **values)
        if found is None:
            raise LookupError(f"{statement.source}: {statement.name} gave no row")
        return found

    async def value(self, statement: Statement, **values: object) -> Any:
        """Return the first column of the first row, or None."""
        return await self._meter.run(self._connection.fetchval, statement, _arguments(statement, values))


class Transaction(ReadTransaction):
    """A transaction that may write. The edge commits it once, or rolls all of it back."""

    def __init__(
        self,
        connection: "asyncpg.pool.PoolConnectionProxy[Any]",
        meter: Meter,
        translate: Callable[[BaseException], OmdError | None],
        *,
        may_change_tenant: bool = False,
    ) -> None:
        super().__init__(connection, meter)
        self._translate = translate
        self._may_change_tenant = may_change_tenant

    async def act_for(self, actor: Actor) -> None:
        """Let the rest of the transaction see the actor's tenant; for the maintenance role alone.

        That role serves no request. A file of several destinations is taken over in one transaction, or not at all.
        """
        if not self._may_change_tenant:
            raise PermissionError("only a transaction of the maintenance role may act for another tenant")
        await self._connection.execute(tenant_context(actor))

    async def run(self, statement: Statement, **values: object) -> int:
        """Run a statement for its effect and return the number of rows it touched."""
        status = await self._meter.run(self._connection.execute, statement, _arguments(statement, values))
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def records(self, statement: Statement, *arguments: object) -> list[dict[str, object]]:
        """Return every row by its columns' names; for a statement a library brings, its arguments by position."""
        records = await self._meter.run(self._connection.fetch, statement, list(arguments))
        return [dict(record) for record in records]

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo just the block's work when it raises; the error goes on, as the product's where it is the database's."""
        await self._connection.execute("savepoint attempt")
        try:
            yield
        except BaseException as error:
            if not self._connection.is_closed():
                await self._connection.execute("rollback to savepoint attempt; release savepoint attempt")
            self._raise_ours(error)
            raise
        await self._connection.execute("release savepoint attempt")

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise what the database refuses in the block as the product's error here, for who has a word to add to it.

        Nothing is undone: after the refusal the transaction can only be rolled back.
        """
        try:
            yield
        except Exception as error:
            self._raise_ours(error)
            raise

    def _raise_ours(self, error: BaseException) -> None:
        ours = self._translate(error)
        if ours is not None:
            raise ours from error


def _arguments(statement: Statement, values: dict[str, object]) -> list[object]:
    try:
        arguments = [values[name] for name in statement.parameters]
    except KeyError as missing:
        raise TypeError(f"{statement.name} needs a value for {missing}") from None
    if len(values) != len(arguments):
        unknown = ", ".join(sorted(values.keys() - set(statement.parameters)))
        raise TypeError(f"{statement.name} takes no {unknown}")
    return arguments


def tenant_context(actor: Actor) -> str:
    """Return the statement that sets the tenant context of the current transaction; what is unset opens nothing."""
    settings = [
        ("omd_id", f"'{int(actor.omd_id)}'"),
        ("scope", f"'{_SCOPES[actor.scope]}'"),
        ("business_ids", _array(actor.business_ids)),
        ("staff_business_ids", _array(actor.staff_business_ids)),
        ("reader_business_ids", _array(actor.readable_business_ids)),
        ("actor", _literal(actor.label)),
    ]
    if actor.admin_business_ids:
        settings.append(("admin_business_ids", _array(actor.admin_business_ids)))
    if actor.administers_omd:
        settings.append(("administers_omd", "'on'"))
    if actor.operates_platform:
        settings.append(("operates_platform", "'on'"))
    if actor.user_id is not None:
        settings.append(("user_id", f"'{int(actor.user_id)}'"))
    if actor.stay_code is not None:
        settings.append(("stay_code", _literal(actor.stay_code)))
    if actor.address:
        settings.append(("address", _literal(actor.address)))
    if actor.request_id:
        settings.append(("request_id", _literal(actor.request_id)))
    return "select " + ", ".join(f"set_config('omd.{name}', {value}, true)" for name, value in settings)


_SCOPES: dict[Scope, str] = {"hotel": "hotel", "omd": "omd", "guest": "guest", "system": "system"}


def _literal(text: str) -> str:
    """Return the text as an SQL literal, spelled in hexadecimal so that nothing in it can end the literal."""
    return f"convert_from('\\x{text.encode().hex()}'::bytea, 'UTF8')"


def _array(ids: Iterable[int]) -> str:
    return "'{" + ",".join(str(int(each)) for each in ids) + "}'"
