"""Employers' list files on disk: found in a folder, and uploaded through the public API."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from govah_client.client import Client
from govah_client.lists import Finding, ListRefused

Outcome = Literal["accepted", "already-there", "refused"]


@dataclass(frozen=True)
class ListPair:
    """The two files of one employer's list."""

    header: Path
    workers: Path


def find_lists(directory: Path) -> list[ListPair]:
    """Return the lists below a directory: each folder with DSKKAR00.DBF and DSKWOR00.DBF, in any case."""
    pairs = []
    for folder in sorted({path.parent for path in directory.rglob("*") if path.is_file()}):
        by_name = {path.name.upper(): path for path in folder.iterdir()}
        if "DSKKAR00.DBF" in by_name and "DSKWOR00.DBF" in by_name:
            pairs.append(ListPair(by_name["DSKKAR00.DBF"], by_name["DSKWOR00.DBF"]))
    return pairs


def upload_list(officer: Client, pair: ListPair) -> tuple[Outcome, Sequence[Finding]]:
    """Return what became of one list, and the findings."""
    try:
        imported, is_new = officer.records.upload_list(pair.header.read_bytes(), pair.workers.read_bytes())
    except ListRefused as refusal:
        return "refused", refusal.findings
    return "accepted" if is_new else "already-there", imported["findings"]
