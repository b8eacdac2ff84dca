"""marshmallow's messages: in Persian, flat, and whole."""

from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate

from services.kit.problems import Text
from services.kit.validation import flatten_errors, translate_message

WORDS = Text("این نه.", "Not this.")
JSON_FIELDS = [
    fields.String(),
    fields.Integer(strict=True),
    fields.Float(),
    fields.Boolean(),
    fields.List(fields.String()),
    fields.Dict(),
    fields.UUID(),
    fields.Date(),
    fields.DateTime(),
    fields.Nested(ma.Schema.from_dict({"a": fields.String()})),
]
VALIDATORS = [
    validate.Length(min=2),
    validate.Length(max=0),
    validate.Length(min=2, max=3),
    validate.Length(equal=2),
    validate.OneOf(["all", "wages"]),
    validate.Regexp("[0-9]+"),
    validate.Equal("y"),
    validate.NoneOf(["x"]),
]
RANGES = [
    validate.Range(min=2),
    validate.Range(max=-2),
    validate.Range(2, 3),
    validate.Range(min=2, min_inclusive=False),
    validate.Range(max=0, max_inclusive=False),
]


def list_messages(field: Any, value: object) -> list[tuple[str, Text]]:
    schema = ma.Schema.from_dict({"a": field})()
    with pytest.raises(ma.ValidationError) as raised:
        schema.load({"a": value})
    return list(flatten_errors(raised.value.messages))


def is_persian(text: Text) -> bool:
    return any("\u0600" <= letter <= "\u06ff" for letter in text.fa) and text.fa != text.en


@pytest.mark.parametrize("field", JSON_FIELDS, ids=lambda field: type(field).__name__)
@pytest.mark.parametrize("value", [None, [None], {"b": None}, "\u0661x", float("nan")], ids=repr)
def test_what_a_field_says_is_said_in_persian(field: Any, value: object) -> None:
    schema = ma.Schema.from_dict({"a": field})()
    assert all(is_persian(text) for _, text in flatten_errors(schema.validate({"a": value})))
    assert all(is_persian(text) for _, text in flatten_errors(schema.validate([{"a": value}], many=True)))


@pytest.mark.parametrize(
    ("value", "validator"),
    [*(("x", validator) for validator in VALIDATORS), *((1, validator) for validator in RANGES)],
    ids=repr,
)
def test_what_a_validator_says_is_said_in_persian(value: object, validator: Any) -> None:
    [(field, text)] = list_messages(fields.Raw(validate=validator), value)
    assert field == "a"
    assert is_persian(text)


def test_numbers_in_persian_words_are_persian_and_choices_stay_as_they_are_typed() -> None:
    assert translate_message("Longer than maximum length 200.").fa == "بیش از ۲۰۰ نویسه پذیرفته نیست."
    assert "-۲" in translate_message("Must be less than or equal to -2.").fa
    assert "all, wages" in translate_message("Must be one of: all, wages.").fa


def test_unknown_words_are_kept() -> None:
    assert translate_message("Something else.") == Text("Something else.", "Something else.")


def refuse(_value: object) -> None:
    raise ma.ValidationError(WORDS)


class Refusing(fields.String):
    def _deserialize(self, *_args: Any, **_kw: Any) -> Any:
        raise ma.ValidationError(WORDS)


class RefusingSchema(ma.Schema):
    a = fields.Raw(load_default=None)

    @ma.validates_schema
    def refuse(self, _data: Any, **_kw: Any) -> None:
        raise ma.ValidationError(WORDS, "a")


@pytest.mark.parametrize(
    "schema",
    [
        ma.Schema.from_dict({"a": Refusing()}),
        ma.Schema.from_dict({"a": fields.Raw(validate=refuse)}),
        ma.Schema.from_dict({"a": fields.Raw(validate=validate.Length(min=9, error=WORDS))}),
        ma.Schema.from_dict({"a": fields.Integer(error_messages={"invalid": WORDS})}),
        RefusingSchema,
    ],
)
def test_a_schema_says_its_own_words_in_both_languages(schema: type[ma.Schema]) -> None:
    [(field, text)] = flatten_errors(schema().validate({"a": "x"}))
    assert (field, text.fa, text.en) == ("a", WORDS.fa, WORDS.en)


def test_nested_errors_become_a_flat_list() -> None:
    nested = {"months": {0: {"days": ["Not a valid integer."]}, 2: ["Invalid input type."]}, "_schema": ["x"]}
    assert [field for field, _ in flatten_errors(nested)] == ["months.0.days", "months.2", ""]


@given(st.text(max_size=300))
def test_an_echoed_name_is_bounded(name: str) -> None:
    [(field, _)] = flatten_errors({name: ["Unknown field."]})
    assert len(field) <= 100
