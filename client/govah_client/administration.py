"""The web administration and what an institution's manager does: parts of `client.auth`.

A password or secret that a method returns is shown this once. Methods that create something are not repeated
automatically: a name that exists already is refused with 409.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from govah_client.pages import Page
from govah_client.transport import Transport

ADMIN = "/api/v1/auth/admin"
INSTITUTION = "/api/v1/auth/institution"


class StaffMember(TypedDict):
    """An account; `password_expires_at` is set while it has a one-time password."""

    id: str
    username: str
    added_at: str
    disabled_at: str | None
    password_expires_at: str | None
    has_second_factor: bool


class Officer(StaffMember):
    """An officer, or an administrator, who has no scopes."""

    role: Literal["officer", "admin"]
    scopes: list[str]


class AddedOfficer(Officer):
    """A new officer with the one-time password."""

    password: str


class Officers(TypedDict):
    """All officers and administrators."""

    items: list[Officer]


class Clerk(StaffMember):
    """A clerk of an institution, or its manager."""

    is_manager: bool


class AddedClerk(Clerk):
    """A new clerk with the one-time password."""

    password: str


class Clerks(TypedDict):
    """All clerks of an institution."""

    items: list[Clerk]


class OneTimePassword(TypedDict):
    """A password that leads only to a new one."""

    password: str
    expires_at: str


class InstitutionsClient(TypedDict):
    """A program of an institution."""

    client_id: str
    scopes: list[str]
    added_at: str
    disabled_at: str | None


class ClientWithSecret(InstitutionsClient):
    """A program with its new secret."""

    secret: str


class InstitutionsClients(TypedDict):
    """All programs of an institution."""

    items: list[InstitutionsClient]


class Purpose(TypedDict):
    """What an institution may inquire for."""

    code: str
    fa: str
    en: str


class Institution(TypedDict):
    """An institution as administrators see it."""

    id: str
    name: str
    contact: str | None
    contact_mobile: str | None
    purposes: list[Purpose]
    return_urls: list[str]
    daily_quota: int | None
    added_at: str
    verified_since: str | None
    disabled_at: str | None


class Act(TypedDict):
    """A line of the log: who did what to whom."""

    id: str
    at: str
    actor: str
    actor_role: str
    action: str
    target: str
    institution_id: str | None
    details: dict[str, Any]


class TokenKey(TypedDict):
    """A key of tokens, and since when it has its state."""

    kid: str
    state: Literal["published", "signing", "retired"]
    changed_at: str


class TokenKeys(TypedDict):
    """All keys of tokens."""

    items: list[TokenKey]


class AccountHint(TypedDict):
    """What is shown of an account: the last digits of its number and of its mobile."""

    number_ends: str
    mobile_ends: str
    activated_at: str


class AccountChoice(TypedDict):
    """A closed account, and the one that its person has now."""

    id: str
    closed_at: str
    closed: AccountHint
    current: AccountHint | None


@dataclass(frozen=True)
class Administration:
    """Operations of administrators."""

    transport: Transport

    def list_officers(self) -> Officers:
        """Return all officers and administrators."""
        officers: Officers = self.transport.get(f"{ADMIN}/officers")
        return officers

    def create_officer(self, username: str, role: str, scopes: Sequence[str]) -> AddedOfficer:
        """Return a new officer with the one-time password; an `admin` has no scopes."""
        body = {"username": username, "role": role, "scopes": scopes}
        officer: AddedOfficer = self.transport.post(f"{ADMIN}/officers", body)
        return officer

    def get_officer(self, officer_id: str) -> Officer:
        """Return an officer or an administrator."""
        officer: Officer = self.transport.get(f"{ADMIN}/officers/{officer_id}")
        return officer

    def change_officer(self, officer_id: str, *, scopes: Sequence[str] | None, disabled: bool) -> Officer:
        """Return an officer after setting the scopes, and disabling or enabling the account."""
        body = {"disabled": disabled} | ({"scopes": scopes} if scopes else {})
        officer: Officer = self.transport.put(f"{ADMIN}/officers/{officer_id}", body)
        return officer

    def reset_officer_password(self, officer_id: str) -> OneTimePassword:
        """Return a new one-time password of an officer."""
        password: OneTimePassword = self.transport.post(f"{ADMIN}/officers/{officer_id}/password")
        return password

    def remove_officer_second_factor(self, officer_id: str) -> None:
        """Remove the second factor of an officer."""
        self.transport.delete(f"{ADMIN}/officers/{officer_id}/second-factor")

    def end_officer_sessions(self, officer_id: str) -> None:
        """End all sessions of an officer."""
        self.transport.delete(f"{ADMIN}/officers/{officer_id}/sessions")

    def list_institutions(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Institution]:
        """Return institutions, oldest first."""
        page: Page[Institution] = self.transport.get(f"{ADMIN}/institutions", limit=limit, cursor=cursor)
        return page

    def create_institution(self, name: str, **details: Any) -> Institution:
        """Return a new institution. The details are the other fields of `Institution`, and `verified`."""
        institution: Institution = self.transport.post(
            f"{ADMIN}/institutions", _select_details(details) | {"name": name}
        )
        return institution

    def get_institution(self, institution_id: str) -> Institution:
        """Return an institution."""
        institution: Institution = self.transport.get(f"{ADMIN}/institutions/{institution_id}")
        return institution

    def change_institution(
        self, institution_id: str, name: str, *, disabled: bool, **details: Any
    ) -> Institution:
        """Return an institution with these details and no others."""
        body = _select_details(details) | {"name": name, "disabled": disabled}
        institution: Institution = self.transport.put(f"{ADMIN}/institutions/{institution_id}", body)
        return institution

    def list_clerks(self, institution_id: str) -> Clerks:
        """Return the clerks of an institution."""
        clerks: Clerks = self.transport.get(f"{ADMIN}/institutions/{institution_id}/clerks")
        return clerks

    def create_clerk(self, institution_id: str, username: str, *, is_manager: bool = False) -> AddedClerk:
        """Return a new clerk or manager of an institution, with the one-time password."""
        body = {"username": username, "is_manager": is_manager}
        clerk: AddedClerk = self.transport.post(f"{ADMIN}/institutions/{institution_id}/clerks", body)
        return clerk

    def change_clerk(self, clerk_id: str, *, is_manager: bool, disabled: bool) -> Clerk:
        """Return a clerk after making it a manager or not, and disabling or enabling the account."""
        body = {"is_manager": is_manager, "disabled": disabled}
        clerk: Clerk = self.transport.put(f"{ADMIN}/clerks/{clerk_id}", body)
        return clerk

    def reset_clerk_password(self, clerk_id: str) -> OneTimePassword:
        """Return a new one-time password of a clerk."""
        password: OneTimePassword = self.transport.post(f"{ADMIN}/clerks/{clerk_id}/password")
        return password

    def remove_clerk_second_factor(self, clerk_id: str) -> None:
        """Remove the second factor of a clerk."""
        self.transport.delete(f"{ADMIN}/clerks/{clerk_id}/second-factor")

    def list_clients(self, institution_id: str) -> InstitutionsClients:
        """Return the programs of an institution."""
        clients: InstitutionsClients = self.transport.get(f"{ADMIN}/institutions/{institution_id}/clients")
        return clients

    def create_client(self, institution_id: str, client_id: str, scopes: Sequence[str]) -> ClientWithSecret:
        """Return a new program of an institution with its secret."""
        body = {"client_id": client_id, "scopes": scopes}
        client: ClientWithSecret = self.transport.post(f"{ADMIN}/institutions/{institution_id}/clients", body)
        return client

    def change_client(self, client_id: str, *, scopes: Sequence[str], disabled: bool) -> InstitutionsClient:
        """Return a program after setting its scopes, and disabling or enabling it."""
        body = {"scopes": scopes, "disabled": disabled}
        client: InstitutionsClient = self.transport.put(f"{ADMIN}/clients/{client_id}", body)
        return client

    def replace_client_secret(self, client_id: str) -> ClientWithSecret:
        """Return a program with a new secret; the old one ends."""
        client: ClientWithSecret = self.transport.post(f"{ADMIN}/clients/{client_id}/secret")
        return client

    def list_acts(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Act]:
        """Return what administrators, managers and operators did, newest first."""
        page: Page[Act] = self.transport.get(f"{ADMIN}/log", limit=limit, cursor=cursor)
        return page

    def list_token_keys(self) -> TokenKeys:
        """Return the keys of tokens."""
        keys: TokenKeys = self.transport.get(f"{ADMIN}/token-keys")
        return keys

    def list_closed_accounts(
        self, *, mobile_ends: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[AccountChoice]:
        """Return closed accounts of people who had two, newest first; by the last digits of either mobile."""
        page: Page[AccountChoice] = self.transport.get(
            f"{ADMIN}/closed-accounts", mobile_ends=mobile_ends, limit=limit, cursor=cursor
        )
        return page

    def get_closed_account(self, closed_id: str) -> AccountChoice:
        """Return a closed account beside the one that its person has now."""
        choice: AccountChoice = self.transport.get(f"{ADMIN}/closed-accounts/{closed_id}")
        return choice

    def choose_closed_account(self, closed_id: str, reason: str) -> None:
        """Make a closed account the one of its person; the other one is closed."""
        self.transport.post(f"{ADMIN}/closed-accounts/{closed_id}/choice", {"reason": reason})


def _select_details(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the details of an institution that a change takes."""
    names = ("contact", "contact_mobile", "purposes", "return_urls", "daily_quota", "verified")
    return {name: details[name] for name in names if name in details}
