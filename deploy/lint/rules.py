"""Loads rules.toml: which words names and prose may use."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

RULES = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True)
class Hit:
    """One line that breaks a rule."""

    file: str
    line: int
    rule: str
    text: str
    instead: str
    is_error: bool = True

    def __str__(self) -> str:
        level = "" if self.is_error else "warning: "
        return f"{self.file}:{self.line}: {level}{self.rule}: {self.text} -> {self.instead}"


@dataclass(frozen=True)
class Phrase:
    """A pattern of prose and what to write in its place."""

    pattern: re.Pattern[str]
    instead: str
    is_error: bool


@dataclass(frozen=True)
class Functions:
    """What a function may be called."""

    verbs: frozenset[str]
    with_object: frozenset[str]
    prefixes: frozenset[str]
    dictated: frozenset[str]
    bool_prefixes: frozenset[str]
    bool_commands: frozenset[str]
    value_decorators: frozenset[str]
    warnings: Mapping[str, str]
    instead: Mapping[str, str]
    participles: frozenset[str]
    no_participles: frozenset[str]


@dataclass(frozen=True)
class Allowed:
    """One hit that is right where it is."""

    file: str
    text: str
    reason: str


@dataclass(frozen=True)
class Rules:
    """All of rules.toml."""

    functions: Functions
    identifiers: Mapping[str, tuple[str, bool]]
    phrases: tuple[Phrase, ...]
    skipped: tuple[str, ...]
    prose: tuple[str, ...]
    allowed: tuple[Allowed, ...]

    def is_allowed(self, hit: Hit) -> bool:
        """Return whether the allow-list names this very hit."""
        return any(fnmatch(hit.file, each.file) and hit.text == each.text for each in self.allowed)


def load_rules(path: Path = RULES) -> Rules:
    """Return the rules of a file."""
    raw = tomllib.loads(path.read_text("utf-8"))
    functions, participles = raw["functions"], raw["participles"]
    return Rules(
        functions=Functions(
            **{
                name: frozenset(functions[name].split())
                for name in (
                    *("verbs", "with_object", "prefixes", "dictated"),
                    *("bool_prefixes", "bool_commands", "value_decorators"),
                )
            },
            warnings=functions["warnings"],
            instead=functions["instead"],
            participles=frozenset(participles["names"].split()),
            no_participles=frozenset(participles["no_participles"].split()),
        ),
        identifiers={
            **{name: (instead, False) for name, instead in raw["identifiers"]["warnings"].items()},
            **{name: (instead, True) for name, instead in raw["identifiers"]["errors"].items()},
        },
        phrases=(
            *_compile_phrases(raw["prose"]["errors"], is_error=True),
            *_compile_phrases(raw["prose"]["warnings"], is_error=False),
        ),
        skipped=tuple(raw["files"]["skipped"]),
        prose=tuple(raw["files"]["prose"]),
        allowed=tuple(Allowed(**each) for each in raw.get("allowed", [])),
    )


def _compile_phrases(table: Mapping[str, str], *, is_error: bool) -> Iterator[Phrase]:
    for pattern, instead in table.items():
        yield Phrase(re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE), instead, is_error)
