"""National codes that lost their leading zeros: taken only for a person who is known. Imports call it.

One number in eleven of 8 or 9 digits is somebody's code once it is padded. So the row's name, or its
insurance number, must be that person's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import structlog
from sqlalchemy.orm import Session

from services.kit.text import fold_name
from services.records.actions.identities import has_number
from services.records.actions.list_files import ValidList
from services.records.errors import ListRefused
from services.records.lists import WorkerRow
from services.records.lists.canonical import find_padded_code
from services.records.lists.checks import describe_short_code
from services.records.lists.finding_logs import MAX_FINDINGS, FindingLog
from services.records.store.former_identifiers import fetch_former_owners
from services.records.store.people import KnownPerson, fetch_by_national_codes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PaddedCodes:
    """The codes that were taken, by the number of their row, and the finding of each short code."""

    by_row: Mapping[int, str]
    findings: FindingLog


def resolve_short_codes(session: Session, valid_list: ValidList) -> ValidList:
    """Return the list with its short national codes padded.

    Raises ListRefused if the code of an Iranian fits nobody.
    """
    if not valid_list.short_codes:
        return valid_list
    padded = match_short_codes(session, valid_list.rows, valid_list.short_codes)
    findings = [*padded.findings.list_first(), *valid_list.findings][:MAX_FINDINGS]
    total = padded.findings.total + valid_list.findings_total
    if padded.findings.has_errors:
        log.info("list.refused", findings=total)
        raise ListRefused([asdict(finding) for finding in findings], total)
    rows = valid_list.rows.replace_codes(padded.by_row)
    return replace(valid_list, rows=rows, findings=findings, findings_total=total)


def match_short_codes(
    session: Session, rows: Sequence[WorkerRow], short_codes: Mapping[int, str]
) -> PaddedCodes:
    """Return the padded codes that fit a known person, and a finding for each short code."""
    padded = {number: find_padded_code(code) for number, code in short_codes.items()}
    holders = _fetch_holders(session, {code for code in padded.values() if code})
    findings = FindingLog()
    taken: dict[int, str] = {}
    for row in rows if padded else ():
        code = padded.get(row.row)
        if code is None:
            continue
        if fits := any(_is_holder(row, holder) for holder in holders.get(code, ())):
            taken[row.row] = code
        findings.add(describe_short_code(row, short_codes[row.row], code, is_taken=fits))
    return PaddedCodes(taken, findings)


def _fetch_holders(session: Session, codes: Collection[str]) -> Mapping[str, Sequence[KnownPerson]]:
    """Return by code who has it, or had it until a correction; what comes of the row is decided later."""
    former = fetch_former_owners(session, [(code, None) for code in codes]) if codes else {}
    current = fetch_by_national_codes(session, codes)
    return {
        code: [*([current[code]] if code in current else []), *former.get((code, None), [])] for code in codes
    }


def _is_holder(row: WorkerRow, holder: KnownPerson) -> bool:
    if has_number(holder, row.insurance_number):
        return True
    row_key = [fold_name(name) for name in (row.first_name, row.last_name)]
    names = [(holder.first_name, holder.last_name), (holder.merged_names or ())[:2]]
    return all(row_key) and row_key in [[fold_name(name) for name in pair] for pair in names]
