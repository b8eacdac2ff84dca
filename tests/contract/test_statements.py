"""What `make contracts` writes from the types of statement is what the repository has."""

import json

from deploy.statements import SCHEMA, write_client_types, write_files


def test_the_written_files_are_up_to_date() -> None:
    assert [str(path) for path, text in write_files().items() if path.read_text("utf-8") != text] == []


def test_a_new_table_reaches_the_client() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    rows = {
        "title": "Toy",
        "description": "A toy.",
        "type": "object",
        "properties": {"days": {"type": "integer"}},
    }
    schema["properties"]["tables"]["properties"]["toy"] = rows
    text = write_client_types(schema)
    assert 'class Toy(TypedDict):\n    """A toy."""\n\n    days: NotRequired[int]\n' in text
    assert "    toy: NotRequired[Toy]\n" in text
