"""Disclosure requests, the inbox of letters and the activity: `/api/v1/disclosure`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from govah_client.pages import Page
from govah_client.statements import StatementType
from govah_client.transport import Transport, create_idempotency_key

DISCLOSURE = "/api/v1/disclosure"
RequestStatus = Literal["queued", "rendering", "ready", "failed"]
LetterLanguage = Literal["fa", "fa-en"]
LetterState = Literal["valid", "superseded", "revoked"]


class RequestType(TypedDict):
    """A table that a letter can show."""

    type: StatementType
    title: str


class RequestTypes(TypedDict):
    """All tables that a letter can show."""

    items: list[RequestType]


class Agreement(TypedDict):
    """The text that a person agrees to."""

    version: int
    text_fa: str
    text_en: str
    sha256: str


class AgreementVersion(Agreement):
    """A version of the agreement; it is valid from `published_at` if `valid_from` is None."""

    published_at: str
    valid_from: str | None


class AgreementVersions(TypedDict):
    """All versions of the agreement."""

    items: list[AgreementVersion]


class FailureCount(TypedDict):
    """How many requests have failed for one reason."""

    code: str
    count: int


class Counters(TypedDict):
    """Numbers of one moment."""

    at: str
    letters_today: int
    letters_last_hour: int
    queued: int
    rendering: int
    oldest_queued_seconds: int
    failed: list[FailureCount]


class QueuedRequest(TypedDict):
    """A disclosure request that was accepted."""

    id: str
    tracking_number: str
    status: RequestStatus


class Failure(TypedDict):
    """The reason for which no letter could be made."""

    code: str
    message: str


class Waiting(TypedDict):
    """The outage that delays a letter."""

    code: str
    message: str


class DisclosureRequest(QueuedRequest):
    """A disclosure request; `letter_id` is there once the letter is ready."""

    types: list[StatementType]
    note: str | None
    language: LetterLanguage
    latin_name: str | None
    agreement_version: int
    requested_at: str
    failure: Failure | None
    waiting: Waiting | None
    letter_id: str | None


class Text(TypedDict):
    """A text in both languages."""

    fa: str
    en: str


class Quota(TypedDict):
    """How many letters can still be requested in these 24 hours, and when again if none can."""

    limit: int
    remaining: int
    next_at: str | None


class Offer(TypedDict):
    """A request that would replace a superseded letter."""

    types: list[StatementType]
    message: Text


class Letter(TypedDict):
    """A letter in the inbox."""

    id: str
    request_id: str
    serial: str
    types: list[StatementType]
    issued_at: str
    pages: int
    size: int
    sha256: str
    seen_at: str | None
    state: LetterState
    superseded_at: str | None
    superseded_by: str | None
    offer: Offer | None
    revoked_at: str | None
    revocation_reason: str | None


class InboxLetter(Letter):
    """A letter for its owner, with the language and the note of the request."""

    language: LetterLanguage
    note: str | None


class Activity(TypedDict):
    """An event of a person's account; `references` are ids by their names."""

    id: str
    at: str
    kind: str
    title: str
    state: str | None
    note: str | None
    references: dict[str, str]
    count: NotRequired[int]


class ActivityGap(TypedDict):
    """A time of which events may be missing."""

    since: str | None
    until: str


class ActivityPage(Page[Activity]):
    """A page of events; the first one names times of which events may be missing."""

    gaps: NotRequired[list[ActivityGap]]


