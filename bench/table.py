"""What a bench found: comparisons with something measured in the same run, and how they are printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Comparison:
    """A figure of Govah beside its reference; `goal` is the ratio that is to be reached, or None.

    With `at_least` a higher ratio is better, else a lower one.
    """

    bench: str
    name: str
    ours: float
    reference: float
    unit: str
    goal: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float:
        return self.ours / self.reference

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        met = self.ratio >= self.goal if self.at_least else self.ratio <= self.goal
        return "yes" if met else "NO"


def print_comparisons(console: Console, comparisons: Sequence[Comparison]) -> None:
    """Print one line a comparison."""
    table = Table(title="All ratios of this run")
    for heading in ("bench", "what", "ours", "reference", "unit", "ratio", "goal", "met"):
        table.add_column(heading, justify="left" if heading in {"bench", "what", "unit"} else "right")
    for one in comparisons:
        bound = "≥" if one.at_least else "≤"
        goal = "" if one.goal is None else f"{bound} {one.goal:g}"
        figures = (f"{one.ours:,.2f}", f"{one.reference:,.2f}", one.unit, f"{one.ratio:.2f}")
        table.add_row(one.bench, one.name, *figures, goal, one.verdict)
    console.print(table)


def print_rows(console: Console, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose first column is words and the others figures."""
    table = Table(title=title)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)
