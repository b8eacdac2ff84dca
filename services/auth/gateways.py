"""Gateways outside of Govah, called as templates of the settings say. `clients` makes the adapters of them.

A template has a URL, headers and a body with placeholders such as `{to}`. A rule says what a response means:
values at places in its JSON, such as `{"/return/status": 200}`, by JSON pointers (RFC 6901).
"""

import json
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from prometheus_client import Counter

from services.auth.settings import BodyFormat, Method
from services.kit.problems import Unavailable
from services.kit.settings import SettingsError

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Statuses that say that this very call is wrong. Others are the gateway's trouble, or that of the settings.
REFUSED = frozenset({400, 409, 413, 414, 422})
# Failures after which the gateway cannot have done what was asked.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
NOT_DONE_STATUSES = frozenset({401, 402, 403, 404, 405, 407, 410, 429, 503})
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Values with lines and with letters outside of ASCII; all others are codes, numbers and moments.
NOT_IN_HEADERS = frozenset({"text"})
MISSING = object()

CALLS = Counter("govah_gateway_calls", "Calls of gateways outside of Govah", ["gateway", "result"])
MESSAGES, OWNERSHIP = "messages", "mobile-ownership"
for _gateway in (MESSAGES, OWNERSHIP):
    for _result in ("done", "refused", "unavailable"):
        CALLS.labels(_gateway, _result)

Rule = Mapping[str, Any]


class GatewayUnavailable(Unavailable):
    """The gateway has not done what was asked, for a cause that has nothing to do with this call."""

    # What waits for it says so.
    waiting_code = "gateway-unavailable"


class GatewaySilent(GatewayUnavailable):
    """The gateway may have done what was asked, but nothing says so."""


@dataclass(frozen=True)
class Template:
    """How a gateway is called; `body` is None for a call without one."""

    url: str
    method: Method
    headers: Mapping[str, str]
    body: Any
    body_format: BodyFormat

    def build_request(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return the arguments of an HTTP call, with the values in their places."""
        quoted = {name: quote(value, safe="") for name, value in values.items()}
        request: dict[str, Any] = {
            "method": self.method,
            "url": _fill_text(self.url, quoted),
            "headers": {name: _fill_text(text, values) for name, text in self.headers.items()},
        }
        if self.body is not None:
            request["json" if self.body_format == "json" else "data"] = _fill_value(self.body, values)
        return request


@dataclass(frozen=True)
class TemplateText:
    """A template as the settings `GOVAH_<name>_…` have it; an empty text is the default."""

    name: str
    url: str
    method: Method = "POST"
    headers: str = ""
    body: str = ""
    body_format: BodyFormat = "json"

    def parse(self, names: frozenset[str], default_body: Mapping[str, str]) -> Template:
        """Return the template, whose placeholders are among `names`. Raises SettingsError."""
        self._check_url()
        headers = parse_object(f"{self.name}_HEADERS", self.headers, {"Authorization": "Bearer {token}"})
        body = None
        if self.method != "GET":
            body = parse_object(f"{self.name}_BODY", self.body, default_body)
            if self.body_format == "form" and any(isinstance(value, dict | list) for value in body.values()):
                raise SettingsError(f"GOVAH_{self.name}_BODY is a form, whose fields are texts and numbers")
        elif self.body:
            raise SettingsError(f"GOVAH_{self.name}_BODY is set, but a GET has no body")
        self._check_headers(headers)
        for part in (self.url, headers, body):
            if unknown := set(PLACEHOLDER.findall(json.dumps(part))) - names:
                raise SettingsError(
                    f"GOVAH_{self.name}: unknown placeholder {{{min(unknown)}}};"
                    f" known are {', '.join(sorted(names))}"
                )
        return Template(self.url, self.method, headers, body, self.body_format)

    def _check_url(self) -> None:
        """Raise SettingsError unless the URL is one, without a placeholder in the place of its host."""
        try:
            urlsplit(self.url).port  # noqa: B018 -- raises ValueError
            url = httpx.URL(PLACEHOLDER.sub("x", self.url))
            is_valid = url.scheme in {"http", "https"} and bool(url.host) and self.url.isprintable()
        except (httpx.InvalidURL, ValueError):
            is_valid = False
        if not is_valid or "{" in self.url.split("/")[2]:
            raise SettingsError(f"GOVAH_{self.name}_URL is not an http:// or https:// address")

    def _check_headers(self, headers: Mapping[str, Any]) -> None:
        """Raise SettingsError for what no header can have: it would fail at every call."""
        values = headers.values()
        if not all(isinstance(text, str) and text.isascii() and text.isprintable() for text in values):
            raise SettingsError(
                f"GOVAH_{self.name}_HEADERS has a value that is not one line of text in ASCII"
            )
        if not all(HEADER_NAME.fullmatch(name) for name in headers):
            raise SettingsError(f"GOVAH_{self.name}_HEADERS has a name that no header can have")
        if any(NOT_IN_HEADERS.intersection(PLACEHOLDER.findall(text)) for text in values):
            raise SettingsError(f"GOVAH_{self.name}_HEADERS has {{text}}; its place is the body or the URL")


def parse_object(name: str, text: str, default: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object of the setting `GOVAH_<name>`. Raises SettingsError, without its value."""
    if not text.strip():
        return dict(default)
    try:
        value = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"GOVAH_{name} is not JSON: {type(error).__name__}") from None
    if not isinstance(value, dict) or not value:
        raise SettingsError(f"GOVAH_{name} is not an object of JSON with members")
    return value


