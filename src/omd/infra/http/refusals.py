"""What was refused: every refusal counted by its code, and those that tell of an attack logged."""

from http import HTTPStatus
from typing import Any

import structlog
from prometheus_client import Counter

from omd.infra.http.arrival import arrival_of

REFUSED = Counter("omd_requests_refused_total", "Requests refused, by the code of the refusal.", ["code"])
_log = structlog.get_logger(__name__)

_LOGGED = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.GONE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}
"""Of who asks, not of what is there: refusals of the world, such as a room that is taken, are nobody's attack."""


def count_refusal(code: str) -> None:
    """Count a refusal that was logged when it was first said."""
    REFUSED.labels(code).inc()


def note_refusal(code: str, status: int, scope: Any) -> None:
    """Count the refusal of the request with this ASGI scope, and log it, naming nothing that the request carried."""
    count_refusal(code)
    if status not in _LOGGED:
        return
    arrival = arrival_of(scope)
    _log.info(
        "request_refused",
        code=code,
        operation=getattr(scope.get("route_handler"), "operation_id", None),
        address=arrival.address,
        request_id=arrival.request_id,
    )
