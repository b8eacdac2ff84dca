"""The background loops of inquiry: its relay, its upkeep, the feeds it reads. Started by `commands`."""

from collections.abc import Mapping
from functools import partial

from celery import Celery
from obstore.store import ObjectStore

from services.inquiry.actions import alarms, institutions, letters, upkeep
from services.inquiry.models import EndedSession, FeedCounter, FeedCursor, Outbox
from services.inquiry.settings import Settings
from services.kit.db import Sessions
from services.kit.feed import Handler, consumer_loops
from services.kit.http.client import TokenSource
from services.kit.loops import Loop
from services.kit.outbox import BATCH, number_events
from services.kit.queue import send_nudge
from services.kit.revocation import note_ended

# Seconds between looks, and while nothing happens.
RELAY_EVERY, REST = 0.5, 0.8
UPKEEP_EVERY = 30.0
ALARM_EVERY = 60.0
LEFTOVERS_EVERY = 3600.0

HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "disclosure": {
        "letter.ready": letters.on_letter_ready,
        "letter.superseded": letters.on_letter_superseded,
        "letter.revoked": letters.on_letter_revoked,
    },
    "auth": {
        "institution.added": institutions.on_institution_added,
        "sessions.ended": partial(note_ended, EndedSession),
        "account.disabled": partial(note_ended, EndedSession),
    },
}


def own_loops(sessions: Sessions, objects: ObjectStore, broker: Celery, settings: Settings) -> list[Loop]:
    """The loops that need no other service."""

    def relay() -> int:
        numbered = number_events(sessions, Outbox, FeedCounter)
        if numbered:
            send_nudge(broker, "inquiry")
        return numbered

    def keep_up() -> int:
        done = upkeep.close_expired(sessions) + upkeep.remove_documents(sessions, objects)
        return done + upkeep.empty_write_ahead_log(sessions)

    threshold = alarms.Threshold(settings.institution_alarm_failures, settings.institution_alarm_share)

    def watch() -> int:
        alarms.forget_attempts(sessions)
        upkeep.watch_failures(sessions, settings.alarm_failures)
        return alarms.watch_institutions(sessions, threshold)

    return [
        Loop("relay", relay, RELAY_EVERY, full=BATCH, rest=REST),
        Loop("refusals", partial(upkeep.tell_refusals, sessions), RELAY_EVERY, rest=REST),
        Loop("upkeep", keep_up, UPKEEP_EVERY),
        Loop("alarm", watch, ALARM_EVERY),
        Loop("leftovers", partial(upkeep.remove_leftovers, objects), LEFTOVERS_EVERY),
    ]


def feed_loops(sessions: Sessions, settings: Settings) -> Mapping[str, Loop]:
    """The loops that read the feeds of disclosure and auth, by the service they read."""
    tokens = TokenSource(settings.auth_url, "inquiry", settings.client_secret)
    addresses = {"disclosure": settings.disclosure_url, "auth": settings.auth_url}
    return consumer_loops("from", sessions, FeedCursor, addresses, tokens, HANDLERS)
