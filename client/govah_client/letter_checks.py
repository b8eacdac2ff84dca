"""What inquiry says of letters to everyone: states, public keys, and checks of files and of paper."""

from typing import Any, Literal, NotRequired, TypedDict

from govah_client.disclosure import Text

# Answers to an institution end; letters do not.
RegisteredState = Literal["valid", "superseded", "revoked", "ended"]


class LetterStatus(TypedDict):
    """Whether a letter, or answers to an institution, are valid today; no personal data."""

    serial: str
    kind: Literal["letter", "answers"]
    state: RegisteredState
    issued_at: str
    superseded_at: str | None
    revoked_at: str | None
    ended_at: str | None


class PublicKeys(TypedDict):
    """The keys that letters are signed with."""

    keys: list[dict[str, Any]]
    pem: str


class KeySet(TypedDict):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


class TimeStamp(TypedDict):
    """The time stamp of a letter."""

    status: Literal["none", "valid", "not-valid"]
    by: str | None
    at: str | None


class Paper(TypedDict):
    """What the genuine QR code of a letter on paper states; `names_person` is false for an older one."""

    token: str
    serial: str
    issued_on: str
    total_days: int
    initials: str | None
    birth_year: int | None
    first_month_jalali: str | None
    last_month_jalali: str | None
    names_person: bool
    state: RegisteredState | None


class PaperComparison(TypedDict):
    """Whether a typed name or number fits the QR code of a letter; None if nothing was typed."""

    paper: Paper
    comparison: Literal["fits", "differs", "not-in-code", "other-script"] | None
    message: Text


class FileCheck(TypedDict):
    """Whether a file is a genuine letter; `paper` is the QR code of a scan, a photo or a saved copy."""

    result: Literal["genuine", "superseded", "revoked", "ended", "altered", "cannot-tell", "not-ours"]
    reason: str
    message: Text
    serial: NotRequired[str]
    time_stamp: TimeStamp
    paper: NotRequired[Paper]
