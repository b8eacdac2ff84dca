"""The OpenAPI document beyond its schemas: words, examples, security and problems of every operation.

Security and the problems that every route has follow from the rules of `access`; the rest stands in each
service's table `DOCUMENTED`. `finish` of `server` calls `complete_document`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from flask import Flask
from werkzeug.routing import Rule as Address

from services.kit import problems
from services.kit.http.access import Rule
from services.kit.http.idempotency import MAX_KEY
from services.kit.problems import CONTENT_TYPE, Problem, Text

Json = dict[str, Any]
METHODS = ("get", "post", "put", "delete")
_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_EXAMPLE_REQUEST_ID = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"

CONVENTIONS = Text(
    "زمان‌ها به وقت جهانی (RFC 3339) و تاریخ‌های جلالی مانند 1403-07-15 است. مبلغ‌ها ریال و عدد صحیح است. "
    "رقم‌های فارسی، عربی و لاتین در کد ملی و کد رمز پذیرفته می‌شود. خطاها سند RFC 9457 است و `code` آن تغییر "
    "نمی‌کند.",
    "Times are UTC (RFC 3339), Jalali dates are written like 1403-07-15. Money is whole rials. Persian, "
    "Arabic-Indic and Latin digits are accepted in national and secret codes. Errors are documents of "
    "RFC 9457, and their `code` never changes.",
)
_FIELD_WRONG = Text("این مقدار لازم است.", "Missing data for required field.")
_ANY_PROBLEM = Text("هر خطای دیگر.", "Any other problem.")

_PARAMETERS: Json = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "description": _text_of(
            Text("زبان متن پاسخ؛ `fa` پیش‌فرض است.", "Language of the reply's words; `fa` by default.")
        )
        if False
        else "",
    }
}
