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


def load_rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((WATCH / "alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def load_dashboard() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((WATCH / "grafana" / "govah.json").read_text("utf-8"))
    return document


def list_expressions() -> list[str]:
    """Return every expression of the rules and the dashboard."""
    displayed = [
        target["expr"] for panel in load_dashboard()["panels"] for target in panel.get("targets", [])
    ]
    return [*(rule["expr"] for rule in load_rules()), *displayed]


def list_metrics() -> set[str]:
    """Return the names of all our own metrics that expressions use."""
    return {name for text in list_expressions() for name in _list_names(promql_parser.parse(text))} - OWN


def _list_names(expression: Any) -> Iterator[str]:
    # The parser's nodes share no way to their parts.
    if isinstance(expression, promql_parser.VectorSelector):
        yield str(expression.name)
    parts = [getattr(expression, name, None) for name in ("lhs", "rhs", "expr", "param", "vector_selector")]
    for part in [*parts, *getattr(expression, "args", [])]:
        if part is not None and type(part).__module__.startswith("promql_parser"):
            yield from _list_names(part)
