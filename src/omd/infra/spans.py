"""Spans by OpenTelemetry. Imported only where traces are wanted: its packages are an extra.

A span names the operation, the statement, the request and whose it was; never a value, a path, a query or what an
exception says, which may quote a row. What a caller sends of a trace of its own is not taken up: anybody may send it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Token
from importlib.metadata import version

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode

from omd.db import Statement

SEND_SECONDS = 2.0
_FAILURE = 500


class Spans:
    """Implements `Tracing` by a provider of OpenTelemetry."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("omd", version("omd-platform"))

    def begin_request(self, method: str) -> "OpenSpan":
        """Begin the span of a request, which what follows in this task lies within."""
        span = self._tracer.start_span("request", Context(), SpanKind.SERVER, {"http.request.method": method})
        return OpenSpan(span, context.attach(trace.set_span_in_context(span)))

    @contextmanager
    def statement(self, statement: Statement) -> Iterator[None]:
        """Make a span of the block: one run of a named statement."""
        about = {"db.system.name": "postgresql", "db.query.summary": statement.full_name}
        with self._tracer.start_as_current_span(
            statement.full_name,
            kind=SpanKind.CLIENT,
            attributes=about,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(StatusCode.ERROR)
                span.set_attribute("error.type", type(error).__name__)
                raise

    def close(self) -> None:
        """Send what is not sent yet."""
        self._provider.shutdown()


class OpenSpan:
    """The span of one request."""

    def __init__(self, span: Span, token: Token[Context]) -> None:
        self._span = span
        self._token = token

    def end(self, operation: str, status: int, **about: str | int | None) -> None:
        """End it."""
        self._span.update_name(operation)
        self._span.set_attribute("http.response.status_code", status)
        for name, value in about.items():
            if value is not None:
                self._span.set_attribute(f"omd.{name}", value)
        if status >= _FAILURE or status == 0:
            self._span.set_status(StatusCode.ERROR)
        context.detach(self._token)
        self._span.end()


def sending_to(endpoint: str) -> Spans:
    """Return what sends spans to an OTLP endpoint over HTTP, in a thread of its own; what it cannot send is lost."""
    provider = TracerProvider(resource=Resource.create({"service.name": "omd"}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Spans(provider)
