"""Every field of every call, filled with what it must not hold: told by its name, and nothing is written."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.kit.http.access import Rule
from tests.contract.services import Served, engine_of
from tests.service.kit.calls import problem

JSON = "application/json"
LONG = "ی" * 10_000
# Told by a code of its own instead of by the field: api.md.
OWN_CODES = {
    ("/api/v1/inquiry/inquiries", "code"): "code-mistyped",
    ("/api/v1/auth/mobile/reversal", "code"): "reversal-code-wrong",
}


class Call(NamedTuple):
    """A call that takes JSON, with a body whose every field has the right form."""

    method: str
    path: str
    rule: Rule
    body: Mapping[str, Any]


def calls(served: Served) -> Iterator[Call]:
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
    headers = served.headers(min(roles), audience=served.name) if roles else {}
    return served.app.test_client().open(call.path, method=call.method, headers=headers, **kw)


def rows(served: Served) -> dict[str, int]:
    """How many rows every table of the service holds."""
    engine, tables = engine_of(served.app), sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables.sorted_tables
        }


@pytest.mark.parametrize("value", [[{}], {"a": []}, LONG], ids=["list", "object", "10,000 characters"])
def test_a_field_of_the_wrong_kind_is_named(served: Served, value: object) -> None:
    before = rows(served)
    for call in calls(served):
        for name in call.body:
            answer = send(served, call, json={**call.body, name: value})
            code = OWN_CODES.get((call.path, name), "validation") if isinstance(value, str) else "validation"
            document = problem(answer, 422, code)
            if code == "validation":
                assert {error["field"].partition(".")[0] for error in document["errors"]} == {name}, call
    assert rows(served) == before


def test_what_no_database_keeps_is_refused_in_every_field(served: Served) -> None:
    before = rows(served)
    for call in calls(served):
        for name, value in call.body.items():
            for unkept in ("\x00", "\ud800"):
                body = json.dumps({**call.body, name: f"{value}{unkept}"})
                document = problem(send(served, call, data=body, content_type=JSON), 422, "validation")
                assert [error["field"] for error in document["errors"]] == [name]
    assert rows(served) == before


def test_a_field_that_no_call_has_is_refused(served: Served) -> None:
    before = rows(served)
    for call in calls(served):
        document = problem(send(served, call, json={**call.body, "surplus": 1}), 422, "validation")
        assert "surplus" in {error["field"] for error in document["errors"]}
    assert rows(served) == before


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"null", b"true", b"[{}]"])
def test_json_that_is_no_object_is_refused(served: Served, body: bytes) -> None:
    before = rows(served)
    for call in calls(served):
        problem(send(served, call, data=body, content_type=JSON), 422, "validation")
    assert rows(served) == before


@pytest.mark.parametrize("body", [b"{", b"[" * 5_000, b'{"a":' * 5_000, b"\xff", b'{"a": NaN}', b"{'a': 1}"])
def test_what_is_no_json_is_refused(served: Served, body: bytes) -> None:
    before = rows(served)
    for call in calls(served):
        problem(send(served, call, data=body, content_type=JSON), 400, "malformed-json")
    assert rows(served) == before


def test_json_under_another_name_is_refused(served: Served) -> None:
    for call in calls(served):
        answer = send(served, call, data=b'{"a": 1}', content_type="text/plain")
        problem(answer, 415, "unsupported-media-type")
