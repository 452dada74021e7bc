"""The fixtures of the suite: real servers, a database a test, the world in it, the application on top.

`tests/` is on the import path: `from support.worlds import World`, `from factories.stays import hold_stay`.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import asyncpg
import httpx
import pytest
import redis

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.databases import clone_template, drop_clone, opened, prepare_template
from support.parties import Tokens, make_tokens
from support.persons import Persons
from support.served_app import served
from support.servers import Servers, TestRun
from support.worlds import NOW, Connection, World

RUN = pytest.StashKey[TestRun]()
FOLDER = "omd_test_run"


class WorkerNode(Protocol):
    """What pytest-xdist shows the controller of a worker it is about to start."""

    config: pytest.Config
    workerinput: dict[str, str]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the page of the matrix be written: `make matrix`."""
    parser.addoption("--write-matrix", action="store_true", help="write docs/security/matrix.md as it was observed")


def pytest_configure(config: pytest.Config) -> None:
    """Take part in the run: the controller, or a run without workers, begins one; a worker joins it."""
    given: dict[str, str] | None = getattr(config, "workerinput", None)
    config.stash[RUN] = TestRun.begin() if given is None else TestRun.join(given[FOLDER])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerNode) -> None:
    """Tell a worker where the run is."""
    node.workerinput[FOLDER] = str(node.config.stash[RUN].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the run; the one who began it waits until its servers are gone."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    if hasattr(config, "workerinput"):
        run.leave()
    else:
        run.end()


@pytest.fixture(scope="session")
def test_run(pytestconfig: pytest.Config) -> TestRun:
    """The run that this process takes part in."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def servers(test_run: TestRun) -> Servers:
    """The PostgreSQL and the Redis that all workers share."""
    return test_run.servers()


@pytest.fixture(scope="session")
async def admin(servers: Servers) -> AsyncIterator[Connection]:
    """A superuser's connection to the database `postgres`, for making and dropping databases."""
    connection = await asyncpg.connect(servers.dsn(user="postgres", database="postgres"))
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def world(test_run: TestRun, servers: Servers, admin: Connection) -> World:
    """The ids of what every test database holds; see `support.worlds.World`."""
    return await prepare_template(test_run, servers, admin)


@pytest.fixture(scope="session")
def worker(pytestconfig: pytest.Config) -> str:
    """The name of this process in the run: gw0, gw1, ..., or main without workers."""
    given: dict[str, str] = getattr(pytestconfig, "workerinput", {})
    return given.get("workerid", "main")


@pytest.fixture(scope="session")
def clone_numbers() -> Iterator[int]:
    """Numbers for the databases this process makes."""
    return iter(range(1, 1_000_000))


@pytest.fixture
async def database_name(
    world: World, admin: Connection, worker: str, clone_numbers: Iterator[int]
) -> AsyncIterator[str]:
    """A database of this test's own, a clone of the template; dropped afterwards."""
    name = f"test_{worker}_{next(clone_numbers)}"
    await clone_template(admin, name)
    yield name
    await drop_clone(admin, name)


@pytest.fixture
def database_dsn(servers: Servers, database_name: str) -> str:
    """The address of the test's database for a login that may take every role, as production's does."""
    return servers.dsn(user="postgres", database=database_name)


@pytest.fixture
async def db(servers: Servers, database_name: str) -> AsyncIterator[Database]:
    """The test's database as requests see it: login and role omd_app."""
    async with opened(servers, database_name, "omd_app") as database:
        yield database


@pytest.fixture
async def maintenance_db(servers: Servers, database_name: str) -> AsyncIterator[Database]:
    """The test's database as imports and the horizon see it: login and role omd_maintenance."""
    async with opened(servers, database_name, "omd_maintenance") as database:
        yield database


@pytest.fixture
async def owner_connection(database_dsn: str) -> AsyncIterator[Connection]:
    """A superuser's connection to the test's database, which sees every row: for arranging and asserting."""
    connection = await asyncpg.connect(database_dsn)
    yield connection
    await connection.close()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at `support.worlds.NOW` until the test sets it."""
    return FixedClock(NOW)


@pytest.fixture
def redis_url(servers: Servers, worker: str) -> str:
    """The address of an empty numbered database of Redis, no other worker's (up to 16 workers)."""
    number = int(worker.removeprefix("gw")) % 16 if worker.startswith("gw") else 0
    url = servers.redis_url(number)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
async def client(db: Database, clock: FixedClock, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application on the test's database; see `tokens` and `persons` for the ways in."""
    async with served(db, clock, redis_url) as client:
        yield client


@pytest.fixture
def persons(owner_connection: Connection, clock: FixedClock) -> Persons:
    """Makes people with roles."""
    return Persons(owner_connection, clock)


@pytest.fixture
async def tokens(maintenance_db: Database, world: World) -> Tokens:
    """One access token a party."""
    return await make_tokens(maintenance_db, world)
