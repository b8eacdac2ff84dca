"""Ports to other services: records, a check of mobiles, and a sender of messages; with their adapters.

Those that call gateways are in `adapters`.
"""

import json
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog

from services.kit.http.client import ServiceClient, TokenSource, request_as_service
from services.kit.jalali import format_jalali_date
from services.kit.problems import Unavailable

log = structlog.get_logger()


@dataclass(frozen=True)
class Message:
    """One message to one mobile; `code` is part of the text too."""

    to: str
    kind: str
    text: str
    code: str | None = None


class PersonIdentity(NamedTuple):
    """Who a person is now, by records: after a merger the one who remains."""

    person_id: uuid.UUID
    national_code: str | None
    insurance_number: str | None = None


class PersonMatcher(Protocol):
    """Finds insured people."""

    def match_person(
        self,
        national_code: str | None,
        birth_date: date,
        *,
        insurance_number: str | None = None,
        allows_no_birth_date: bool = False,
    ) -> uuid.UUID | None:
        """Return the id of the person with that code, or else insurance number, and birth date; or None.

        With `allows_no_birth_date` also of a person whose birth date is unknown. Raises Unavailable.
        """

    def identify_person(self, person_id: uuid.UUID) -> PersonIdentity | None:
        """Return who the person of an id is now; None if records knows no such id. Raises Unavailable."""


class MobileOwnership(Protocol):
    """Checks in whose name a mobile is registered."""

    def is_owner(self, national_code: str, mobile: str) -> bool:
        """Return whether the mobile is registered in the person's name. Raises Unavailable."""


class MessageSender(Protocol):
    """Sends messages to mobiles."""

    def send(self, message: Message) -> None:
        """Send a message. Raises Unavailable when it must be retried."""


@dataclass(frozen=True)
class Ports:
    """The ports that the delivery of codes needs."""

    people: PersonMatcher
    mobiles: MobileOwnership
    messages: MessageSender


class HttpPersonMatcher(PersonMatcher):
    """The records service."""

    def __init__(self, client: ServiceClient, tokens: TokenSource) -> None:
        self._client = client
        self._tokens = tokens

    def match_person(
        self,
        national_code: str | None,
        birth_date: date,
        *,
        insurance_number: str | None = None,
        allows_no_birth_date: bool = False,
    ) -> uuid.UUID | None:
        body: dict[str, str | bool] = {"birth_date_jalali": format_jalali_date(birth_date)}
        # Records of the previous release knows the code only.
        body |= {"national_code": national_code} if national_code else {}
        body |= {"insurance_number": insurance_number} if insurance_number and not national_code else {}
        body |= {"allows_no_birth_date": True} if allows_no_birth_date else {}
        response = request_as_service(
            self._client, self._tokens, "records:match-person", "POST", "/internal/people/match", json=body
        )
        if response.status_code != 200:
            raise Unavailable
        person_id = response.json()["person_id"]
        return uuid.UUID(person_id) if person_id else None

    def identify_person(self, person_id: uuid.UUID) -> PersonIdentity | None:
        path = f"/internal/people/{person_id}"
        response = request_as_service(self._client, self._tokens, "records:identify-person", "GET", path)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise Unavailable
        identity = response.json()
        return PersonIdentity(
            uuid.UUID(identity["person_id"]), identity["national_code"], identity.get("insurance_number")
        )


class AcceptAllMobiles(MobileOwnership):
    """For trials without an operator's service: anyone who knows code and birth date can register."""

    def __init__(self) -> None:
        log.warning("mobile-ownership.not-checked")

    def is_owner(self, national_code: str, mobile: str) -> bool:
        return True


class FileMessageSender(MessageSender):
    """Appends each message to a file as a line of JSON, for trials and tests."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: Message) -> None:
        line = {"at": datetime.now(UTC).isoformat(), "to": message.to, "kind": message.kind}
        if message.code:
            line["code"] = message.code
        line["text"] = message.text
        data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        # One write to a file opened for appending: a reader never sees two lines mixed.
        # The folder's group may read it: an operator who tries out a stack is not its containers' user.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)
