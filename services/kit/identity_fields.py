"""What is known of a person, field by field, in words for messages and pages. No values are here."""

from collections.abc import Iterable, Mapping

from services.kit.problems import Text

# The names of the fields are those of the event `person.corrected`.
WORDS: Mapping[str, Text] = {
    "first_name": Text("نام", "first name"),
    "last_name": Text("نام خانوادگی", "surname"),
    "father_name": Text("نام پدر", "father's name"),
    "birth_date_jalali": Text("تاریخ تولد", "birth date"),
    "sex": Text("جنسیت", "sex"),
    "insurance_number": Text("شماره بیمه", "insurance number"),
    "national_code": Text("کد ملی", "national code"),
}
ALL = Text("مشخصات", "identity")


def describe_fields(fields: Iterable[str]) -> Text:
    """Return the names of fields as one phrase, in the order of `WORDS`; «مشخصات» for unknown ones."""
    named = set(fields)
    if not named or not named <= WORDS.keys():
        return ALL
    words = [text for name, text in WORDS.items() if name in named]
    return Text(
        _join([word.fa for word in words], "، ", " و "), _join([word.en for word in words], ", ", " and ")
    )


def _join(words: list[str], comma: str, last: str) -> str:
    *others, end = words
    return f"{comma.join(others)}{last}{end}" if others else end
