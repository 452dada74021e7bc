"""Every named statement against the real schema: it prepares, its columns are its row, some role may run it."""

from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from omd.db import Statement
from support.databases import clone_template, drop_clone
from support.servers import Servers
from support.sql_files import find_row, named_statements, plain_type, python_type, statement_files
from support.worlds import Connection, World

ROLES = ("omd_app", "omd_maintenance", "omd_relay")
STATEMENTS = [
    pytest.param(package, statement, id=f"{package.removeprefix('omd.')}:{statement.name}")
    for package, statement in named_statements()
]


@pytest.fixture(scope="module")
async def connection(admin: Connection, servers: Servers, world: World, worker: str) -> AsyncIterator[Connection]:
    """A superuser's connection to a database that these tests only look at."""
    name = f"queries_{worker}"
    await clone_template(admin, name)
    connection = await asyncpg.connect(servers.dsn(user="postgres", database=name))
    yield connection
    await connection.close()
    await drop_clone(admin, name)


def test_every_file_holds_named_statements() -> None:
    sources = {statement.source for _, statement in named_statements()}
    assert len(sources) == len(statement_files()) > 0


@pytest.mark.parametrize(("package", "statement"), STATEMENTS)
async def test_columns_are_the_fields_of_the_row(connection: Connection, package: str, statement: Statement) -> None:
    columns = (await connection.prepare(statement.text)).get_attributes()
    if statement.row is None:
        told = [column for column in columns if column.type.name != "void"]
        assert (len(columns) == 1) if statement.cardinality == "value" else (told == [])
        return
    fields = msgspec.structs.fields(find_row(package, statement.row))
    returned = [(column.name, python_type(column.type.name)) for column in columns]
    assert returned == [(field.name, plain_type(field.type)) for field in fields]


@pytest.mark.parametrize(("package", "statement"), STATEMENTS)
async def test_some_role_may_run_it(connection: Connection, package: str, statement: Statement) -> None:
    """Rights are checked when a plan is started, which EXPLAIN does; a generic plan needs no values."""
    refusals = []
    for role in ROLES:
        await connection.execute(f"set role {role}")
        try:
            await connection.execute(f"explain (generic_plan) {statement.text}")
        except asyncpg.InsufficientPrivilegeError as refusal:
            refusals.append(f"{role}: {refusal}")
        finally:
            await connection.execute("reset role")
    assert len(refusals) < len(ROLES), refusals
