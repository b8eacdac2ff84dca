"""A receiver of traces of the tests' own: OTLP over HTTP, as a collector would take them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class ReportedSpan:
    """One span, and the service that sent it."""

    service: str
    span: Span

    @property
    def name(self) -> str:
        return f"{self.service}: {self.span.name}"


@dataclass
class Receiver:
    """Where programs send their spans, and what has come."""

    server: ThreadingHTTPServer
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def list_spans(self) -> Iterator[ReportedSpan]:
        for body in list(self.bodies):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        yield ReportedSpan(names["service.name"].removeprefix("govah-"), span)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a port of its own, until the end of the block."""

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
            """Log nothing."""

    receiver = Receiver(ThreadingHTTPServer(("127.0.0.1", 0), Take))
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.1,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()
