"""The ports of disclosure without a network: a records service with one statement, and its figures."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt

from services.disclosure.clients import (
    AnswerDigestsReader,
    AnswerQuery,
    FactsReader,
    FigureQuery,
    FiguresReader,
    RecordsReader,
)
from services.kit.answers import Facts, compute_answers, compute_answers_digest
from services.kit.figures import IDENTITY, compute_digests, compute_identity_digest
from services.kit.jalali import JalaliMonth


@dataclass
class FakeRecords(RecordsReader):
    """Returns the same statement to every caller, or raises `fails`; stores the token and types of calls."""

    content: Mapping[str, Any]
    fails: Exception | None = None
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def fetch_statement(self, token: str, types: Sequence[str]) -> Mapping[str, Any]:
        self.calls.append((token, tuple(types)))
        if self.fails:
            raise self.fails
        return {**self.content, "types": list(types)}


@dataclass
class FakeFigures(FiguresReader):
    """Returns digests of the statement of `records`, in which the figures of the types `changed` are others.

    `strangers` have no record. Raises `fails`; stores the queries of each call.
    """

    records: FakeRecords
    changed: set[str] = field(default_factory=lambda: {"all", "wages", "consolidated"})
    knows_version: bool = True
    knows_identity: bool = True
    strangers: set[uuid.UUID] = field(default_factory=set)
    fails: Exception | None = None
    calls: list[Sequence[FigureQuery]] = field(default_factory=list)

    def fetch_digests(self, queries: Sequence[FigureQuery]) -> Sequence[Mapping[str, str] | None]:
        self.calls.append(queries)
        if self.fails:
            raise self.fails
        return [
            None if query.person_id in self.strangers else self._compute_digests(query.types)
            for query in queries
        ]

    def _compute_digests(self, types: Sequence[str]) -> Mapping[str, str]:
        if not self.knows_version:
            return {}
        statement = {**self.records.content, "types": list(types)}
        digests = compute_digests(statement)
        if self.knows_identity:
            digests[IDENTITY] = compute_identity_digest(statement)
        return {
            kind: f"{kind} of now" if kind in self.changed else digest for kind, digest in digests.items()
        }


@dataclass
class FakeFacts(FactsReader, AnswerDigestsReader):
    """Returns the same facts to every caller, and digests of the answers by them; None for `strangers`."""

    content: dict[str, Any]
    fails: Exception | None = None
    strangers: set[uuid.UUID] = field(default_factory=set)
    queries: list[Sequence[AnswerQuery]] = field(default_factory=list)

    def fetch_facts(self, token: str) -> Mapping[str, Any]:
        if self.fails:
            raise self.fails
        person_id = jwt.decode(token, options={"verify_signature": False})["sub"]
        return {**self.content, "person_id": person_id}

    def fetch_answer_digests(self, queries: Sequence[AnswerQuery]) -> Sequence[str | None]:
        self.queries.append(queries)
        if self.fails:
            raise self.fails
        return [
            None if query.person_id in self.strangers else self._compute_digest(query) for query in queries
        ]

    def _compute_digest(self, query: AnswerQuery) -> str:
        closed_until = JalaliMonth.parse(self.content["closed_until_jalali"])
        answers = compute_answers(Facts.parse(self.content), query.questions, closed_until)
        return compute_answers_digest(answers, self.content["person"])
