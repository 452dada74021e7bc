"""The HTTP API: every feature's resources under one roof, behind one door."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import msgspec
from litestar import Litestar, Request, Router
from litestar.config.cors import CORSConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Contact, SecurityScheme
from litestar.types import Guard

from omd.db import Database, DatabaseContact
from omd.db.contact import MOST_SILENT_SECONDS
from omd.entrypoints.api import health, limit_resources, status_resources
from omd.entrypoints.api.docs_page import ASSETS, DocsPage, docs_assets, first_page
from omd.entrypoints.api.document import ExactDocument
from omd.entrypoints.api.doors import Door, admitted_actor, admitted_origin, admitted_person, was_known_lately
from omd.entrypoints.api.following import Follower
from omd.entrypoints.api.job_resources import Jobs
from omd.entrypoints.api.known_refusals import ShortWayOut
from omd.entrypoints.api.limits import RequestLimits
from omd.entrypoints.api.live import LiveStreams, Recheck
from omd.entrypoints.api.live import router as live_router
from omd.entrypoints.api.people import people_of
from omd.entrypoints.api.watching import Looks, RequestWatch, backlog_told, sampled
from omd.entrypoints.api.webhooks import router as webhooks_router
from omd.features.audit import http as audit
from omd.features.availability import http as availability
from omd.features.availability.http import Asking, Finder
from omd.features.folios import http as folios
from omd.features.folios.invoices import http as invoices
from omd.features.frontdesk import http as frontdesk
from omd.features.identity import GuestPasses, Origin, PrincipalResolver, ProviderSettings, SessionRules, SignedIn
from omd.features.identity import http as identity
from omd.features.identity.http import People
from omd.features.identity.limits import DEFAULTS, Quotas
from omd.features.inventory import http as inventory
from omd.features.offers import Remembering
from omd.features.offers import http as offers
from omd.features.offers.http import PricedFinder, Pricing
from omd.features.rates import http as rates
from omd.features.rates.taxes import http as taxes
from omd.features.reservations import http as reservations
from omd.features.reservations.bookings import http as bookings
from omd.features.reservations.fees import http as fees
from omd.infra.http import BodyRequest, ClockDep, DatabaseDep, exception_handlers, require_strict_inputs
from omd.infra.http.gate import Gate, GatePolicy
from omd.infra.keyring import Keyring
from omd.infra.limits import Limiter
from omd.infra.recent_requests import RecentRequests
from omd.infra.redis_circuit import RedisCircuit
from omd.infra.throttle import Throttle
from omd.infra.tracing import Tracing
from omd.infra.webhooks import Sender
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import DatabaseUnavailable

MAX_BODY_BYTES = 1_000_000
"""Largest body the API reads; a reservation with fifty guests is a tenth of it."""

_DESCRIPTION = """\
Rooms, availability and reservations of a destination and all its hotels.

Programs sign in with a token made by `omd token create`: press *Authorize* and paste it. A hotel's token works for its
hotel; a destination's token sees every member's rooms and totals, never a guest. People sign in by
`POST /api/v1/session`, which sets a cookie; every change of theirs carries the `csrf_token` of the session in the
header `X-CSRF-Token`. A guest shows the code of a stay and a surname to `POST /api/v1/own-stay/pass`, and with the pass
they get, reads or cancels that stay.

Dates are the hotel's own calendar days; a stay is half-open, the departure day is not a night. Every refusal is a
problem document (RFC 9457) with a stable `code`. Every POST that writes takes an `Idempotency-Key`.
"""


class AppServices(msgspec.Struct, frozen=True):
    """What the API runs on; `redis_url` is None where no Redis is to be asked, `public_url` where people reach it.

    `events` reads those of every tenant, in the role omd_relay; None where nobody follows them live. `quotas` are the
    platform's defaults, None to limit nobody; `cors_origins` the sites whose pages may call the API from a browser,
    none unless named; `streams_of_caller` the streams that one caller may hold in one process, `streams_end` the signal
    that lets all of them go. With `watch_servers` the database and Redis are asked whether they are there every few
    seconds, whether or not anybody asks for anything. `tracing` makes a span for each request.
    `webhooks_to_loopback` lets webhooks lead to this machine, for development. `stale_seconds` is how long searches go
    on being answered from memory while the database is away.
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


