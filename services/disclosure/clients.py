"""Calls to other services: the statement from records."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog

from services.kit.http.client import ServiceClient
from services.kit.problems import NotFound, TokenInvalid, Unavailable

log = structlog.get_logger()


class Records(Protocol):
    """Where statements come from."""

    def statement(self, token: str, types: Sequence[str]) -> Mapping[str, Any]:
        """The statement of the token's citizen with the tables of these types, from one read.

        Raises NotFound when records does not know the person, TokenInvalid, Unavailable.
        """
        ...


class HttpRecords:
    """records, asked over HTTP with the citizen's own token."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def statement(self, token: str, types: Sequence[str]) -> Mapping[str, Any]:
        answer = self._client.request(
            "GET", "/internal/statement", token=token, params={"types": ",".join(types)}
        )
        if answer.status_code == 404:
            raise NotFound
        if answer.status_code == 401:
            raise TokenInvalid
        if answer.status_code != 200:
            log.error("records.refused", status=answer.status_code)
            raise Unavailable
        statement: Mapping[str, Any] = answer.json()
        return statement
