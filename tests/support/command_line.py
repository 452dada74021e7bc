"""The commands of `omd`, typed as a person would, on a test's database."""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import typer
from typer.testing import CliRunner
from typer.testing import Result as CommandResult

from omd.db import Database
from omd.features.identity import system_actor
from omd.features.reservations import place_waiting
from omd.kernel.clock import Clock
from omd.kernel.ids import OmdId
from support.databases import opened
from support.servers import Servers

Result = TypeVar("Result")


class Terminal:
    """Runs commands in a thread with an event loop of its own, as the program does; implements `CommandContext`."""

    def __init__(self, servers: Servers, database_name: str, clock: Clock) -> None:
        self._servers = servers
        self._database_name = database_name
        self._clock = clock

    @property
    def clock(self) -> Clock:
        """The test's clock."""
        return self._clock

    def maintenance_database(self) -> AbstractAsyncContextManager[Database]:
        """Open a pool of the role omd_maintenance on the test's database."""
        return opened(self._servers, self._database_name, "omd_maintenance")

    def app_database(self) -> AbstractAsyncContextManager[Database]:
        """Open a pool of the role omd_app on the test's database."""
        return opened(self._servers, self._database_name, "omd_app")

    def relay_database(self) -> AbstractAsyncContextManager[Database]:
        """Open a pool of the role omd_relay on the test's database."""
        return opened(self._servers, self._database_name, "omd_relay")

    async def settle_stays(self, omd_id: OmdId) -> int:
        """Let waiting stays have rooms, as the program does."""
        async with self.maintenance_database() as maintenance:
            system = await system_actor(maintenance, omd_id)
        async with self.app_database() as app:
            return await place_waiting(app, system, now=self._clock.now())

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run the coroutine on an event loop of its own."""
        return asyncio.run(coroutine)

    async def type(self, app: typer.Typer, *arguments: str) -> CommandResult:
        """Run a command with these arguments and return what it printed and its exit code."""
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments, obj=self, env={"COLUMNS": "200"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result
