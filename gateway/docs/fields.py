"""A JSON schema as rows of a table: one a field, nested ones by their path. Used by `page`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A row: the field's path, its kind, and whether it must be there."""

    name: str
    kind: str
    needed: bool = False
    place: str = ""
    words: str = ""
    example: str = ""


def fields_of(document: Json, schema: Json) -> list[Field]:
    """The rows of an object's schema, nested objects and lists flattened; none for other schemas."""
    return list(_rows(document, _known(document, schema), ""))


def _rows(document: Json, schema: Json, prefix: str) -> Iterator[Field]:
    needed = schema.get("required", [])
    for name, part in schema.get("properties", {}).items():
        inner = _known(document, part)
        path = f"{prefix}{name}"
        yield Field(path, _kind(document, inner), name in needed, words=inner.get("description", ""))
        while "items" in inner:
            inner, path = _known(document, inner["items"]), f"{path}[]"
        yield from _rows(document, inner, f"{path}.")


def _known(document: Json, schema: Json) -> Json:
    """The schema that a reference names; of alternatives the one that is not null."""
    if "$ref" in schema:
        found: Json = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    for alternatives in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(alternatives, []):
            if one != {"type": "null"}:
                inner = _known(document, one)
                return inner | {"type": [inner.get("type", "object"), "null"]}
    return schema


def _kind(document: Json, schema: Json) -> str:
    types = schema.get("type", "")
    words = types if isinstance(types, list) else [types]
    if "items" in schema:
        words = [f"list of {_kind(document, _known(document, schema['items']))}", *words[1:]]
    if "const" in schema:
        words = [f'"{schema["const"]}"']
    if "enum" in schema:
        words = ["null" if value is None else f'"{value}"' for value in schema["enum"]]
    said = " or ".join(word for word in words if word) or "any"
    return " ".join([said, *_limits(schema)])


def _limits(schema: Json) -> Iterator[str]:
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
