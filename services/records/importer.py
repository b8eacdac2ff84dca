"""The worker of the queue `imports`, with its wiring: ``python -m services.records``."""

from functools import partial

from celery import Celery

from services.kit.db import new_engine, new_sessions
from services.kit.queue import new_celery
from services.kit.schema import require_schema
from services.kit.settings import load_settings
from services.kit.storage import KeyFile, SealedObjects, open_store
from services.kit.workers import run_worker
from services.records import tasks
from services.records.actions.import_sweeps import QUEUE
from services.records.imports.runs import Worker
from services.records.settings import ImporterSettings


def create_worker(settings: ImporterSettings) -> Celery:
    """Return the Celery app with its task; no connection is open. Raises SettingsError."""
    app = new_celery("records", settings.broker_url, settings, queue=QUEUE)
    engine = new_engine(settings.database_url)
    require_schema(engine, "services.records")
    # The processes that are forked from this one open connections of their own.
    engine.dispose()
    objects = open_store(settings.storage_url, settings.s3)
    files = SealedObjects(objects, KeyFile(settings.storage_keys_file))
    tasks.register_tasks(app, Worker(new_sessions(engine), files, settings.lease))
    return app


def main() -> None:
    """Run the worker until it is stopped. Raises SettingsError."""
    settings = load_settings(ImporterSettings)
    create = partial(create_worker, settings)
    processes = settings.importer_processes
    run_worker("records", settings.log_level, processes, create, lambda: None, role="records-importer")
