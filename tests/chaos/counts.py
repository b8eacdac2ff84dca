"""Counting effects against their causes, in the databases of all services: none lost, none doubled.

What has happened is what a service has committed with its change, its outbox; what it must have led to stands
in the tables of whoever reads its feed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services import SERVICES
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
    "records": {"record.changed", "objection.submitted", "objection.decided"},
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
    "inquiry": "auth disclosure",
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


def differences(stack: Stack, since: datetime) -> list[Difference]:
    """What is lost or doubled just now; empty when every effect is there once.

    `since` is a moment from which on everybody who had an account was known to disclosure.
    """
    compared = [
        *_feeds(stack),
        *_endings(stack),
        *_activity(stack, since),
        *_notices(stack),
        *_register(stack),
    ]
    return [difference for difference in compared if difference.lost or difference.doubled]


def _compare(what: str, causes: Iterable[object], effects: Iterable[object]) -> Difference:
    caused, found = Counter(causes), Counter(effects)
    return Difference(what, (caused - found).total(), (found - caused).total())


def _feeds(stack: Stack) -> Iterator[Difference]:
    """Events are numbered from 1 without a hole, and every reader has come to the end."""
    for service in SERVICES:
        numbers = [row[0] for row in stack.rows(service, "SELECT number FROM outbox WHERE kind = 'event'")]
        yield _compare(f"numbers of {service}'s events", range(1, len(numbers) + 1), numbers)
    for reader, sources in READERS.items():
        read = dict(stack.rows(reader, "SELECT source, last FROM feed_cursors"))
        for source in sources.split():
            [(last,)] = stack.rows(source, "SELECT coalesce(max(number), 0) FROM outbox")
            yield Difference(f"{reader}'s reading of {source}", last - read.get(source, 0), 0)


def _endings(stack: Stack) -> Iterator[Difference]:
    """Every session that has just ended is known to each service that takes its tokens."""
    ended = stack.rows(
        "auth",
        "SELECT json_array_elements_text(data->'sids') FROM outbox WHERE name = 'sessions.ended'"
        " AND occurred_at > now() - interval '10 minutes'",
    )
    for service in ("records", "disclosure", "inquiry"):
        known = {row[0] for row in stack.rows(service, "SELECT id FROM ended_sessions")}
        yield Difference(f"ended sessions in {service}", sum(row[0] not in known for row in ended), 0)


def _activity(stack: Stack, since: datetime) -> Iterator[Difference]:
    """Every event is on the pages of the people it is about, once."""
    query = "SELECT kind, person_id::text, at FROM activity"
    shown = stack.rows("disclosure", query)
    caused = [
        event
        for service in ("auth", "records", "inquiry")
        for event in stack.rows(
            service,
            "SELECT name, subject, occurred_at FROM outbox WHERE kind = 'event' AND subject IS NOT NULL",
        )
    ]
    for kind in sorted(OF_OTHERS):
        yield _compare(
            f"{kind} on pages",
            [row for row in caused if row[0] == kind],
            [row for row in shown if row[0] == kind],
        )
    told = stack.rows(
        "disclosure", "SELECT name, subject FROM outbox WHERE kind = 'event' AND subject IS NOT NULL"
    )
    own = [row[:2] for row in shown if row[0] in KINDS["disclosure"]]
    yield _compare("disclosure's own events on pages", told, own)
    yield _record_changes(stack, since)


def _record_changes(stack: Stack, since: datetime) -> Difference:
    known = {
        row[0]
        for row in stack.rows(
            "auth", "SELECT subject FROM outbox WHERE name = 'account.activated' AND occurred_at < %s", since
        )
    }
    changes = stack.rows(
        "records",
        "SELECT data, occurred_at FROM outbox WHERE name = 'record.changed' AND occurred_at > %s",
        since,
    )
    shown = stack.rows(
        "disclosure",
        "SELECT person_id::text, at FROM activity WHERE kind = 'record.changed' AND at > %s",
        since,
    )
    return _compare(
        "record.changed on pages",
        [(person, at) for data, at in changes for person in data["subjects"] if person in known],
        [row for row in shown if row[0] in known],
    )


def _notices(stack: Stack) -> Iterator[Difference]:
    """Every letter, every look and every permit has one message to a mobile."""
    notices = (
        "SELECT cause FROM notices WHERE kind = %s"
        " UNION ALL SELECT cause FROM security_notices WHERE kind = %s"
    )
    for kind, source, event in (
        ("letter-ready", "disclosure", "letter.ready"),
        ("letter-viewed", "inquiry", "inquiry.answered"),
        ("permit-issued", "inquiry", "permit.issued"),
    ):
        yield _compare(
            f"notices {kind}",
            stack.rows(source, "SELECT id::text FROM outbox WHERE name = %s", event),
            stack.rows("auth", notices, kind, kind),
        )


def _register(stack: Stack) -> Iterator[Difference]:
    """Inquiry's registers say of letters and institutions what disclosure and auth say."""
    told = "SELECT serial, sha256, superseded_at IS NOT NULL, revoked_at IS NOT NULL FROM letters"
    yield _compare("letters in the register", stack.rows("disclosure", told), stack.rows("inquiry", told))
    institutions = "SELECT id::text, name FROM institutions"
    yield _compare("institutions", stack.rows("auth", institutions), stack.rows("inquiry", institutions))


def missing_kinds(stack: Stack) -> set[str]:
    """Kinds of events that have not happened in the run: it would prove nothing of them."""
    happened = {
        name
        for service in SERVICES
        for (name,) in stack.rows(service, "SELECT name FROM outbox WHERE kind = 'event'")
    }
    return set().union(*KINDS.values()) - happened
