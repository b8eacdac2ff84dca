"""What an attack is, what comes of one, and the list of all. The modules of a theme enter theirs here.

`__main__` runs them in full size, `test_attacks` in small size.
"""

import importlib
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tests.attack.target import Target

# In the order in which they run: what searches logs and files for what the others have left comes last.
THEMES = (
    "routes",
    "edge",
    "proof",
    "forgeries",
    "papers",
    "lists",
    "inquiry",
    "guessing",
    "accounts",
    "sessions",
    "portal",
    "pages",
    "officers",
    "load",
    "timing",
    "secrets",
)
# Seconds between two lines of progress, and for one attack in all.
SAY_EVERY, LONGEST = 5.0, 300.0

Value = TypeVar("Value")


class AttackVoid(AssertionError):
    """The attack could not be tried: what must work for everybody did not."""


@dataclass(frozen=True)
class Size:
    """How many tries an attack makes, and the seed of what it draws."""

    is_full: bool
    seed: int = 1

    def pick(self, small: Value, full: Value) -> Value:
        """Return the value of this size."""
        return full if self.is_full else small

    def create_dice(self, name: str) -> random.Random:
        """Return the dice of one attack: the same for the same seed."""
        return random.Random(f"{self.seed} {name}")


@dataclass(frozen=True)
class Outcome:
    """How often something was tried, how often it succeeded, and what is worth a word."""

    tries: int
    hits: int
    note: str = ""


@dataclass
class Tally:
    """Counts tries and hits, says every few seconds how many, and knows when the time is over."""

    say: Callable[[str], None]
    seconds: float = LONGEST
    tries: int = 0
    _hits: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _reported_at: float = field(default_factory=time.monotonic)

    def add(self, what: str, *, is_hit: bool) -> None:
        """Count one try; `what` names it where it is a hit."""
        self.tries += 1
        if is_hit:
            self._hits.append(what)
        if time.monotonic() - self._reported_at > SAY_EVERY:
            self._reported_at = time.monotonic()
            self.say(f"{self.tries} tries, {len(self._hits)} hits")

    def limit_by_time(self, items: Iterable[Value]) -> Iterator[Value]:
        """Yield the items until the time of the attack is over."""
        for item in items:
            if time.monotonic() - self._began > self.seconds:
                return
            yield item

    def summarise(self, note: str = "") -> Outcome:
        """Return the counts; the note names the first hits."""
        first = "; ".join(dict.fromkeys(self._hits[:20]))[:300]
        return Outcome(self.tries, len(self._hits), "; ".join(part for part in (note, first) if part))


Run = Callable[["Target", Size], Outcome]


@dataclass(frozen=True)
class Attack:
    """One way to try it; `bound` says in words what must hold."""

    name: str
    theme: str
    bound: str
    run: Run
    is_full_only: bool = False


ATTACKS: list[Attack] = []


def register_attack(name: str, bound: str, *, full_only: bool = False) -> Callable[[Run], Run]:
    """Return a decorator that enters an attack under the theme of its module."""

    def enter(run: Run) -> Run:
        ATTACKS.append(Attack(name, run.__module__.rpartition(".")[2], bound, run, full_only))
        return run

    return enter


def list_attacks(themes: Sequence[str] = THEMES) -> Sequence[Attack]:
    """Return the attacks of these themes, in the order in which they run. Raises ValueError."""
    if unknown := set(themes) - set(THEMES):
        raise ValueError(f"no such theme: {', '.join(sorted(unknown))}; there are {', '.join(THEMES)}")
    for theme in THEMES:
        importlib.import_module(f"tests.attack.{theme}")
    chosen = [theme for theme in THEMES if theme in themes]
    return [one for theme in chosen for one in ATTACKS if one.theme == theme]
