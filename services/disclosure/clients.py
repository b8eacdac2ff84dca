"""Calls to records: statements, what answers are computed from, and digests of figures and answers."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import structlog

from services.kit.answers import Question
from services.kit.http.client import ServiceClient, TokenSource, request_as_service
from services.kit.problems import NotFound, TokenInvalid, Unavailable
from services.kit.statement_types import CURRENT_VERSION

log = structlog.get_logger()


class RecordsReader(Protocol):
    """Reads statements from records."""

    def fetch_statement(self, token: str, types: Sequence[str]) -> Mapping[str, Any]:
        """Return the statement of the token's citizen with the tables of these types, from one read.

        Raises NotFound if records does not know the person, TokenInvalid, Unavailable.
        """
        ...


class HttpRecordsReader(RecordsReader):
    """Reads statements over HTTP, with the citizen's own token."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def fetch_statement(self, token: str, types: Sequence[str]) -> Mapping[str, Any]:
        query: dict[str, str | int] = {"types": ",".join(types), "version": CURRENT_VERSION}
        response = self._client.send_request("GET", "/internal/statement", token=token, params=query)
        if response.status_code == 404:
            raise NotFound
        if response.status_code == 401:
            raise TokenInvalid
        if response.status_code != 200:
            log.error("records.refused", status=response.status_code)
            raise Unavailable
        statement: Mapping[str, Any] = response.json()
        return statement


class FigureQuery(NamedTuple):
    """Whose figures records is asked for: up to which month, in which schema version, of which types."""

    person_id: uuid.UUID
    until_jalali: str
    schema_version: int
    types: Sequence[str]


class FiguresReader(Protocol):
    """Reads digests of the figures of people's records as they count now."""

    def fetch_digests(self, queries: Sequence[FigureQuery]) -> Sequence[Mapping[str, str] | None]:
        """Return the digests by type, in the order of the queries, with one call.

        None is a person without a record, an empty mapping a schema version that records does not know.
        Raises Unavailable.
        """
        ...


class HttpFiguresReader(FiguresReader):
    """Reads digests over HTTP, with this service's own token."""

    def __init__(self, client: ServiceClient, tokens: TokenSource) -> None:
        self._client, self._tokens = client, tokens

    def fetch_digests(self, queries: Sequence[FigureQuery]) -> Sequence[Mapping[str, str] | None]:
        items = [{**query._asdict(), "person_id": str(query.person_id)} for query in queries]
        response = request_as_service(
            self._client, self._tokens, "records:figures", "POST", "/internal/figures", json={"items": items}
        )
        if response.status_code != 200:
            # Records of before does not have this call.
            log.warning("figures.refused", status=response.status_code)
            raise Unavailable
        return [item["digests"] for item in response.json()["items"]]


class FactsReader(Protocol):
    """Reads what answers are computed from."""

    def fetch_facts(self, token: str) -> Mapping[str, Any]:
        """Return the facts of the token's citizen, from one read.

        Raises NotFound if records does not know the person, TokenInvalid, Unavailable.
        """
        ...


class HttpFactsReader(FactsReader):
    """Reads facts over HTTP, with the citizen's own token."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def fetch_facts(self, token: str) -> Mapping[str, Any]:
        response = self._client.send_request("GET", "/internal/answer-facts", token=token)
        if response.status_code == 404:
            raise NotFound
        if response.status_code == 401:
            raise TokenInvalid
        if response.status_code != 200:
            log.error("records.refused", status=response.status_code)
            raise Unavailable
        facts: Mapping[str, Any] = response.json()
        return facts


class AnswerQuery(NamedTuple):
    """Whose answers, and to which questions."""

    person_id: uuid.UUID
    questions: Sequence[Question]


class AnswerDigestsReader(Protocol):
    """Reads digests of answers as they would be now."""

    def fetch_answer_digests(self, queries: Sequence[AnswerQuery]) -> Sequence[str | None]:
        """Return the digests in the order of the queries; None for a person without a record.

        Raises Unavailable.
        """
        ...


class HttpAnswerDigestsReader(AnswerDigestsReader):
    """Reads digests over HTTP, with this service's own token."""

    def __init__(self, client: ServiceClient, tokens: TokenSource) -> None:
        self._client, self._tokens = client, tokens

    def fetch_answer_digests(self, queries: Sequence[AnswerQuery]) -> Sequence[str | None]:
        items = [
            {"person_id": str(query.person_id), "questions": list(map(dict, query.questions))}
            for query in queries
        ]
        response = request_as_service(
            self._client,
            self._tokens,
            "records:answers",
            "POST",
            "/internal/answer-facts/digests",
            json={"items": items},
        )
        if response.status_code != 200:
            log.warning("answers.refused", status=response.status_code)
            raise Unavailable
        return [item["digest"] for item in response.json()["items"]]
