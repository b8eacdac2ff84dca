"""Traces for OpenTelemetry, sent to `OTEL_EXPORTER_OTLP_ENDPOINT`; without that it is not even imported.

A trace's id is derived from the request id, which every call, outbox row, task and event already carries: so
one disclosure is one trace over all services. A span has only the attributes given here: routes instead of
paths, statements without parameters, never the message of an exception.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.kit import logging

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

LONGEST_STATEMENT = 1000
# Seconds: a process that ends waits no longer than this for the collector.
SEND_WITHIN = 3
# What is polled, whether or not anything happens.
UNTRACED = frozenset({"health.healthz", "health.readyz", "health.metrics", "feed.events", "healthz", "alive"})

Attributes = Mapping[str, str | int]
_provider: "TracerProvider | None" = None


class OptionalSpan:
    """An open span, or none: then attributes are dropped."""

    def __init__(self, opened: "Span | None" = None) -> None:
        self._span = opened

    def set_attribute(self, name: str, value: str | int, *, failed: bool = False) -> None:
        """Add an attribute; `failed` marks the span as an error."""
        if self._span:
            from opentelemetry.trace import StatusCode  # noqa: PLC0415 -- only where traces are enabled

            self._span.set_attribute(name, value)
            if failed:
                self._span.set_status(StatusCode.ERROR)


def is_enabled() -> bool:
    """Return whether traces are enabled."""
    return bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))


def start(service: str) -> None:
    """Start to send this process's spans, once, if traces are enabled; call it after any fork."""
    global _provider  # noqa: PLW0603 -- one per process, as is the log
    if _provider or not is_enabled():
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

    class RequestIdGenerator(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            return derive_trace_id(logging.get_request_id())

    _provider = TracerProvider(
        resource=Resource.create({"service.name": f"govah-{service}"}), id_generator=RequestIdGenerator()
    )
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=SEND_WITHIN)))


def stop() -> None:
    """Send the remaining spans; for processes that end without running exit handlers."""
    if _provider:
        _provider.shutdown()


def derive_trace_id(request_id: str) -> int:
    """Return the id of the trace of a request."""
    return int.from_bytes(hashlib.sha256(request_id.encode()).digest()[:16], "big")


@contextmanager
def span(
    name: str, kind: str, attributes: Attributes | None = None, *, parent: str | None = None
) -> Iterator[OptionalSpan]:
    """Run a block in a span: below `parent` (a traceparent), the current span, or neither.

    `kind` is one of OpenTelemetry's: internal, server, client, producer, consumer. A client's span needs one
    above it.
    """
    if _provider is None:
        yield OptionalSpan()
        return
    from opentelemetry import trace  # noqa: PLC0415 -- only where traces are enabled
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    if kind == "client" and not trace.get_current_span().get_span_context().is_valid:
        yield OptionalSpan()
        return
    carrier = {"traceparent": parent or ""}
    with _provider.get_tracer("govah").start_as_current_span(
        name,
        context=TraceContextTextMapPropagator().extract(carrier) if parent else None,
        kind=trace.SpanKind[kind.upper()],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        current = OptionalSpan(opened)
        try:
            yield current
        except Exception as error:
            current.set_attribute("error.type", type(error).__name__, failed=True)
            raise


def build_trace_headers() -> dict[str, str]:
    """Return the header with which another process continues the current span; nothing without a span."""
    headers: dict[str, str] = {}
    if _provider:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        TraceContextTextMapPropagator().inject(headers)
    return {name: value for name, value in headers.items() if name == "traceparent"}


def follow_statements(engine: sa.Engine) -> None:
    """Make every statement of an engine a span below the current one, if traces are enabled."""
    if not is_enabled():
        return

    def open_span(connection: sa.Connection, *execution: Any) -> None:
        statement = str(execution[1])
        opened = span(
            statement.split(None, 1)[0].upper(),
            "client",
            {"db.system.name": engine.dialect.name, "db.query.text": statement[:LONGEST_STATEMENT]},
        )
        opened.__enter__()
        connection.info["govah-span"] = opened

    def close_span(connection: sa.Connection, *_: Any) -> None:
        opened = connection.info.pop("govah-span", None)
        if opened:
            opened.__exit__(None, None, None)

    def close_failed_span(context: sa.ExceptionContext) -> None:
        opened = context.connection and context.connection.info.pop("govah-span", None)
        error = context.original_exception
        if opened:
            opened.__exit__(type(error), error, error.__traceback__)

    sa.event.listen(engine, "before_cursor_execute", open_span)
    sa.event.listen(engine, "after_cursor_execute", close_span)
    sa.event.listen(engine, "handle_error", close_failed_span)
