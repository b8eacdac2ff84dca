"""A letter is outdated only if a figure that it shows has changed. The loop `check-figures` compares them.

A changed record adds a comparison for each letter that covers the month. A corrected or merged person adds
one for each letter, in which the identity that it shows counts like a figure. Records is asked for digests
of figures, once for a batch of letters. While it is away, comparisons wait and letters stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from services.disclosure.actions.letters import supersede_letter
from services.disclosure.actions.snapshots import read_snapshot
from services.disclosure.clients import FigureQuery, FiguresReader
from services.disclosure.models import FigureCheck, LetterState
from services.disclosure.store import citizens, figure_checks, letters
from services.disclosure.store.figure_checks import DueCheck
from services.kit.db import Sessions, is_any
from services.kit.figures import IDENTITY, FiguresUnknown, compute_digests, compute_identity_digest
from services.kit.problems import Unavailable
from services.kit.storage import SealedObjects

# Letters that one call compares.
BATCH = 25

log = structlog.get_logger()


@dataclass(frozen=True)
class Comparison:
    """A comparison with the letter's own figures: their digests, and what to ask records."""

    check: DueCheck
    digests: Mapping[str, str]
    query: FigureQuery


def check_figures(sessions: Sessions, objects: SealedObjects, records: FiguresReader) -> int:
    """Return how many letters were compared with the record, or could not be, at most `BATCH`.

    No transaction is open while statements are read and records is asked. Raises Unavailable if records is
    away; then the same letters are next.
    """
    if not is_any(sessions, figure_checks.is_due(), by=FigureCheck.due_at):
        return 0
    with sessions() as session:
        due = figure_checks.list_due_checks(session, BATCH)
    comparisons = []
    for check in due:
        if comparison := _prepare_comparison(objects, check):
            comparisons.append(comparison)
        else:
            _postpone_check(sessions, check)
    if comparisons:
        answers = records.fetch_digests([comparison.query for comparison in comparisons])
        for comparison, current in zip(comparisons, answers, strict=True):
            _finish_check(sessions, comparison, current)
    return len(due)


def _prepare_comparison(objects: SealedObjects, check: DueCheck) -> Comparison | None:
    """Return the comparison of a letter, or None if its statement cannot be read now."""
    try:
        statement = read_snapshot(objects, check.snapshot)
        digests = compute_digests(statement)
        if check.compares_identity:
            digests[IDENTITY] = compute_identity_digest(statement)
    except (Unavailable, FiguresUnknown) as error:
        log.warning("figures.unreadable", letter_id=str(check.letter_id), reason=type(error).__name__)
        return None
    return Comparison(check, digests, _build_query(check, statement))


def _build_query(check: DueCheck, statement: Mapping[str, Any]) -> FigureQuery:
    # Lists of later months make no letter outdated. A list may have come before its month.
    last_listed = statement["summary"]["last_month_jalali"] or ""
    return FigureQuery(
        person_id=check.person_id,
        until_jalali=max(check.covers_to_jalali, last_listed),
        schema_version=statement["schema_version"],
        types=statement["types"],
    )


def _finish_check(sessions: Sessions, comparison: Comparison, current: Mapping[str, str] | None) -> None:
    """Supersede the letter if a figure has changed, and end the comparison."""
    check, digests = comparison.check, comparison.digests
    if current is not None and not digests.keys() <= current.keys():
        # Records does not compose this schema version: code of before, which an upgrade will replace.
        _postpone_check(sessions, check)
        return
    # Without a record none of the figures is in it.
    has_changed = current is None or any(current[kind] != digest for kind, digest in digests.items())
    with sessions.begin() as session:
        citizens.lock_citizen(session, check.person_id)
        [letter] = letters.lock_letters(session, [check.letter_id])
        waiting = figure_checks.lock_check(session, check.letter_id)
        if waiting is None:
            return
        if has_changed and letter.state is LetterState.VALID:
            supersede_letter(session, letter)
            successor = figure_checks.find_successor(session, letter, waiting.changed_at)
            letter.superseded_by = successor.id if successor else None
            letters.replace_successor(session, letter, waiting.changed_at)
        # A change that came meanwhile is compared again, unless the letter is no longer valid.
        if letter.state is not LetterState.VALID or waiting.revision == check.revision:
            session.delete(waiting)
    log.info("figures.compared", letter_id=str(check.letter_id), changed=has_changed)


def _postpone_check(sessions: Sessions, check: DueCheck) -> None:
    with sessions.begin() as session:
        figure_checks.postpone_check(session, check)
