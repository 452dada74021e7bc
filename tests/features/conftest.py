"""What the tests through HTTP share."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from litestar import Litestar

from omd.db import Database
from omd.db.embedded import EmbeddedPostgres
from omd.db.migrator import Migrator
from omd.entrypoints.api.parts import AppServices
from omd.features.folios.cards.accounts import Tills
from omd.infra.jobs import JobQueue
from omd.infra.payments import SandboxProvider
from omd.kernel.clock import FixedClock
from support import jobs
from support.bills import Cashier
from support.browsers import Site
from support.card_payments import Terminal, provider_open
from support.databases import opened
from support.followers import Follower, following
from support.front_desk import Desk, assert_books_balance
from support.parties import Tokens
from support.persons import Headers, Persons
from support.policies import Sold, sell
from support.relayed import relayed
from support.revenue import RevenueDesk
from support.served_app import KEYRING, PLENTY, application, client_of, served
from support.servers import Servers
from support.webhook_target import WebhookTarget, target_open
from support.webhooks import Office
from support.worlds import Connection, World, build_world


@pytest.fixture
async def desk(
    client: httpx.AsyncClient, tokens: Tokens, world: World, owner_connection: Connection
) -> AsyncIterator[Desk]:
    """The front desk of the hotel `grand`; afterwards everything kept must equal what it counts."""
    yield Desk(client, tokens, world, owner_connection)
    await assert_books_balance(owner_connection)


ANA = "ana@grand.example"


@pytest.fixture
async def site(
    db: Database, owner_connection: Connection, clock: FixedClock, redis_url: str, tmp_path: Path
) -> AsyncIterator[Site]:
    """The application, for people with browsers."""
    site = Site(db=db, owner=owner_connection, clock=clock, redis_url=redis_url)
    async with site.open():
        yield site


@pytest.fixture
async def ana(site: Site, world: World) -> int:
    """Ana, the receptionist of the hotel `grand`; her id."""
    user_id = await site.person(ANA)
    await site.give_role(user_id, world.alpha.id, world.grand.id, "receptionist")
    return user_id


@pytest.fixture
async def live_app(
    db: Database, servers: Servers, database_name: str, clock: FixedClock, redis_url: str, tmp_path: Path
) -> AsyncIterator[Litestar]:
    """The application, with events passed on; a caller holds three streams at most."""
    async with relayed(servers, database_name) as events:
        services = AppServices(
            database=db,
            events=events,
            clock=clock,
            keyring=KEYRING,
            redis_url=redis_url,
            quotas=PLENTY,
            streams_of_caller=3,
        )
        with application(services) as app:
            yield app


@pytest.fixture
async def live(live_app: Litestar, tokens: Tokens, world: World, owner_connection: Connection) -> AsyncIterator[Desk]:
    """The front desk of `grand`, in the application that passes events on."""
    async with client_of(live_app) as client:
        yield Desk(client, tokens, world, owner_connection)


OWN_SERVER = {"shared_buffers": "64MB", "max_connections": "40"}


@pytest.fixture
async def world_and_server(tmp_path: Path) -> AsyncIterator[tuple[World, EmbeddedPostgres]]:
    """A server of this test's own, as the product runs it: fsync and synchronous_commit on."""
    with EmbeddedPostgres(tmp_path / "postgres", settings=OWN_SERVER, sync_initdb=False) as server:
        dsn = server.dsn(user="postgres")
        await Migrator(dsn).migrate()
        connection = await asyncpg.connect(dsn)
        assert (
            await connection.fetchval("select current_setting('fsync') || current_setting('synchronous_commit')")
            == "onon"
        )
        world = await build_world(connection)
        await connection.close()
        yield world, server


@pytest.fixture
async def office(
    db: Database,
    servers: Servers,
    database_name: str,
    clock: FixedClock,
    redis_url: str,
    owner_connection: Connection,
) -> AsyncIterator[Office]:
    """Whoever keeps webhooks, which may lead to this machine, while events are passed on."""
    async with (
        relayed(servers, database_name) as events,
        served(db, clock, redis_url, webhooks_to_loopback=True) as client,
    ):
        yield Office(client, owner_connection, clock, (events, db))


@pytest.fixture
async def target() -> AsyncIterator[WebhookTarget]:
    """A server that webhooks tell."""
    async with target_open() as target:
        yield target


@pytest.fixture
async def owner(persons: Persons, world: World) -> Headers:
    """Olga, the owner of the hotel `grand`."""
    return await persons.headers("olga", ("owner", world.grand))


@pytest.fixture
async def events(servers: Servers, database_name: str) -> AsyncIterator[Database]:
    """The test's database as the reader of events sees it."""
    async with opened(servers, database_name, "omd_relay") as database:
        yield database


@pytest.fixture
def relay(events: Database) -> Database:
    """The test's database as the worker sees it, in the same role."""
    return events


@pytest.fixture
def queue(relay: Database, clock: FixedClock) -> JobQueue:
    """The queue, on the test's clock."""
    return JobQueue(relay, keyring=jobs.KEYRING, clock=clock)


@pytest.fixture
async def works(relay: Database) -> AsyncIterator[jobs.Works]:
    """Workers, told to stop at the end."""
    started = jobs.Works(relay)
    yield started
    await started.stop()


@pytest.fixture
async def follower(db: Database, events: Database, clock: FixedClock, redis_url: str) -> AsyncIterator[Follower]:
    """A process that follows the events."""
    async with following(db, events, clock, redis_url) as one:
        yield one


@pytest.fixture
async def revenue(client: httpx.AsyncClient, world: World, owner_connection: Connection, tokens: Tokens) -> RevenueDesk:
    """The revenue system of the hotel `grand`."""
    return RevenueDesk(client, world, owner_connection, tokens.of("grand"))


@pytest.fixture
async def cashier(desk: Desk, persons: Persons, world: World) -> AsyncIterator[Cashier]:
    """Carmen, the accountant of `grand`, at its books; afterwards the ledger must balance."""
    cashier = Cashier(desk, await persons.headers("carmen", ("accountant", world.grand)))
    yield cashier
    await cashier.assert_balanced()


@pytest.fixture
async def provider_url(clock: FixedClock) -> AsyncIterator[str]:
    """The test provider's address."""
    async with provider_open(clock) as url:
        yield url


@pytest.fixture
def tills(provider_url: str) -> Tills:
    """The provider as the product reaches it, which waits for it less long than people do."""
    return Tills({"test": SandboxProvider(provider_url, patience_seconds=1.0)}, KEYRING)


@pytest.fixture
async def terminal(
    db: Database,
    clock: FixedClock,
    redis_url: str,
    tills: Tills,
    provider_url: str,
    tokens: Tokens,
    world: World,
    owner_connection: Connection,
    persons: Persons,
) -> AsyncIterator[Terminal]:
    """The accountant of `grand`, who takes cards; afterwards the ledger must balance."""
    async with (
        served(db, clock, redis_url, payments=tills.providers) as client,
        httpx.AsyncClient(base_url=provider_url) as provider,
    ):
        desk = Desk(client, tokens, world, owner_connection)
        cashier = Cashier(desk, await persons.headers("carmen", ("accountant", world.grand)))
        yield await Terminal.of(cashier, provider, await persons.headers("mara", ("manager", world.grand)))
        await cashier.assert_balanced()
        await assert_books_balance(owner_connection)


@pytest.fixture
async def sold(desk: Desk, persons: Persons) -> Sold:
    """A stay of `grand` from 10 to 12 March, of 200 a night, sold under both policies."""
    return await sell(desk, persons)
