"""A process of its own that is killed by SIGKILL at one of the words it says to PostgreSQL."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from support.servers import Servers


class Between:
    """Stands between a process and PostgreSQL, and calls `on_last` before or after the last word that is passed on."""

    def __init__(self, server: Path, words: int, *, passed_on: bool) -> None:
        self.killed = asyncio.Event()
        self.ended = asyncio.Event()
        self.kill: Callable[[], None] = lambda: None
        self._server = server
        self._words = words
        self._passed_on = passed_on

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what one connection says, both ways."""
        from_server, to_server = await asyncio.open_unix_connection(self._server)
        back = asyncio.create_task(_pump(from_server, writer))
        with suppress(ConnectionError):
            while word := await reader.read(65_536):
                self._words -= 1
                if self._words == 0:
                    if self._passed_on:
                        to_server.write(word)
                        await to_server.drain()
                    self.kill()
                    self.killed.set()
                    break
                to_server.write(word)
                await to_server.drain()
        to_server.close()
        await back
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while word := await reader.read(65_536):
            writer.write(word)
            await writer.drain()


async def _tell_end(process: asyncio.subprocess.Process, ended: asyncio.Event) -> None:
    await process.wait()
    ended.set()


@asynccontextmanager
async def killed_at(
    servers: Servers, database_name: str, folder: Path, words: int, *module: str, role: str, passed_on: bool
) -> AsyncIterator[Between]:
    """Run a module, given the database's address first, which is killed at one of its words; it may end before."""
    between = Between(Path(servers.postgres_socket_dir) / ".s.PGSQL.5432", words, passed_on=passed_on)
    listening = await asyncio.start_unix_server(between.serve, folder / ".s.PGSQL.5432")
    dsn = f"postgresql://{role}@/{database_name}?host={quote(str(folder), safe='')}&port=5432"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module[0], dsn, *module[1:]),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stderr=asyncio.subprocess.DEVNULL,
    )
    between.kill = process.kill
    ending = asyncio.create_task(_tell_end(process, between.ended))
    try:
        yield between
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await ending
        listening.close()
        (folder / ".s.PGSQL.5432").unlink(missing_ok=True)
