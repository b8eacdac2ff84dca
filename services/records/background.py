"""The background loops of records: relay, housekeeping, restatements and consumer. Started by `commands`."""

from collections.abc import Mapping, Sequence
from functools import partial

from services.kit.background import build_consumer_loops, build_endings_loop, build_standard_loops
from services.kit.db import Sessions
from services.kit.endings import delete_old_endings
from services.kit.feed import Handler
from services.kit.http.client import TokenSource
from services.kit.loops import Loop
from services.kit.queue import new_celery, send_task
from services.kit.revocation import apply_ending
from services.kit.storage import KeyFile, SealedObjects, open_store
from services.records.actions.files import remove_unfinished_files, remove_unkept_files
from services.records.actions.import_sweeps import QUEUE, sweep_imports
from services.records.actions.imports import cancel_abandoned
from services.records.actions.restatements import BATCH as RESTATE_BATCH
from services.records.actions.restatements import publish_restatements
from services.records.actions.retention import build_rules
from services.records.actions.workshops import fill_folded_names
from services.records.actions.years import move_contributions
from services.records.models import EndedSession, Ending, FeedCounter, FeedCursor, Outbox
from services.records.proposals.collisions import propose_about_collisions
from services.records.settings import Settings

# Seconds between looks for imports that wait for a worker.
SWEEP_INTERVAL, SWEEP_IDLE_INTERVAL = 1.0, 5.0
# Seconds between steps of the loop that finds nothing once an upgrade is complete.
RESTATE_INTERVAL = 30.0
LOOPS = ("relay", "housekeeping", "endings", "restate-objections", "sweep-imports", "consume-auth")

HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "auth": {
        "sessions.ended": partial(apply_ending, EndedSession),
        "account.disabled": partial(apply_ending, EndedSession),
    },
}


def new_loops(settings: Settings, sessions: Sessions) -> Sequence[Loop]:
    """Return the loops that need no other service."""
    objects = open_store(settings.storage_url, settings.s3)
    files = SealedObjects(objects, KeyFile(settings.storage_keys_file))
    standard = build_standard_loops(
        "records",
        sessions,
        new_celery("records", settings.broker_url),
        Outbox,
        FeedCounter,
        housekeeping=[
            partial(remove_unkept_files, sessions, files),
            partial(remove_unfinished_files, files),
            partial(propose_about_collisions, sessions),
            partial(fill_folded_names, sessions),
            partial(cancel_abandoned, sessions),
            partial(move_contributions, sessions),
            partial(delete_old_endings, sessions, Ending, is_journaled=bool(settings.endings_url)),
            *(rule.delete_batch for rule in build_rules(sessions, settings)),
        ],
    )
    restate = partial(publish_restatements, sessions)
    broker = new_celery("records", settings.broker_url, queue=QUEUE)
    return [
        *standard,
        build_endings_loop("records", sessions, Ending, settings.open_endings),
        Loop("restate-objections", restate, RESTATE_INTERVAL, batch_size=RESTATE_BATCH),
        Loop(
            "sweep-imports",
            partial(sweep_imports, sessions, partial(send_task, broker)),
            SWEEP_INTERVAL,
            idle_interval=SWEEP_IDLE_INTERVAL,
        ),
    ]


def new_consumers(settings: Settings, sessions: Sessions) -> Mapping[str, Loop]:
    """Return the loops that read the feeds of other services, by service."""
    tokens = TokenSource(settings.auth_url, "records", settings.read_client_secrets)
    return build_consumer_loops(sessions, FeedCursor, {"auth": settings.auth_url}, tokens, HANDLERS)
