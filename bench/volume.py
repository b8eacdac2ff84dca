"""A month of many small lists by the importer: processor time a row, its own and that of the database.

First a month of people who are new, then the next month of the same people. Time on the wall is that of a
machine that does other things too. What counts is the processor time of the worker and of PostgreSQL.
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.bulk import count_rows, invent_small_lists, pack, run_to_end, upload_archive
from bench.processes import measure_cpu
from bench.service import Service
from bench.table import Comparison, print_rows

# Rows a second and core.
GOAL = 2_500


@dataclass(frozen=True)
class Costs:
    """Seconds of the clock, and of the processor in the worker and in PostgreSQL."""

    wall: float
    worker: float
    database: float

    def __sub__(self, other: "Costs") -> "Costs":
        return Costs(self.wall - other.wall, self.worker - other.worker, self.database - other.database)


def run(console: Console, service: Service, rows: int) -> list[Comparison]:
    """Import two months of this many rows; print the rates, return them beside the goal."""
    table, comparisons = [], []
    with tempfile.TemporaryDirectory() as directory:
        months = sorted(invent_small_lists(rows, Path(directory)).items())
        for people, (_, lists) in zip(("new", "known"), months, strict=True):
            import_id = upload_archive(service, pack(lists))
            before, begun = count_rows(service), _read_costs(service)
            run_to_end(service, import_id, len(lists))
            costs = _read_costs(service) - begun
            added = count_rows(service) - before
            rate = added / (costs.worker + costs.database)
            table.append(
                (
                    people,
                    f"{len(lists):,}",
                    f"{added:,}",
                    f"{costs.worker:,.1f}",
                    f"{costs.database:,.1f}",
                    f"{costs.wall:,.0f}",
                    f"{added / costs.worker:,.0f}",
                    f"{rate:,.0f}",
                )
            )
            comparisons.append(
                Comparison("volume", f"rows of people {people}, a second and core", rate, GOAL, "", 1.0, True)
            )
    headings = (
        "people", "lists", "rows", "CPU s, worker", "CPU s, PostgreSQL", "s of the clock",
        "rows a CPU s of the worker", "rows a CPU s of both",
    )  # fmt: skip
    print_rows(console, "Small lists by the importer, one worker", headings, table)
    return comparisons


def _read_costs(service: Service) -> Costs:
    [[checkpointer]] = service.database.execute(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
    ).fetchall()
    postmaster = int(Path(f"/proc/{checkpointer}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
    return Costs(time.perf_counter(), time.process_time(), measure_cpu(postmaster))
