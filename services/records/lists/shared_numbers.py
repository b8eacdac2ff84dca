"""Insurance numbers that stand for several people in one list: their rows are held. Pure."""

from collections.abc import Iterator, Sequence

from services.records.lists.canonical import canonicalise_insurance_number
from services.records.lists.findings import ListFile, RawFinding, make_finding
from services.records.lists.rows import WorkerRow


def find_shared_numbers(rows: Sequence[WorkerRow]) -> set[str]:
    """Return the insurance numbers, in canonical form, that rows of different people have.

    Rows without a national code are one person's if they have one number.
    """
    codes: dict[str, str | None] = {}
    shared: set[str] = set()
    for row in rows:
        if number := row.insurance_number:
            if number[0] == "0":
                number = canonicalise_insurance_number(number)
            if codes.setdefault(number, row.national_code) != row.national_code:
                shared.add(number)
    return shared


def check_shared_numbers(rows: Sequence[WorkerRow]) -> Iterator[RawFinding]:
    """Yield the finding of each row whose insurance number stands for another person of the list too."""
    shared = find_shared_numbers(rows)
    for row in rows if shared else ():
        if row.insurance_number and canonicalise_insurance_number(row.insurance_number) in shared:
            yield make_finding(
                "insurance-number-shared", ListFile.WORKERS, "DSW_ID1", row.row, row.insurance_number
            )
