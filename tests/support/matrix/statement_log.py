"""Which statements a request runs, in order: what an answer's time depends on, without a clock."""

import asyncio
import re
from collections.abc import Awaitable
from typing import TypeVar

from asyncpg.connection import LoggedQuery

from omd.db import Database
from support.sql_files import named_statements

Answer = TypeVar("Answer")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_DRIVERS_OWN = "WITH RECURSIVE typeinfo_tree"
"""The driver asks the catalog for a type it meets for the first time on a connection."""


class StatementLog:
    """The statements on the one connection of a pool; named ones by their names, others by text without literals."""

    def __init__(self) -> None:
        self._run: list[str] = []
        self._names = {each.text: f"{each.name} of {each.source}" for _, each in named_statements()}

    @classmethod
    async def of(cls, database: Database) -> "StatementLog":
        """Listen to the one connection that this pool has."""
        log = cls()
        assert database._pool is not None
        assert database._pool.get_max_size() == 1, "what runs on another connection would not be heard"
        async with database._pool.acquire() as connection:
            connection.add_query_logger(log._note)
        return log

    async def during(self, request: Awaitable[Answer]) -> tuple[Answer, list[str]]:
        """Wait for an answer and return it with the statements that ran meanwhile."""
        await self._told()
        self._run.clear()
        answer = await request
        await self._told()
        return answer, list(self._run)

    async def _told(self) -> None:
        """Wait until the driver has told of all that ran: it does so by a call in the loop's queue."""
        told = asyncio.Event()
        asyncio.get_running_loop().call_soon(told.set)
        await told.wait()

    def _note(self, ran: LoggedQuery) -> None:
        if not ran.query.startswith(_DRIVERS_OWN):
            self._run.append(self._names.get(ran.query) or _LITERAL.sub("?", ran.query))
