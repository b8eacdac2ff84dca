"""The background loops of inquiry: relay, sweeper, alarm, reminders, consumers. Started by `commands`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from obstore.store import ObjectStore

from services.inquiry.actions import (
    alarms,
    housekeeping,
    institutions,
    letters,
    mergers,
    objections,
    permits,
    refusals,
    reminders,
)
from services.inquiry.actions.retention import build_rules
from services.inquiry.models import EndedSession, Ending, FeedCounter, FeedCursor, Outbox
from services.inquiry.settings import Settings
from services.kit.background import (
    RELAY_INTERVAL,
    build_consumer_loops,
    build_endings_loop,
    build_standard_loops,
)
from services.kit.db import Sessions
from services.kit.endings import delete_old_endings
from services.kit.feed import Handler, Synchronisation
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.http.feed import fetch_page, fetch_permanent_events
from services.kit.loops import Loop
from services.kit.queue import new_celery
from services.kit.revocation import apply_ending

# Seconds between steps, the first while nothing happens.
REFUSALS_IDLE_INTERVAL = 5.0
SWEEPER_INTERVAL = 30.0
ALARM_INTERVAL = 60.0
REMINDER_INTERVAL = 60.0
LOOPS = (
    "relay",
    "housekeeping",
    "endings",
    "refusals",
    "sweeper",
    "alarm",
    "reminders",
    "consume-disclosure",
    "consume-records",
    "consume-auth",
)

HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "disclosure": {
        "letter.ready": letters.on_letter_ready,
        "letter.superseded": letters.on_letter_superseded,
        "letter.revoked": letters.on_letter_revoked,
        "answer.superseded": letters.on_answer_superseded,
    },
    "records": {
        "objection.submitted": objections.on_objection_submitted,
        "objection.decided": objections.on_objection_decided,
        "objection.withdrawn": objections.on_objection_withdrawn,
        "objection.restated": objections.on_objection_restated,
        "person.merged": mergers.on_person_merged,
    },
    "auth": {
        "account.closed": permits.on_account_closed,
        "institution.added": institutions.on_institution_added,
        "institution.changed": institutions.on_institution_changed,
        "sessions.ended": partial(apply_ending, EndedSession),
        "account.disabled": partial(apply_ending, EndedSession),
    },
}


def watch_institutions(sessions: Sessions, threshold: alarms.Threshold) -> int:
    """Return for how many institutions an alarm was raised. It is logged after the commit."""
    with sessions.begin() as session:
        raised = alarms.raise_institution_alarms(session, threshold)
    alarms.log_institution_alarms(raised)
    return len(raised)


def new_loops(settings: Settings, sessions: Sessions, objects: ObjectStore) -> Sequence[Loop]:
    """Return the loops that need no other service."""
    broker = new_celery("inquiry", settings.broker_url)
    threshold = alarms.Threshold(settings.institution_alarm_failures, settings.institution_alarm_share)

    def delete_expired() -> int:
        with sessions.begin() as session:
            deleted = housekeeping.delete_expired_keys(session)
            deleted += housekeeping.delete_contents_of_revoked_letters(session)
        deleted += housekeeping.remove_documents(sessions, objects)
        housekeeping.clear_write_ahead_log(sessions)
        return deleted

    def watch_failures() -> int:
        alarms.delete_old_attempts(sessions)
        with sessions() as session:
            alarms.log_failure_alarm(session, settings.alarm_failures)
        return watch_institutions(sessions, threshold)

    return [
        *build_standard_loops(
            "inquiry",
            sessions,
            broker,
            Outbox,
            FeedCounter,
            housekeeping=[
                partial(housekeeping.remove_leftovers, objects),
                partial(housekeeping.delete_old_history, sessions),
                partial(delete_old_endings, sessions, Ending, is_journaled=bool(settings.endings_url)),
                *(rule.delete_batch for rule in build_rules(sessions, settings)),
            ],
        ),
        build_endings_loop("inquiry", sessions, Ending, settings.open_endings),
        Loop(
            "refusals",
            partial(refusals.report_refusals, sessions),
            RELAY_INTERVAL,
            idle_interval=REFUSALS_IDLE_INTERVAL,
        ),
        Loop("sweeper", delete_expired, SWEEPER_INTERVAL),
        Loop("alarm", watch_failures, ALARM_INTERVAL),
        Loop(
            "reminders",
            partial(reminders.report_endings, sessions),
            REMINDER_INTERVAL,
            batch_size=reminders.BATCH,
        ),
    ]


def new_consumers(settings: Settings, sessions: Sessions) -> Mapping[str, Loop]:
    """Return the loops that read the feeds of disclosure, records and auth, by service."""
    tokens = TokenSource(settings.auth_url, "inquiry", settings.read_client_secrets)
    urls = {
        "disclosure": settings.disclosure_url,
        "records": settings.records_url,
        "auth": settings.auth_url,
    }
    loops = build_consumer_loops(sessions, FeedCursor, urls, tokens, HANDLERS)
    # As the others, but it knows as of when the register is complete.
    records = ServiceClient(settings.records_url)
    fetch = partial(fetch_page, records, tokens, "records")
    synchronisation = Synchronisation(partial(fetch_permanent_events, records, tokens, "records"))
    step = partial(objections.read_feed, sessions, fetch, HANDLERS["records"], synchronisation)
    return {**loops, "records": replace(loops["records"], step=step)}
