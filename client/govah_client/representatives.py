"""Representatives and mandates: `/api/v1/auth/me/representatives`, `/me/mandates`, `/sessions/acting`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from govah_client.pages import Page
from govah_client.transport import Transport

AUTH = "/api/v1/auth"
Given = Literal["record", "letters", "permits"]
MandateStatus = Literal["invited", "active", "ended", "expired"]


class Representative(TypedDict):
    """A representative as the person sees it; `actor` is the id in activity and permits."""

    id: str
    status: MandateStatus
    label: str
    name: str
    national_code_ends: str
    scopes: list[Given]
    invited_at: str
    accepted_at: str | None
    expires_at: str
    ended_at: str | None
    actor: str | None


class Mandate(TypedDict):
    """A mandate or an invitation as the helper sees it."""

    id: str
    status: MandateStatus
    name: str
    scopes: list[Given]
    invited_at: str
    accepted_at: str | None
    expires_at: str
    person_id: str | None


class ActingSession(TypedDict):
    """The token of a representative; `expires_in` are its seconds."""

    access_token: str
    token_type: NotRequired[str]
    expires_in: int
    scope: str
    mandate_expires_at: str


@dataclass(frozen=True)
class Representatives:
    """Operations about representatives."""

    transport: Transport

    def create_representative(
        self,
        *,
        national_code: str,
        label: str,
        name: str,
        scopes: Sequence[str],
        valid_days: int,
        password: str,
    ) -> Representative:
        """Return an invitation, whether or not the national code has an account."""
        body = {
            "national_code": national_code,
            "label": label,
            "name": name,
            "scopes": list(scopes),
            "valid_days": valid_days,
            "password": password,
        }
        representative: Representative = self.transport.post(f"{AUTH}/me/representatives", body)
        return representative

    def list_representatives(self, *, limit: int = 50, cursor: str | None = None) -> Page[Representative]:
        """Return one page of one's own representatives, newest first."""
        page: Page[Representative] = self.transport.get(
            f"{AUTH}/me/representatives", limit=limit, cursor=cursor
        )
        return page

    def end_representative(self, mandate_id: str) -> None:
        """End a mandate or withdraw an invitation."""
        self.transport.delete(f"{AUTH}/me/representatives/{mandate_id}")

    def list_mandates(self, *, limit: int = 50, cursor: str | None = None) -> Page[Mandate]:
        """Return one page of those for whom one may act, and of invitations, newest first."""
        page: Page[Mandate] = self.transport.get(f"{AUTH}/me/mandates", limit=limit, cursor=cursor)
        return page

    def accept_mandate(self, mandate_id: str) -> Mandate:
        """Accept an invitation."""
        mandate: Mandate = self.transport.post(f"{AUTH}/me/mandates/{mandate_id}/acceptance")
        return mandate

    def end_mandate(self, mandate_id: str) -> None:
        """End a mandate as its helper, or decline an invitation."""
        self.transport.delete(f"{AUTH}/me/mandates/{mandate_id}")

    def start_acting(self, person_id: str) -> ActingSession:
        """Return a token with which one acts for a person."""
        acting: ActingSession = self.transport.post(f"{AUTH}/sessions/acting", {"person_id": person_id})
        return acting
