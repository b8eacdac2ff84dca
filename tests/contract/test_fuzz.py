"""Whatever is sent, no service fails and no answer leaves its OpenAPI document.

`make test` sends 80 cases to every service, `make fuzz` 2,000 and these on PostgreSQL too: there NUL,
halves of surrogate pairs and numbers beyond 64 bits are distinguished from what a database can store.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract.services import SERVE, Headers, Route, Served

USUAL = 80
CASES = int(os.environ.get("FUZZ_CASES", USUAL))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
DATABASES = ["sqlite"] if CASES <= USUAL else ["sqlite", "postgresql"]
CALLERS = ("nobody", "citizen", "officer", "institution", "service", "admin")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

pytestmark = [pytest.mark.timeout(60 if CASES <= USUAL else 1800)]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=list(SERVE))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def package(name: str) -> str:
    return f"services.{name}"


@pytest.fixture
def served(name: str, database_url: str, tmp_path: Path) -> Iterator[Served]:
    with SERVE[name](database_url, tmp_path) as opened:
        yield opened


def split_cases(parts: int) -> settings:
    """Return the settings of one of several parts of a service's cases; one seed gives the same cases."""
    return settings(
        max_examples=max(1, -(-CASES // parts)),
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def build_headers_of(served: Served, caller: str) -> Headers:
    return {} if caller == "nobody" else served.build_headers(caller, audience=served.name)


def test_no_answer_leaves_the_openapi_document(served: Served) -> None:
    document = schemathesis.openapi.from_wsgi(f"/api/v1/{served.name}/openapi.json", served.app)
    operations = [result.ok() for result in document.get_all_operations() if isinstance(result, Ok)]
    for operation in operations:
        cases = st.one_of(*(operation.as_strategy(mode) for mode in GenerationMode))

        @seed(SEED)
        @split_cases(len(operations))
        @given(cases, st.sampled_from(CALLERS), st.booleans())
        def ask(case: Case[Any], caller: str, own: bool) -> None:
            if own:
                parameters = {name: str(served.things[name]) for name in case.path_parameters or {}}
                case.path_parameters = parameters
            answer = case.call(headers=build_headers_of(served, caller))
            case.validate_response(answer, checks=CHECKS)

        ask()


WORDS = st.one_of(
    st.text(st.characters(), max_size=20),
    st.sampled_from(
        ["\x00", "\ud800", "\u202e\u200f", "ی" * 10_000, "1403-13-01", "۱۴۰۳-۱۲-۳۰", "0012345679"]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(2**64), 2**64), st.floats(), st.sampled_from([0, -1, 2**63, 10**9, 10**400])
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS | st.uuids().map(str),
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(WORDS, deeper, max_size=3),
    max_leaves=5,
)


def list_fields(document: dict[str, Any]) -> list[str]:
    """Return the names of all fields in a document's schemas, those of requests included."""
    schemas = document["components"]["schemas"].values()
    return sorted({name for schema in schemas for name in schema.get("properties", {})})


def test_any_json_gets_an_answer(served: Served) -> None:
    """JSON as hostile as it comes, under the names that the service knows, to its internal routes too."""
    client = served.app.test_client()
    names = st.sampled_from(list_fields(client.get(f"/api/v1/{served.name}/openapi.json").get_json()))
    bodies = st.dictionaries(names | WORDS, ANYTHING, max_size=6) | ANYTHING
    sending = [route for route in served.list_routes() if route.method in ("POST", "PUT")]

    @seed(SEED)
    @split_cases(1)
    @given(st.sampled_from(sending), bodies, st.data())
    def ask(route: Route, body: object, data: st.DataObject) -> None:
        caller = data.draw(st.sampled_from(sorted(route.rule.roles) or ["nobody"]))
        answer = client.open(
            route.path,
            method=route.method,
            data=json.dumps(body),
            content_type="application/json",
            headers=build_headers_of(served, caller),
        )
        assert answer.status_code < 500, answer.text

    ask()
