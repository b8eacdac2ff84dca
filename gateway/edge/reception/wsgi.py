"""Between a received request and the WSGI application (PEP 3333). `server` calls it, in a thread."""

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import IO, Any, Protocol
from urllib.parse import unquote_to_bytes

import h11

from gateway.edge.reception.messages import Body, Unreadable

IN_MEMORY = 1024 * 1024
# Fields of this hop, or set by the reception itself.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"transfer-encoding",
        b"content-length",
        b"upgrade",
        b"expect",
        b"trailer",
        b"te",
    }
)
WITHOUT_BODY = frozenset({204, 304})

Headers = list[tuple[str, str]]


class Application(Protocol):
    """A WSGI application."""

    def __call__(self, environ: dict[str, Any], start_response: Any, /) -> Iterable[bytes]:
        """Return the parts of the answer."""


@dataclass
class Answer:
    """The application's whole answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    file: IO[bytes]


def build_environ(request: h11.Request, body: Body, client: str, server: tuple[str, int]) -> dict[str, Any]:
    """Return the environ of a request (PEP 3333). Raises Unreadable for a target without a path."""
    target, authority = request.target.decode("ascii"), None
    if target.lower().startswith(("http://", "https://")):
        # The absolute form (RFC 9112, 3.2.2), whose authority counts and not the field Host.
        authority, slash, rest = target.partition("://")[2].partition("/")
        target = slash + rest
    if not target.startswith("/"):
        raise Unreadable
    path, _, query = target.partition("#")[0].partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method.decode("ascii"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SERVER_PROTOCOL": f"HTTP/{request.http_version.decode('ascii')}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client,
        "CONTENT_LENGTH": str(body.length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body.file,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        # The application would read X_Request_ID as X-Request-ID, which a proxy may have removed.
        if name in HOP_BY_HOP or b"_" in name:
            continue
        word = name.decode("ascii").upper().replace("-", "_")
        key = word if word == "CONTENT_TYPE" else f"HTTP_{word}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]}{'; ' if word == 'COOKIE' else ','}{text}" if key in environ else text
    if authority is not None:
        environ["HTTP_HOST"] = authority
    return environ


def call_application(application: Application, environ: dict[str, Any]) -> Answer:
    """Return the application's whole answer. Raises what the application raises."""
    started: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: object = None) -> Any:
        if started and exc_info is None:
            raise AssertionError("the answer has begun already")
        started[:] = [(status, headers)]
        return file.write

    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 -- closed with the exchange
    parts = application(environ, start_response)
    try:
        for part in parts:
            file.write(part)
    except BaseException:
        file.close()
        raise
    finally:
        if close := getattr(parts, "close", None):
            close()
    [(status, headers)] = started
    return Answer(
        int(status.split()[0]), list(_iterate_fields(environ, int(status.split()[0]), headers, file)), file
    )


def _iterate_fields(
    environ: dict[str, Any], status: int, headers: Headers, file: IO[bytes]
) -> Iterable[tuple[bytes, bytes]]:
    """Yield the fields of an answer, with its length and its date."""
    names = {name.lower() for name, _ in headers}
    has_body = environ["REQUEST_METHOD"] != "HEAD" and status not in WITHOUT_BODY
    for name, value in headers:
        field = name.lower().encode("latin-1")
        if field not in HOP_BY_HOP or (field == b"content-length" and not has_body):
            yield field, value.strip().encode("latin-1")
    if has_body:
        yield b"content-length", str(file.tell()).encode("ascii")
    if "date" not in names:
        yield b"date", formatdate(usegmt=True).encode("ascii")
