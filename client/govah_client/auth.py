"""Accounts, sessions and tokens: `/api/v1/auth`."""

from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from govah_client.administration import Administration
from govah_client.counter import Counter
from govah_client.own_institution import OwnInstitution
from govah_client.representatives import Representatives
from govah_client.transport import create_idempotency_key

AUTH = "/api/v1/auth"


class Registration(TypedDict):
    """An accepted registration; its activation code is on its way to the mobile."""

    registration_id: str
    tracking_number: NotRequired[str]
    status: NotRequired[str]
    expires_at: str


class RegistrationState(TypedDict):
    """Where a registration stands."""

    status: Literal["code-sent", "activated", "expired"]


class PasswordReset(TypedDict):
    """An accepted reset; its code is on its way to the mobile if the account exists."""

    reset_id: str
    status: NotRequired[str]
    expires_at: str


class MobileChange(TypedDict):
    """An accepted change of the mobile; its code is on its way to the new one."""

    status: NotRequired[str]
    expires_at: str


class Status(TypedDict):
    """What has become of a call."""

    status: str


class Session(TypedDict):
    """The tokens of a session; `expires_in` are the seconds of the access token."""

    access_token: str
    refresh_token: str
    token_type: NotRequired[str]
    expires_in: int


class NewSession(Session):
    """A session after a sign-in.

    `device_token` goes with the next sign-in from here. `wrong_codes` counts the wrong one-time codes since
    the last sign-in.
    """

    device_token: NotRequired[str]
    wrong_codes: NotRequired[int]


class Token(TypedDict):
    """The access token of a program."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


@dataclass(frozen=True)
class Auth(Administration, OwnInstitution, Representatives, Counter):
    """Operations of the auth service."""

    def create_registration(
        self, national_code: str, birth_date_jalali: str, mobile: str, *, idempotency_key: str | None = None
    ) -> Registration:
        """Return a new registration. The code for `activate_account` goes to the mobile."""
        body = {"national_code": national_code, "birth_date_jalali": birth_date_jalali, "mobile": mobile}
        key = idempotency_key or create_idempotency_key()
        registration: Registration = self.transport.post(f"{AUTH}/registrations", body, idempotency_key=key)
        return registration

    def get_registration(self, registration_id: str) -> RegistrationState:
        """Return the state of a registration, by its id or its tracking number."""
        state: RegistrationState = self.transport.get(f"{AUTH}/registrations/{registration_id}")
        return state

    def activate_account(self, registration_id: str, activation_code: str, password: str) -> Status:
        """Create the account of a registration with the code from the mobile."""
        path = f"{AUTH}/registrations/{registration_id}/activation"
        body = {"activation_code": activation_code, "password": password}
        status: Status = self.transport.post(path, body)
        return status

    def create_password_reset(
        self,
        national_code: str | None = None,
        birth_date_jalali: str = "",
        *,
        insurance_number: str | None = None,
    ) -> PasswordReset:
        """Return a new password reset, for a national code or else an insurance number.

        The code for `complete_password_reset` goes to the mobile on file.
        """
        body = {"birth_date_jalali": birth_date_jalali}
        body |= {"national_code": national_code} if national_code else {}
        body |= {"insurance_number": insurance_number} if insurance_number else {}
        reset: PasswordReset = self.transport.post(f"{AUTH}/password-resets", body)
        return reset

    def complete_password_reset(
        self, reset_id: str, reset_code: str, password: str, totp: str | None = None
    ) -> Status:
        """Set a new password with the code from the mobile; `totp` for those with a second factor."""
        path = f"{AUTH}/password-resets/{reset_id}/completion"
        body = {"reset_code": reset_code, "password": password} | ({"totp": totp} if totp else {})
        status: Status = self.transport.post(path, body)
        return status

    def create_session(self, **credentials: str | None) -> NewSession:
        """Return the tokens of a new session.

        Citizens give `national_code`, or `insurance_number` without one, and `password`; staff `username` and
        `password`; both `totp` if they have a second factor. `device_token`, `sign_in_id` and `code` are
        explained in docs/api.md.
        """
        session: NewSession = self.transport.post(f"{AUTH}/sessions", credentials)
        return session

    def refresh_session(self, refresh_token: str) -> Session:
        """Return new tokens of a session. A refresh token that is used twice ends the session."""
        session: Session = self.transport.post(f"{AUTH}/sessions/refresh", {"refresh_token": refresh_token})
        return session

    def delete_session(self) -> None:
        """End the session of this client's token."""
        self.transport.delete(f"{AUTH}/sessions/current")

    def change_password(self, old_password: str, new_password: str) -> None:
        """Change the password of the account that is signed in."""
        body = {"old_password": old_password, "new_password": new_password}
        self.transport.post(f"{AUTH}/password", body)

    def change_mobile(self, mobile: str, password: str) -> MobileChange:
        """Return a new change of the mobile. The code for `confirm_mobile` goes to the new one."""
        change: MobileChange = self.transport.post(f"{AUTH}/mobile", {"mobile": mobile, "password": password})
        return change

    def confirm_mobile(self, code: str) -> None:
        """Complete a change of the mobile with the code from the new one."""
        self.transport.post(f"{AUTH}/mobile/confirmation", {"code": code})

    def reverse_mobile(self, code: str) -> Status:
        """Undo a change of the mobile with the code from the old one."""
        status: Status = self.transport.post(f"{AUTH}/mobile/reversal", {"code": code})
        return status

    def grant_token(self, client_id: str, client_secret: str, scope: str | None = None) -> Token:
        """Return an access token of a program, with all its scopes unless some are named (RFC 6749)."""
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        token: Token = self.transport.post(f"{AUTH}/token", data=form, auth=(client_id, client_secret))
        return token
