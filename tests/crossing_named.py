"""Statements about several people that the services send while they answer a call, each with its reason.

`Watch` notes every other one, by the function that sends it; tests/service/conftest.py then fails the test.
Loops and commands send more of them (queues, feeds, housekeeping): they have no caller who waits.
"""

import sys
from typing import Any

from flask import has_request_context

from tests.crossing import is_crossing

OFFICERS = "an officer's page: a queue, a search or a list"
ADMINISTRATION = "an administrator's page: a list"
IMPORTS = "a list, which has many people; an import, its replacement, correction or withdrawal"
OF_ONE = "rows by the ids of a page or of people that are the caller's own, read just before"
METRICS = "/metrics"
OF_INSTITUTION = "an institution's own pages: its history, its reports, its permits by code"
LOOP = "a loop that a test runs in the middle of a call"
MERGERS = "two files that are found to be one person's"
REPRESENTATIVES = "a representative and those who are represented"
QUEUE = "the next row of a queue, for a worker"
ONE_ROW = "one row by a number that no index declares to be unique"

# By the module below services and the function.
NAMED = {
    "auth.actions.closed_accounts.list_choices": ADMINISTRATION,
    "auth.actions.counter.list_identifications": OFFICERS,
    "auth.actions.mandates.list_received": REPRESENTATIVES,
    "auth.store.find_registration_id": ONE_ROW,
    "auth.store.mandates.list_open_of": REPRESENTATIVES,
    "auth.store.users.find_closed_account": ONE_ROW,
    "disclosure.store.letters.list_attempts": LOOP,
    "inquiry.actions.discrepancies.list_reports": OF_INSTITUTION,
    "inquiry.store.discrepancies.map_objections": OF_ONE,
    "inquiry.store.permits.list_permits_of_letter": OF_ONE,
    "disclosure.actions.requests.list_requests": OFFICERS,
    "disclosure.store.activity.count_looks": OF_ONE,
    "disclosure.store.letters.find_letter_ids": OF_ONE,
    "disclosure.store.letters.find_letter_states": OF_ONE,
    "disclosure.store.letters.find_request_ids": OF_ONE,
    "disclosure.store.queue.claim_next_request": QUEUE,
    "disclosure.store.queue.count_failures": METRICS,
    "disclosure.store.queue.count_waiting": METRICS,
    "disclosure.store.queue.measure_backlog": METRICS,
    "disclosure.store.requests.describe_requests": OF_ONE,
    "disclosure.store.requests.find_notes": OF_ONE,
    "disclosure.store.requests.find_request_states": OF_ONE,
    "inquiry.actions.history.list_inquiries": OF_INSTITUTION,
    "inquiry.routes.permits.list_views": OF_ONE,
    "inquiry.store.permits.find_permit_by_code": OF_INSTITUTION,
    "records.actions.accesses.list_accesses": OFFICERS,
    "records.routes.decisions.list_submitted_objections": OFFICERS,
    "records.routes.held_rows.list_held_rows": OFFICERS,
    "records.store.accesses.add_list_accesses": IMPORTS,
    "records.store.desk.count_open_objections": OFFICERS,
    "records.store.desk.count_undecided_rows": OFFICERS,
    "records.store.former_identifiers.fetch_former_owners": IMPORTS,
    "records.store.identities.count_agreeing_months": IMPORTS,
    "records.store.identities.count_held_rows": OFFICERS,
    "records.store.identities.fetch_decided_rows": IMPORTS,
    "records.store.identities.fetch_people_who_differ": OFFICERS,
    "records.store.identities.fetch_stated_values": IMPORTS,
    "records.store.identities.lock_held_rows": IMPORTS,
    "records.store.list_versions.end_version": IMPORTS,
    "records.store.list_versions.fetch_rows": IMPORTS,
    "records.store.mergers.move_rows": MERGERS,
    "records.store.objections.fetch_standing_corrections": IMPORTS,
    "records.store.objections.find_objection": OF_ONE,
    "records.store.people.fetch_known_people": IMPORTS,
    "records.store.people.fetch_number_owners": IMPORTS,
    "records.store.people.fetch_people_at": OFFICERS,
    "records.store.people.fetch_person_ids": IMPORTS,
    "records.store.people.is_any_merged": IMPORTS,
    "records.store.person_searches.fetch_people_by_name": OFFICERS,
    "records.store.person_searches.fetch_people_by_number": OFFICERS,
    "records.store.proposals.fetch_people_of_proposal": OFFICERS,
    "records.store.weeks.count_moments": OFFICERS,
}


class Watch:
    """Which functions have sent an unnamed statement about several people."""

    def __init__(self) -> None:
        self.unnamed: set[str] = set()
        self._crossing: set[int] = set()

    def add_compiled(self, compiled: Any) -> None:
        """Look at a statement that is compiled for the first time, and is about to be sent."""
        if is_crossing(compiled.statement):
            # It stays in the cache, so nothing else gets its number.
            self._crossing.add(id(compiled))
            self.add_sent(compiled)

    def add_sent(self, compiled: Any) -> None:
        """Note who sends a compiled statement."""
        if id(compiled) in self._crossing and has_request_context():
            sender = find_sender()
            if sender and sender not in NAMED:
                self.unnamed.add(sender)

    def take_unnamed(self) -> set[str]:
        """Return what was noted since the last time."""
        unnamed, self.unnamed = self.unnamed, set()
        return unnamed


WATCH = Watch()


def find_sender() -> str:
    """Return the function of a service from which this is called; of `kit` if it is of no other."""
    shared = ""
    frame: Any = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("services."):
            name = f"{module}.{frame.f_code.co_qualname}".partition(".<locals>")[0].removeprefix("services.")
            if not name.startswith("kit."):
                return name
            shared = shared or name
        frame = frame.f_back
    return shared
