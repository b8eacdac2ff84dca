"""The account of the person who is signed in: `/api/v1/auth/me`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from govah_client.auth import AUTH, NewSession
from govah_client.transport import Transport

ME = f"{AUTH}/me"
FACTORS = f"{ME}/second-factors"
FactorKind = Literal["totp", "passkey"]


class OwnFactor(TypedDict):
    """A second factor; a passkey has a name."""

    id: str
    kind: FactorKind
    name: NotRequired[str]
    added_at: str
    last_used_at: NotRequired[str]


class OwnAccount(TypedDict):
    """An account as its holder sees it; citizens have other members than staff."""

    role: Literal["citizen", "officer", "institution", "admin"]
    national_code: NotRequired[str]
    insurance_number: NotRequired[str]
    mobile: NotRequired[str]
    language: NotRequired[Literal["fa", "en"]]
    username: NotRequired[str]
    institution: NotRequired[str]
    activated_at: str
    has_second_factor: bool
    second_factors: list[OwnFactor]
    recovery_codes_left: int


class OwnDevice(TypedDict):
    """A device on which the holder has signed in; `current` is that of this session."""

    id: str
    browser: NotRequired[str]
    system: NotRequired[str]
    first_used_at: str
    last_used_at: str
    signed_in: bool
    current: bool


class OwnDevices(TypedDict):
    """All devices, the one that was used last first."""

    items: list[OwnDevice]
    next_cursor: NotRequired[None]


class ClosedAccount(TypedDict):
    """A closed account; until `closes_at` a new password opens it again."""

    status: NotRequired[str]
    closes_at: str


class FactorRequest(TypedDict):
    """A second factor that waits for its confirmation."""

    id: str
    kind: FactorKind
    status: NotRequired[str]
    expires_at: str
    secret: NotRequired[str]
    otpauth_url: NotRequired[str]
    options: NotRequired[dict[str, Any]]


class ConfirmedFactor(TypedDict):
    """A second factor in use; the first one comes with recovery codes."""

    status: NotRequired[str]
    recovery_codes: list[str]


class RecoveryCodes(TypedDict):
    """New recovery codes; they are shown only once."""

    recovery_codes: list[str]


class PasskeyRequest(TypedDict):
    """A challenge for a sign-in with a passkey."""

    request_id: str
    expires_at: str
    options: dict[str, Any]


class WantedPreference(TypedDict):
    """How messages of a kind reach the person."""

    kind: str
    delivery: Literal["message", "portal"]


class Preference(WantedPreference):
    """How messages of a kind reach the person; a `fixed` one cannot be changed."""

    fixed: bool


class Preferences(TypedDict):
    """The preferences for all kinds of messages."""

    preferences: list[Preference]


class ExportedMessage(TypedDict):
    """A message to the person that is still stored."""

    kind: str
    occurred_at: str
    sent: bool


class ExportedView(TypedDict):
    """A view of a letter that is counted in the message of its day."""

    occurred_at: str


class ExportedDocument(TypedDict):
    """Everything that auth stores about an account, but for secrets."""

    account: OwnAccount
    devices: list[OwnDevice]
    preferences: NotRequired[list[Preference]]
    messages: NotRequired[list[ExportedMessage]]
    views: NotRequired[list[ExportedView]]


@dataclass(frozen=True)
class Account:
    """Operations on one's own account, and signing in with a passkey."""

    transport: Transport

    def get_account(self) -> OwnAccount:
        """Return the account; the middle digits of the mobile are hidden."""
        account: OwnAccount = self.transport.get(ME)
        return account

    def change_account(self, language: str) -> OwnAccount:
        """Set the language of the messages: fa or en."""
        account: OwnAccount = self.transport.call("PATCH", ME, json={"language": language}).json()
        return account

    def close_account(self, password: str) -> ClosedAccount:
        """Close the account. Until `closes_at` a new password opens it again; then it is deleted."""
        closed: ClosedAccount = self.transport.call("DELETE", ME, json={"password": password}).json()
        return closed

    def export_account(self) -> ExportedDocument:
        """Return everything that auth stores about the account, but for secrets."""
        document: ExportedDocument = self.transport.get(f"{ME}/export")
        return document

    def list_devices(self) -> OwnDevices:
        """Return the devices and sessions, the one that was used last first."""
        devices: OwnDevices = self.transport.get(f"{ME}/devices")
        return devices

    def forget_device(self, device_id: str) -> None:
        """End the sessions on a device, and forget it."""
        self.transport.delete(f"{ME}/devices/{device_id}")

    def request_factor(self, kind: str, password: str) -> FactorRequest:
        """Begin to add a second factor: return a secret for an authenticator, or options for a browser."""
        request: FactorRequest = self.transport.post(FACTORS, {"kind": kind, "password": password})
        return request

    def confirm_factor(
        self,
        factor_id: str,
        code: str | None = None,
        credential: Mapping[str, Any] | None = None,
        name: str = "",
    ) -> ConfirmedFactor:
        """Add the second factor, with its first code or with the browser's answer and a name."""
        body = {"code": code} if credential is None else {"credential": credential, "name": name}
        confirmed: ConfirmedFactor = self.transport.post(f"{FACTORS}/{factor_id}/confirmation", body)
        return confirmed

    def remove_factor(self, factor_id: str, password: str) -> None:
        """Remove a second factor."""
        self.transport.call("DELETE", f"{FACTORS}/{factor_id}", json={"password": password})

    def replace_recovery_codes(self, password: str) -> RecoveryCodes:
        """Return new recovery codes; the earlier ones are invalid."""
        codes: RecoveryCodes = self.transport.post(f"{ME}/recovery-codes", {"password": password})
        return codes

    def request_passkey_sign_in(self) -> PasskeyRequest:
        """Return a challenge for a sign-in with a passkey; it is valid once."""
        request: PasskeyRequest = self.transport.post(f"{AUTH}/sessions/passkey-options")
        return request

    def create_passkey_session(
        self, request_id: str, credential: Mapping[str, Any], device_token: str | None = None
    ) -> NewSession:
        """Return the tokens of a new session, by the browser's answer to a challenge."""
        body = {"request_id": request_id, "credential": credential, "device_token": device_token}
        session: NewSession = self.transport.post(f"{AUTH}/sessions/passkey", body)
        return session

    def list_preferences(self) -> Preferences:
        """Return which kinds of messages are sent, and which are shown in the portal only."""
        preferences: Preferences = self.transport.get(f"{ME}/preferences")
        return preferences

    def replace_preferences(self, wanted: Sequence[WantedPreference]) -> Preferences:
        """Set the delivery of each kind of message; kinds that are not named are sent."""
        preferences: Preferences = self.transport.put(f"{ME}/preferences", {"preferences": wanted})
        return preferences
