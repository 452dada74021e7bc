"""The HTTP API: every feature's resources under one roof, behind one door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Contact, SecurityScheme
from litestar.types import Guard

from omd.entrypoints.api import health, limit_resources, status_resources
from omd.entrypoints.api.dependencies import dependencies
from omd.entrypoints.api.docs_page import ASSETS, DocsPage, docs_assets, first_page
from omd.entrypoints.api.document import ExactDocument
from omd.entrypoints.api.doors import Door
from omd.entrypoints.api.job_resources import Jobs
from omd.entrypoints.api.known_refusals import ShortWayOut
from omd.entrypoints.api.live import router as live_router
from omd.entrypoints.api.parts import AppServices, Parts, Wiring
from omd.entrypoints.api.watching import Looks, RequestWatch, backlog_told, sampled
from omd.entrypoints.api.webhooks import router as webhooks_router
from omd.features.assignment import http as assignment
from omd.features.audit import http as audit
from omd.features.availability import http as availability
from omd.features.folios import http as folios
from omd.features.folios.cards import http as cards
from omd.features.folios.fees import http as bill_fees
from omd.features.folios.invoices import http as invoices
from omd.features.frontdesk import http as frontdesk
from omd.features.housekeeping import http as housekeeping
from omd.features.housekeeping.found import http as housekeeping_found
from omd.features.housekeeping.sheets import http as housekeeping_sheets
from omd.features.housekeeping.tasks import http as housekeeping_tasks
from omd.features.identity import http as identity
from omd.features.identity.http import CookieRules
from omd.features.inventory import http as inventory
from omd.features.maintenance import http as maintenance
from omd.features.nightaudit import http as nightaudit
from omd.features.offers import http as offers
from omd.features.papers import http as papers
from omd.features.papers.registration import http as registration
from omd.features.rates import http as rates
from omd.features.rates.taxes import http as taxes
from omd.features.reservations import http as reservations
from omd.features.reservations.bookings import http as bookings
from omd.features.reservations.day_uses import http as day_uses
from omd.features.reservations.fees import http as fees
from omd.features.reservations.preparations import http as preparations
from omd.features.reservations.profiles import http as profiles
from omd.features.reservations.waiting_list import http as waiting_list
from omd.infra.darkroom import Darkroom
from omd.infra.http import BodyRequest, exception_handlers
from omd.infra.http.gate import Gate
from omd.infra.paper import Press
from omd.infra.recent_requests import RecentRequests

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


class Routes:
    """The routes of the API, as the framework works them out: the same whatever services they are put on.

    They take half a second to work out, and serve one application at a time.
    """

    def __init__(self, session_cookie: str, cors_origins: tuple[str, ...]) -> None:
        """The document names the session's cookie; `cors_origins` are the other sites that may call."""
        self._session_cookie = session_cookie
        self._cors_origins = cors_origins
        self._wiring = wiring = Wiring()

        # Functions, because the framework copies its guards deeply, and a door must not be copied.
        async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
            await wiring.parts.door.admit(connection, handler)

        def lifespan(app: Litestar) -> AbstractAsyncContextManager[None]:
            return _lifespan(wiring.parts, app)

        self._app = Litestar(
            route_handlers=[_v1(admit), health.router, first_page, docs_assets()],
            dependencies=dependencies(wiring),
            request_class=BodyRequest,
            exception_handlers=exception_handlers(),
            lifespan=[lifespan],
            request_max_body_size=MAX_BODY_BYTES,
            openapi_config=_openapi(session_cookie),
            cors_config=_cors(cors_origins),
        )
        self._answering = self._app.asgi_handler

    @classmethod
    def for_services(cls, services: AppServices) -> "Routes":
        """Work out the routes that suit these services."""
        return cls(*_wanted(services))

    def suit(self, services: AppServices) -> bool:
        """Say whether routes made for these services would be the same."""
        return _wanted(services) == (self._session_cookie, self._cors_origins)

    def on(self, services: AppServices, *, door: Door | None = None) -> Litestar:
        """Return the application on these services; the one these routes served before, if any, has to have ended."""
        self._wiring.parts = parts = Parts.of(services, door)
        app, recent = self._app, RecentRequests(parts.circuit)
        policy = msgspec.structs.replace(services.gate, cacheable=(f"{ASSETS}/",))
        # Outside of everything, the framework's own refusals and the answers to other origins included.
        gate = Gate(ShortWayOut(self._answering, parts.limits.known), policy)
        watch = RequestWatch(gate, recent, services.clock, services.tracing)
        app.state = State(
            {
                "default_quotas": services.quotas,
                "readiness": health.nothing_known(),
                "press": Press(),
                "darkroom": Darkroom(),
                "recent": recent,
                "watch": watch,
            }
        )
        app.asgi_handler = watch
        return app


def create_app(services: AppServices, *, door: Door | None = None) -> Litestar:
    """Return the API on these services; it opens and closes the database with its own life.

    The door is made of them, unless whoever measures what a door costs brings another.
    """
    return Routes.for_services(services).on(services, door=door)


def _wanted(services: AppServices) -> tuple[str, tuple[str, ...]]:
    """Return what the routes depend on: the name of the session's cookie, and the other sites that may call."""
    return CookieRules.of(services.public_url).session_name, services.cors_origins


@asynccontextmanager
async def _lifespan(parts: Parts, app: Litestar) -> AsyncIterator[None]:
    """Open the services with the application, watch it, and close them with it."""
    services = parts.services
    opened_here = not services.database.is_open
    if opened_here:
        await services.database.open()
    async with health.redis_of(services.redis_url) as redis, parts.events.following(parts.door.keep_known):
        app.state.redis = redis
        parts.circuit.connect(redis)
        looks = Looks(
            services.database,
            app.state.watch,
            health=partial(health.looked_at, app.state, services.database) if services.watch_servers else None,
            share=app.state.recent.share,
        )
        async with sampled(looks), backlog_told(services.events if services.watch_servers else None):
            yield
    await parts.limits.close()
    await parts.solver.close()
    await parts.balancer.close()
    if opened_here:
        await services.database.close()
    if services.tracing is not None:
        await asyncio.to_thread(services.tracing.close)


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
                    *(reservations.router, bookings.router, fees.router, profiles.router, preparations.router),
                    *(waiting_list.router, day_uses.router),
                    *(cards.router, bill_fees.router),
                    *(folios.router, invoices.router, papers.router, registration.router),
                    *(frontdesk.router, nightaudit.router, housekeeping.router, housekeeping_tasks.router),
                    *(housekeeping_found.router, housekeeping_sheets.router, assignment.router),
                    maintenance.router,
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
            cards.open_router,
        ],
        guards=[admit],
    )


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
