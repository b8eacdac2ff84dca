"""The bodies of auth's requests and replies."""

from services.auth.schemas.account import (
    MobileChange,
    NewMobileConfirmation,
    NewMobileReversal,
    PasswordChange,
    Preferences,
    SentCode,
    WantedPreferences,
)
from services.auth.schemas.fields import Code, DeviceToken, OneTimeCode, ReversalCode, Secret, Username
from services.auth.schemas.registrations import (
    NewActivation,
    NewPasswordReset,
    NewPasswordResetCompletion,
    NewRegistration,
    PasswordReset,
    Registration,
    RegistrationStatus,
    Status,
)
from services.auth.schemas.sessions import (
    NewRefresh,
    NewSession,
    Session,
    StartedSession,
)

__all__ = [
    "Code",
    "DeviceToken",
    "MobileChange",
    "NewActivation",
    "NewMobileConfirmation",
    "NewMobileReversal",
    "NewPasswordReset",
    "NewPasswordResetCompletion",
    "NewRefresh",
    "NewRegistration",
    "NewSession",
    "OneTimeCode",
    "PasswordChange",
    "PasswordReset",
    "Preferences",
    "Registration",
    "RegistrationStatus",
    "ReversalCode",
    "Secret",
    "SentCode",
    "Session",
    "StartedSession",
    "Status",
    "Username",
    "WantedPreferences",
]
