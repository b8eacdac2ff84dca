"""Calls to other services: the statement from records."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog

from services.kit.http.client import ServiceClient
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
