"""Every request, measured and logged, from outside of everything else."""

import logging
from time import perf_counter
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from omd.entrypoints.api.route_classes import ROUTE_CLASSES
from omd.entrypoints.api.watching.note import RequestNote, begin_note, keys_of
from omd.infra.http.arrival import arrival_of
from omd.infra.recent_requests import RecentRequests
from omd.infra.tracing import Tracing
from omd.kernel.clock import Clock

REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SLOW_READ_SECONDS = 1.0
"""From when on a read is logged as a write is."""

_NOT_ONE_OF_OURS = "other"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

REQUESTS = Histogram(
    "omd_request_seconds",
    "How long requests took until their answer began, in seconds, by operation and class of status.",
    ["operation", "status"],
    buckets=REQUEST_BUCKETS,
)
CALLERS = Counter(
    "omd_requests_by_caller_total", "Requests by the kind of their caller and their class.", ["caller", "route_class"]
)
_standard_log = logging.getLogger(__name__)
_log = structlog.get_logger(__name__)


class RequestWatch:
    """An ASGI application around another one.

    The operation is its id in the OpenAPI document, never the path, which anybody may invent. `in_flight` requests
    are being served now.
    """

    def __init__(self, app: ASGIApp, recent: RecentRequests, clock: Clock, tracing: Tracing | None = None) -> None:
        self._app = app
        self._recent = recent
        self._clock = clock
        self._tracing = tracing
        self._durations: dict[tuple[str, int], Histogram] = {}
        self._counts: dict[tuple[str, str], Counter] = {}
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; measure when its answer begins, and tell of it when it has ended."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        note = begin_note(scope)
        began = perf_counter()
        status, seconds = 0, 0.0

        async def watched(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], perf_counter() - began
            await send(message)

        span = None if self._tracing is None else self._tracing.begin_request(scope["method"])
        self.in_flight += 1
        try:
            await self._app(scope, receive, watched)
        finally:
            self.in_flight -= 1
            operation, request_id = _operation_of(scope), arrival_of(scope).request_id
            self._tell(scope, note, operation, status, seconds if status else perf_counter() - began)
            if span is not None:
                span.end(operation, status, request_id=request_id, caller=note.caller, omd_id=note.omd_id)

    def _tell(self, scope: Any, note: RequestNote, operation: str, status: int, seconds: float) -> None:
        self._duration(operation, status).observe(seconds)
        self._count(note.caller, operation).inc()
        is_write = scope["method"] not in _READS
        self._recent.note(keys_of(note), now=self._clock.now().timestamp(), status=status, seconds=seconds)
        matters = (is_write or not 0 < status < 400 or seconds >= SLOW_READ_SECONDS) and not note.is_repeat
        if not (matters or _standard_log.isEnabledFor(logging.DEBUG)):
            return
        _log.log(
            logging.INFO if matters else logging.DEBUG,
            "request",
            request_id=arrival_of(scope).request_id,
            operation=operation,
            status=status,
            duration_ms=round(seconds * 1000, 2),
            caller=note.caller,
            actor=note.actor,
            omd_id=note.omd_id,
            business_id=note.business_id,
        )

    def _duration(self, operation: str, status: int) -> Histogram:
        # Status 0 is an answer that never began: whoever asked has gone.
        key = (operation, status // 100)
        child = self._durations.get(key)
        if child is None:
            child = self._durations[key] = REQUESTS.labels(operation, f"{key[1]}xx" if status else "none")
        return child

    def _count(self, caller: str, operation: str) -> Counter:
        route_class = ROUTE_CLASSES.get(operation, _NOT_ONE_OF_OURS)
        key = (caller, route_class)
        child = self._counts.get(key)
        if child is None:
            child = self._counts[key] = CALLERS.labels(caller, str(route_class))
        return child


def _operation_of(scope: Any) -> str:
    operation = getattr(scope.get("route_handler"), "operation_id", None)
    return operation if isinstance(operation, str) else _NOT_ONE_OF_OURS
