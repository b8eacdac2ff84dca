"""What can keep a letter from being signed; `code` is told to disclosure, and another attempt may help."""

from services.kit.logging import LoggableError


class SigningUnusable(LoggableError):
    """Files without which no letter can be signed are missing or wrong: the worker does not start."""


class SigningUnavailable(LoggableError):
    """The certificate is not valid just now, so that requests must wait."""

    code = "signing-unavailable"


class TimeStampUnavailable(LoggableError):
    """The time stamp authority gave no time stamp, or not in time, or a wrong one."""

    code = "timestamp-unavailable"
