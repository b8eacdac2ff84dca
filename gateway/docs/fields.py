"""A JSON schema as rows of a table: one a field, nested ones by their path. Used by `page`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A row: the field's path, its kind, and whether it is required."""

    name: str
    kind: str
    needed: bool = False
    place: str = ""
    text: str = ""
    example: str = ""


def list_fields(document: Json, schema: Json) -> list[Field]:
    """Return the rows of an object's schema, nested objects and lists flattened; [] for other schemas."""
    return list(_iterate_rows(document, _resolve(document, schema), ""))


def _iterate_rows(document: Json, schema: Json, prefix: str) -> Iterator[Field]:
    needed = schema.get("required", [])
    for name, part in schema.get("properties", {}).items():
        inner = _resolve(document, part)
        path = f"{prefix}{name}"
        yield Field(path, _describe_kind(document, inner), name in needed, text=inner.get("description", ""))
        while "items" in inner:
            inner, path = _resolve(document, inner["items"]), f"{path}[]"
        yield from _iterate_rows(document, inner, f"{path}.")


def _resolve(document: Json, schema: Json) -> Json:
    """Return the schema of a reference; of alternatives the one that is not null."""
    if "$ref" in schema:
        target: Json = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return target
    for alternatives in ("anyOf", "oneOf", "allOf"):
        for alternative in schema.get(alternatives, []):
            if alternative != {"type": "null"}:
                inner = _resolve(document, alternative)
                return inner | {"type": [inner.get("type", "object"), "null"]}
    return schema


def _describe_kind(document: Json, schema: Json) -> str:
    types = schema.get("type", "")
    labels = types if isinstance(types, list) else [types]
    if "items" in schema:
        labels = [f"list of {_describe_kind(document, _resolve(document, schema['items']))}", *labels[1:]]
    if "const" in schema:
        labels = [f'"{schema["const"]}"']
    if "enum" in schema:
        labels = ["null" if value is None else f'"{value}"' for value in schema["enum"]]
    kind = " or ".join(label for label in labels if label) or "any"
    return " ".join([kind, *_iterate_limits(schema)])


def _iterate_limits(schema: Json) -> Iterator[str]:
    if "format" in schema:
        yield f"({schema['format']})"
    for low, high, what in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ):
        if low in schema and high in schema:
            yield f"{schema[low]} to {schema[high]}{what}"
        elif high in schema:
            yield f"at most {schema[high]}{what}"
        elif low in schema:
            yield f"at least {schema[low]}{what}"
