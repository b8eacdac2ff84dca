"""Every field of every call, filled with invalid values: refused by its name, and nothing is stored."""

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.kit.http.access import Rule
from tests.contract.services import Served, get_engine
from tests.service.kit.calls import read_problem

JSON = "application/json"
LONG = "ی" * 10_000
# Fields whose error has a code of its own: docs/api.md.
OWN_CODES = {
    ("/api/v1/inquiry/inquiries", "code"): "code-mistyped",
    ("/api/v1/auth/mobile/reversal", "code"): "reversal-code-wrong",
    ("/api/v1/auth/counter/activations", "code"): "activation-code-wrong",
}
# Fields that take any object or a long text, and a code that is looked up before it is read.
TAKEN = {"credential", "text_fa", "text_en"}


class Call(NamedTuple):
    """A call that takes JSON, with a body whose every field has the right form."""

    method: str
    path: str
    rule: Rule
    body: Mapping[str, Any]


def list_calls(served: Served) -> Iterator[Call]:
    """Yield the calls of the OpenAPI document; its examples are the bodies."""
    document = served.app.test_client().get(f"/api/v1/{served.name}/openapi.json").get_json()
    site = served.app.url_map.bind("localhost")
    for template, item in document["paths"].items():
        for method in {"post", "put"} & item.keys():
            content = item[method].get("requestBody", {}).get("content", {}).get(JSON)
            if content:
                path = template.format(**served.things)
                endpoint, _ = site.match(path, method)
                body = served.bodies.get(endpoint) or content["example"]
                yield Call(method.upper(), path, served.access[endpoint], body)


def send(served: Served, call: Call, **kw: Any) -> TestResponse:
    roles = call.rule.roles
    headers = served.build_headers(min(roles), audience=served.name, manager=True) if roles else {}
    return served.app.test_client().open(call.path, method=call.method, headers=headers, **kw)


def count_rows(served: Served) -> dict[str, int]:
    """Return the number of rows of each table of the service."""
    models = import_module(f"services.{served.name}.models")
    tables = models.Base.metadata.sorted_tables
    counts = [sa.select(sa.func.count()).select_from(table).scalar_subquery() for table in tables]
    with get_engine(served.app).connect() as connection:
        [row] = connection.execute(sa.select(*counts)).all()
    return {table.name: count for table, count in zip(tables, row, strict=True)}


@pytest.mark.parametrize("value", [[{}], {"a": []}, LONG], ids=["list", "object", "10,000 characters"])
def test_field_of_the_wrong_type_is_refused_by_name(served: Served, value: object) -> None:
    before = count_rows(served)
    for call in list_calls(served):
        for name in call.body.keys() - TAKEN:
            if call.path.endswith("/confirmation") and "/second-factors/" in call.path:
                continue
            response = send(served, call, json={**call.body, name: value})
            code = OWN_CODES.get((call.path, name), "validation") if isinstance(value, str) else "validation"
            document = read_problem(response, 422, code)
            if code == "validation":
                assert {error["field"].partition(".")[0] for error in document["errors"]} == {name}, call
    assert count_rows(served) == before


def test_characters_that_no_database_stores_are_refused_in_every_field(served: Served) -> None:
    before = count_rows(served)
    for call in list_calls(served):
        for name, value in call.body.items():
            for character in ("\x00", "\ud800"):
                body = json.dumps({**call.body, name: f"{value}{character}"})
                document = read_problem(send(served, call, data=body, content_type=JSON), 422, "validation")
                assert [error["field"] for error in document["errors"]] == [name]
    assert count_rows(served) == before


def test_unknown_field_is_refused(served: Served) -> None:
    before = count_rows(served)
    for call in list_calls(served):
        document = read_problem(send(served, call, json={**call.body, "surplus": 1}), 422, "validation")
        assert "surplus" in {error["field"] for error in document["errors"]}
    assert count_rows(served) == before


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"null", b"true", b"[{}]"])
def test_json_other_than_an_object_is_refused(served: Served, body: bytes) -> None:
    before = count_rows(served)
    for call in list_calls(served):
        read_problem(send(served, call, data=body, content_type=JSON), 422, "validation")
    assert count_rows(served) == before


@pytest.mark.parametrize("body", [b"{", b"[" * 5_000, b'{"a":' * 5_000, b"\xff", b'{"a": NaN}', b"{'a': 1}"])
def test_malformed_json_is_refused(served: Served, body: bytes) -> None:
    before = count_rows(served)
    for call in list_calls(served):
        read_problem(send(served, call, data=body, content_type=JSON), 400, "malformed-json")
    assert count_rows(served) == before


def test_json_of_another_media_type_is_refused(served: Served) -> None:
    for call in list_calls(served):
        response = send(served, call, data=b'{"a": 1}', content_type="text/plain")
        read_problem(response, 415, "unsupported-media-type")
