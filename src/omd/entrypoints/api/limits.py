"""How often a request may come: whom it is charged to, asked of the limiter once, before the database is asked."""

import math
import time
from typing import Any

from litestar.connection import ASGIConnection

from omd.db import Database, DatabaseContact
from omd.entrypoints.api.known_refusals import KnownRefusals, charged_already
from omd.entrypoints.api.rate_limited import count_limit, refusal_of, tell
from omd.entrypoints.api.route_classes import ROUTE_CLASSES
from omd.features.identity import Principal
from omd.features.identity.limits import (
    UNKNOWN_CREDENTIALS,
    Quotas,
    RouteClass,
    Share,
    TenantQuotas,
    list_limits,
)
from omd.infra.http.arrival import arrival_of
from omd.infra.limits import InProcessLimits, Level, Limiter, Quota
from omd.kernel.actor import Actor
from omd.kernel.errors import DatabaseUnavailable
from omd.kernel.ids import BusinessId, OmdId

REMEMBERED_SECONDS = 5.0
MOST_REMEMBERED = 10_000
UNKNOWN_CREDENTIALS_OF_ALL = Quota(2_000, 10)
"""How many unknown keys all addresses together may try at a worker: addresses are cheap, the database is not."""

_Connection = ASGIConnection[Any, Any, Any, Any]


class TenantLimits:
    """The limits of every destination, read from the database at most every `REMEMBERED_SECONDS`.

    What was read last holds while it is read again, and while the database is away.
    """

    def __init__(self, database: Database, defaults: Quotas, contact: DatabaseContact) -> None:
        self._database = database
        self._contact = contact
        self._defaults = TenantQuotas(defaults)
        self._base = defaults
        self._known: dict[OmdId, TenantQuotas] = {}
        self._read_at: dict[OmdId, float] = {}

    async def of(self, omd_id: OmdId) -> TenantQuotas:
        """Return the limits of one destination."""
        now = time.monotonic()
        if now - self._read_at.get(omd_id, -math.inf) >= REMEMBERED_SECONDS and not self._contact.is_silent:
            if len(self._read_at) >= MOST_REMEMBERED:
                self._read_at.clear()
                self._known.clear()
            # Noted first, so that of many requests just one reads, while the others go on with what was known.
            self._read_at[omd_id] = now
            try:
                async with self._database.reading(Actor(omd_id, "omd", (), (), "limits")) as tx:
                    self._known[omd_id] = TenantQuotas(self._base, await list_limits(tx, omd_id))
            except DatabaseUnavailable:
                # The request will hear of it by what it asks for.
                return self._known.get(omd_id, self._defaults)
        return self._known.get(omd_id, self._defaults)


class RequestLimits:
    """Charges each request to everybody who shares a quota for it; with `defaults` None nobody is limited."""

    def __init__(
        self, limiter: Limiter, database: Database, defaults: Quotas | None, contact: DatabaseContact | None = None
    ) -> None:
        self._limiter = limiter
        self._defaults = defaults
        self._tenants = None if defaults is None else TenantLimits(database, defaults, contact or DatabaseContact())
        self._unknown = InProcessLimits()
        self.known = KnownRefusals(limiter)

    async def admit(self, connection: _Connection, operation: str, principal: Principal) -> None:
        """Charge a request of somebody known: the caller, the hotel, the destination, the platform; all or none.

        Raises `RateLimited`.
        """
        if self._tenants is None or self._defaults is None:
            return
        of = ROUTE_CLASSES[operation]
        business = _charged_business(connection, principal)
        quotas = await self._tenants.of(principal.omd_id)
        own = [_caller_level(principal, of, quotas.caller(of, business))]
        if business is not None:
            own.append(Level("business", f"business:{business}:{of}", quotas.business(of, business)))
        omd = Level("omd", f"omd:{principal.omd_id}:{of}", quotas.omd(of))
        platform = Level("platform", f"platform:{of}", self._defaults[of, Share.PLATFORM])
        # What neighbours use of a shared quota is not told: only who speaks for the destination hears of its own.
        told = [*own, omd] if any(grant.business_id is None for grant in principal.grants) else own
        await self._charge(connection, of, [*own, omd, platform], told)

    async def admit_anybody(self, connection: _Connection, operation: str) -> None:
        """Charge a request of nobody known to its address; raise `RateLimited`.

        Strangers share a quota of the platform of their own, so that they cannot use up that of its tenants.
        """
        if self._defaults is None:
            return
        of = ROUTE_CLASSES[operation]
        address = arrival_of(connection.scope).neighbourhood
        own = [Level("address", f"address:{address}:{of}", self._defaults[of, Share.ADDRESS])]
        platform = Level("platform", f"strangers:{of}", self._defaults[of, Share.PLATFORM])
        await self._charge(connection, of, [*own, platform], own)

    def before_asking(self, connection: _Connection) -> None:
        """Raise `RateLimited` for an address, or a world, that has tried too many unknown credentials here.

        Asked before the database is, in this process alone: it costs no trip, and holds without Redis.
        """
        if self._defaults is None:
            return
        for level in _unknown_levels(connection):
            standing = self._unknown.look(level)
            if standing.wait > 0:
                if level.name == "address":
                    tell(connection.scope, [level], [standing])
                count_limit(standing, "unknown_credentials")
                raise refusal_of(standing, "unknown_credentials")

    async def note_unknown(self, connection: _Connection, operation: str) -> None:
        """Charge a credential that opened nothing, and the request that brought it; raise `RateLimited`."""
        if self._defaults is None:
            return
        for level in _unknown_levels(connection):
            self._unknown.charge(level)
        await self.admit_anybody(connection, operation)

    async def close(self) -> None:
        """Let go of Redis."""
        await self._limiter.close()

    async def _charge(self, connection: _Connection, of: RouteClass, levels: list[Level], told: list[Level]) -> None:
        verdict = charged_already(connection.scope, levels) or await self._limiter.take(levels)
        tell(connection.scope, told, verdict.standings)
        refused = verdict.refused_by
        if refused is not None:
            self.known.remember(connection.scope, of, levels, told)
            count_limit(refused, of)
            raise refusal_of(refused, of)


def _caller_level(principal: Principal, of: RouteClass, quota: Quota) -> Level:
    if principal.user_id is not None:
        return Level("person", f"person:{principal.user_id}:{of}", quota)
    return Level("key", f"key:{principal.omd_id}:{principal.label}:{of}", quota)


def _charged_business(connection: _Connection, principal: Principal) -> BusinessId | None:
    """Return the hotel whose quota a request uses: the one it names, or the only one, of those it is staff of.

    A destination's request is never charged to a hotel, nor a guest's: they could use up what the hotel has.
    """
    held = {grant.business_id for grant in principal.grants if grant.business_id is not None and grant.role != "guest"}
    named = connection.path_params.get("business_id")
    if named in held:
        return BusinessId(named)
    return next(iter(held)) if len(held) == 1 else None


def _unknown_levels(connection: _Connection) -> tuple[Level, Level]:
    address = arrival_of(connection.scope).neighbourhood
    return (
        Level("address", f"address:{address}", UNKNOWN_CREDENTIALS),
        Level("platform", "all", UNKNOWN_CREDENTIALS_OF_ALL),
    )
