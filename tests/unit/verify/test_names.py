"""The table with which other programs fold names; `tests/unit/kit/test_text.py` has what names fold to."""

import json
import re
import unicodedata
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from govah_verify.names import export_folding, fold_name

# As a program in another language gets it.
TABLE = json.loads(json.dumps(export_folding()))


def fold_by_table(text: str, table: dict[str, Any]) -> str:
    """Return a folded name by the table alone, in the steps that `export_folding` describes."""

    def drop(text: str, ranges: list[list[int]]) -> str:
        return "".join(c for c in text if not any(first <= ord(c) <= last for first, last in ranges))

    def replace(text: str, patterns: list[list[str]]) -> str:
        for pattern, replacement in patterns:
            text = re.sub(pattern, replacement, text)
        return text

    text = unicodedata.normalize("NFKC", drop(text, table["unseen"]))
    text = "".join(table["cases"].get(c, c.lower()) for c in text)
    text = replace(drop(text, table["unseen"]), table["marks"])
    text = "".join(table["digits"].get(c, c) for c in drop(text, table["passed_over"]))
    text = "".join(table["letters"].get(c, c) for c in replace(text, table["hamzas"]))
    return replace(text, table["spellings"])


@example("ẞﬁΣς İ")
@example("علی\u200cرضا هيئت جرئت مسئولی رئوف داوود")
@given(st.text(max_size=30))
def test_the_table_folds_as_the_function_does(text: str) -> None:
    assert fold_by_table(text, TABLE) == fold_name(text)


@given(st.text("یىيئؤءاآأوهةتلسمهرکك\u0654\u0651\u200c ۱١1ﻻﷲ", max_size=12))
def test_the_table_folds_persian_names_as_the_function_does(text: str) -> None:
    assert fold_by_table(text, TABLE) == fold_name(text)


def test_the_table_is_small_enough_for_a_page() -> None:
    assert len(json.dumps(TABLE, ensure_ascii=False, separators=(",", ":")).encode()) < 16_000
