"""What an application is put together of, given the services it runs on."""

import msgspec

from omd.db import Database, DatabaseContact
from omd.db.contact import MOST_SILENT_SECONDS
from omd.entrypoints.api.doors import Door
from omd.entrypoints.api.following import Follower
from omd.entrypoints.api.limits import RequestLimits
from omd.entrypoints.api.people import people_of
from omd.features.assignment import Solver
from omd.features.availability.http import Finder
from omd.features.frontdesk.http import DeskMemory
from omd.features.housekeeping import Balancer
from omd.features.identity import GuestPasses, PrincipalResolver, ProviderSettings, SessionRules
from omd.features.identity.http import People
from omd.features.identity.limits import DEFAULTS, Quotas
from omd.features.offers.http import PricedFinder
from omd.infra.http.gate import GatePolicy
from omd.infra.keyring import Keyring
from omd.infra.limits import Limiter
from omd.infra.payments import Providers
from omd.infra.redis_circuit import RedisCircuit
from omd.infra.throttle import Throttle
from omd.infra.tracing import Tracing
from omd.infra.webhooks import Sender
from omd.kernel.clock import Clock


class AppServices(msgspec.Struct, frozen=True):
    """What the API runs on; `redis_url` is None where no Redis is to be asked, `public_url` where people reach it.

    `events` reads those of every tenant, in the role omd_relay; None where nobody follows them live. `quotas` are the
    platform's defaults, None to limit nobody; `cors_origins` the sites whose pages may call the API from a browser,
    none unless named; `streams_of_caller` the streams that one caller may hold in one process, `streams_end` the signal
    that lets all of them go. With `watch_servers` the database and Redis are asked whether they are there every few
    seconds, whether or not anybody asks for anything. `tracing` makes a span for each request.
    `webhooks_to_loopback` lets webhooks lead to this machine, for development. `stale_seconds` is how long searches go
    on being answered from memory while the database is away. `payments` are the providers of card payments that are
    reached from here, by name.
    """

    database: Database
    clock: Clock
    keyring: Keyring
    events: Database | None = None
    redis_url: str | None = None
    public_url: str = "http://127.0.0.1:8000"
    session_rules: SessionRules = SessionRules()
    providers: tuple[ProviderSettings, ...] = ()
    quotas: Quotas | None = DEFAULTS
    gate: GatePolicy = GatePolicy()
    cors_origins: tuple[str, ...] = ()
    streams_of_caller: int = 100
    streams_end: int | None = None
    watch_servers: bool = False
    tracing: Tracing | None = None
    webhooks_to_loopback: bool = False
    stale_seconds: float = MOST_SILENT_SECONDS
    payments: Providers = {}


class Parts(msgspec.Struct, frozen=True):
    """What an application is put together of, all on the same services."""

    services: AppServices
    circuit: RedisCircuit
    people: People
    limits: RequestLimits
    guests: GuestPasses
    throttle: Throttle
    sender: Sender
    events: Follower
    finder: Finder
    priced: PricedFinder
    desks: DeskMemory
    door: Door
    solver: Solver
    balancer: Balancer

    @classmethod
    def of(cls, services: AppServices, door: Door | None) -> "Parts":
        """Put together what works on these services; the door is made too, unless somebody brings another."""
        circuit = RedisCircuit()
        contact = _contact(services)
        people = _people(services, circuit, contact)
        limits = RequestLimits(Limiter.at(services.redis_url), services.database, services.quotas, contact)
        guests = GuestPasses(services.keyring, clock=services.clock)
        events = Follower(
            services.database,
            services.events,
            circuit,
            services.clock,
            streams_of_caller=services.streams_of_caller,
            streams_end=services.streams_end,
            contact=contact,
        )
        way_in = door or Door(
            PrincipalResolver(services.database, clock=services.clock, contact=contact),
            limits,
            people.sessions,
            guests,
            cookies=people.cookies,
            public_url=services.public_url,
            contact=contact,
        )
        return cls(
            services,
            circuit,
            people,
            limits,
            guests,
            Throttle(circuit),
            Sender(to_loopback=services.webhooks_to_loopback),
            events,
            Finder(services.database, events.windows, contact),
            PricedFinder(services.database, events.remembering),
            DeskMemory(),
            way_in,
            Solver(),
            Balancer(),
        )


class Wiring:
    """Where the routes find the parts of the application they belong to."""

    parts: Parts


def _contact(services: AppServices) -> DatabaseContact:
    """Return the contact with the database; without anybody who follows the events nobody would notice silence."""
    pools = () if services.events is None else (services.database, services.events)
    return DatabaseContact(pools, most_silent_seconds=services.stale_seconds)


def _people(services: AppServices, circuit: RedisCircuit, contact: DatabaseContact) -> People:
    return people_of(
        services.database,
        circuit,
        clock=services.clock,
        keyring=services.keyring,
        public_url=services.public_url,
        rules=services.session_rules,
        providers=services.providers,
        contact=contact,
    )
