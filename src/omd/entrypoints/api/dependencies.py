"""What handlers ask for by name, out of the parts of the application they belong to."""

from functools import partial
from typing import Any

from litestar import Request
from litestar.di import Provide

from omd.db import Database
from omd.entrypoints.api.doors import admitted_actor, admitted_origin, admitted_person, was_known_lately
from omd.entrypoints.api.live import LiveStreams, Recheck
from omd.entrypoints.api.parts import Wiring
from omd.features.assignment import Solver
from omd.features.availability.http import Asking
from omd.features.folios.cards.accounts import Tills
from omd.features.frontdesk.http import AtDesk
from omd.features.housekeeping import Balancer
from omd.features.identity import GuestPasses, Origin, SignedIn
from omd.features.identity.http import People
from omd.features.offers.http import Pricing, Recollection
from omd.infra.http import ClockDep, DatabaseDep, require_strict_inputs
from omd.infra.keyring import Keyring
from omd.infra.throttle import Throttle
from omd.infra.webhooks import Sender
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import DatabaseUnavailable


def dependencies(wiring: Wiring) -> dict[str, Provide]:
    """Return whatever handlers ask for, by name."""
    return (
        _of_every_kind(wiring)
        | _for_streams(wiring)
        | _for_searches(wiring)
        | _for_offers(wiring)
        | _for_desks(wiring)
        | _for_payments(wiring)
        | _for_assignment(wiring)
    )


def _of_every_kind(wiring: Wiring) -> dict[str, Provide]:
    """Return what handlers ask for, by name."""

    # Each asks for the one before: the framework resolves those that ask for nothing side by side, as tasks of a
    # group, and that takes longer than all of them together. What was sent is looked at here, because who sends
    # nonsense without a token is told of the token first.
    async def provide_actor(request: Request[Any, Any, Any], database: DatabaseDep, clock: ClockDep) -> Actor:
        require_strict_inputs(request)
        return admitted_actor(request)

    async def provide_signed_in(request: Request[Any, Any, Any], database: DatabaseDep) -> SignedIn:
        require_strict_inputs(request)
        return admitted_person(request)

    async def provide_origin(request: Request[Any, Any, Any], database: DatabaseDep) -> Origin:
        require_strict_inputs(request)
        return admitted_origin(request)

    async def provide_keyring(database: DatabaseDep) -> Keyring:
        return wiring.parts.services.keyring

    async def provide_people(database: DatabaseDep) -> People:
        return wiring.parts.people

    async def provide_guest_passes(database: DatabaseDep) -> GuestPasses:
        return wiring.parts.guests

    async def provide_throttle(database: DatabaseDep) -> Throttle:
        return wiring.parts.throttle

    async def provide_webhook_sender(database: DatabaseDep) -> Sender:
        return wiring.parts.sender

    async def provide_relay(database: DatabaseDep) -> Database:
        events = wiring.parts.services.events
        if events is None:
            raise DatabaseUnavailable("Jobs are not reached from this server: it follows no events.")
        return events

    async def provide_database() -> Database:
        return wiring.parts.services.database

    async def provide_clock(database: DatabaseDep) -> Clock:
        return wiring.parts.services.clock

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


def _for_payments(wiring: Wiring) -> dict[str, Provide]:
    """Return what card payments ask for, by name."""

    async def provide_tills(database: DatabaseDep) -> Tills:
        return Tills(wiring.parts.services.payments, wiring.parts.services.keyring)

    return {"tills": Provide(provide_tills)}


def _for_assignment(wiring: Wiring) -> dict[str, Provide]:
    """Return what assignment and the sheets of housekeeping ask for, by name."""

    async def provide_solver(database: DatabaseDep) -> Solver:
        return wiring.parts.solver

    async def provide_balancer(database: DatabaseDep) -> Balancer:
        return wiring.parts.balancer

    return {"solver": Provide(provide_solver), "balancer": Provide(provide_balancer)}


def _for_streams(wiring: Wiring) -> dict[str, Provide]:
    """Return what streams ask for, by name."""

    async def provide_live(database: DatabaseDep) -> LiveStreams:
        return wiring.parts.events.live

    async def provide_recheck(request: Request[Any, Any, Any], database: DatabaseDep) -> Recheck:
        operation = request.route_handler.operation_id
        assert isinstance(operation, str), "every operation of the API has its id"
        return partial(wiring.parts.door.readmit, request, operation)

    return {"live": Provide(provide_live), "recheck": Provide(provide_recheck)}


def _for_searches(wiring: Wiring) -> dict[str, Provide]:
    """Return what searches ask for, by name."""

    async def provide_asking(request: Request[Any, Any, Any]) -> Asking:
        require_strict_inputs(request)
        parts = wiring.parts
        return Asking(parts.finder, admitted_actor(request), parts.services.clock.now(), was_known_lately(request))

    return {"asking": Provide(provide_asking)}


def _for_offers(wiring: Wiring) -> dict[str, Provide]:
    """Return what offers and priced searches ask for, by name."""

    async def provide_pricing(request: Request[Any, Any, Any]) -> Pricing:
        require_strict_inputs(request)
        parts = wiring.parts
        return Pricing(parts.priced, admitted_actor(request), parts.services.clock.now(), was_known_lately(request))

    async def provide_recollection(request: Request[Any, Any, Any], database: DatabaseDep) -> Recollection:
        return Recollection(wiring.parts.priced.remembering, was_known_lately(request))

    return {"pricing": Provide(provide_pricing), "recollection": Provide(provide_recollection)}


def _for_desks(wiring: Wiring) -> dict[str, Provide]:
    """Return what the lists of a desk ask for, by name."""

    async def provide_desk(request: Request[Any, Any, Any]) -> AtDesk:
        require_strict_inputs(request)
        parts = wiring.parts
        services = parts.services
        return AtDesk(parts.desks, services.database, admitted_actor(request), services.clock.now())

    return {"desk": Provide(provide_desk)}
