"""The person's own spelling of the name."""

import pytest

from services.kit.latin_names import parse_latin_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Sara Ahmadi", "Sara Ahmadi"),
        ("  SARA   AHMADI ", "SARA AHMADI"),
        ("Anne-Marie O\u2019Neil", "Anne-Marie O'Neil"),
        ("Mohammad\u2011Reza Ma\u2018soumi", "Mohammad-Reza Ma'soumi"),
        ("\u200fSara Ahmadi\u200e", "Sara Ahmadi"),
        ("", None),
        ("   ", None),
        ("a" * 60, "a" * 60),
    ],
)
def test_name_is_read(typed: str, name: str | None) -> None:
    assert parse_latin_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    ["سارا", "Sara احمدی", "José", "Sara2", "Sara_Ahmadi", "-Sara", "'", "Sara; DROP", "<b>", "a" * 61],
)
def test_another_text_is_rejected(typed: str) -> None:
    with pytest.raises(ValueError, match="Latin"):
        parse_latin_name(typed)
