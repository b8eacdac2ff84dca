"""How gunicorn runs every service: ``gunicorn --config python:services.kit.http.gunicorn 'app:serve()'``.

The command line says where it listens, and how many processes and threads it has.
"""

import gc
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from services.kit import logging
from services.kit.http.workers import DRAIN_SECONDS, DrainingWorker


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's own log lines as JSON, without what a caller has sent."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        logging.configure("gunicorn", cfg.loglevel.upper())
        # In a worker the service's own configuration takes the place of this one.
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        # What follows quotes the client's address and the request's first line.
        super().warning("Invalid request" if msg.startswith("Invalid request") else msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        # Its arguments are the method and the path; some paths carry a token.
        super().exception(msg.partition(" %s")[0], **kwargs)


def post_worker_init(_worker: Worker) -> None:
    # The application lives as long as the process, so the collector can skip it.
    gc.freeze()


worker_class = DrainingWorker
loglevel = "warning"
logger_class = JsonLogger
# Seconds from the signal on; requests that run have ten of them.
graceful_timeout = 10 + DRAIN_SECONDS
# Seconds; above those after which httpx gives up a connection it keeps, so that no call between services
# meets one that is just being closed. An idle connection takes no thread.
keepalive = 10
# It would be one more way in, and writes a file.
control_socket_disable = True
