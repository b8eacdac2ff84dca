"""The former versions of a list: who imported and ended each, when and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.records.models import ImportedList
from services.records.store.list_versions import fetch_former_versions

_OF_CONTENT = (
    "version",
    "imported_by",
    "imported_at",
    "workers",
    "total_days",
    "total_wage",
    "has_files",
    "file_name",
    "ended_at",
)


def describe_versions(session: Session, imported: ImportedList) -> Sequence[Mapping[str, Any]]:
    """Return the former versions of a list, newest first; the proposal that ended each says why."""
    return [
        {name: getattr(version, name) for name in _OF_CONTENT}
        | {
            "proposal_id": proposal and proposal.id,
            "kind": proposal and proposal.kind,
            "reason": proposal and proposal.reason,
            "proposed_by": proposal and proposal.proposed_by,
            "confirmed_by": proposal and proposal.confirmed_by,
        }
        for version, proposal in fetch_former_versions(session, imported.position)
    ]