def parse_rule(name: str, text: str, default: Rule) -> Rule:
    """Return the rule of the setting `GOVAH_<name>`: JSON pointers and values. Raises SettingsError."""
    rule = parse_object(name, text, default)
    if not all(pointer == "" or pointer.startswith("/") for pointer in rule):
        raise SettingsError(f'GOVAH_{name} has a place that is not a JSON pointer, such as "/status"')
    return rule


def is_match(rule: Rule, document: object) -> bool:
    """Return whether all places of a rule have their value, or one of their list of values."""
    return all(
        any(_is_same(_find_value(document, pointer), value) for value in _list_values(expected))
        for pointer, expected in rule.items()
    )


def _list_values(expected: object) -> list[object]:
    return expected if isinstance(expected, list) else [expected]


def _is_same(value: object, expected: object) -> bool:
    # For Python, True is 1.
    return type(value) is type(expected) and value == expected


def _find_value(document: object, pointer: str) -> object:
    for word in pointer.split("/")[1:]:
        name = word.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(name, MISSING)
        elif isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            return MISSING
    return document


def _fill_text(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _fill_value(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _fill_text(value, values)
    if isinstance(value, dict):
        return {name: _fill_value(one, values) for name, one in value.items()}
    return [_fill_value(one, values) for one in value] if isinstance(value, list) else value


class Gateway:
    """A gateway behind a template; at most `bound` calls run simultaneously, and others wait their turn."""

    def __init__(self, name: str, template: Template, token: str, http: httpx.Client, bound: int) -> None:
        self._name, self._template, self._token, self._http = name, template, token, http
        self._turns = threading.BoundedSemaphore(bound)

    def call(self, values: Mapping[str, str]) -> httpx.Response:
        """Return the response, of a 2xx status or one of `REFUSED`.

        Raises GatewayUnavailable, or GatewaySilent if the gateway may have done what was asked.
        """
        own = {"token": self._token, "id": str(uuid.uuid4()), "now": datetime.now(UTC).isoformat()}
        request = self._template.build_request({**values, **own})
        with self._turns:
            try:
                response = self._http.request(**request)
            except NOT_SENT as error:
                raise self.build_unavailable(GatewayUnavailable) from error
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                raise self.build_unavailable(GatewaySilent) from error
        if response.status_code in NOT_DONE_STATUSES:
            raise self.build_unavailable(GatewayUnavailable)
        if not response.is_success and response.status_code not in REFUSED:
            raise self.build_unavailable(GatewaySilent)
        return response

    def build_unavailable(self, error: type[GatewayUnavailable]) -> GatewayUnavailable:
        """Return an error of this gateway, counted."""
        self.count_result("unavailable")
        return error()

    def count_result(self, result: str) -> None:
        """Count a call as `done`, `refused` or `unavailable`."""
        CALLS.labels(self._name, result).inc()


def read_document(response: httpx.Response) -> object:
    """Return the JSON of a response, or `MISSING` without any."""
    try:
        document: object = response.json()
    except ValueError:
        return MISSING
    return document
