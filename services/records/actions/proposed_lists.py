"""A list that is to replace another: its content between the proposal and the confirmation."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import date
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.records.actions.list_files import ReceivedFiles, ValidList
from services.records.lists import Finding, ListHeader
from services.records.lists.rows import WorkerRow, WorkerRows
from services.records.store import list_versions

# Rows of one part.
PART = 5_000
_NAMES = [field.name for field in fields(WorkerRow)]
_get_values = attrgetter(*_NAMES)


def save_proposed_list(session: Session, received: ReceivedFiles, valid_list: ValidList) -> None:
    """Store the content of a list under the id of its files, with their name."""
    list_versions.add_proposed_list(session, received.id, _encode(valid_list, received.name))


def load_proposed_files(session: Session, proposed_id: uuid.UUID) -> ReceivedFiles:
    """Return the files of a list that waits for a decision, with their name unless older code stored them."""
    first: Mapping[str, Any] = next(list_versions.read_proposed_list(session, proposed_id), {})
    return ReceivedFiles(proposed_id, first.get("file_name"))


def load_proposed_list(session: Session, proposed_id: uuid.UUID) -> ValidList | None:
    """Return the content of a list that waits for a decision; None if that id is unknown."""
    parts = list_versions.read_proposed_list(session, proposed_id)
    first = next(parts, None)
    if first is None:
        return None
    columns: list[list[Any]] = [[] for _ in _NAMES]
    for part in parts:
        for column, values in zip(columns, part["columns"], strict=True):
            column.extend(map(_decode_value, values))
    header = {name: _decode_value(value) for name, value in first["header"].items()}
    return ValidList(
        header=ListHeader(**header),
        rows=WorkerRows(*columns),
        findings=[Finding(**finding) for finding in first["findings"]],
        **first["facts"],
    )


def _encode(valid_list: ValidList, file_name: str | None) -> Iterator[Mapping[str, Any]]:
    header = asdict(valid_list.header) | {"month": valid_list.header.month}
    names = ("findings_total", "content_sha256", "header_sha256", "workers_sha256", "former_sha256")
    yield {
        "header": {name: _encode_value(value) for name, value in header.items()},
        "findings": [asdict(finding) for finding in valid_list.findings],
        "facts": {name: getattr(valid_list, name) for name in names},
        "file_name": file_name,
    }
    for start in range(0, len(valid_list.rows), PART):
        columns = zip(*map(_get_values, valid_list.rows[start : start + PART]), strict=True)
        yield {"columns": [list(map(_encode_value, column)) for column in columns]}


def _encode_value(value: Any) -> Any:
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, JalaliMonth):
        return {"month": [value.year, value.month]}
    return value


def _decode_value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "date" in value:
        return date.fromisoformat(value["date"])
    return JalaliMonth(*value["month"])
