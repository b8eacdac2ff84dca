"""The findings of a list's checks; `wordings` has what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from services.kit.text import normalise_text, to_persian_digits
from services.records.lists.wordings import WORDINGS, Code, Severity

_MAX_VALUE_LENGTH = 80


class ListFile(StrEnum):
    """The two files of a list."""

    HEADER = "DSKKAR00.DBF"
    WORKERS = "DSKWOR00.DBF"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: where it is, the value there, and a sentence about it in Persian and English.

    row counts the file's records from 1; row, field and value are None if a finding is about the whole file.
    expected is the value that was expected there, or None where no single value was. With an error the list
    is refused. A warning does not prevent its import. A held row is imported, but counts in nobody's record
    until officers have decided whose it is.
    """

    file: ListFile
    row: int | None
    field: str | None
    value: str | None
    severity: Severity
    code: Code
    message_fa: str
    message_en: str
    expected: str | None = None


class RawFinding(NamedTuple):
    """A finding whose sentences are not written yet: of very many findings, most are only counted."""

    wording: str
    file: ListFile
    field: str | None
    row: int | None
    value: object
    expected: object
    details: Mapping[str, str | int]

    @property
    def order(self) -> tuple[str, str, int]:
        """Return the key that findings are sorted by: errors first, then by file and row."""
        return WORDINGS[self.wording].severity, self.file, self.row or 0

    def describe(self) -> Finding:
        """Return the finding with the details set into its sentences.

        Its value is safe to show: one line, no invisible characters, at most 80 characters.
        """
        wording = WORDINGS[self.wording]
        persian = {k: to_persian_digits(v) if isinstance(v, int) else v for k, v in self.details.items()}
        return Finding(
            file=self.file,
            row=self.row,
            field=self.field,
            value=_format_value(self.value),
            severity=wording.severity,
            code=wording.code,
            message_fa=wording.fa.format(field=self.field, **persian),
            message_en=wording.en.format(field=self.field, **self.details),
            expected=_format_value(self.expected),
        )


def _format_value(value: object) -> str | None:
    return None if value is None else normalise_text(str(value))[:_MAX_VALUE_LENGTH]


def make_finding(
    wording: str,
    file: ListFile,
    field: str | None = None,
    row: int | None = None,
    value: object = None,
    *,
    expected: object = None,
    **details: str | int,
) -> RawFinding:
    """Return a finding with the named wording."""
    return RawFinding(wording, file, field, row, value, expected, details)
