"""What the manager of an institution does: a part of `client.auth`."""

from collections.abc import Sequence
from dataclasses import dataclass

from govah_client.administration import (
    INSTITUTION,
    Act,
    AddedClerk,
    Clerk,
    Clerks,
    ClientWithSecret,
    Institution,
    InstitutionsClient,
    InstitutionsClients,
    OneTimePassword,
)
from govah_client.pages import Page
from govah_client.transport import Transport


@dataclass(frozen=True)
class OwnInstitution:
    """Operations of an institution's manager."""

    transport: Transport

    def get_own_institution(self) -> Institution:
        """Return the own institution."""
        institution: Institution = self.transport.get(INSTITUTION)
        return institution

    def list_own_clerks(self) -> Clerks:
        """Return the clerks of the own institution."""
        clerks: Clerks = self.transport.get(f"{INSTITUTION}/clerks")
        return clerks

    def create_own_clerk(self, username: str) -> AddedClerk:
        """Return a new clerk with the one-time password."""
        clerk: AddedClerk = self.transport.post(f"{INSTITUTION}/clerks", {"username": username})
        return clerk

    def change_own_clerk(self, clerk_id: str, *, disabled: bool) -> Clerk:
        """Return a clerk after disabling or enabling the account."""
        clerk: Clerk = self.transport.put(f"{INSTITUTION}/clerks/{clerk_id}", {"disabled": disabled})
        return clerk

    def reset_own_clerk_password(self, clerk_id: str) -> OneTimePassword:
        """Return a new one-time password of a clerk."""
        password: OneTimePassword = self.transport.post(f"{INSTITUTION}/clerks/{clerk_id}/password")
        return password

    def remove_own_clerk_second_factor(self, clerk_id: str) -> None:
        """Remove the second factor of a clerk."""
        self.transport.delete(f"{INSTITUTION}/clerks/{clerk_id}/second-factor")

    def list_own_clients(self) -> InstitutionsClients:
        """Return the programs of the own institution."""
        clients: InstitutionsClients = self.transport.get(f"{INSTITUTION}/clients")
        return clients

    def create_own_client(self, client_id: str, scopes: Sequence[str]) -> ClientWithSecret:
        """Return a new program with its secret."""
        body = {"client_id": client_id, "scopes": scopes}
        client: ClientWithSecret = self.transport.post(f"{INSTITUTION}/clients", body)
        return client

    def change_own_client(self, client_id: str, *, disabled: bool) -> InstitutionsClient:
        """Return a program after disabling or enabling it."""
        client: InstitutionsClient = self.transport.put(
            f"{INSTITUTION}/clients/{client_id}", {"disabled": disabled}
        )
        return client

    def replace_own_client_secret(self, client_id: str) -> ClientWithSecret:
        """Return a program with a new secret; the old one ends."""
        client: ClientWithSecret = self.transport.post(f"{INSTITUTION}/clients/{client_id}/secret")
        return client

    def list_own_acts(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Act]:
        """Return what was done to the own institution, newest first."""
        page: Page[Act] = self.transport.get(f"{INSTITUTION}/log", limit=limit, cursor=cursor)
        return page
