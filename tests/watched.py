"""What deploy/watch asks Prometheus: all expressions of rules and dashboard, and the metrics they name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

WATCH = Path(__file__).resolve().parent.parent / "deploy" / "watch"
# Prometheus's own.
OWN = {"up", "ALERTS"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((WATCH / "alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((WATCH / "grafana" / "govah.json").read_text("utf-8"))
    return document


def expressions() -> list[str]:
    """Every expression there is."""
    shown = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", [])]
    return [*(rule["expr"] for rule in rules()), *shown]


def metrics() -> set[str]:
    """The names of all metrics of ours that are asked for."""
    return {name for text in expressions() for name in _names(promql_parser.parse(text))} - OWN


def _names(expression: Any) -> Iterator[str]:
    # The parser's nodes share no way to their parts.
    if isinstance(expression, promql_parser.VectorSelector):
        yield str(expression.name)
    parts = [getattr(expression, name, None) for name in ("lhs", "rhs", "expr", "param", "vector_selector")]
    for part in [*parts, *getattr(expression, "args", [])]:
        if part is not None and type(part).__module__.startswith("promql_parser"):
            yield from _names(part)
