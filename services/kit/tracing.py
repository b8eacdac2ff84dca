"""Traces for OpenTelemetry, sent where `OTEL_EXPORTER_OTLP_ENDPOINT` says; without it not even imported.

A trace's id is drawn from the request id, which already goes with every call, outbox row, task and event: so
one disclosure is one trace, whoever takes part, and no row carries anything more. A span has the attributes
given here and no others: routes instead of paths, statements without parameters, never words of an exception.
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
# Seconds. A process that ends waits for no collector longer than this.
SEND_WITHIN = 3
# What is asked again and again, whether or not anything happens.
UNTRACED = frozenset({"health.healthz", "health.readyz", "health.metrics", "feed.events", "healthz"})

Attributes = Mapping[str, str | int]
_provider: "TracerProvider | None" = None


class OptionalSpan:
    """A span that is open, or none: then notes are forgotten."""

    def __init__(self, opened: "Span | None" = None) -> None:
        self._span = opened

    def set_attribute(self, name: str, value: str | int, *, failed: bool = False) -> None:
        """Add an attribute; `failed` marks the span as one to look at."""
        if self._span:
            from opentelemetry.trace import StatusCode  # noqa: PLC0415 -- only where traces are wanted

            self._span.set_attribute(name, value)
            if failed:
                self._span.set_status(StatusCode.ERROR)


def is_enabled() -> bool:
    """Whether somebody wants traces."""
    return bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))


def start(service: str) -> None:
    """Begin to send this process's spans, if they are wanted and it does not do so yet; after any fork."""
    global _provider  # noqa: PLW0603 -- one a process, as is the log
    if _provider or not is_enabled():
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

    class OfTheRequest(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            return derive_trace_id(logging.get_request_id())

    _provider = TracerProvider(
        resource=Resource.create({"service.name": f"govah-{service}"}), id_generator=OfTheRequest()
    )
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=SEND_WITHIN)))


def stop() -> None:
    """Send what was not sent yet; for processes that end without Python's own farewell."""
    if _provider:
        _provider.shutdown()


def derive_trace_id(request_id: str) -> int:
    """The id of the trace in which everything of a request is found."""
    return int.from_bytes(hashlib.sha256(request_id.encode()).digest()[:16], "big")


@contextmanager
def span(
    name: str, kind: str, attributes: Attributes | None = None, *, parent: str | None = None
) -> Iterator[OptionalSpan]:
    """Do something as a part of a trace: beneath `parent` (a traceparent), the span around it, or neither.

    `kind` is one of OpenTelemetry's: internal, server, client, producer, consumer. A client's call is a part
    only beneath a span.
    """
    if _provider is None:
        yield OptionalSpan()
        return
    from opentelemetry import trace  # noqa: PLC0415 -- only where traces are wanted
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    if kind == "client" and not trace.get_current_span().get_span_context().is_valid:
        yield OptionalSpan()
        return
    known = {"traceparent": parent or ""}
    with _provider.get_tracer("govah").start_as_current_span(
        name,
        context=TraceContextTextMapPropagator().extract(known) if parent else None,
        kind=trace.SpanKind[kind.upper()],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        part = OptionalSpan(opened)
        try:
            yield part
        except Exception as error:
            part.set_attribute("error.type", type(error).__name__, failed=True)
            raise


def build_trace_headers() -> dict[str, str]:
    """The header by which another process goes on with the span around this; none where there is no span."""
    headers: dict[str, str] = {}
    if _provider:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        TraceContextTextMapPropagator().inject(headers)
    return {name: value for name, value in headers.items() if name == "traceparent"}


def follow_statements(engine: sa.Engine) -> None:
    """Make every statement of an engine a part of the span around it, if traces are wanted at all."""
    if not is_enabled():
        return

    def begin(connection: sa.Connection, *execution: Any) -> None:
        statement = str(execution[1])
        opened = span(
            statement.split(None, 1)[0].upper(),
            "client",
            {"db.system.name": engine.dialect.name, "db.query.text": statement[:LONGEST_STATEMENT]},
        )
        opened.__enter__()
        connection.info["govah-span"] = opened

    def end(connection: sa.Connection, *_: Any) -> None:
        opened = connection.info.pop("govah-span", None)
        if opened:
            opened.__exit__(None, None, None)

    def fail(context: sa.ExceptionContext) -> None:
        opened = context.connection and context.connection.info.pop("govah-span", None)
        error = context.original_exception
        if opened:
            opened.__exit__(type(error), error, error.__traceback__)

    sa.event.listen(engine, "before_cursor_execute", begin)
    sa.event.listen(engine, "after_cursor_execute", end)
    sa.event.listen(engine, "handle_error", fail)