def create_app(services: AppServices, *, door: Door | None = None) -> Litestar:
    """Return the API on these services; it opens and closes the database with its own life.

    The door is made of them, unless whoever measures what a door costs brings another.
    """
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

    # A function, because the framework copies its guards deeply, and a door must not be copied.
    async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        await way_in.admit(connection, handler)

    app = Litestar(
        route_handlers=[_v1(admit), health.router, first_page, docs_assets()],
        dependencies=_dependencies(services, people, guests, Throttle(circuit))
        | _live_dependencies(events.live, way_in)
        | _search_dependencies(Finder(services.database, events.windows, contact), services.clock)
        | _offer_dependencies(PricedFinder(services.database, events.remembering), services.clock),
        request_class=BodyRequest,
        exception_handlers=exception_handlers(),
        lifespan=[_lifespan(services, circuit, limits, events.following(way_in.keep_known))],
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=_openapi(people.cookies.session_name),
        cors_config=_cors(services.cors_origins),
        state=State({"default_quotas": services.quotas, "readiness": health.nothing_known()}),
    )
    policy = msgspec.structs.replace(services.gate, cacheable=(f"{ASSETS}/",))
    # Outside of everything, the framework's own refusals and the answers to other origins included.
    app.state.recent = RecentRequests(circuit)
    gate = Gate(ShortWayOut(app.asgi_handler, limits.known), policy)
    app.state.watch = RequestWatch(gate, app.state.recent, services.clock, services.tracing)
    app.asgi_handler = app.state.watch
    return app


