"""``python -m bench.letters``: ours and others, each in its own processes; stages; memory."""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

Json = dict[str, Any]
LETTERS = ("all", "wages")
GOAL = 0.5


def statement(kind: str, number: int = 0) -> Json:
    """Return an invented record of twenty years in one workshop, another one for every number."""
    from tests.unit.pdfworker.statements import career, statement_of

    return statement_of(career("1384-01", 240, seed=number), [kind])


def measure(name: str, kind: str, letters: int) -> None:
    """Print, as JSON, this process's CPU seconds for its first letter and for each that follows."""
    from bench.letters.contenders import CONTENDERS

    draw = CONTENDERS[name]()
    size = len(draw(statement(kind)))
    cold = time.process_time()
    warm = []
    for number in range(1, letters + 1):
        given = statement(kind, number)
        started = time.process_time()
        draw(given)
        warm.append(time.process_time() - started)
    print(json.dumps({"cold": cold, "warm": warm, "size": size}))


def in_own_process(*arguments: str) -> Any:
    command = [sys.executable, "-m", "bench.letters", *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def compare(console: Console, kind: str, rounds: int, letters: int) -> None:
    """Print the table of one letter."""
    from bench.letters.contenders import CONTENDERS

    results: dict[str, list[Json]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, found in results.items():
            found.append(in_own_process("--measure", name, "--kind", kind, "--letters", str(letters)))
    # Means, since garbage is collected for many letters at once; and of the quietest process, since what else
    # the machine does only adds.
    warm = {name: min(statistics.mean(run["warm"]) for run in found) for name, found in results.items()}
    table = Table(title=f"`{kind}`, twenty years: CPU seconds a letter", title_justify="left")
    for heading in ("", "cold", "warm", "of naive", "KiB"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, found in results.items():
        table.add_row(
            name,
            f"{min(run['cold'] for run in found):.3f}",
            f"{warm[name]:.3f}",
            f"{warm[name] / warm['naive WeasyPrint']:.2f}",
            f"{found[0]['size'] / 1024:.0f}",
        )
    console.print(table)
    met = warm["ours, stock pyHanko"] <= GOAL * warm["naive WeasyPrint"]
    console.print(f"Goal, signed at most {GOAL} of naive: {'met' if met else 'missed'}\n")


def profile(kind: str, letters: int) -> None:
    """Print, as JSON, the CPU seconds of a letter and of each of its stages."""
    from bench.letters.contenders import ours
    from bench.letters.signing import stock, unsigned
    from bench.letters.stages import timed

    draw, given = ours(unsigned), statement(kind)
    pdf = draw(given)
    with timed() as spent:
        started = time.process_time()
        for _ in range(letters):
            draw(given)
        total = time.process_time() - started
    stock(pdf)
    started = time.process_time()
    for _ in range(letters):
        stock(pdf)
    signing = time.process_time() - started
    stages = {stage: seconds / letters for stage, seconds in spent.items()}
    stages["templates, QR code, rest"] = total / letters - sum(stages.values())
    print(json.dumps({"total": total / letters, "stages": stages, "signing": signing / letters}))


def grow(letters: int) -> None:
    """Print, as JSON, the KiB by which a worker's memory grows a letter, after the first fifty."""
    from bench.letters.contenders import ours
    from bench.letters.signing import stock

    draw, given = ours(stock), [statement("all"), *[statement("all")] * 8, statement("wages")]
    for number in range(50):
        draw(given[number % len(given)])
    gc.collect()
    before = resident()
    for number in range(letters):
        draw(given[number % len(given)])
    gc.collect()
    print(json.dumps({"before": before, "after": resident(), "growth": (resident() - before) / letters}))


def resident() -> int:
    """Return this process's memory in KiB."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") // 1024


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Processes of every contender.")
@click.option("--letters", default=5, show_default=True, help="Warm letters of a process.")
@click.option("--memory", default=500, show_default=True, help="Letters to watch memory over.")
@click.option("--measure", "contender", hidden=True)
@click.option("--profile", "profiled", is_flag=True, hidden=True)
@click.option("--grow", "growing", is_flag=True, hidden=True)
@click.option("--kind", hidden=True, default="all")
def main(
    rounds: int, letters: int, memory: int, contender: str | None, profiled: bool, growing: bool, kind: str
) -> None:
    """Compare CPU seconds a letter, show the stages of ours, and watch a worker's memory."""
    if contender:
        return measure(contender, kind, letters)
    if profiled:
        return profile(kind, letters)
    if growing:
        return grow(letters)
    console = Console(width=100)
    for letter in LETTERS:
        compare(console, letter, rounds, letters)
    for letter in LETTERS:
        found = in_own_process("--profile", "--kind", letter, "--letters", str(letters))
        spent = f"{found['total'] * 1000:.0f} ms unsigned, stock signing {found['signing'] * 1000:.0f} ms"
        console.print(f"`{letter}`: {spent}")
        for stage, seconds in found["stages"].items():
            console.print(f"  {stage:26}{seconds * 1000:6.0f} ms {seconds / found['total']:6.0%}")
    if memory:
        found = in_own_process("--grow", "--letters", str(memory))
        sizes = f"{found['before'] // 1024} MiB, then {found['after'] // 1024} MiB"
        console.print(f"Memory over {memory} letters: {sizes}, {found['growth']:.1f} KiB a letter")
    return None


main()
