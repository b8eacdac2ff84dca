"""The types of statement, declared once with their words."""

import json
import re
from pathlib import Path

import pytest

from services.kit.statement_types import StatementType

ROOT = Path(__file__).parents[3]
PLACEHOLDERS = {"days", "span", "wage", "workshops"}


def test_every_type_is_in_the_statements_schema() -> None:
    schema = json.loads((ROOT / "contracts" / "statement.schema.json").read_text("utf-8"))
    assert schema["properties"]["types"]["items"]["enum"] == list(StatementType)
    assert list(schema["properties"]["tables"]["properties"]) == list(StatementType)


@pytest.mark.parametrize("kind", StatementType)
def test_every_type_has_words_in_both_languages(kind: StatementType) -> None:
    for words in (kind.label, kind.caption, kind.hint):
        assert words.fa != words.en
        assert re.search("[\u0600-\u06ff]", words.fa)
        assert words.en.isascii()
    for language in ("fa", "en"):
        assert set(re.findall(r"{(\w+)}", kind.hint.pick(language))) <= PLACEHOLDERS


def test_a_type_is_its_value_where_it_is_stored_or_sent() -> None:
    assert json.dumps([StatementType.WAGES]) == '["wages"]'
    assert StatementType("wages") is StatementType.WAGES
