"""Calls to others: records, whoever knows the owner of a mobile, and whatever carries messages to mobiles.

Each is a port with its adapters; `background.py` builds the ones that the settings name.
"""

import json
import os
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import structlog
from pydantic import SecretStr

from services.auth.settings import Settings
from services.kit.http.client import TIMEOUT, ServiceClient, TokenSource, request_as_service
from services.kit.jalali import format_jalali_date
from services.kit.problems import Unavailable
from services.kit.settings import SettingsError, read_secret

log = structlog.get_logger()


class Records(ABC):
    """Who is insured."""

    @abstractmethod
    def match_person(self, national_code: str, birth_date: date) -> uuid.UUID | None:
        """The person of that code and birth date, or None. Raises Unavailable."""


class HttpRecords(Records):
    """The records service."""

    def __init__(self, client: ServiceClient, tokens: TokenSource) -> None:
        self._client = client
        self._tokens = tokens

    def match_person(self, national_code: str, birth_date: date) -> uuid.UUID | None:
        who = {"national_code": national_code, "birth_date_jalali": format_jalali_date(birth_date)}
        answer = request_as_service(
            self._client, self._tokens, "records:match-person", "POST", "/internal/people/match", json=who
        )
        if answer.status_code != 200:
            raise Unavailable
        person_id = answer.json()["person_id"]
        return uuid.UUID(person_id) if person_id else None


class Gateway:
    """One address outside Govah that takes JSON from whoever has its token."""

    def __init__(self, url: str, token: SecretStr, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        self._http = httpx.Client(headers=headers, timeout=TIMEOUT, transport=transport)

    def post(self, body: dict[str, str]) -> httpx.Response:
        """The answer, whatever its status below 500. Raises Unavailable."""
        try:
            answer = self._http.post(self._url, json=body)
        except httpx.HTTPError as error:
            raise Unavailable from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable
        return answer


class MobileOwnership(ABC):
    """Whether a mobile is registered in a person's name."""

    @abstractmethod
    def owns_mobile(self, national_code: str, mobile: str) -> bool:
        """Raises Unavailable when it cannot be told now."""


class AcceptAllMobiles(MobileOwnership):
    """For trials without an operator's service: whoever knows code and birth date can register."""

    def __init__(self) -> None:
        log.warning("mobile-ownership.not-checked")

    def owns_mobile(self, national_code: str, mobile: str) -> bool:
        return True


class HttpMobileOwnership(MobileOwnership):
    """``POST {national_code, mobile}``, answered 200 ``{"owns": true or false}``."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def owns_mobile(self, national_code: str, mobile: str) -> bool:
        answer = self._gateway.post({"national_code": national_code, "mobile": mobile})
        try:
            owns = answer.json()["owns"]
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable from error
        if answer.status_code != 200 or not isinstance(owns, bool):
            raise Unavailable
        return owns


@dataclass(frozen=True)
class Message:
    """One message to one mobile; the code stands in the text too."""

    to: str
    kind: str
    text: str
    code: str | None = None


class Messages(ABC):
    """What carries messages to mobiles."""

    @abstractmethod
    def send(self, message: Message) -> None:
        """Hand a message over. Raises Unavailable when that must be tried again."""


class FileMessages(Messages):
    """Appends each message to a file as a line of JSON, for trials and tests."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: Message) -> None:
        line = {"at": datetime.now(UTC).isoformat(), "to": message.to, "kind": message.kind}
        if message.code:
            line["code"] = message.code
        line["text"] = message.text
        written = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        # One write to a file opened for appending: a reader never sees two lines mixed.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, written)
        finally:
            os.close(descriptor)


class HttpMessages(Messages):
    """``POST {to, kind, text}`` to a gateway of text messages; any 2xx means that it was taken."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def send(self, message: Message) -> None:
        answer = self._gateway.post({"to": message.to, "kind": message.kind, "text": message.text})
        if not answer.is_success:
            # The same message would be refused again.
            log.error("message.refused", kind=message.kind, status=answer.status_code)


def new_messages(settings: Settings) -> Messages:
    """The adapter that GOVAH_MESSAGES names."""
    if settings.messages_file is not None and settings.messages == "file":
        return FileMessages(settings.messages_file)
    return HttpMessages(_gateway(settings.messages_url, settings.messages_token_file))


def new_mobile_ownership(settings: Settings) -> MobileOwnership:
    """The adapter that GOVAH_MOBILE_OWNERSHIP names."""
    if settings.mobile_ownership == "accept-all":
        return AcceptAllMobiles()
    return HttpMobileOwnership(_gateway(settings.mobile_ownership_url, settings.mobile_ownership_token_file))


def _gateway(url: str | None, token_file: Path | None) -> Gateway:
    if url is None or token_file is None:
        raise SettingsError("a gateway needs its address and its token file")
    return Gateway(url, read_secret(token_file))
