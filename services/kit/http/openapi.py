"""The OpenAPI document beyond its schemas: words, examples, security and problems of every operation.

Security, and the problems that a route has by its nature, follow from the rules of `access`. The rest is in
the YAML files that `documentation` reads. `finish_app` of `server` calls `complete_document`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import marshmallow as ma
from werkzeug.routing import Map

from services.kit import problems
from services.kit.http.access import LARGE_BODY, SELF, Rule
from services.kit.http.conventions import (
    CONVENTIONS,
    REQUEST_ID,
    SIGN_IN,
    Json,
    build_shared_headers,
    build_shared_parameters,
    find_field_text,
    format_both,
)
from services.kit.http.documentation import OperationDocumentation
from services.kit.problems import CONTENT_TYPE, Problem, Text
from services.kit.tokens import ADMIN_SCOPE

METHODS = ("get", "post", "put", "patch", "delete")
_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")

FIELD_WRONG = Text("این مقدار لازم است.", "Missing data for required field.")
ANY_PROBLEM = Text("هر خطای دیگر.", "Any other problem.")


def complete_document(
    plain: Mapping[str, Any],
    addresses: Map,
    access: Mapping[str, Rule],
    documentation: Mapping[str, OperationDocumentation],
    idempotent: Collection[str] = (),
) -> Json:
    """Return the document that schemas make, completed with everything else that callers must know.

    `idempotent` are the endpoints that take an `Idempotency-Key`. Raises ValueError where there is any
    documentation, and it misses an operation or describes an unknown one.
    """
    document = deepcopy(dict(plain))
    document["info"] |= {
        "description": format_both(CONVENTIONS),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    document["servers"] = [{"url": "/"}]
    components = document.setdefault("components", {})
    components["parameters"] = build_shared_parameters()
    components["headers"] = build_shared_headers()
    components["responses"] = {"Problem": _build_problem_response([ANY_PROBLEM], {})}
    components.setdefault("securitySchemes", {})["bearerAuth"] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": format_both(SIGN_IN),
    }
    examples: Json = {}
    components["examples"] = examples
    endpoints = _index_endpoints(addresses)
    operations = {
        endpoints[method, path]: (item, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }
    if documentation and documentation.keys() != operations.keys():
        differing = sorted(documentation.keys() ^ operations.keys())
        raise ValueError(f"routes and their documentation differ: {differing}")
    for endpoint, (item, operation) in operations.items():
        described = documentation.get(endpoint)
        _complete_operation(
            item, operation, endpoint, access[endpoint], described, endpoint in idempotent, examples
        )
    for schema in components["schemas"].values():
        _describe_fields(schema.get("properties", {}))
    return document


def _describe_fields(fields: Mapping[str, Json]) -> None:
    for name, schema in fields.items():
        if "$ref" not in schema and (text := find_field_text(name)):
            schema.setdefault("description", format_both(text))


def describe_constant(_converter: Any, given: ma.fields.Field[Any], **_: Any) -> Json:
    """Return the properties of a field that has always the same value."""
    return {"const": given.constant} if isinstance(given, ma.fields.Constant) else {}


def _index_endpoints(addresses: Map) -> dict[tuple[str, str], str]:
    return {
        (method.lower(), _VARIABLE.sub(r"{\1}", address.rule)): address.endpoint
        for address in addresses.iter_rules()
        for method in address.methods or ()
    }


def _complete_operation(
    item: Json,
    operation: Json,
    endpoint: str,
    rule: Rule,
    described: OperationDocumentation | None,
    is_idempotent: bool,
    examples: Json,
) -> None:
    operation["operationId"] = endpoint.rpartition(".")[2]
    operation.setdefault("security", _build_security(rule))
    inputs = [*item.get("parameters", []), *operation.get("parameters", [])]
    own: Iterable[Problem] = ()
    if described:
        operation["summary"] = described.summary.en
        operation["x-summary-fa"] = described.summary.fa
        operation["description"] = format_both(described.description)
        _add_examples(operation, inputs, described)
        own = described.problems
    shared = ["AcceptLanguage", "RequestId", *(["IdempotencyKey"] if is_idempotent else [])]
    references = [{"$ref": f"#/components/parameters/{name}"} for name in shared]
    usual = _list_usual_problems(operation, inputs, rule, described, is_idempotent)
    _add_problems(operation, [*usual, *own], examples)
    operation["parameters"] = [*operation.get("parameters", []), *references]
    for response in operation["responses"].values():
        if "$ref" not in response:
            headers = response.setdefault("headers", {})
            headers["X-Request-ID"] = {"$ref": "#/components/headers/RequestId"}


def _build_security(rule: Rule) -> list[Json]:
    """One alternative a role and scope (OpenAPI 3.1, 4.8.30); {} is without a token.

    `manager` is a claim, which is named like a scope.
    """
    needed = sorted(rule.scopes) + (["manager"] if rule.is_for_managers else [])
    choices = [[*needed, scope] for scope in sorted(rule.any_scope)] or [needed]
    # The person's own token, and the narrowed ones of a representative.
    of_citizen = [[scope] for scope in (SELF, *sorted(rule.given))]
    alternatives: list[Json] = [
        {"bearerAuth": [role, *scopes]}
        for role in sorted(rule.roles)
        for scopes in (of_citizen if role == "citizen" else choices)
        # No token of another role has the scope of admins.
        if not rule.any_scope or (ADMIN_SCOPE in scopes) == (role == "admin")
    ]
    return [{}, *alternatives] if rule.token_optional and alternatives else alternatives


def _add_examples(operation: Json, inputs: Iterable[Json], described: OperationDocumentation) -> None:
    for parameter in inputs:
        schema = parameter["schema"]
        usual = REQUEST_ID if schema.get("format") == "uuid" else schema.get("default")
        example = described.parameters.get(parameter["name"], usual)
        if example is not None:
            parameter["example"] = example
        if text := find_field_text(parameter["name"]):
            parameter.setdefault("description", format_both(text))
    if described.body is not None:
        for content in operation["requestBody"]["content"].values():
            content["example"] = described.body
    replies = [reply for status, reply in operation["responses"].items() if status.startswith("2")]
    for content in (content for reply in replies for content in reply.get("content", {}).values()):
        content["example"] = described.reply


def _list_usual_problems(
    operation: Json,
    inputs: list[Json],
    rule: Rule,
    described: OperationDocumentation | None,
    is_idempotent: bool,
) -> Iterator[Problem]:
    """Yield the problems that follow from the kind of a route."""
    if not rule.token_optional:
        yield problems.TokenMissing()
    if rule.roles:
        yield from (problems.TokenExpired(), problems.TokenInvalid(), problems.Forbidden())
    if any(parameter["in"] == "path" for parameter in inputs):
        yield problems.NotFound()
    media = operation.get("requestBody", {}).get("content", {})
    if "application/json" in media:
        yield problems.MalformedJson()
    if media:
        large = rule.max_body >= LARGE_BODY
        yield problems.BodyTooLarge(limit=f"{LARGE_BODY // 1024**2} MiB" if large else "64 KiB")
    if {"application/json", "multipart/form-data"} & media.keys():
        yield problems.UnsupportedMediaType()
    if "422" in operation["responses"]:
        yield problems.ValidationFailed((_find_first_field(described, inputs), FIELD_WRONG))
    if is_idempotent:
        yield problems.IdempotencyKeyReused()
    yield problems.Unavailable()


def _find_first_field(described: OperationDocumentation | None, inputs: list[Json]) -> str:
    body = described.body if described else None
    names = [*(body if isinstance(body, dict) else []), *(parameter["name"] for parameter in inputs)]
    return names[0] if names else ""


def _add_problems(operation: Json, possible: Iterable[Problem], examples: Json) -> None:
    """Document the problems by status; operations share an example where its text is the same."""
    by_status: dict[int, dict[str, Problem]] = {}
    for problem in possible:
        by_status.setdefault(problem.status, {})[problem.code] = problem
    responses = operation["responses"]
    for status, by_code in sorted(by_status.items()):
        names = {}
        for code, problem in by_code.items():
            example = {"value": problem.build_document("fa", REQUEST_ID)}
            shared = examples.setdefault(code, example) == example
            names[code] = code if shared else f"{code}-{operation['operationId']}"
            examples[names[code]] = example
        descriptions = [_format_problem(problem) for problem in by_code.values()]
        responses[str(status)] = _build_problem_response(descriptions, names, status)
    responses["default"] = {"$ref": "#/components/responses/Problem"}
    operation["responses"] = dict(sorted(responses.items()))


def _format_problem(problem: Problem) -> Text:
    fa, en = (str(problem.build_document(language, REQUEST_ID)["detail"]) for language in ("fa", "en"))
    return Text(f"`{problem.code}`: {fa}", en)


def _build_problem_response(descriptions: Iterable[Text], names: Mapping[str, str], status: int = 0) -> Json:
    """Return a response with the examples of these names, by their codes."""
    content: Json = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if names:
        content["examples"] = {
            code: {"$ref": f"#/components/examples/{name}"} for code, name in names.items()
        }
    response: Json = {
        "description": "\n\n".join(format_both(text) for text in descriptions),
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}},
        "content": {CONTENT_TYPE: content},
    }
    if status in {429, 503}:
        response["headers"]["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return response
