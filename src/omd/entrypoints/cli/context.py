"""What the program hands to its commands."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import Any, TypeVar

import uvloop

from omd.db import Database, Role
from omd.db.server_check import check_server
from omd.entrypoints.databases import opened, services
from omd.entrypoints.settings import Settings, load_settings
from omd.features.identity import system_actor
from omd.features.reservations import place_waiting
from omd.kernel.clock import Clock, SystemClock
from omd.kernel.ids import OmdId

Result = TypeVar("Result")


class ProgramContext:
    """Implements `CommandContext`: settings are read, and servers started, when a command first needs them."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    @property
    def clock(self) -> Clock:
        """The clock every command reads the time from."""
        return self._clock

    @cached_property
    def settings(self) -> Settings:
        """The settings from the environment; raises `SettingsInvalid`."""
        return load_settings()

    @asynccontextmanager
    async def database(self, role: Role) -> AsyncIterator[Database]:
        """Yield an open database of this role, its schema at the newest version; close it at the end."""
        with services(self.settings, with_redis=False, shared=True) as available:
            await check_server(available.dsn_for("omd_app"))
            async with opened(available.dsn_for(role), role, self.settings.pool_size) as database:
                yield database

    def maintenance_database(self) -> AbstractAsyncContextManager[Database]:
        """Return `database` for the role `omd_maintenance`."""
        return self.database("omd_maintenance")

    def app_database(self) -> AbstractAsyncContextManager[Database]:
        """Return `database` for the role `omd_app`."""
        return self.database("omd_app")

    def relay_database(self) -> AbstractAsyncContextManager[Database]:
        """Return `database` for the role `omd_relay`."""
        return self.database("omd_relay")

    async def settle_stays(self, omd_id: OmdId) -> int:
        """Give rooms to the stays of a destination that wait for one, as its hotels' staff; return how many got one."""
        async with self.maintenance_database() as maintenance:
            system = await system_actor(maintenance, omd_id)
        async with self.app_database() as app:
            return await place_waiting(app, system, now=self._clock.now())

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run the coroutine to its end on an event loop of its own and return its result."""
        return uvloop.run(coroutine)
