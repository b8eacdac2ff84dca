"""Writes the client's types of statements and their list in docs/domain.md. `make contracts`.

contracts/statement.schema.json has the shapes, contracts/statement.v1.schema.json those of older snapshots,
services/kit/statement_types.py the types and their words.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.events import ROOT, replace_marked
from services.kit.statement_types import StatementType

SCHEMA = ROOT / "contracts" / "statement.schema.json"
SCHEMA_V1 = ROOT / "contracts" / "statement.v1.schema.json"
CLIENT = ROOT / "client" / "govah_client" / "statements.py"
DOMAIN = ROOT / "docs" / "domain.md"
HEAD = '''"""A person's record as lists and letters state it; months are texts such as `1403-07`.

Letters keep the version they were made in: `schema_version` tells a `Statement` from a `StatementV1`.
Written by `make contracts` from contracts/statement.schema.json and contracts/statement.v1.schema.json.
"""

from typing import Literal, NotRequired, TypedDict

'''
BEGIN = "    <!-- Written by `make contracts` from services/kit/statement_types.py. -->\n"
END = "    <!-- End of what is written. -->\n"
SCALARS = {"string": "str", "integer": "int", "null": "None"}

Json = Mapping[str, Any]


class _Classes:
    """The classes of schemas, each after those that it is made of; schemas share classes of one title."""

    def __init__(self, *schemas: Json) -> None:
        self.texts: dict[str, str] = {}
        for schema in schemas:
            self._definitions = schema["$defs"]
            self._name_type(schema)

    def _name_type(self, schema: Json) -> str:
        """Return the annotation of a schema; write the class of an object first."""
        if "$ref" in schema:
            return self._name_type(self._definitions[schema["$ref"].rpartition("/")[2]])
        if "anyOf" in schema:
            return " | ".join(map(self._name_type, schema["anyOf"]))
        if "const" in schema or "enum" in schema:
            return _name_enum(schema.get("enum", [schema.get("const")]))
        kinds = schema["type"]
        if kinds == "array":
            return f"list[{self._name_type(schema['items'])}]"
        if kinds == "object":
            return self._write_class(schema)
        return " | ".join(SCALARS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))

    def _write_class(self, schema: Json) -> str:
        name: str = schema["title"]
        members = "".join(
            f"    {member}: {self._name_member(schema, member)}\n" for member in schema["properties"]
        )
        text = f"class {name}(TypedDict):\n{_write_docstring(schema)}\n{members}"
        if self.texts.setdefault(name, text) != text:
            raise ValueError(f"two objects are titled {name}")
        return name

    def _name_member(self, schema: Json, member: str) -> str:
        kind = self._name_type(schema["properties"][member])
        return kind if member in schema.get("required", ()) else f"NotRequired[{kind}]"


def _write_docstring(schema: Json) -> str:
    summary, _, more = schema["description"].partition(". ")
    return f'    """{summary}.\n\n    {more}\n    """\n' if more else f'    """{summary}"""\n'


def _name_enum(values: list[str | int | None]) -> str:
    if values == list(StatementType):
        return "StatementType"
    words = ", ".join(json.dumps(value) for value in values if value is not None)
    return f"Literal[{words}]" + (" | None" if None in values else "")


def write_client_types(*schemas: Json) -> str:
    """Return the text of the client's module with the classes of these schemas."""
    types = ", ".join(json.dumps(kind.value) for kind in StatementType)
    classes = _Classes(*schemas).texts.values()
    return "\n\n".join([f"{HEAD}StatementType = Literal[{types}]\n", *classes])


def _write_list() -> Iterator[str]:
    for kind in StatementType:
        yield f"    - `{kind.value}` «{kind.label.fa}»: {kind.meaning}\n"


def write_files() -> Mapping[Path, str]:
    """Return the text of every file that comes of the types, by its path."""
    schemas = [json.loads(path.read_text("utf-8")) for path in (SCHEMA, SCHEMA_V1)]
    return {
        CLIENT: write_client_types(*schemas),
        DOMAIN: replace_marked(DOMAIN.read_text("utf-8"), "".join(_write_list()), BEGIN, END),
    }


def main() -> None:
    """Write the files."""
    for path, text in write_files().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
