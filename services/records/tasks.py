"""The task of the queue `imports`: run an import for a while. The message is only a trigger.

Nothing is lost if the task fails: its claim expires, and the sweeper sends another message.
"""

import uuid
from typing import Any

from celery import Celery

from services.kit import logging, tracing
from services.records.actions.import_sweeps import IMPORT_TASK
from services.records.imports.runs import Worker, run_import


def register_tasks(app: Celery, worker: Worker) -> None:
    """Register the task in a Celery app."""

    @app.task(name=IMPORT_TASK, bind=True, shared=False)
    def import_lists(task: Any, /, *, import_id: str, **_: Any) -> None:
        logging.bind_request_id(logging.accept_request_id(task.request.get("request_id")))
        with tracing.span(IMPORT_TASK, "consumer", parent=task.request.get("traceparent")):
            run_import(worker, uuid.UUID(import_id))
