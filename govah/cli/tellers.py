"""How the demo prints its steps."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from services.kit.text import to_persian_digits


@dataclass
class Teller:
    """Prints the steps: a heading with its number, lines below it, and the time it took."""

    console: Console
    number: int = 0

    @contextmanager
    def step(self, persian: str, english: str) -> Iterator[None]:
        """One step of the journey; its heading comes first, its seconds last."""
        self.number += 1
        self.console.print(
            f"\n[bold cyan]{self.number}[/]  [bold]{persian}[/]\n   [dim]{english}[/]", soft_wrap=True
        )
        began = time.monotonic()
        yield
        self.console.print(f"   [green]✓[/] [dim]{format_seconds(time.monotonic() - began)}[/]")

    def write_line(self, line: str) -> None:
        self.console.print(f"   {line}", soft_wrap=True)


def format_seconds(seconds: float) -> str:
    """Return a duration in Persian, in tenths of a second."""
    return f"{to_persian_digits(f'{seconds:.1f}'.replace('.', '٫'))} ثانیه"
