"""The marks of figures: (1) for disputed months, then a number for each objection that changed days.

They are those of the letter. `statement_years` and the templates of statements call it.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from operator import itemgetter
from typing import Any

NO_CODE = "-"


def number_objections(statement: Mapping[str, Any]) -> dict[str, int]:
    """Return the mark of each objection by its tracking number, by the first month that it corrected."""
    ordered = sorted(statement["corrections"], key=itemgetter("month_jalali", "tracking_number"))
    return dict(zip(dict.fromkeys(one["tracking_number"] for one in ordered), count(2), strict=False))


def list_marks(statement: Mapping[str, Any], months: str, key: str | None = None) -> list[int]:
    """Return the marks of a month or a year, such as 1403-07 or 1403.

    `key` is that of a workshop; without one, those of all workshops count.
    """
    own = {
        one["tracking_number"]
        for one in statement["corrections"]
        if one["month_jalali"].startswith(months)
        and key in {None, one["workshop_code"], _build_unnamed_key(one["tracking_number"])}
    }
    return [mark for number, mark in number_objections(statement).items() if number in own]


def list_workshop_keys(statement: Mapping[str, Any], codes: Sequence[str], month: str = "") -> Sequence[str]:
    """Return the keys of workshops, of which those without a code are named by their objections in order.

    Each such objection is a workshop of its own. `month` limits them to those that have it.
    """
    numbers = list(
        dict.fromkeys(
            one["tracking_number"]
            for one in statement["corrections"]
            if one["workshop_code"] == NO_CODE and one["month_jalali"].startswith(month)
        )
    )
    if codes.count(NO_CODE) != len(numbers):
        return codes
    names = iter(numbers)
    return [_build_unnamed_key(next(names)) if code == NO_CODE else code for code in codes]


def _build_unnamed_key(tracking_number: str) -> str:
    return f"{NO_CODE}{tracking_number}"
