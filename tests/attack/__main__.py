"""`make attack`: every attack in full size against a fresh system, then a table; ends non-zero with any hit.

ATTACKS names themes, ATTACK_SEED the seed, ATTACK_SIZE=small makes it short.
"""

import argparse
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from bench.processes import measure_cpu
from tests.attack.registry import THEMES, Attack, Outcome, Size, list_attacks
from tests.attack.target import Target, running


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    attack: Attack
    outcome: Outcome
    seconds: float
    cpu_seconds: float
    is_void: bool = False

    @property
    def is_held(self) -> bool:
        """Whether it was tried and nothing came of it."""
        return not self.is_void and self.outcome.tries > 0 and self.outcome.hits == 0

    def format_markdown(self) -> str:
        """Return the line as docs/measurements.md has it."""
        outcome = self.outcome
        hits = "void" if self.is_void else f"{outcome.hits:,}"
        note = outcome.note.replace("|", "\\|").replace("\n", " ")
        return f"| {self.attack.name} | {outcome.tries:,} | {hits} | {self.attack.bound} | {note} |"


def print_line(words: str) -> None:
    print(words, flush=True)


def run_attack(one: Attack, target: Target, size: Size) -> Row:
    """Return what came of one attack; one that cannot be tried is void."""
    began, used = time.monotonic(), measure_cpu(os.getpid())
    try:
        outcome, is_void = one.run(target, size), False
    except Exception as error:  # noqa: BLE001 -- whatever went wrong, the other attacks are still to be tried
        traceback.print_exc()
        outcome, is_void = Outcome(0, 0, f"{type(error).__name__}: {error}"[:200]), True
    return Row(one, outcome, time.monotonic() - began, measure_cpu(os.getpid()) - used, is_void)


def run_all(attacks: Sequence[Attack], size: Size) -> list[Row]:
    """Return a row for every attack, and say what is going on meanwhile."""
    rows = []
    with running(lambda words: print_line(f"    {words}"), size.seed) as target:
        for number, one in enumerate(attacks, 1):
            print_line(f"[{number}/{len(attacks)}] {one.theme}: {one.name}")
            row = run_attack(one, target, size)
            rows.append(row)
            outcome = row.outcome
            word = "held" if row.is_held else "VOID" if row.is_void else "HIT"
            cost = f"{row.seconds:.1f} s, {row.cpu_seconds:.1f} s of processor"
            print_line(f"    {word}: {outcome.tries} tries, {outcome.hits} hits, {cost}; {outcome.note}")
    return rows


def main() -> int:
    """Run what the environment asks for; return the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Settings are variables. This prints them for --help, and refuses arguments before anything is attacked.
    argparse.ArgumentParser(description=__doc__).parse_args()
    themes = [name for name in os.environ.get("ATTACKS", "").replace(",", " ").split() if name]
    named = os.environ.get("ATTACK_SIZE") or "full"
    if named not in {"full", "small"}:
        print_line("make attack: ATTACK_SIZE is full or small")
        return 2
    size = Size(named == "full", int(os.environ.get("ATTACK_SEED") or 1))
    try:
        attacks = [one for one in list_attacks(themes or THEMES) if size.is_full or not one.is_full_only]
    except ValueError as error:
        print_line(f"make attack: {error}")
        return 2
    print_line(f"{len(attacks)} attacks, size {'full' if size.is_full else 'small'}, ATTACK_SEED={size.seed}")
    rows = run_all(attacks, size)
    print_line("\n| attack | tries | hits | bound | note |\n|---|---:|---:|---|---|")
    for row in rows:
        print_line(row.format_markdown())
    bad = [row.attack.name for row in rows if not row.is_held]
    tries = sum(row.outcome.tries for row in rows)
    print_line(f"\n{tries:,} tries, {sum(row.outcome.hits for row in rows):,} hits, seed {size.seed}")
    print_line("nothing was hit" if not bad else f"not held: {', '.join(bad)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
