"""marshmallow's messages in Persian, and its nested errors as the flat list that api.md promises.

Schemas may also raise `ValidationError` with a `Text`, which is their own message in both languages.
"""

import re
from collections.abc import Iterator
from typing import Any

from services.kit.problems import Text
from services.kit.text import to_persian_digits

_KNOWN = [
    (r"Missing data for required field\.", "این فیلد لازم است."),
    (r"Field may not be null\.", "این فیلد نمی‌تواند خالی باشد."),
    (r"Unknown field\.", "این فیلد شناخته نیست."),
    (r"Invalid(?: input)? type\.", "شکل داده درست نیست."),
    (r"Invalid (?:input|value)\.", "این مقدار پذیرفته نیست."),
    (r"String does not match expected pattern\.", "شکل متن درست نیست."),
    (r"Not a valid (?:utf-8 )?string\.", "باید متن باشد."),
    (r"Not a valid (?:integer|number)\.", "باید عدد صحیح باشد."),
    (r"Number too large\.", "عدد بیش از اندازه بزرگ است."),
    (r"Special numeric values \(nan or infinity\) are not permitted\.", "باید عدد باشد."),
    (r"Not a valid (?:date|datetime|time)\.", "زمان درست نیست."),
    (r"Not a valid boolean\.", "باید درست یا نادرست باشد."),
    (r"Not a valid (?:list|mapping type)\.", "شکل داده درست نیست."),
    (r"Not a valid UUID\.", "شناسه درست نیست."),
    (r"Shorter than minimum length (\d+)\.", "دست‌کم {0} نویسه لازم است."),
    (r"Longer than maximum length (\d+)\.", "بیش از {0} نویسه پذیرفته نیست."),
    (r"Length must be between (\d+) and (\d+)\.", "اندازه باید از {0} تا {1} باشد."),
    (r"Length must be (\d+)\.", "اندازه باید {0} باشد."),
    (r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.", "باید از {0} تا {1} باشد."),
    (r"Must be greater than or equal to (\S+)\.", "باید دست‌کم {0} باشد."),
    (r"Must be less than or equal to (\S+)\.", "باید حداکثر {0} باشد."),
    (r"Must be greater than (\S+)\.", "باید بیش از {0} باشد."),
    (r"Must be less than (\S+)\.", "باید کمتر از {0} باشد."),
    (r"Must be one of: (.+)\.", "باید یکی از این‌ها باشد: {0}."),
    (r"Must be equal to (.+)\.", "باید برابر {0} باشد."),
]
_PATTERNS = [(re.compile(pattern), fa) for pattern, fa in _KNOWN]
# Whole numbers that a database can store.
INT64 = range(-(2**63), 2**63)
MAX_ERRORS = 50
# An unknown field's own name is the caller's text: bounded, like everything echoed.
MAX_NAME = 100


def translate_message(message: object) -> Text:
    """Return a message in both languages; an unknown one is English in both."""
    if isinstance(message, Text):
        return message
    english = str(message)
    for pattern, fa in _PATTERNS:
        if match := pattern.fullmatch(english):
            return Text(fa.format(*map(_format_number, match.groups())), english)
    return Text(english, english)


def _format_number(word: str) -> str:
    return to_persian_digits(word) if word.lstrip("-").isdecimal() else word


def flatten_errors(messages: Any, path: str = "") -> Iterator[tuple[str, Text]]:
    """Yield ``{"months": {0: {"days": ["…"]}}}`` as ``("months.0.days", …)``."""
    if isinstance(messages, dict):
        for key, value in messages.items():
            name = str(key)[:MAX_NAME]
            yield from flatten_errors(value, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    elif isinstance(messages, list):
        for message in messages:
            yield path, translate_message(message)
    else:
        yield path, translate_message(messages)
