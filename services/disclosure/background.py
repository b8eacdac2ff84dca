"""The background loops of disclosure, among them relay, sweeper and consumers. Started by `commands`."""

import uuid
from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy.orm import Session

from services.disclosure.actions.activity import note_event, note_look
from services.disclosure.actions.answers import check_answers, delete_ended_answers
from services.disclosure.actions.figure_checks import BATCH as CHECK_BATCH
from services.disclosure.actions.figure_checks import check_figures
from services.disclosure.actions.letters import apply_record_change
from services.disclosure.actions.orphans import OrphanCollector
from services.disclosure.actions.people import on_person_corrected, on_person_merged
from services.disclosure.actions.retention import build_rules
from services.disclosure.actions.snapshots import BATCH as SEAL_BATCH
from services.disclosure.actions.snapshots import seal_snapshots
from services.disclosure.actions.sweeps import sweep_requests
from services.disclosure.clients import HttpAnswerDigestsReader, HttpFiguresReader
from services.disclosure.models import EndedSession, Ending, FeedCounter, FeedCursor, Outbox
from services.disclosure.settings import Settings
from services.disclosure.store.activity import add_gap
from services.disclosure.store.answers import request_checks
from services.disclosure.store.citizens import find_owner
from services.disclosure.store.figure_checks import request_checks_of_all
from services.kit.background import build_consumer_loops, build_endings_loop, build_standard_loops
from services.kit.db import Sessions
from services.kit.endings import delete_old_endings
from services.kit.feed import Event, Handler, Repair
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.loops import Loop
from services.kit.notifications import EVENTS, TASKS
from services.kit.outbox import BATCH, delete_old_tasks, publish_tasks
from services.kit.queue import count_queued_tasks, new_celery, send_task
from services.kit.revocation import apply_ending
from services.kit.storage import KeyFile, SealedObjects, open_store

# Seconds between steps. A person waits for their letter, so tasks have no idle interval where notifications
# do not wake their loop; events are read in batches anyway.
TASK_INTERVAL, RELAY_INTERVAL, RELAY_COOLDOWN = 0.2, 0.4, 1.0
SWEEPER_INTERVAL = SEAL_INTERVAL = CHECK_INTERVAL = 1.0
# The same while nothing happens.
SWEEPER_IDLE_INTERVAL, SEAL_IDLE_INTERVAL, CHECK_IDLE_INTERVAL = 5.0, 15.0, 5.0


def on_sessions_ended(session: Session, event: Event) -> None:
    """Reject the tokens of the sessions, and add the event to the page of its person, if it has one."""
    apply_ending(EndedSession, session, event)
    note_event(session, event)


def on_objection_changed(session: Session, event: Event) -> None:
    """Add the event to the page of its person, and compute the person's answers again."""
    note_event(session, event)
    owner_id = find_owner(session, uuid.UUID(event.subject or ""))
    request_checks(session, [owner_id])


def check_outdated(
    sessions: Sessions,
    sealed: SealedObjects,
    figures: HttpFiguresReader,
    digests: HttpAnswerDigestsReader,
) -> int:
    """Return how many letters and answers were compared with the record."""
    return check_figures(sessions, sealed, figures) + check_answers(sessions, sealed, digests)


HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "auth": {
        "account.activated": note_event,
        "account.closed": note_event,
        "sessions.ended": on_sessions_ended,
        "account.disabled": partial(apply_ending, EndedSession),
        "password.changed": note_event,
        "mobile.changed": note_event,
        "mobile.reversed": note_event,
        "identification.proposed": note_event,
        "identification.confirmed": note_event,
        "identification.rejected": note_event,
        "mandate.offered": note_event,
        "mandate.began": note_event,
        "mandate.used": note_event,
        "mandate.ended": note_event,
    },
    "records": {
        "record.changed": apply_record_change,
        "person.corrected": on_person_corrected,
        "person.merged": on_person_merged,
        "record.viewed": note_look,
        "objection.submitted": on_objection_changed,
        "objection.decided": on_objection_changed,
        "objection.withdrawn": on_objection_changed,
        "objection.questioned": note_event,
        "objection.answered": note_event,
    },
    "inquiry": {
        "permit.issued": note_event,
        "permit.paused": note_event,
        "permit.resumed": note_event,
        "permit.revoked": note_event,
        "permit.ending": note_event,
        "inquiry.answered": note_event,
        "inquiry.refused": note_event,
        "discrepancy.reported": note_event,
        "discrepancy.declined": note_event,
    },
}
# Changes of the record are too many to stay: without them, each valid letter is compared with it.
REPAIRS: Mapping[str, Repair] = {"records": request_checks_of_all}
LOOPS = (
    "relay",
    "housekeeping",
    "endings",
    "publish-tasks",
    "sweeper",
    "seal-snapshots",
    "check-figures",
    "consume-auth",
    "consume-records",
    "consume-inquiry",
)


def new_loops(settings: Settings, sessions: Sessions) -> Sequence[Loop]:
    """Return the loops that read no feed. `check-figures` asks records."""
    tokens = TokenSource(settings.auth_url, "disclosure", settings.read_client_secrets)
    figures = HttpFiguresReader(ServiceClient(settings.records_url), tokens)
    digests = HttpAnswerDigestsReader(ServiceClient(settings.records_url), tokens)
    celery = new_celery("disclosure", settings.broker_url)
    publish = partial(send_task, celery)
    objects = open_store(settings.storage_url, settings.s3)
    sealed = SealedObjects(objects, KeyFile(settings.storage_keys_file))
    return [
        *build_standard_loops(
            "disclosure",
            sessions,
            celery,
            Outbox,
            FeedCounter,
            housekeeping=[
                partial(delete_old_tasks, sessions, Outbox),
                OrphanCollector(sessions, objects).collect_batch,
                partial(delete_ended_answers, sessions),
                partial(delete_old_endings, sessions, Ending, is_journaled=bool(settings.endings_url)),
                *(rule.delete_batch for rule in build_rules(sessions, settings, objects)),
            ],
            relay_interval=RELAY_INTERVAL,
            relay_cooldown=RELAY_COOLDOWN,
        ),
        build_endings_loop("disclosure", sessions, Ending, settings.open_endings),
        # A loop of its own: a broker that is away must not delay the numbers of events.
        Loop(
            "publish-tasks",
            partial(publish_tasks, sessions, Outbox, publish),
            TASK_INTERVAL,
            batch_size=BATCH,
            channel=TASKS,
        ),
        Loop(
            "sweeper",
            partial(sweep_requests, sessions, partial(count_queued_tasks, celery), publish),
            SWEEPER_INTERVAL,
            idle_interval=SWEEPER_IDLE_INTERVAL,
        ),
        Loop(
            "seal-snapshots",
            partial(seal_snapshots, sessions, sealed),
            SEAL_INTERVAL,
            batch_size=SEAL_BATCH,
            cooldown=SEAL_INTERVAL,
            idle_interval=SEAL_IDLE_INTERVAL,
            # The event of a ready letter is one of them.
            channel=EVENTS,
        ),
        Loop(
            "check-figures",
            partial(check_outdated, sessions, sealed, figures, digests),
            CHECK_INTERVAL,
            batch_size=CHECK_BATCH,
            idle_interval=CHECK_IDLE_INTERVAL,
        ),
    ]


def note_gap(source: str, session: Session) -> None:
    """Note on the activity page that lines of a service may be missing."""
    add_gap(session, source, HANDLERS[source])


def new_consumers(settings: Settings, sessions: Sessions) -> Mapping[str, Loop]:
    """Return the loops that read the feeds of other services, by service."""
    tokens = TokenSource(settings.auth_url, "disclosure", settings.read_client_secrets)
    urls = {"auth": settings.auth_url, "records": settings.records_url, "inquiry": settings.inquiry_url}
    return build_consumer_loops(sessions, FeedCursor, urls, tokens, HANDLERS, REPAIRS, note_gap)
