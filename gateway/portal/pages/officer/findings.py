"""Findings of a list as officers read them: chosen by severity and code, page by page, or as a CSV file."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

ON_A_PAGE = 100
COLUMNS = ("severity", "code", "file", "row", "field", "value", "message")
# What spreadsheets take for a formula (CWE-1236).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def chosen(findings: Sequence[Mapping[str, object]]) -> Sequence[Mapping[str, object]]:
    """Those of the severity and the code that the query names."""
    wanted = {name: request.args[name] for name in ("severity", "code") if request.args.get(name)}
    return [one for one in findings if all(one[name] == value for name, value in wanted.items())]


def shown(findings: Sequence[Mapping[str, object]]) -> Mapping[str, Any]:
    """What the template `officer/findings.html` names of them."""
    some = chosen(findings)
    page = max(request.args.get("page", 1, type=int), 1)
    first = (page - 1) * ON_A_PAGE
    return {
        "findings": some[first : first + ON_A_PAGE],
        "first": first,
        "chosen": len(some),
        "page": page,
        "pages": -(-len(some) // ON_A_PAGE),
        "kept": len(findings),
        "codes": sorted({one["code"] for one in findings}),
    }


def as_csv(findings: Sequence[Mapping[str, object]], name: str) -> Response:
    """The chosen findings as a file that spreadsheets open with its Persian text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(one[column]) for column in COLUMNS] for one in chosen(findings))
    response = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
