"""Strict reading of what callers send: JSON as in RFC 8259, and nothing that a database cannot store.

The guard of `access` calls `reject_truncated_body` and `reject_unstorable_input` for every request; services
declare their arguments with `Blueprint`.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, ClassVar, NoReturn

import flask_smorest
import marshmallow as ma
from flask import Request, request
from flask_smorest.fields import Upload
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from services.kit.problems import MalformedJson, NotFound, Text, UnsupportedMediaType, ValidationFailed
from services.kit.validation import INT64, MAX_ERRORS, MAX_NAME

# RFC 8259, section 9, lets a reader limit the depth; no schema here needs ten.
MAX_DEPTH = 32
FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})

# PostgreSQL stores no NUL, and UTF-8 has no half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TEXT_WRONG = Text(
    "نویسه‌ای دارد که نگهداری نمی‌شود. متن را دوباره بنویسید.",
    "Holds a character that cannot be kept. Type the text again.",
)
_NUMBER_WRONG = Text("عدد بیش از اندازه بزرگ است.", "The number is too large.")


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON text in UTF-8.

    Raises MalformedJson, and ValidationFailed for text and numbers that no database can store.
    """
    try:
        value = json.loads(body.decode(), parse_constant=_reject_constant, parse_int=_parse_int)
        wrong = list(islice(_find_unstorable(value, "", 0), MAX_ERRORS))
    except (ValueError, RecursionError) as error:
        raise MalformedJson from error
    if wrong:
        raise ValidationFailed(*wrong)
    return value


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is Python's, not JSON's")


def _parse_int(digits: str) -> int | float:
    # Python gives up on thousands of digits with an error of its own; twenty are too many for 64 bits.
    return int(digits) if len(digits) <= 20 else math.inf


def _find_unstorable(value: object, path: str, depth: int) -> Iterator[tuple[str, Text]]:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str) and _UNSTORABLE.search(value):
        yield path, _TEXT_WRONG
    elif isinstance(value, int | float) and not INT64[0] <= value <= INT64[-1]:
        yield path, _NUMBER_WRONG
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_unstorable(item, f"{path}.{index}".lstrip("."), depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if _UNSTORABLE.search(name):
                yield path, _TEXT_WRONG
            else:
                yield from _find_unstorable(item, f"{path}.{name[:MAX_NAME]}".lstrip("."), depth + 1)


def reject_truncated_body() -> None:
    """Raise RequestEntityTooLarge for a body without a stated length that was read up to the limit.

    werkzeug truncates it there silently, so a body that just fits looks like a longer one.
    """
    if "Transfer-Encoding" in request.headers and request.mimetype not in FORMS:
        limit = request.max_content_length
        if limit is not None and len(request.get_data()) >= limit:
            raise RequestEntityTooLarge


def reject_unstorable_input() -> None:
    """Check the address, the form and the JSON of this request before its view reads them.

    Raises NotFound, ValidationFailed, MalformedJson.
    """
    if any(isinstance(part, str) and _UNSTORABLE.search(part) for part in (request.view_args or {}).values()):
        raise NotFound
    _reject_unstorable_fields(request.args.items(multi=True))
    if request.mimetype in FORMS:
        _reject_unstorable_fields(request.form.items(multi=True))
        _reject_unstorable_fields(
            (name, file.filename or "") for name, file in request.files.items(multi=True)
        )
    elif request.is_json and (body := request.get_data()):
        parse_json(body)


def _reject_unstorable_fields(fields: Iterable[tuple[str | None, str]]) -> None:
    # The name of a part that has none is None.
    named = [(name or "", value) for name, value in fields]
    wrong = [
        ("" if _UNSTORABLE.search(name) else name[:MAX_NAME], _TEXT_WRONG)
        for name, value in named
        if _UNSTORABLE.search(name + value)
    ]
    if wrong:
        raise ValidationFailed(*wrong[:MAX_ERRORS])


class Parser(FlaskParser):
    """webargs that rejects a body of another media type than the view declares, instead of ignoring it.

    The location `multipart` is a form with files and texts, which one schema describes.
    """

    __location_map__: ClassVar = {  # type: ignore[misc]  # webargs has it on its class too
        **FlaskParser.__location_map__,
        "multipart": "load_multipart",
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        if not req.is_json and _has_body(req):
            raise UnsupportedMediaType
        return super().load_json(req, schema)

    def load_form(self, req: Request, schema: ma.Schema) -> Any:
        _require_form(req)
        return super().load_form(req, schema)

    def load_json_or_form(self, req: Request, schema: ma.Schema) -> Any:
        """Return the fields of a form that a browser sends, or of JSON."""
        return self.load_form(req, schema) if req.mimetype in FORMS else self.load_json(req, schema)

    def load_files(self, req: Request, schema: ma.Schema) -> Any:
        _require_form(req)
        return super().load_files(req, schema)

    def load_multipart(self, req: Request, schema: ma.Schema) -> Any:
        """Return the files of a form, and the texts of the other fields."""
        _require_form(req)
        texts = [
            (name, text)
            for name, text in req.form.items(multi=True)
            if not isinstance(schema.fields.get(name), Upload)
        ]
        return self._makeproxy(MultiDict([*req.files.items(multi=True), *texts]), schema)


def _has_body(req: Request) -> bool:
    return bool(req.content_length) or "Transfer-Encoding" in req.headers


def _require_form(req: Request) -> None:
    if req.mimetype not in FORMS and _has_body(req):
        raise UnsupportedMediaType


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest is untyped
    """flask-smorest's Blueprint with the strict parser."""

    ARGUMENTS_PARSER = Parser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING: ClassVar = {
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "multipart": "multipart/form-data",
        "json_or_form": "application/json",
    }
