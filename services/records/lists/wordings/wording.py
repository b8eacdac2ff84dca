"""The parts of a wording: its code, its sentences and its severity."""

from typing import Literal, NamedTuple

Severity = Literal["error", "held", "warning"]
Code = Literal[
    "not-dbf", "truncated", "field-missing", "header-count", "sums-differ", "period-differs",
    "days-out-of-range", "amount-negative", "national-code-invalid", "person-twice", "list-changed",
    "premium-differs", "total-below-insurable", "wages-differ", "identity-differs", "foreigner-without-code",
    "value-missing", "code-padded", "date-unreadable", "list-empty",
    "files-swapped", "text-unreadable", "name-implausible", "not-a-number", "text-after-end",
    "name-differs", "identity-conflict", "insurance-number-shared",
    "file-unreadable", "file-missing", "file-repeated", "not-processed",
]  # fmt: skip


class Wording(NamedTuple):
    """What a finding says."""

    code: Code
    fa: str
    en: str
    severity: Severity = "error"
