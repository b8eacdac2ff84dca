"""What a document says of a call beyond its schemas follows from the call's rule."""

from copy import deepcopy
from typing import Any

import pytest
from werkzeug.routing import Map
from werkzeug.routing import Rule as Address

from services.kit.http.access import (
    ANYONE,
    CITIZEN,
    LARGE_BODY,
    Rule,
    allow_citizen_or_officer,
    allow_institution,
    allow_officer,
)
from services.kit.http.documentation import OperationDocumentation
from services.kit.http.openapi import complete_document
from services.kit.problems import Text, TooManyAttempts

PLAIN: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "v1"},
    "paths": {
        "/things/{thing_id}": {
            "parameters": [
                {
                    "in": "path",
                    "name": "thing_id",
                    "required": True,
                    "schema": {"type": "string", "format": "uuid"},
                }
            ],
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {
                    "200": {"description": "OK", "content": {"application/json": {"schema": {}}}},
                    "422": {"$ref": "#/components/responses/UNPROCESSABLE_ENTITY"},
                    "default": {"$ref": "#/components/responses/DEFAULT_ERROR"},
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Problem": {"type": "object"},
            "Thing": {"properties": {"month_jalali": {"type": "string"}, "size": {"type": "integer"}}},
        }
    },
}
KNOWN = OperationDocumentation(
    Text("چیز", "A thing"), Text("چیزی است.", "It is a thing."), body={"size": 1}, reply={"size": 2}
)
ADDRESSES = Map([Address("/things/<uuid:thing_id>", endpoint="things.change", methods=["POST"])])


def complete_plain(
    rule: Rule, documentation: OperationDocumentation = KNOWN, *, is_idempotent: bool = False
) -> dict[str, Any]:
    idempotent = ["things.change"] if is_idempotent else []
    return complete_document(
        PLAIN, ADDRESSES, {"things.change": rule}, {"things.change": documentation}, idempotent
    )


def complete_operation(
    rule: Rule, documentation: OperationDocumentation = KNOWN, *, is_idempotent: bool = False
) -> dict[str, Any]:
    document = complete_plain(rule, documentation, is_idempotent=is_idempotent)
    described: dict[str, Any] = document["paths"]["/things/{thing_id}"]["post"]
    return described


def list_codes(described: dict[str, Any], status: int) -> set[str]:
    return set(described["responses"][str(status)]["content"]["application/problem+json"]["examples"])


@pytest.mark.parametrize(
    ("rule", "security"),
    [
        (ANYONE, []),
        (CITIZEN, [{"bearerAuth": ["citizen", "self"]}]),
        (
            CITIZEN.allow_representative("self:record"),
            [{"bearerAuth": ["citizen", "self"]}, {"bearerAuth": ["citizen", "self:record"]}],
        ),
        (allow_officer("lists"), [{"bearerAuth": ["officer", "lists"]}]),
        (
            allow_citizen_or_officer("helpdesk"),
            [{"bearerAuth": ["citizen", "self"]}, {"bearerAuth": ["officer", "helpdesk"]}],
        ),
        (
            allow_institution("inquiry:inquire", token_optional=True),
            [{}, {"bearerAuth": ["institution", "inquiry:inquire"]}],
        ),
    ],
)
def test_security_names_roles_and_scopes(rule: Rule, security: list[dict[str, list[str]]]) -> None:
    assert complete_operation(rule)["security"] == security


def test_a_token_that_is_needed_may_be_refused() -> None:
    described = complete_operation(CITIZEN)
    assert list_codes(described, 401) == {"token-missing", "token-expired", "token-invalid"}
    assert list_codes(described, 403) == {"forbidden"}


def test_without_a_token_nothing_is_refused_for_its_lack() -> None:
    assert not {"401", "403"} & complete_operation(ANYONE)["responses"].keys()
    optional = complete_operation(allow_institution("inquiry:inquire", token_optional=True))
    assert list_codes(optional, 401) == {"token-expired", "token-invalid"}


def test_problems_of_bodies_paths_and_the_route_itself() -> None:
    described = complete_operation(
        ANYONE,
        OperationDocumentation(
            KNOWN.summary, KNOWN.description, body={"size": 1}, problems=(TooManyAttempts(60),)
        ),
        is_idempotent=True,
    )
    assert list_codes(described, 400) == {"malformed-json"}
    assert list_codes(described, 404) == {"not-found"}
    assert list_codes(described, 415) == {"unsupported-media-type"}
    assert list_codes(described, 422) == {"validation", "idempotency-key-reused"}
    assert list_codes(described, 429) == {"too-many-attempts"}
    assert "Retry-After" in described["responses"]["429"]["headers"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in described["parameters"]


def test_the_size_that_is_too_large_is_the_rules() -> None:
    assert "64 KiB" in complete_operation(ANYONE)["responses"]["413"]["description"]
    assert "20 MiB" in complete_operation(ANYONE.allow_body(LARGE_BODY))["responses"]["413"]["description"]


def test_words_and_examples_come_from_the_table() -> None:
    described = complete_operation(ANYONE)
    assert (described["operationId"], described["summary"], described["x-summary-fa"]) == (
        "change",
        "A thing",
        "چیز",
    )
    assert described["description"] == "چیزی است.\nIt is a thing."
    assert described["requestBody"]["content"]["application/json"]["example"] == {"size": 1}
    assert described["responses"]["200"]["content"]["application/json"]["example"] == {"size": 2}


def test_a_field_whose_name_tells_what_it_is_says_so() -> None:
    fields = complete_plain(ANYONE)["components"]["schemas"]["Thing"]["properties"]
    assert "1403-07" in fields["month_jalali"]["description"]
    assert "description" not in fields["size"]


def test_the_plain_document_stays_as_it_was() -> None:
    before = deepcopy(PLAIN)
    complete_plain(CITIZEN)
    assert before == PLAIN


@pytest.mark.parametrize("documentation", [{"things.other": KNOWN}, {"things.change": KNOWN, "other": KNOWN}])
def test_missing_and_unknown_operations_are_rejected(
    documentation: dict[str, OperationDocumentation],
) -> None:
    with pytest.raises(ValueError, match="routes and their documentation differ"):
        complete_document(PLAIN, ADDRESSES, {"things.change": ANYONE}, documentation)
