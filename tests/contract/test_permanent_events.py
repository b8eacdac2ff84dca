"""What changes state at a consumer stays in the feed for good; what only tells people does not."""

from collections.abc import Mapping
from functools import partial

import pytest

from services.auth.actions.notices import HANDLERS as AUTH
from services.auth.actions.notices import on_person_corrected, on_person_merged
from services.disclosure.actions.activity import note_event, note_look
from services.disclosure.background import HANDLERS as DISCLOSURE
from services.disclosure.background import REPAIRS, on_sessions_ended
from services.inquiry.background import HANDLERS as INQUIRY
from services.kit.events import load_events
from services.kit.feed import Handler
from services.kit.revocation import apply_ending
from services.records.background import HANDLERS as RECORDS

ALL: Mapping[str, Mapping[str, Mapping[str, Handler]]] = {
    "auth": AUTH,
    "records": RECORDS,
    "disclosure": DISCLOSURE,
    "inquiry": INQUIRY,
}
# Lines of a page, and tokens that are over after a quarter of an hour.
PASSING = {note_event, note_look, on_sessions_ended, apply_ending}


def is_passing(consumer: str, handler: Handler) -> bool:
    if consumer == "auth":
        # Messages are sent within a day or never.
        return handler not in {on_person_corrected, on_person_merged}
    return (handler.func if isinstance(handler, partial) else handler) in PASSING


@pytest.mark.parametrize("consumer", ALL)
def test_event_that_changes_state_is_permanent_or_repaired(consumer: str) -> None:
    deletable = {name for sender in ALL for name in load_events().list_deletable(sender)}
    repaired = {"record.changed"} if "records" in REPAIRS else set()
    needed = {
        name
        for handlers in ALL[consumer].values()
        for name, handler in handlers.items()
        if not is_passing(consumer, handler)
    }
    assert needed & deletable == (repaired if consumer == "disclosure" else set())


def test_consumers_of_a_feed_are_those_that_read_it() -> None:
    for sender in ALL:
        readers = {consumer for consumer, handlers in ALL.items() if sender in handlers}
        assert load_events().list_consumers(sender) == readers
