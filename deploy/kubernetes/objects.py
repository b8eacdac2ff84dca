"""The parts that objects of all kinds have: labels, selectors, metadata."""

from typing import Any

Json = dict[str, Any]

PART_OF = {"app.kubernetes.io/part-of": "govah"}


def build_metadata(name: str, kind: str) -> Json:
    return {"name": name, "labels": build_labels(name, kind)}


def build_labels(name: str, kind: str) -> Json:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/component": kind, **PART_OF}


def build_selector(name: str) -> Json:
    return {"matchLabels": {"app.kubernetes.io/name": name, **PART_OF}}
