"""``python -m bench.letters``: the bench alone, and what it measures in processes of their own."""

import gc
import json
import time
from collections.abc import Callable
from functools import partial

import click
from rich.console import Console

from bench.letters.comparing import Json, invent_statement, measure_resident, name_person, run
from bench.table import print_comparisons

# Until caches are full and the heap has the size of the largest letter.
FIRST_LETTERS = 300


def measure(name: str, kind: str, letters: int) -> None:
    """Print, as JSON, this process's CPU seconds for its first letter and for each that follows."""
    from bench.letters.contenders import CONTENDERS

    draw = CONTENDERS[name]()
    size = len(draw(invent_statement(kind)))
    cold = time.process_time()
    warm = []
    for number in range(1, letters + 1):
        given = invent_statement(kind, number)
        started = time.process_time()
        draw(given)
        warm.append(time.process_time() - started)
    print(json.dumps({"cold": cold, "warm": warm, "size": size}))


def print_profile(kind: str, letters: int) -> None:
    """Print, as JSON, the CPU seconds of a letter, of each of its stages, and of stock signing."""
    from bench.letters.contenders import draw_ours, draw_signed
    from bench.letters.signing import sign_stock, skip_signing
    from bench.letters.stages import timed

    draw, given = draw_signed(), invent_statement(kind)
    pdf = draw_ours(skip_signing)(given)
    draw(given)
    with timed() as spent:
        total = _measure_mean(lambda: draw(given), letters)
    stages = {stage: seconds / letters for stage, seconds in spent.items()}
    stages["rest"] = total - sum(stages.values())
    profile: Json = {"total": total, "stages": stages}
    sign_stock(pdf)
    profile["stock signing"] = _measure_mean(partial(sign_stock, pdf), letters)
    print(json.dumps(profile))


def _measure_mean(call: Callable[[], object], times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) / times


def grow(letters: int) -> None:
    """Print, as JSON, the KiB by which a worker's memory grows a letter, after the first 300.

    Each letter is of another person.
    """
    from bench.letters.contenders import draw_signed

    draw = draw_signed()
    given = [*[invent_statement("all")] * 9, invent_statement("wages")]
    for number in range(FIRST_LETTERS):
        draw(name_person(given[number % len(given)], number))
    gc.collect()
    before = measure_resident()
    for number in range(FIRST_LETTERS, FIRST_LETTERS + letters):
        draw(name_person(given[number % len(given)], number))
    gc.collect()
    after = measure_resident()
    print(json.dumps({"before": before, "after": after, "growth": (after - before) / letters}))


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Processes of every contender.")
@click.option("--letters", default=5, show_default=True, help="Warm letters of a process.")
@click.option("--memory", default=1_000, show_default=True, help="Letters to watch memory over.")
@click.option("--measure", "contender", hidden=True)
@click.option("--profile", "profiled", is_flag=True, hidden=True)
@click.option("--grow", "growing", is_flag=True, hidden=True)
@click.option("--kind", hidden=True, default="all")
def main(
    rounds: int, letters: int, memory: int, contender: str | None, profiled: bool, growing: bool, kind: str
) -> None:
    """Compare CPU seconds a letter, show the stages of a Govah letter, and watch a worker's memory."""
    if contender:
        measure(contender, kind, letters)
    elif profiled:
        print_profile(kind, letters)
    elif growing:
        grow(letters)
    else:
        console = Console(width=120)
        print_comparisons(console, run(console, rounds, letters, memory))


main()
