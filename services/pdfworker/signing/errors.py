"""Errors that keep a letter from being signed; disclosure gets their `code`, and the request waits."""

from services.kit.logging import LoggableError


class SigningUnusable(LoggableError):
    """A file that signing needs is missing or invalid. The worker does not start."""


class SigningUnavailable(LoggableError):
    """The certificate is not valid now, or the security module does not sign. Requests wait."""

    code = "certificate-unavailable"


class TimeStampUnavailable(LoggableError):
    """The time stamp authority returned no valid time stamp in time."""

    code = "timestamp-unavailable"
