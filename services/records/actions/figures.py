"""The figures of records as they count now, for disclosure, which compares them with those of letters."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.figures import IDENTITY, FiguresUnknown, compute_digests, compute_identity_digest
from services.kit.jalali import JalaliMonth
from services.kit.statement_types import SCHEMA_VERSIONS, StatementType
from services.records.actions.corrections import read_months
from services.records.actions.statements import compose_statement
from services.records.models import Person
from services.records.store.contributions import ListedMonth
from services.records.store.people import find_person

# How a statement of each schema version that letters still have is made.
COMPOSERS: Mapping[int, Callable[..., dict[str, Any]]] = {
    version: partial(compose_statement, version=version) for version in SCHEMA_VERSIONS
}


@dataclass(frozen=True)
class FigureQuery:
    """Whose figures, up to which month, in which schema version and of which types."""

    person_id: uuid.UUID
    until_jalali: JalaliMonth
    schema_version: int
    types: Sequence[StatementType]


def compute_record_digests(session: Session, queries: Sequence[FigureQuery]) -> list[dict[str, str] | None]:
    """Return the digests of figures by type, and of the identity; None for a person without a record.

    Later months than a query's last do not count, as in a letter that was made before them. A schema version
    that this code does not compose has no digests.
    """
    now = read_database_time(session)
    records: dict[uuid.UUID, tuple[Person, Sequence[ListedMonth]] | None] = {}
    answers: list[dict[str, str] | None] = []
    for query in queries:
        if query.person_id not in records:
            person = find_person(session, query.person_id)
            records[query.person_id] = (person, read_months(session, person)) if person else None
        record = records[query.person_id]
        if record is None:
            answers.append(None)
            continue
        person, months = record
        compose = COMPOSERS.get(query.schema_version)
        rows = [row for row in months if row.month <= query.until_jalali]
        try:
            answers.append(_compute_digests(compose(person, rows, query.types, now)) if compose else {})
        except FiguresUnknown:
            answers.append({})
    return answers


def _compute_digests(statement: dict[str, Any]) -> dict[str, str]:
    return compute_digests(statement) | {IDENTITY: compute_identity_digest(statement)}
