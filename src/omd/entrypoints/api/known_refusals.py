"""The shortest way out: who was told to wait and comes again before that is told so before anything else is asked.

A caller far beyond its limit is then nearly free, and takes no time from its neighbours.
"""

import hashlib
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from omd.entrypoints.api.rate_limited import count_limit, refusal_of, tell
from omd.entrypoints.api.watching import RequestNote, note_again, note_of
from omd.features.identity.limits import RouteClass
from omd.infra.http.arrival import arrival_of
from omd.infra.http.gate import send_refusal
from omd.infra.http.refusals import count_refusal
from omd.infra.limits import Level, Limiter, Verdict

REMEMBERED_SECONDS = 5.0
"""As long as limits are, after which who asks is looked at anew: a key revoked meanwhile hears of its limit so long."""

MOST_REMEMBERED = 10_000
_CHARGED = "omd_limits_charged"


class _Known(msgspec.Struct, frozen=True):
    """One request that was refused: what it was charged to, what its caller may be told, and when."""

    of: RouteClass
    levels: tuple[Level, ...]
    told: tuple[Level, ...]
    handler: object
    note: RequestNote
    at: float


class KnownRefusals:
    """Which requests, by credential, address and resource, were refused a moment ago, as far as this process knows."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._known: dict[bytes, _Known] = {}

    def remember(self, scope: Any, of: RouteClass, levels: Sequence[Level], told: Sequence[Level]) -> None:
        """Remember that the request with this ASGI scope was refused by one of the levels."""
        which = _which(scope)
        if which is None:
            return
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        note = msgspec.structs.replace(note_of(scope))
        self._known[which] = _Known(of, tuple(levels), tuple(told), scope["route_handler"], note, time.monotonic())

    def find(self, scope: Any) -> _Known | None:
        """Return what is known of the request with this ASGI scope."""
        if not self._known:
            return None
        which = _which(scope)
        known = None if which is None else self._known.get(which)
        if which is not None and known is not None and time.monotonic() - known.at >= REMEMBERED_SECONDS:
            del self._known[which]
            return None
        return known

    async def refuse(self, known: _Known, scope: Any, send: Send) -> bool:
        """Charge the request as the one before, and refuse it if it is to be; say whether it was.

        One that is let in keeps its verdict in the ASGI scope, so that it is not charged again.
        """
        verdict = await self._limiter.take(known.levels)
        standing = verdict.refused_by
        if standing is None:
            scope[_CHARGED] = (known.levels, verdict)
            return False
        scope["route_handler"] = known.handler
        note_again(scope, known.note)
        tell(scope, known.told, (standing,))
        refusal = refusal_of(standing, known.of)
        count_limit(standing, known.of)
        count_refusal(refusal.code)
        await send_refusal(refusal, send)
        return True


def charged_already(scope: Any, levels: Sequence[Level]) -> Verdict | None:
    """Return what these levels said when the request with this ASGI scope was charged to them, None if it was not."""
    charged = scope.get(_CHARGED)
    return charged[1] if charged is not None and charged[0] == tuple(levels) else None


class ShortWayOut:
    """An ASGI application around another one, inside the gate."""

    def __init__(self, app: ASGIApp, known: KnownRefusals) -> None:
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is known to be refused, and pass everything else on."""
        if scope["type"] == ScopeType.HTTP:
            known = self._known.find(scope)
            if known is not None and await self._known.refuse(known, scope, send):
                return
        await self._app(scope, receive, send)


def _which(scope: Any) -> bytes | None:
    """Return a digest of who asks for what, so that no credential is kept.

    None for a page of another origin: its answer carries headers that only the framework gives.
    """
    seen = hashlib.blake2b(digest_size=16)
    seen.update("\0".join((scope["method"], scope["path"], arrival_of(scope).address)).encode("utf-8", "surrogatepass"))
    for name, value in scope["headers"]:
        if name in (b"authorization", b"cookie"):
            seen.update(b"\0" + name + b"\0" + value)
        elif name == b"origin":
            return None
    return seen.digest()
