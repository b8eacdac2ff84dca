"""What can keep a letter from being signed; `code` is told to disclosure, and another attempt may help."""

from services.kit.logging import Sayable


class SigningUnusable(Sayable):
    """Files without which no letter can be signed are missing or wrong: the worker does not start."""


class SigningUnavailable(Sayable):
    """The certificate is not valid just now, so that requests must wait."""

    code = "signing-unavailable"


class TimeStampUnavailable(Sayable):
    """The time stamp authority gave no time stamp, or not in time, or a wrong one."""

    code = "timestamp-unavailable"