def _lifespan(
    services: AppServices, circuit: RedisCircuit, limits: RequestLimits, events: AbstractAsyncContextManager[None]
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return what opens the services with the application, watches it, and closes them with it."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        opened_here = not services.database.is_open
        if opened_here:
            await services.database.open()
        async with health.redis_of(services.redis_url) as redis, events:
            app.state.redis = redis
            circuit.connect(redis)
            looks = Looks(
                services.database,
                app.state.watch,
                health=partial(health.looked_at, app.state, services.database) if services.watch_servers else None,
                share=app.state.recent.share,
            )
            async with sampled(looks), backlog_told(services.events if services.watch_servers else None):
                yield
        await limits.close()
        if opened_here:
            await services.database.close()
        if services.tracing is not None:
            await asyncio.to_thread(services.tracing.close)

    return lifespan


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


def _cors(origins: tuple[str, ...]) -> CORSConfig | None:
    """Return what lets the pages of these origins call the API with a token; cookies are never theirs to send."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
        expose_headers=[
            "Age",
            "Cache-Status",
            "ETag",
            "Link",
            "Location",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "X-Request-Id",
        ],
        allow_credentials=False,
    )


def _v1(admit: Guard) -> Router:
    """Return the API's resources: those of hotels and destinations, those of a person's own, and the way in."""
    return Router(
        path="/api/v1",
        route_handlers=[
            Router(
                path="",
                route_handlers=[
                    *(inventory.router, rates.router, taxes.router, availability.router, offers.router),
                    *(reservations.router, bookings.router, fees.router, folios.router, invoices.router),
                    frontdesk.router,
                    *(identity.administration_router, limit_resources.router, status_resources.router),
                    *(audit.router, live_router),
                    webhooks_router,
                    Jobs,
                ],
                security=[{"token": []}, {"session": []}],
            ),
            Router(path="", route_handlers=[identity.own_router], security=[{"session": []}]),
            Router(path="", route_handlers=[reservations.guest_router], security=[{"pass": []}]),
            identity.open_router,
            reservations.open_router,
        ],
        guards=[admit],
    )


def _dependencies(services: AppServices, people: People, guests: GuestPasses, throttle: Throttle) -> dict[str, Provide]:
    """Return what handlers ask for, by name."""

    # Each asks for the one before: the framework resolves those that ask for nothing side by side, as tasks of a
    # group, and that takes longer than all of them together. What was sent is looked at here, because who sends
    # nonsense without a token is told of the token first.
    async def provide_actor(request: Request[Any, Any, Any], database: DatabaseDep, clock: ClockDep) -> Actor:  # noqa: ARG001
        require_strict_inputs(request)
        return admitted_actor(request)

    async def provide_signed_in(request: Request[Any, Any, Any], database: DatabaseDep) -> SignedIn:  # noqa: ARG001
        require_strict_inputs(request)
        return admitted_person(request)

    async def provide_origin(request: Request[Any, Any, Any], database: DatabaseDep) -> Origin:  # noqa: ARG001
        require_strict_inputs(request)
        return admitted_origin(request)

    async def provide_keyring(database: DatabaseDep) -> Keyring:  # noqa: ARG001
        return services.keyring

    async def provide_people(database: DatabaseDep) -> People:  # noqa: ARG001
        return people

    async def provide_guest_passes(database: DatabaseDep) -> GuestPasses:  # noqa: ARG001
        return guests

    async def provide_throttle(database: DatabaseDep) -> Throttle:  # noqa: ARG001
        return throttle

    sender = Sender(to_loopback=services.webhooks_to_loopback)

    async def provide_webhook_sender(database: DatabaseDep) -> Sender:  # noqa: ARG001 - as above
        return sender

    async def provide_relay(database: DatabaseDep) -> Database:  # noqa: ARG001 - as above
        if services.events is None:
            raise DatabaseUnavailable("Jobs are not reached from this server: it follows no events.")
        return services.events

    async def provide_database() -> Database:
        return services.database

    async def provide_clock(database: DatabaseDep) -> Clock:  # noqa: ARG001
        return services.clock

    return {
        "actor": Provide(provide_actor),
        "database": Provide(provide_database),
        "clock": Provide(provide_clock),
        "signed_in": Provide(provide_signed_in),
        "origin": Provide(provide_origin),
        "people": Provide(provide_people),
        "keyring": Provide(provide_keyring),
        "guest_passes": Provide(provide_guest_passes),
        "throttle": Provide(provide_throttle),
        "webhook_sender": Provide(provide_webhook_sender),
        "relay": Provide(provide_relay),
    }


def _live_dependencies(live: LiveStreams, door: Door) -> dict[str, Provide]:
    """Return what streams ask for, by name."""

    async def provide_live(database: DatabaseDep) -> LiveStreams:  # noqa: ARG001 - as above
        return live

    async def provide_recheck(request: Request[Any, Any, Any], database: DatabaseDep) -> Recheck:  # noqa: ARG001
        operation = request.route_handler.operation_id
        assert isinstance(operation, str), "every operation of the API has its id"
        return partial(door.readmit, request, operation)

    return {"live": Provide(provide_live), "recheck": Provide(provide_recheck)}


def _search_dependencies(finder: Finder, clock: Clock) -> dict[str, Provide]:
    """Return what searches ask for, by name."""

    async def provide_asking(request: Request[Any, Any, Any]) -> Asking:
        require_strict_inputs(request)
        return Asking(finder, admitted_actor(request), clock.now(), was_known_lately(request))

    return {"asking": Provide(provide_asking)}


def _offer_dependencies(finder: PricedFinder, clock: Clock) -> dict[str, Provide]:
    """Return what offers and priced searches ask for, by name."""

    async def provide_pricing(request: Request[Any, Any, Any]) -> Pricing:
        require_strict_inputs(request)
        return Pricing(finder, admitted_actor(request), clock.now())

    async def provide_remembering(database: DatabaseDep) -> Remembering:  # noqa: ARG001 - as above
        return finder.remembering

    return {"pricing": Provide(provide_pricing), "remembering": Provide(provide_remembering)}


def _openapi(session_cookie: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="OMD Platform API",
        version="1",
        description=_DESCRIPTION,
        contact=Contact(name="OMD Platform"),
        path="/docs",
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer", description="`omd token create`"),
                "pass": SecurityScheme(
                    type="http", scheme="bearer", description="`POST /api/v1/own-stay/pass`: a guest's, for one stay"
                ),
                "session": SecurityScheme(
                    type="apiKey",
                    security_scheme_in="cookie",
                    name=session_cookie,
                    description="`POST /api/v1/session`; changes also carry the header `X-CSRF-Token`",
                ),
            }
        ),
        render_plugins=[
            DocsPage(path="/"),
            ExactDocument(path="/openapi.json"),
        ],
    )
