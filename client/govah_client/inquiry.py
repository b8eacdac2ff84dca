"""Permits, inquiries and checks of letters: `/api/v1/inquiry`."""

from dataclasses import dataclass
from typing import IO, Any, Literal, NotRequired, TypedDict

from govah_client.disclosure import Text
from govah_client.letter_checks import (
    FileCheck,
    KeySet,
    LetterStatus,
    PaperComparison,
    PublicKeys,
    RegisteredState,
)
from govah_client.pages import Page
from govah_client.transport import Transport, create_idempotency_key

INQUIRY = "/api/v1/inquiry"
PermitState = Literal["active", "paused", "expired", "revoked", "used-up", "letter-revoked"]

InquiryResult = Literal[
    "answered",
    "other-institution",
    "code-not-accepted",
    "permit-expired",
    "permit-revoked",
    "permit-used-up",
    "permit-paused",
    "letter-revoked",
]


class Institution(TypedDict):
    """An institution that may inquire in its own name."""

    id: str
    name: str


class Permit(TypedDict):
    """A permit to see a letter."""

    id: str
    letter_id: str
    serial: str
    letter_issued_at: str
    label: str | None
    state: PermitState
    created_at: str
    expires_at: str
    max_views: int | None
    view_count: int
    institution: Institution | None
    issued_by: str | None
    # Services of the previous release have letters only.
    reveal: NotRequired[Literal["letter", "answers"]]


class IssuedPermit(TypedDict):
    """A new permit with its secret code, which is returned only once."""

    id: str
    code: str
    expires_at: str


class View(TypedDict):
    """An institution's look at a letter, or an attempt."""

    id: str
    time: str
    institution: NotRequired[str]
    claimed_institution: str | None
    purpose: str | None
    result: InquiryResult


class InquiredLetter(TypedDict):
    """The letter that an inquiry is about."""

    serial: str
    issued_at: str
    types: list[str]
    sha256: str
    state: RegisteredState


class Notice(TypedDict):
    """What an institution should know about a letter."""

    code: Literal[
        "letter-superseded",
        "months-disputed",
        "objection-accepted",
        "objection-rejected",
        "objection-withdrawn",
        "objections-unknown",
        "answers-superseded",
    ]
    message: Text
    since: str | None
    months: list[str]


class ShownObjection(TypedDict):
    """An objection to months that a letter shows, as it stands now."""

    status: Literal["submitted", "accepted", "rejected", "withdrawn"]
    months: list[str]
    submitted_at: str | None
    decided_at: str | None


class ShownAnswers(TypedDict):
    """The answers that a permit shows; `jws` is the same, signed, for `govah-verify answer`."""

    serial: str
    state: RegisteredState
    issued_at: str
    ends_at: str
    national_code: str | None
    name: str
    as_of_jalali: str
    closed_until_jalali: str
    answers: list[dict[str, Any]]
    jws: str


class AnsweredInquiry(TypedDict):
    """The answer to an inquiry: what the permit shows, and where the letter can be downloaded.

    A permit that shows only answers has `answers` in place of letter, person, statement and document.
    """

    inquiry_id: str
    letter: NotRequired[InquiredLetter]
    answers: NotRequired[ShownAnswers]
    notices: list[Notice]
    objections: list[ShownObjection]
    objections_as_of: str | None
    person: NotRequired[dict[str, Any]]
    statement: NotRequired[dict[str, Any]]
    receipt: str | None
    document_url: NotRequired[str]


class SentInquiry(TypedDict):
    """An inquiry as its institution finds it again; `by` is the subject of the clerk or the client."""

    id: str
    time: str
    by: str
    purpose: str | None
    reference: str | None
    result: InquiryResult
    serial: str | None


class InquiryState(TypedDict):
    """Whether the permit of an inquiry still shows its answer."""

    inquiry_id: str
    permit_state: PermitState


class Discrepancy(TypedDict):
    """A reported difference between a letter and what an institution knows."""

    id: str
    inquiry_id: str
    month_jalali: str
    reported_at: str


class DiscrepancyReport(Discrepancy):
    """A report with its text and what became of it; letter, permit and objection are for its person only."""

    serial: str
    institution: str | None
    text: str
    status: Literal["reported", "objected", "declined", "decided"]
    letter_id: str | None
    permit_id: str | None
    objection_id: str | None


