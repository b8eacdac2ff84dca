"""Findings of a list for officers: filtered by severity and code, page by page, or as a CSV file."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from gateway.portal.spreadsheets import escape_formulas

PAGE_SIZE = 100
COLUMNS = ("severity", "code", "file", "row", "field", "value", "expected", "message")


def filter_findings(findings: Sequence[Mapping[str, object]]) -> Sequence[Mapping[str, object]]:
    """Return the findings of the severity and the code in the query."""
    wanted = {name: request.args[name] for name in ("severity", "code") if request.args.get(name)}
    return [finding for finding in findings if all(finding[name] == value for name, value in wanted.items())]


def build_view(findings: Sequence[Mapping[str, object]]) -> Mapping[str, Any]:
    """Return the variables of the template `officer/findings.html`."""
    filtered = filter_findings(findings)
    page = max(request.args.get("page", 1, type=int), 1)
    first = (page - 1) * PAGE_SIZE
    return {
        "findings": filtered[first : first + PAGE_SIZE],
        "first": first,
        "chosen": len(filtered),
        "page": page,
        "pages": -(-len(filtered) // PAGE_SIZE),
        "stored": len(findings),
        "codes": sorted({str(finding["code"]) for finding in findings}),
    }


def as_csv(findings: Sequence[Mapping[str, object]], name: str) -> Response:
    """Return the filtered findings as a file that spreadsheets open with its Persian text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(
        [_escape_formula(finding.get(column)) for column in COLUMNS] for finding in filter_findings(findings)
    )
    response = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _escape_formula(value: object) -> object:
    return escape_formulas(value) if isinstance(value, str) else value
