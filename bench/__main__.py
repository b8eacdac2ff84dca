"""``python -m bench [BENCH]…``: all of them, or those that are named, and one table of ratios at the end.

docs/measurements.md keeps the figures.
"""

import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from bench import bulk, growth, importing, inquiry, pipeline, records, servers, volume
from bench.letters import comparing
from bench.service import open_records
from bench.stack import Stack, open_stack
from bench.table import Comparison, print_comparisons

Found = Sequence[Comparison]
NAMES = ("importing", "bulk", "records", "inquiry", "servers", "pipeline", "letters")
# Only if they are named: they take long, and growth fills tens of gibibytes, if that many rows are wanted.
LARGE = ("growth", "volume")


@click.command()
@click.argument("names", metavar="[BENCH]…", nargs=-1, type=click.Choice(NAMES + LARGE))
@click.option("--people", default=10_000, show_default=True, help="Invented people whose lists are imported.")
@click.option("--months", default=12, show_default=True, help="Months of lists.")
@click.option("--workshops", default=20, show_default=True, help="Workshops they work in: a list a month.")
@click.option(
    "--crowd", default=1_000_000, show_default=True, help="People there are when reads are slowest."
)
@click.option(
    "--small-rows", default=40_000, show_default=True, help="Rows of small lists, half in each way."
)
@click.option("--letters", default=150, show_default=True, help="Letters each drain of the pipeline makes.")
@click.option("--rows", default=10_000_000, show_default=True, help="Contributions that growth fills in.")
@click.option("--volume-rows", default=200_000, show_default=True, help="Rows of each month of volume.")
def main(
    names: Sequence[str],
    people: int,
    months: int,
    workshops: int,
    crowd: int,
    small_rows: int,
    letters: int,
    rows: int,
    volume_rows: int,
) -> None:
    """Measure, beside something measured in the same run: importing, records, inquiry and the rest."""
    # So that every started program ends with this one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    console, chosen = Console(width=120), names or NAMES
    gibibytes = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    machine = f"{os.cpu_count()} cores, {gibibytes} GiB, Python {platform.python_version()}"
    console.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}, load {os.getloadavg()[0]:.1f}\n")
    comparisons: list[Comparison] = []
    if {"importing", "records"} & set(chosen):
        comparisons += _measure_records(console, chosen, people, months, workshops, crowd)
    if "bulk" in chosen:
        with open_records() as service:
            comparisons += bulk.run(console, service, small_rows)
    if "volume" in chosen:
        with open_records() as service:
            comparisons += volume.run(console, service, volume_rows)
    over_a_stack: Mapping[str, Callable[[Console, Stack], Found]] = {
        "inquiry": inquiry.run,
        "servers": servers.run,
        "pipeline": partial(pipeline.run, letters=letters),
    }
    for name, run in over_a_stack.items():
        if name in chosen:
            with open_stack() as stack:
                comparisons += run(console, stack)
    if "growth" in chosen:
        comparisons += growth.run(console, rows)
    if "letters" in chosen:
        comparisons += comparing.run(console)
    print_comparisons(console, comparisons)


def _measure_records(
    console: Console, chosen: Sequence[str], people: int, months: int, workshops: int, crowd: int
) -> Found:
    """Return the two benches of records, the second with the people of the first."""
    with open_records() as service, tempfile.TemporaryDirectory() as directory:
        comparisons = importing.run(
            console, service, importing.invent_lists(people, months, workshops, Path(directory))
        )
        return [*comparisons, *(records.run(console, service, crowd) if "records" in chosen else ())]


if __name__ == "__main__":
    main()
