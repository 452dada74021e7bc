"""The HTTP API: every feature's resources under one roof, behind one door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from typing import Any

import msgspec
from litestar import Litestar, Request, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Components, Contact, SecurityScheme
from litestar.static_files import create_static_files_router

from omd.db import Database
from omd.entrypoints.api import health
from omd.entrypoints.api.doors import Door, admitted_actor
from omd.features.audit import http as audit
from omd.features.availability import http as availability
from omd.features.identity import PrincipalResolver
from omd.features.inventory import http as inventory
from omd.features.reservations import http as reservations
from omd.infra.http import BodyRequest, ClockDep, DatabaseDep, exception_handlers
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock

MAX_BODY_BYTES = 1_000_000
"""Largest body the API reads; a reservation with fifty guests is a tenth of it."""

_DESCRIPTION = """\
Rooms, availability and reservations of a destination and all its hotels.

Sign in with a token made by `omd token create`: press *Authorize* and paste it. A hotel's token works for its hotel;
a destination's token sees every member's rooms and totals, never a guest.

Dates are the hotel's own calendar days; a stay is half-open, the departure day is not a night. Every refusal is a
problem document (RFC 9457) with a stable `code`. Every POST takes an `Idempotency-Key`.
"""


class AppServices(msgspec.Struct, frozen=True):
    """What the API runs on; `redis_url` is None where no Redis is to be asked."""

    database: Database
    clock: Clock
    keyring: Keyring
    redis_url: str | None = None


def create_app(services: AppServices) -> Litestar:
    """Return the API on these services; it opens and closes the database with its own life."""
    door = Door(PrincipalResolver(services.database, clock=services.clock))

    # A function, because the framework copies its guards deeply, and a door must not be copied.
    async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        await door.admit(connection, handler)

    # Each asks for the one before: the framework resolves those that ask for nothing side by side, as tasks of a
    # group, and that takes longer than all of them together.
    async def provide_actor(request: Request[Any, Any, Any], database: DatabaseDep, clock: ClockDep) -> Actor:  # noqa: ARG001
        return admitted_actor(request)

    async def provide_database() -> Database:
        return services.database

    async def provide_clock(database: DatabaseDep) -> Clock:  # noqa: ARG001
        return services.clock

    async def provide_keyring(clock: ClockDep) -> Keyring:  # noqa: ARG001
        return services.keyring

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        opened_here = not services.database.is_open
        if opened_here:
            await services.database.open()
        async with health.redis_of(services.redis_url) as redis:
            _app.state.redis = redis
            yield
        if opened_here:
            await services.database.close()

    v1 = Router(
        path="/api/v1",
        route_handlers=[audit.router, inventory.router, availability.router, reservations.router],
        guards=[admit],
        security=[{"token": []}],
    )
    return Litestar(
        route_handlers=[v1, health.router, _docs_assets()],
        dependencies={
            "actor": Provide(provide_actor),
            "database": Provide(provide_database),
            "clock": Provide(provide_clock),
            "keyring": Provide(provide_keyring),
        },
        request_class=BodyRequest,
        exception_handlers=exception_handlers(),
        lifespan=[lifespan],
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=_openapi(),
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="OMD Platform API",
        version="1",
        description=_DESCRIPTION,
        contact=Contact(name="OMD Platform"),
        path="/docs",
        use_handler_docstrings=True,
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer", description="`omd token create`")}
        ),
        render_plugins=[
            SwaggerRenderPlugin(
                path="/",
                js_url="/docs-assets/swagger-ui-bundle.js",
                css_url="/docs-assets/swagger-ui.css",
                standalone_preset_js_url="/docs-assets/swagger-ui-standalone-preset.js",
                favicon="<link rel='icon' href='/docs-assets/favicon-32x32.png'>",
            ),
            JsonRenderPlugin(path="/openapi.json"),
        ],
    )


def _docs_assets() -> Router:
    with as_file(files("swagger_ui").joinpath("static")) as folder:
        return create_static_files_router(path="/docs-assets", directories=[folder], include_in_schema=False)
