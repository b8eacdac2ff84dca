"""What answers about a record are computed from, and digests of answers as they would be now."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from services.kit.answers import (
    Facts,
    Question,
    compute_answers,
    compute_answers_digest,
    find_closed_month,
    normalise_padded_code,
)
from services.kit.answers.parsing import JOB_CODE_LENGTH
from services.kit.db import read_database_time
from services.kit.jalali import JalaliMonth, format_jalali_date, to_tehran_date
from services.records.actions.corrections import list_disputed_months, read_months
from services.records.actions.statements import describe_person, format_moment
from services.records.lists.canonical import canonicalise_workshop_code
from services.records.models import Person
from services.records.store.contributions import ListedMonth, load_sources
from services.records.store.objections import fetch_open_objections
from services.records.store.people import find_person


@dataclass(frozen=True)
class AnswerQuery:
    """Whose answers, and to which parsed questions."""

    person_id: uuid.UUID
    questions: Sequence[Question]


def describe_facts(session: Session, person: Person, closed_after_days: int) -> dict[str, Any]:
    """Return a person's months with days, wages, workshops and jobs, and the disputed and closed months.

    The clock is read first, as for statements.
    """
    as_of = read_database_time(session)
    today = to_tehran_date(as_of)
    disputed = list_disputed_months(fetch_open_objections(session, person))
    rows = load_sources(session, person, read_months(session, person))
    return {
        "person_id": str(person.id),
        "person": describe_person(person),
        "as_of": format_moment(as_of),
        "as_of_jalali": format_jalali_date(today),
        "closed_until_jalali": str(find_closed_month(today, closed_after_days)),
        "rows": [_describe_row(row) for row in rows],
        "disputed_months": [str(month) for month in disputed],
    }


def _describe_row(row: ListedMonth) -> dict[str, Any]:
    return {
        "month_jalali": str(row.month),
        "workshop_code": canonicalise_workshop_code(row.workshop_code),
        "job_code": _normalise_job_code(row.job_code),
        "days": row.days,
        "wage": row.wage,
    }


def _normalise_job_code(code: str) -> str:
    """Return a listed job code in the form of questions; blank if it names no job."""
    try:
        return normalise_padded_code(code, JOB_CODE_LENGTH)
    except ValueError:
        return ""


def compute_digests(
    session: Session, queries: Sequence[AnswerQuery], closed_after_days: int
) -> list[str | None]:
    """Return the digest of each query's answers as they would be now; None for a person without a record."""
    records: dict[uuid.UUID, Mapping[str, Any] | None] = {}
    digests: list[str | None] = []
    for query in queries:
        if query.person_id not in records:
            person = find_person(session, query.person_id)
            records[query.person_id] = describe_facts(session, person, closed_after_days) if person else None
        facts = records[query.person_id]
        digests.append(_compute_digest(facts, query.questions) if facts else None)
    return digests


def _compute_digest(facts: Mapping[str, Any], questions: Sequence[Question]) -> str:
    closed_until = JalaliMonth.parse(facts["closed_until_jalali"])
    return compute_answers_digest(
        compute_answers(Facts.parse(facts), questions, closed_until), facts["person"]
    )
