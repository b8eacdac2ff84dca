"""What every app of a test run has alike, built once: templates, and paths and addresses of routes.

Most tests have an app of their own. Compiling its templates and the functions behind `url_for` costs more
than most tests, and reading the paths of its routes a third of what is left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Self, cast

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.datastructures import ImmutableDict
from werkzeug.routing import BaseConverter, Rule
from werkzeug.routing.rules import RulePart

Build = Callable[..., tuple[str, str]]
COMPILE: Callable[[Rule, bool], Build] = Rule._compile_builder
READ_PATH: Callable[[Rule, str], Iterator[RulePart]] = Rule._parse_rule  # type: ignore[assignment]


class TemplateCache(BytecodeCache):
    """Compiled templates in memory, by their names and the checksum of their source."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a bucket the code of its template, if that was compiled before."""
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the code of a template."""
        assert bucket.code is not None
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def share_templates() -> None:
    """Let all Flask apps of this process compile each template once."""
    Flask.jinja_options = ImmutableDict(Flask.jinja_options, bytecode_cache=TemplateCache())


class LateBuilder:
    """What builds the address of a route, compiled when it is called first."""

    def __init__(self, rule: Rule, append_unknown: bool) -> None:
        self._rule = rule
        self._append_unknown = append_unknown
        self._build: Build | None = None

    def __get__(self, rule: Rule, owner: None) -> Self:
        """Return itself: the rule that asks is the one that it was made for."""
        return self

    def __call__(self, **values: Any) -> tuple[str, str]:
        """Return the domain and the path of the route with these values."""
        self._build = self._build or COMPILE(self._rule, self._append_unknown)
        return self._build(self._rule, **values)


def compile_routes_late() -> None:
    """Let routes compile how their addresses are built when that is asked for first: few are."""

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Build:
        return cast("Build", LateBuilder(rule, append_unknown))

    Rule._compile_builder = compile_builder  # type: ignore[method-assign, assignment]


@dataclass(frozen=True)
class Path:
    """What Werkzeug reads in the path of a route; its converters know nothing of the app."""

    parts: Sequence[RulePart]
    trace: Sequence[tuple[bool, str]]
    converters: Mapping[str, BaseConverter]

    @classmethod
    def read(cls, rule: Rule, path: str) -> Self:
        """Return what the path of an empty rule says. The rule has all but the parts afterwards."""
        start = len(rule._trace)
        parts = list(READ_PATH(rule, path))
        return cls(parts, rule._trace[start:], dict(rule._converters))

    def write_into(self, rule: Rule) -> None:
        """Give an empty rule all but the parts."""
        rule._trace += self.trace
        rule._converters.update(self.converters)
        rule.arguments |= self.converters.keys()


def share_paths() -> None:
    """Let all apps of this process read each path of a route once."""
    paths: dict[tuple[Any, ...], Path] = {}

    def read_path(rule: Rule, path: str) -> Sequence[RulePart]:
        assert rule.map is not None
        key = (path, *rule.map.converters.items())
        if key in paths:
            paths[key].write_into(rule)
        else:
            paths[key] = Path.read(rule, path)
        return paths[key].parts

    Rule._parse_rule = read_path  # type: ignore[method-assign, assignment]
