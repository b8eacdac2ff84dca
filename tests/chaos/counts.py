"""Counting effects against their causes, in the databases of all services: none lost, none doubled.

What has happened is what a service has committed with its change, its outbox; what it must have led to stands
in the tables of the services that read its feed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services import SERVICES
from services.kit.subjects import unpack_data
from tests.chaos.stack import Stack

# Every kind of event, but `request.failed`, since nothing may fail in a run, and `account.disabled`, since
# nobody leaves.
KINDS = {
    "auth": {
        "account.activated",
        "password.changed",
        "mobile.changed",
        "mobile.reversed",
        "sessions.ended",
        "institution.added",
    },
    "records": {"record.changed", "objection.submitted", "objection.decided", "objection.withdrawn"},
    "disclosure": {
        "request.queued",
        "letter.ready",
        "letter.seen",
        "letter.superseded",
        "letter.revoked",
    },
    "inquiry": {
        "permit.issued",
        "permit.paused",
        "permit.resumed",
        "permit.revoked",
        "inquiry.answered",
        "inquiry.refused",
        "discrepancy.reported",
    },
}
OF_OTHERS = KINDS["auth"] - {"institution.added"} | KINDS["records"] - {"record.changed"} | KINDS["inquiry"]

READERS = {
    "disclosure": "auth records inquiry",
    "auth": "disclosure inquiry",
    "inquiry": "auth disclosure records",
    "records": "auth",
}


@dataclass(frozen=True)
class Difference:
    """Effects of one sort that do not match their causes."""

    what: str
    lost: int
    doubled: int

    def __str__(self) -> str:
        return f"{self.what}: {self.lost} lost, {self.doubled} doubled"


def find_differences(stack: Stack, since: datetime) -> list[Difference]:
    """Return what is lost or doubled just now; empty when every effect is there once.

    `since` is a moment from which on everybody who had an account was known to disclosure.
    """
    compared = [
        *_compare_feeds(stack),
        *_compare_ended_sessions(stack),
        *_compare_activity(stack, since),
        *_compare_notices(stack),
        *_compare_registers(stack),
    ]
    return [difference for difference in compared if difference.lost or difference.doubled]


def _compare(what: str, causes: Iterable[object], effects: Iterable[object]) -> Difference:
    caused, actual = Counter(causes), Counter(effects)
    return Difference(what, (caused - actual).total(), (actual - caused).total())


def _compare_feeds(stack: Stack) -> Iterator[Difference]:
    """Check that events are numbered from 1 without a hole, and that every reader has come to the end."""
    for service in SERVICES:
        numbers = [
            row[0] for row in stack.fetch_rows(service, "SELECT number FROM outbox WHERE kind = 'event'")
        ]
        yield _compare(f"numbers of {service}'s events", range(1, len(numbers) + 1), numbers)
    for reader, sources in READERS.items():
        read = dict(stack.fetch_rows(reader, "SELECT source, last FROM feed_cursors"))
        for source in sources.split():
            [(last,)] = stack.fetch_rows(source, "SELECT coalesce(max(number), 0) FROM outbox")
            yield Difference(f"{reader}'s reading of {source}", last - read.get(source, 0), 0)


def _compare_ended_sessions(stack: Stack) -> Iterator[Difference]:
    """Check that each service knows every session that has just ended and whose tokens it takes."""
    ended = stack.fetch_rows(
        "auth",
        "SELECT json_array_elements_text(data->'sids') FROM outbox WHERE name = 'sessions.ended'"
        " AND occurred_at > now() - interval '10 minutes'",
    )
    for service in ("records", "disclosure", "inquiry"):
        stored = {row[0] for row in stack.fetch_rows(service, "SELECT id FROM ended_sessions")}
        yield Difference(f"ended sessions in {service}", sum(row[0] not in stored for row in ended), 0)


def _compare_activity(stack: Stack, since: datetime) -> Iterator[Difference]:
    """Check that every event is once on the pages of the people it is about."""
    query = "SELECT kind, person_id::text, at FROM activity"
    entries = stack.fetch_rows("disclosure", query)
    caused = [
        event
        for service in ("auth", "records", "inquiry")
        for event in stack.fetch_rows(
            service,
            "SELECT name, subject, occurred_at FROM outbox WHERE kind = 'event' AND subject IS NOT NULL",
        )
    ]
    for kind in sorted(OF_OTHERS):
        yield _compare(
            f"{kind} on pages",
            [row for row in caused if row[0] == kind],
            [row for row in entries if row[0] == kind],
        )
    events = stack.fetch_rows(
        "disclosure", "SELECT name, subject FROM outbox WHERE kind = 'event' AND subject IS NOT NULL"
    )
    own = [row[:2] for row in entries if row[0] in KINDS["disclosure"]]
    yield _compare("disclosure's own events on pages", events, own)
    yield _record_changes(stack, since)


def _record_changes(stack: Stack, since: datetime) -> Difference:
    people = {
        row[0]
        for row in stack.fetch_rows(
            "auth", "SELECT subject FROM outbox WHERE name = 'account.activated' AND occurred_at < %s", since
        )
    }
    changes = stack.fetch_rows(
        "records",
        "SELECT data, occurred_at FROM outbox WHERE name = 'record.changed' AND occurred_at > %s",
        since,
    )
    entries = stack.fetch_rows(
        "disclosure",
        "SELECT person_id::text, at FROM activity WHERE kind = 'record.changed' AND at > %s",
        since,
    )
    return _compare(
        "record.changed on pages",
        [
            (person, at)
            for data, at in changes
            for person in unpack_data(data)["subjects"]
            if person in people
        ],
        [row for row in entries if row[0] in people],
    )


def _compare_notices(stack: Stack) -> Iterator[Difference]:
    """Check that every letter and permit has one message to a mobile, and that every look is counted."""
    notices = (
        "SELECT cause FROM notices WHERE kind = %s"
        " UNION ALL SELECT cause FROM security_notices WHERE kind = %s"
    )
    for kind, source, event in (
        ("letter-ready", "disclosure", "letter.ready"),
        ("permit-issued", "inquiry", "permit.issued"),
    ):
        yield _compare(
            f"notices {kind}",
            stack.fetch_rows(source, "SELECT id::text FROM outbox WHERE name = %s", event),
            stack.fetch_rows("auth", notices, kind, kind),
        )
    yield _compare(
        "counted looks",
        stack.fetch_rows("inquiry", "SELECT id::text FROM outbox WHERE name = 'inquiry.answered'"),
        stack.fetch_rows("auth", "SELECT cause FROM letter_views"),
    )


def _compare_registers(stack: Stack) -> Iterator[Difference]:
    """Compare inquiry's registers of letters and institutions with those of disclosure and auth."""
    letters = "SELECT serial, sha256, superseded_at IS NOT NULL, revoked_at IS NOT NULL FROM letters"
    yield _compare(
        "letters in the register",
        stack.fetch_rows("disclosure", letters),
        stack.fetch_rows("inquiry", letters),
    )
    institutions = "SELECT id::text, name FROM institutions"
    yield _compare(
        "institutions", stack.fetch_rows("auth", institutions), stack.fetch_rows("inquiry", institutions)
    )


def find_missing_kinds(stack: Stack) -> set[str]:
    """Return the kinds of events that the run did not cause: it proves nothing about them."""
    happened = {
        name
        for service in SERVICES
        for (name,) in stack.fetch_rows(service, "SELECT name FROM outbox WHERE kind = 'event'")
    }
    return set().union(*KINDS.values()) - happened
