"""Traces, for whoever wants them: a span for each request, and within it one for each named statement.

The packages that make them are an extra, and are imported only where somebody says where traces go.
"""

import importlib
from importlib.util import find_spec
from typing import Protocol

from omd.db.measuring import StatementTracer
from omd.kernel.errors import OmdError

_MAKER = "omd.infra.spans"
_NEEDED = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class TracingNotInstalled(OmdError):
    """Traces are asked for, and the packages that make them are not installed."""

    code = "tracing_not_installed"
    status = 503
    title = "The packages for traces are missing"


class RequestSpan(Protocol):
    """The span of one request that is being served."""

    def end(self, operation: str, status: int, **about: str | int | None) -> None:
        """End it: `status` is of the answer, 0 without one; `about` names what else is known, nothing personal."""
        ...


class Tracing(StatementTracer, Protocol):
    """Makes spans."""

    def begin_request(self, method: str) -> RequestSpan:
        """Begin the span of a request: those of its statements lie within it."""
        ...

    def close(self) -> None:
        """Send what is not sent yet; blocks for some seconds at most."""
        ...


def require_tracing(endpoint: str | None) -> None:
    """Raise `TracingNotInstalled` when traces are to go to an endpoint and cannot be made."""
    if endpoint is not None and not all(map(_is_there, _NEEDED)):
        raise TracingNotInstalled(
            "OMD_OTLP_ENDPOINT says where traces go, but the packages that make them are not installed. "
            "Install omd-platform[otel], or unset OMD_OTLP_ENDPOINT."
        )


def tracing_to(endpoint: str | None) -> Tracing | None:
    """Return what sends spans to the OTLP endpoint, such as `http://127.0.0.1:4318`; None without one.

    Raises `TracingNotInstalled`.
    """
    if endpoint is None:
        return None
    require_tracing(endpoint)
    tracing: Tracing = importlib.import_module(_MAKER).sending_to(endpoint)
    return tracing


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ModuleNotFoundError, ValueError):
        return False