@dataclass(frozen=True)
class Inquiry:
    """Operations of the inquiry service."""

    transport: Transport

    def list_permits(
        self, *, letter_id: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Permit]:
        """Return the caller's own permits, or those of one letter, newest first."""
        path = f"{INQUIRY}/permits"
        page: Page[Permit] = self.transport.get(path, letter_id=letter_id, limit=limit, cursor=cursor)
        return page

    def create_permit(
        self,
        letter_id: str,
        valid_days: int,
        *,
        max_views: int | None = None,
        institution_id: str | None = None,
        label: str | None = None,
        questions: list[dict[str, Any]] | None = None,
        idempotency_key: str | None = None,
    ) -> IssuedPermit:
        """Return a new permit and its secret code; with questions it shows only the answers to them.

        The code is returned only once. If the answer is lost, the same call raises ApiError
        `code-already-shown`, whose document names the permit.
        """
        body = {
            "letter_id": letter_id,
            "valid_days": valid_days,
            "max_views": max_views,
            "institution_id": institution_id,
        }
        # A service of the previous release knows no labels.
        body |= {"label": label} if label else {}
        body |= {"reveal": "answers", "questions": questions} if questions is not None else {}
        key = idempotency_key or create_idempotency_key()
        permit: IssuedPermit = self.transport.post(f"{INQUIRY}/permits", body, idempotency_key=key)
        return permit

    def get_permit(self, permit_id: str) -> Permit:
        """Return a permit."""
        permit: Permit = self.transport.get(f"{INQUIRY}/permits/{permit_id}")
        return permit

    def pause_permit(self, permit_id: str) -> Permit:
        """Return a permit after it was paused."""
        permit: Permit = self.transport.post(f"{INQUIRY}/permits/{permit_id}/pause")
        return permit

    def resume_permit(self, permit_id: str) -> Permit:
        """Return a permit after it was resumed."""
        permit: Permit = self.transport.post(f"{INQUIRY}/permits/{permit_id}/resume")
        return permit

    def revoke_permit(self, permit_id: str) -> None:
        """Revoke a permit permanently."""
        self.transport.delete(f"{INQUIRY}/permits/{permit_id}")

    def list_views(
        self, permit_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[View]:
        """Return the looks under a permit, newest first."""
        path = f"{INQUIRY}/permits/{permit_id}/views"
        page: Page[View] = self.transport.get(path, limit=limit, cursor=cursor)
        return page

    def list_institutions(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Institution]:
        """Return the institutions that a permit can be restricted to."""
        page: Page[Institution] = self.transport.get(f"{INQUIRY}/institutions", limit=limit, cursor=cursor)
        return page

    def create_inquiry(
        self,
        national_code: str | None,
        code: str,
        *,
        insurance_number: str | None = None,
        purpose: str | None = None,
        institution_name: str | None = None,
        reference: str | None = None,
        document_minutes: int | None = None,
    ) -> AnsweredInquiry:
        """Return what a permit shows. Each call counts as one view, so it is never sent twice.

        People without a national code have an insurance number instead. `institution_name` is for callers
        without a token, `reference` for those with one.
        """
        more: dict[str, str | int | None] = {
            "national_code": national_code,
            "insurance_number": insurance_number,
            "purpose": purpose,
            "institution_name": institution_name,
            "reference": reference,
            "document_minutes": document_minutes,
        }
        body: dict[str, str | int] = {"code": code}
        body |= {name: value for name, value in more.items() if value}
        inquiry: AnsweredInquiry = self.transport.post(f"{INQUIRY}/inquiries", body)
        return inquiry

    def list_inquiries(
        self,
        *,
        result: InquiryResult | None = None,
        reference: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[SentInquiry]:
        """Return the institution's inquiries of the last 30 days, newest first; a clerk's own to a clerk."""
        page: Page[SentInquiry] = self.transport.get(
            f"{INQUIRY}/inquiries", result=result, reference=reference, limit=limit, cursor=cursor
        )
        return page

    def get_inquiry(self, inquiry_id: str) -> InquiryState:
        """Return whether the permit of an inquiry still shows its answer."""
        state: InquiryState = self.transport.get(f"{INQUIRY}/inquiries/{inquiry_id}")
        return state

    def download_document(self, token: str) -> bytes:
        """Return the PDF of an answered inquiry; its `document_url` ends with the token."""
        return self.transport.download(build_document_path(token))

    def create_discrepancy(self, inquiry_id: str, month_jalali: str, text: str) -> Discrepancy:
        """Return a new report that a month of an answered letter differs from what the institution knows."""
        body = {"inquiry_id": inquiry_id, "month_jalali": month_jalali, "text": text}
        discrepancy: Discrepancy = self.transport.post(f"{INQUIRY}/discrepancies", body)
        return discrepancy

    def list_discrepancies(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[DiscrepancyReport]:
        """Return the reports about the caller, or those of the caller's institution, newest first."""
        page: Page[DiscrepancyReport] = self.transport.get(
            f"{INQUIRY}/discrepancies", limit=limit, cursor=cursor
        )
        return page

    def get_discrepancy(self, discrepancy_id: str) -> DiscrepancyReport:
        """Return a report about the caller, or of the caller's institution."""
        report: DiscrepancyReport = self.transport.get(f"{INQUIRY}/discrepancies/{discrepancy_id}")
        return report

    def decline_discrepancy(self, discrepancy_id: str) -> DiscrepancyReport:
        """Return a report about the caller after it was declined: the record is right."""
        path = f"{INQUIRY}/discrepancies/{discrepancy_id}/decline"
        report: DiscrepancyReport = self.transport.post(path)
        return report

    def get_letter_status(self, serial: str) -> LetterStatus:
        """Return whether a letter is valid today."""
        status: LetterStatus = self.transport.get(f"{INQUIRY}/letters/{serial}")
        return status

    def get_letter_keys(self) -> PublicKeys:
        """Return the keys that letters are signed with, for offline checks."""
        keys: PublicKeys = self.transport.get(f"{INQUIRY}/letters/keys")
        return keys

    def get_credential_keys(self) -> KeySet:
        """Return the public keys of credentials, a JSON Web Key Set."""
        keys: KeySet = self.transport.get(f"{INQUIRY}/keys")
        return keys

    def compare_letter(self, serial: str, token: str, person: str = "") -> PaperComparison:
        """Return what a letter's QR code states, and whether a typed name or number fits it.

        `token` is the text of the QR code or its part after the #.
        """
        body = {"token": token, "person": person}
        comparison: PaperComparison = self.transport.post(f"{INQUIRY}/letters/{serial}", body)
        return comparison

    def check_letter(self, file: bytes | IO[bytes]) -> FileCheck:
        """Return whether a PDF is a genuine letter, or what the QR code of a scan or photo states.

        The file is not stored.
        """
        files = {"file": ("letter.pdf", file, "application/pdf")}
        check: FileCheck = self.transport.call("POST", f"{INQUIRY}/letters/check", files=files).json()
        return check


def build_document_path(token: str) -> str:
    """Return the path of the PDF of an answered inquiry, for `Transport.stream`."""
    return f"{INQUIRY}/documents/{token}"
