"""The loops beside the web process: relay, sweeper, consumers. Started by the command `background`."""

from collections.abc import Mapping, Sequence
from functools import partial

import sqlalchemy as sa
from celery import Celery
from sqlalchemy.orm import Session

from services.disclosure.actions.activity import note_event, note_look
from services.disclosure.actions.collect import Collector
from services.disclosure.actions.inbox import apply_record_change
from services.disclosure.actions.snapshots import BATCH as SEAL_BATCH
from services.disclosure.actions.snapshots import seal_snapshots
from services.disclosure.actions.sweep import sweep
from services.disclosure.models import EndedSession, FeedCounter, FeedCursor, Outbox
from services.disclosure.settings import Settings
from services.kit import loops
from services.kit.db import Sessions, new_sessions
from services.kit.feed import Event, Handler, consumer_loops, listeners
from services.kit.http.client import TokenSource
from services.kit.loops import Loop
from services.kit.outbox import BATCH, forget_tasks, number_events, publish_tasks
from services.kit.queue import new_celery, queue_length, send_nudge, send_task
from services.kit.revocation import note_ended
from services.kit.storage import KeyFile, SealedObjects, open_store

# Somebody waits for their letter, so tasks never rest; events are read some at a time anyway.
TASK_SECONDS, EVENT_SECONDS, REST_SECONDS = 0.2, 0.4, 0.8
SWEEP_SECONDS = 1.0
SEAL_SECONDS = 1.0
FORGET_SECONDS = 3600.0
COLLECT_SECONDS = 3600.0


def on_sessions_ended(session: Session, event: Event) -> None:
    """Refuse the tokens of the sessions, and put the event on the person's page if it is about one."""
    note_ended(EndedSession, session, event)
    note_event(session, event)


HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "auth": {
        "account.activated": note_event,
        "sessions.ended": on_sessions_ended,
        "account.disabled": partial(note_ended, EndedSession),
        "password.changed": note_event,
        "mobile.changed": note_event,
        "mobile.reversed": note_event,
    },
    "records": {
        "record.changed": apply_record_change,
        "record.viewed": note_look,
        "objection.submitted": note_event,
        "objection.decided": note_event,
    },
    "inquiry": {
        "permit.issued": note_event,
        "permit.paused": note_event,
        "permit.resumed": note_event,
        "permit.revoked": note_event,
        "inquiry.answered": note_event,
        "inquiry.refused": note_event,
        "discrepancy.reported": note_event,
    },
}
CONSUMERS = {source: f"consume-{source}" for source in HANDLERS}
NAMES = (
    "relay-events",
    "relay-tasks",
    "sweeper",
    "seal-snapshots",
    "forget",
    "collector",
    *CONSUMERS.values(),
)


def run(settings: Settings, engine: sa.Engine, names: Sequence[str]) -> None:
    """Run the named loops until the process is told to stop."""
    chosen = [loop for loop in new_loops(settings, new_sessions(engine)) if loop.name in names]
    by_name = {loop.name: loop for loop in chosen}
    nudged = {source: by_name[name] for source, name in CONSUMERS.items() if name in by_name}
    loops.run(chosen, listeners(settings.broker_url, nudged))


def new_loops(settings: Settings, sessions: Sessions) -> Sequence[Loop]:
    """All loops of this service, in the order of `NAMES`."""
    celery = new_celery("disclosure", settings.broker_url)
    publish = partial(send_task, celery)
    objects = open_store(settings.storage_url, settings.s3)
    sealed = SealedObjects(objects, KeyFile(settings.storage_keys_file))
    tokens = TokenSource(settings.auth_url, "disclosure", settings.client_secret)
    urls = {"auth": settings.auth_url, "records": settings.records_url, "inquiry": settings.inquiry_url}
    return [
        Loop(
            "relay-events",
            lambda: relay_events(sessions, celery),
            EVENT_SECONDS,
            full=BATCH,
            apart=EVENT_SECONDS,
            rest=REST_SECONDS,
        ),
        # Apart from the events: a broker that is away must not keep these from their numbers.
        Loop("relay-tasks", lambda: publish_tasks(sessions, Outbox, publish), TASK_SECONDS, full=BATCH),
        Loop("sweeper", lambda: sweep(sessions, partial(queue_length, celery), publish), SWEEP_SECONDS),
        Loop("seal-snapshots", lambda: seal_snapshots(sessions, sealed), SEAL_SECONDS, full=SEAL_BATCH),
        Loop("forget", lambda: _forget(sessions), FORGET_SECONDS),
        Loop("collector", Collector(sessions, objects).step, COLLECT_SECONDS),
        *consumer_loops("consume", sessions, FeedCursor, urls, tokens, HANDLERS).values(),
    ]


def relay_events(sessions: Sessions, celery: Celery) -> int:
    """Number the waiting events and tell their readers; returns how many were numbered."""
    numbered = number_events(sessions, Outbox, FeedCounter)
    if numbered:
        send_nudge(celery, "disclosure")
    return numbered


def _forget(sessions: Sessions) -> int:
    forget_tasks(sessions, Outbox)
    return 0
