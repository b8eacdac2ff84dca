"""Structured JSON logs with the request id in every line, and nothing personal in any.

`configure` is called once by every process; code logs with `structlog.get_logger()` and passes only
opaque ids, counts and codes.
"""

import logging
import re
import sys
import threading
import traceback
import uuid
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

# RFC 9562, 4: a form in which nobody can hide a name, a number or text.
REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MAX_CAUSES = 10


class LoggableError(Exception):
    """A failure whose message contains no personal data, so that logs may quote it."""

    is_loggable = True


def configure(service: str, level: str = "INFO") -> None:
    """Send structlog's and the standard library's records as JSON lines to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_service(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        # Cached loggers would keep the level of their first use. Without the cache a line costs 4 µs more.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_format_traceback),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _log_crash
    # These two write whole URLs and statements' parameters at INFO and DEBUG.
    for chatty in ("httpx", "httpcore", "sqlalchemy.engine"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    # Python would write the message of the exception, and not as JSON.
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger(__name__).critical("process.failed", exc_info=(kind, error, trace))


def log_thread_failure(args: threading.ExceptHookArgs) -> None:
    """Log the exception that ended a thread; set as `threading.excepthook` where threads do the work."""
    if args.exc_value and not isinstance(args.exc_value, SystemExit):
        logging.getLogger(__name__).error("thread.failed", exc_info=args.exc_value)


def _format_traceback(exc_info: structlog.typing.ExcInfo) -> list[str]:
    # Types and places only. The message of an exception may contain what a caller sent; that of a database
    # error contains a statement's parameters.
    error: BaseException | None = exc_info[1]
    lines: list[str] = []
    while error is not None and len(lines) < MAX_CAUSES:
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        message = f" ({error})" if getattr(error, "is_loggable", False) else ""
        lines.append(f"{type(error).__qualname__}{message}: {' > '.join(places)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines


def _name_service(service: str) -> structlog.typing.Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add


def new_request_id() -> str:
    """Return a new request id: a UUID of 36 characters."""
    return str(uuid.uuid4())


def accept_request_id(given: str | None) -> str:
    """Return the caller's request id in lower case if it is a UUID of 36 characters, else a new one."""
    lowered = (given or "").lower()
    return lowered if REQUEST_ID.fullmatch(lowered) else new_request_id()


def bind_request_id(request_id: str) -> None:
    """Start a new context whose log lines carry this request id."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def get_request_id() -> str:
    """Return the request id of this context, which gets a new one if it has none yet."""
    bound = structlog.contextvars.get_contextvars().get("request_id")
    if isinstance(bound, str):
        return bound
    request_id = new_request_id()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id


def bind_actor(actor: str) -> None:
    """Add the representative who acts for a person to this context: log lines and events name both."""
    structlog.contextvars.bind_contextvars(actor=actor)


def find_actor() -> str | None:
    """Return the id of the representative who acts in this context, None if nobody does."""
    bound = structlog.contextvars.get_contextvars().get("actor")
    return bound if isinstance(bound, str) else None
