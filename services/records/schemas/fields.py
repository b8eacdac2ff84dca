"""Fields that read what people type, and what they answer when it cannot be read."""

from collections.abc import Callable, Mapping
from typing import Any

import marshmallow as ma

from services.kit.problems import Text

MONTH_WRONG = Text("ماه را به شکل ۱۴۰۳-۰۷ بنویسید.", "Write the month like 1403-07.")
DATE_WRONG = Text("تاریخ را به شکل ۱۴۰۳-۰۷-۱۵ بنویسید.", "Write the date like 1403-07-15.")
CODE_WRONG = Text("کد ملی درست نیست. ده رقم آن را بررسی کنید.", "Not a national code. Check its ten digits.")


class Parsed(ma.fields.String):
    """Text that a function reads; what it refuses with a ValueError is answered with `refusal`."""

    def __init__(self, parse: Callable[[str], Any], refusal: Text, **kw: Any) -> None:
        super().__init__(**kw)
        self._parse = parse
        self._refusal = refusal

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> Any:
        try:
            return self._parse(super()._deserialize(value, attr, data, **kw))
        except ValueError as error:
            raise ma.ValidationError([self._refusal]) from error
