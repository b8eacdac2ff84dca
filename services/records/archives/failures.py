"""Why an archive cannot be imported as a whole."""

from enum import StrEnum


class ImportFailure(StrEnum):
    """The cause, as the API names it."""

    NOT_AN_ARCHIVE = "not-an-archive"
    ARCHIVE_DAMAGED = "archive-damaged"
    TOO_MANY_FILES = "too-many-files"
    TOO_LARGE_UNPACKED = "too-large-unpacked"
    NO_LISTS = "no-lists"


class ArchiveUnusable(ValueError):
    """An archive cannot be imported; `failure` is the cause."""

    def __init__(self, failure: ImportFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class ReadTooLarge(Exception):
    """A single read of an archive would take more memory than permitted."""
