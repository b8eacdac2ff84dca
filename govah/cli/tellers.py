"""How the demo prints its steps."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console


@dataclass
class Teller:
    """Prints the steps: a heading with its number, lines below it, and the time it took."""

    console: Console
    number: int = 0

    @contextmanager
    def step(self, persian: str, english: str) -> Iterator[None]:
        """One step of the journey; its heading comes first, its seconds last."""
        self.number += 1
        self.console.print(f"\n[bold cyan]{self.number}[/]  [bold]{persian}[/]\n   [dim]{english}[/]")
        began = time.monotonic()
        yield
        self.console.print(f"   [green]✓[/] [dim]{time.monotonic() - began:.1f} s[/]")

    def write_line(self, line: str) -> None:
        self.console.print(f"   {line}", soft_wrap=True)
