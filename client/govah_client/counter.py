"""The counter: `/api/v1/auth/counter`."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from govah_client.pages import Page
from govah_client.transport import Transport

COUNTER = "/api/v1/auth/counter"
DocumentKind = Literal["national-card", "birth-certificate", "passport", "residence-permit", "refugee-card"]
IdentificationStatus = Literal["proposed", "confirmed", "rejected", "activated", "expired"]


class Identification(TypedDict):
    """An identification as officers see it."""

    id: str
    status: IdentificationStatus
    person_id: str
    national_code: str | None
    insurance_number: str | None
    birth_date_jalali: str
    mobile: str
    has_account: bool
    document: DocumentKind
    document_ends: str
    note: str
    proposed_by: str
    proposed_at: str
    decided_by: str | None
    decided_at: str | None
    reason: str | None
    expires_at: str
    activated_at: str | None


class CounterActivation(TypedDict):
    """What has become of the code."""

    status: str


@dataclass(frozen=True)
class Counter:
    """Operations of the counter."""

    transport: Transport

    def propose_identification(
        self,
        *,
        birth_date_jalali: str,
        mobile: str,
        document: str,
        document_ends: str,
        note: str = "",
        national_code: str | None = None,
        insurance_number: str | None = None,
    ) -> Identification:
        """Return a proposal for another officer to confirm."""
        body = {
            "birth_date_jalali": birth_date_jalali,
            "mobile": mobile,
            "document": document,
            "document_ends": document_ends,
            "note": note,
            "national_code": national_code,
            "insurance_number": insurance_number,
        }
        given = {name: value for name, value in body.items() if value is not None}
        identification: Identification = self.transport.post(f"{COUNTER}/identifications", given)
        return identification

    def list_identifications(
        self, *, status: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[Identification]:
        """Return one page of identifications, newest first."""
        page: Page[Identification] = self.transport.get(
            f"{COUNTER}/identifications", status=status, limit=limit, cursor=cursor
        )
        return page

    def get_identification(self, identification_id: str) -> Identification:
        """Return an identification."""
        identification: Identification = self.transport.get(f"{COUNTER}/identifications/{identification_id}")
        return identification

    def confirm_identification(self, identification_id: str) -> Identification:
        """Confirm another officer's proposal."""
        path = f"{COUNTER}/identifications/{identification_id}/confirmation"
        identification: Identification = self.transport.post(path)
        return identification

    def reject_identification(self, identification_id: str, reason: str) -> Identification:
        """Reject a proposal, or stop an identification whose code is not used yet."""
        path = f"{COUNTER}/identifications/{identification_id}/rejection"
        identification: Identification = self.transport.post(path, {"reason": reason})
        return identification

    def activate_identified(self, code: str, password: str) -> CounterActivation:
        """Set a password with the code that an identified person got."""
        body = {"code": code, "password": password}
        status: CounterActivation = self.transport.post(f"{COUNTER}/activations", body)
        return status
