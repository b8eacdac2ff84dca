"""``python -m bench``: both benches one after the other; docs/measurements.md keeps their figures."""

import os
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from bench import importing, records
from bench.service import open_records


@click.command()
@click.option("--people", default=10_000, show_default=True, help="Invented people whose lists are imported.")
@click.option("--months", default=12, show_default=True, help="Months of lists.")
@click.option("--workshops", default=20, show_default=True, help="Workshops they work in: a list a month.")
@click.option(
    "--crowd", default=1_000_000, show_default=True, help="People there are when reads are slowest."
)
def main(people: int, months: int, workshops: int, crowd: int) -> None:
    """Import lists into an empty PostgreSQL, then read records before and after it is full of others."""
    console = Console(width=110)
    gibibytes = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    machine = f"{os.cpu_count()} cores, {gibibytes} GiB, Python {platform.python_version()}"
    console.print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}\n")
    with open_records() as service, tempfile.TemporaryDirectory() as directory:
        lists = importing.invent_lists(people, months, workshops, Path(directory))
        importing.run(console, service, lists)
        records.run(console, service, crowd)


main()
