"""A client of the public API, as any other system would write one from the contract alone.

The terminal commands, the seeding of sample data and the demo use it; nothing here knows a service's code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

TIMEOUT = httpx.Timeout(120, connect=5)


class Refused(Exception):
    """The gateway answered with a problem document; `code` is its stable code."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", "unknown"))
        self.document = document
        super().__init__(f"{status} {self.code}: {document.get('detail', '')}")


class Unreachable(Exception):
    """Nothing answers at the gateway's address."""


@dataclass(frozen=True)
class Api:
    """Calls to one gateway, with or without an access token."""

    http: httpx.Client
    token: str | None = None

    @classmethod
    def at(cls, base_url: str, language: str = "fa") -> Self:
        """An API without a token at a gateway's base URL."""
        return cls(httpx.Client(base_url=base_url, timeout=TIMEOUT, headers={"Accept-Language": language}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """One call; raises Refused for a problem document, Unreachable when nothing answers."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            answer = self.http.request(method, path, headers=headers | kwargs.pop("headers", {}), **kwargs)
        except httpx.TransportError as error:
            raise Unreachable(str(self.http.base_url)) from error
        if answer.is_error:
            try:
                document = answer.json()
            except ValueError:
                document = {}
            raise Refused(answer.status_code, document)
        return answer

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, params=params).json()

    def post(self, path: str, body: Any = None, **kwargs: Any) -> Any:
        answer = self.call("POST", path, json=body, **kwargs)
        return answer.json() if answer.content else None

    def download(self, path: str) -> bytes:
        return self.call("GET", path).content

    def signed_in(self, **credentials: str) -> "Api":
        """The same gateway with a session of that account (`national_code` or `username`, `password`)."""
        return Api(self.http, self.post("/api/v1/auth/sessions", credentials)["access_token"])

    def items(self, path: str, **params: Any) -> Iterator[Any]:
        """Every item of a list, page after page."""
        cursor = None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return


@dataclass(frozen=True)
class ListPair:
    """The two files of one employer's list."""

    header: Path
    workers: Path


def find_lists(directory: Path) -> list[ListPair]:
    """Every folder below (or at) the directory that holds DSKKAR00.DBF and DSKWOR00.DBF, in any case."""
    pairs = []
    for folder in sorted({path.parent for path in directory.rglob("*") if path.is_file()}):
        by_name = {path.name.upper(): path for path in folder.iterdir()}
        if "DSKKAR00.DBF" in by_name and "DSKWOR00.DBF" in by_name:
            pairs.append(ListPair(by_name["DSKKAR00.DBF"], by_name["DSKWOR00.DBF"]))
    return pairs


def import_list(officer: Api, pair: ListPair) -> tuple[str, list[dict[str, Any]]]:
    """Upload one list; returns `accepted`, `already-there` or `refused`, and the findings."""
    files = {"header": pair.header.read_bytes(), "workers": pair.workers.read_bytes()}
    parts = {name: (f"{name}.dbf", data, "application/octet-stream") for name, data in files.items()}
    try:
        answer = officer.call("POST", "/api/v1/records/lists", files=parts)
    except Refused as refusal:
        if refusal.code != "list-refused":
            raise
        return "refused", list(refusal.document.get("findings", []))
    return "accepted" if answer.status_code == 201 else "already-there", answer.json()["findings"]