@dataclass(frozen=True)
class Disclosure:
    """Operations of the disclosure service."""

    transport: Transport

    def list_request_types(self) -> RequestTypes:
        """Return the tables that a letter can show."""
        types: RequestTypes = self.transport.get(f"{DISCLOSURE}/request-types")
        return types

    def get_quota(self) -> Quota:
        """Return how many letters the caller can still request in these 24 hours."""
        quota: Quota = self.transport.get(f"{DISCLOSURE}/quota")
        return quota

    def get_agreement(self, *, version: int | None = None) -> Agreement:
        """Return the agreement, the current version unless one is named."""
        agreement: Agreement = self.transport.get(f"{DISCLOSURE}/agreement", version=version)
        return agreement

    def list_agreements(self) -> AgreementVersions:
        """Return all versions of the agreement, newest first, for an administrator."""
        versions: AgreementVersions = self.transport.get(f"{DISCLOSURE}/agreements")
        return versions

    def create_agreement(
        self,
        text_fa: str,
        text_en: str,
        *,
        valid_from: str | None = None,
        idempotency_key: str | None = None,
    ) -> AgreementVersion:
        """Return a new version of the agreement, current immediately unless `valid_from` is given."""
        body = {"text_fa": text_fa, "text_en": text_en, "valid_from": valid_from}
        key = idempotency_key or create_idempotency_key()
        added: AgreementVersion = self.transport.post(f"{DISCLOSURE}/agreements", body, idempotency_key=key)
        return added

    def get_counters(self) -> Counters:
        """Return the numbers of letters, of requests that wait and of failures, for an administrator."""
        counters: Counters = self.transport.get(f"{DISCLOSURE}/counters")
        return counters

    def create_request(
        self,
        types: Sequence[StatementType],
        agreement_version: int,
        *,
        agreed: bool = True,
        note: str | None = None,
        language: LetterLanguage = "fa",
        latin_name: str | None = None,
        idempotency_key: str | None = None,
    ) -> QueuedRequest:
        """Return a new request for a letter. Poll it with `get_request` until it is ready.

        `latin_name` is the person's own spelling of the name, for a letter in Persian and English.
        """
        body: dict[str, object] = {
            "types": types,
            "agreement_version": agreement_version,
            "agreed": agreed,
            "note": note,
        }
        if language != "fa":
            # A service of the previous release knows Persian letters only.
            body |= {"language": language, "latin_name": latin_name}
        key = idempotency_key or create_idempotency_key()
        queued: QueuedRequest = self.transport.post(f"{DISCLOSURE}/requests", body, idempotency_key=key)
        return queued

    def list_requests(
        self, *, status: RequestStatus | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[DisclosureRequest]:
        """Return the caller's own requests, or for officers those of one status."""
        page: Page[DisclosureRequest] = self.transport.get(
            f"{DISCLOSURE}/requests", status=status, limit=limit, cursor=cursor
        )
        return page

    def get_request(self, disclosure_id: str) -> DisclosureRequest:
        """Return a disclosure request."""
        disclosure_request: DisclosureRequest = self.transport.get(f"{DISCLOSURE}/requests/{disclosure_id}")
        return disclosure_request

    def retry_request(self, disclosure_id: str) -> QueuedRequest:
        """Return a failed request after it was queued again."""
        queued: QueuedRequest = self.transport.post(f"{DISCLOSURE}/requests/{disclosure_id}/retry")
        return queued

    def list_letters(self, *, limit: int | None = None, cursor: str | None = None) -> Page[InboxLetter]:
        """Return the letters of the inbox, newest first."""
        page: Page[InboxLetter] = self.transport.get(f"{DISCLOSURE}/inbox", limit=limit, cursor=cursor)
        return page

    def get_letter(self, letter_id: str) -> InboxLetter:
        """Return a letter of the inbox."""
        letter: InboxLetter = self.transport.get(f"{DISCLOSURE}/inbox/{letter_id}")
        return letter

    def download_letter(self, letter_id: str) -> bytes:
        """Return the PDF of a letter."""
        return self.transport.download(build_document_path(letter_id))

    def get_credential(self, letter_id: str, parts: Sequence[str] = ()) -> str:
        """Return a letter's statement as an SD-JWT VC that shows these parts; without any, all of them."""
        path = f"{DISCLOSURE}/inbox/{letter_id}/credential"
        return self.transport.download(path, part=list(parts) or None).decode("ascii")

    def revoke_letter(self, serial: str, reason: str) -> Letter:
        """Return a letter after an officer revoked it. Its owner can read the reason."""
        path = f"{DISCLOSURE}/letters/{serial}/revocation"
        letter: Letter = self.transport.post(path, {"reason": reason})
        return letter

    def list_activity(
        self,
        *,
        kind: Sequence[str] = (),
        month: str | None = None,
        q: str | None = None,
        grouped: bool = False,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ActivityPage:
        """Return the events of the caller's account, newest first.

        `kind` are kinds or their first words, `month` is a Jalali month, `q` are words to look for. With
        `grouped`, the views of one institution with one permit on one day are one item with its `count`.
        """
        page: ActivityPage = self.transport.get(
            f"{DISCLOSURE}/activity",
            kind=",".join(kind) or None,
            month=month,
            q=q,
            grouped="true" if grouped else None,
            limit=limit,
            cursor=cursor,
        )
        return page


def build_document_path(letter_id: str) -> str:
    """Return the path of a letter's PDF, for `Transport.stream`."""
    return f"{DISCLOSURE}/inbox/{letter_id}/document"
