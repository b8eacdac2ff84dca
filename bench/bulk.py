"""How fast small lists are imported by the importer, compared with `POST /records/lists` one by one.

Lists of about ten rows. Of two workshops, one is imported in one way and one in the other: first
a month of people who are new, then a month of people who are known.
"""

import tempfile
import time
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.importing import LAST_MONTH, LISTS, Clock, upload
from bench.service import Service
from bench.table import Comparison
from govah.samples import generate
from services.kit.jalali import JalaliMonth
from services.records.imports.runs import run_import
from services.records.lists.findings import ListFile

ROWS_OF_A_LIST = 10
IMPORTS = "/api/v1/records/imports"
# The importer takes at most this share of the time of one by one.
GOAL = 0.33


@dataclass
class Result:
    """What one way took for the lists of one month."""

    clock: Clock
    lists: int = 0
    rows: int = 0


def run(console: Console, service: Service, rows: int) -> Sequence[Comparison]:
    """Import this many rows, half in each way; print the rates, return the ratios of new and known people."""
    with tempfile.TemporaryDirectory() as directory:
        lists = invent_small_lists(rows // 2, Path(directory))
        results = {
            (way, is_known): Result(Clock())
            for is_known in (False, True)
            for way in ("one by one", "importer")
        }
        for is_known, month in enumerate(sorted(lists)):
            single, bulk = lists[month][0::2], lists[month][1::2]
            _import_single(service, single, results["one by one", bool(is_known)])
            _import_bulk(service, bulk, results["importer", bool(is_known)])
    _print(console, results)
    return [
        Comparison(
            "bulk",
            f"a row by the importer, beside POST /lists; people {'known' if is_known else 'new'}",
            _compute_cost(results["importer", is_known]),
            _compute_cost(results["one by one", is_known]),
            "ms",
            GOAL,
        )
        for is_known in (False, True)
    ]


def invent_small_lists(rows: int, directory: Path) -> dict[JalaliMonth, list[Path]]:
    """Return the directories of the lists of two months, by month; a workshop's lists are at one place."""
    tree = generate(rows, 2, max(rows // ROWS_OF_A_LIST, 2), "cp1256", 1, directory, last_month=LAST_MONTH)
    lists: dict[JalaliMonth, list[Path]] = {}
    for path in sorted(tree.lists):
        lists.setdefault(JalaliMonth.parse(path.name[:7]), []).append(path)
    return lists


def _import_single(service: Service, lists: Sequence[Path], result: Result) -> None:
    before = count_rows(service)
    for path in lists:
        headers, body = upload(path)
        with result.clock.running():
            answer = service.client.post(LISTS, headers=service.mint_officer() | headers, data=body)
        assert answer.status_code == 201, answer.text
    result.lists, result.rows = len(lists), count_rows(service) - before


def _import_bulk(service: Service, lists: Sequence[Path], result: Result) -> None:
    before = count_rows(service)
    archive = pack(lists)
    with result.clock.running():
        run_to_end(service, upload_archive(service, archive), len(lists))
    result.lists, result.rows = len(lists), count_rows(service) - before


def upload_archive(service: Service, archive: bytes) -> uuid.UUID:
    """Return the id of an import whose archive is complete."""
    headers = service.mint_officer()
    begun = service.client.post(IMPORTS, headers=headers, json={"name": "x.zip", "size": len(archive)}).json
    assert begun is not None
    for number in range(begun["parts"]):
        start = number * begun["part_size"]
        answer = service.client.put(
            f"{IMPORTS}/{begun['id']}/parts/{number}",
            headers=headers,
            data=archive[start : start + begun["part_size"]],
            content_type="application/octet-stream",
        )
        assert answer.status_code == 200, answer.text
    service.client.post(f"{IMPORTS}/{begun['id']}/completion", headers=headers)
    return uuid.UUID(begun["id"])


def run_to_end(service: Service, import_id: uuid.UUID, lists: int) -> None:
    """Import all lists of an archive, which must be accepted."""
    while run_import(service.worker, import_id):
        pass
    ended = service.client.get(f"{IMPORTS}/{import_id}", headers=service.mint_officer()).json
    assert ended is not None
    assert (ended["status"], ended["accepted"]) == ("done", lists), ended


def pack(lists: Sequence[Path]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, path in enumerate(lists):
            for name in ListFile:
                archive.write(path / name, f"{number:06}/{name}")
    return packed.getvalue()


def count_rows(service: Service) -> int:
    [[count]] = service.database.execute("SELECT count(*) FROM contributions").fetchall()
    return int(count)


def _compute_cost(result: Result) -> float:
    """Return the milliseconds of a row."""
    return 1000 * result.clock.wall / result.rows


def _print(console: Console, results: dict[tuple[str, bool], Result]) -> None:
    table = Table(title=f"Import of small lists, {time.strftime('%H:%M')}, one worker")
    for heading in ("", "people", "lists", "rows", "rows a second", "rows a second of own CPU"):
        table.add_column(heading, justify="right" if heading else "left")
    for (way, is_known), result in results.items():
        clock = result.clock
        table.add_row(
            way,
            "known" if is_known else "new",
            f"{result.lists:,}",
            f"{result.rows:,}",
            f"{result.rows / clock.wall:,.0f}",
            f"{result.rows / clock.cpu:,.0f}",
        )
    console.print(table)
