"""The typed methods and their types beside contracts/openapi, from which anyone else would write a client."""

import inspect
import json
import re
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import httpx
import pytest

from govah_client.account import Account
from govah_client.auth import Auth
from govah_client.client import Client
from govah_client.disclosure import Disclosure
from govah_client.imports import Imports
from govah_client.inquiry import Inquiry
from govah_client.records import Records
from govah_client.transport import Transport

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts" / "openapi"
RESOURCES = {
    "auth": Auth,
    "account": Account,
    "records": Records,
    "imports": Imports,
    "disclosure": Disclosure,
    "inquiry": Inquiry,
}
# The service of each resource that has not its name.
SERVICES = {"account": "auth", "imports": "records"}
# What a client reads once, by the addresses that RFC 8414 and RFC 7517 give.
DISCOVERY = re.compile(r"/\.well-known/")
Json = dict[str, Any]


def get_service(resource: str) -> str:
    """Return the service that a resource of the client calls."""
    return SERVICES.get(resource, resource)


@cache
def read_document(service: str) -> Json:
    """Return the contract of the service that a resource of the client calls."""
    document: Json = json.loads((CONTRACTS / f"{get_service(service)}.json").read_text("utf-8"))
    return document


@cache
def list_operations(service: str) -> dict[tuple[str, str], Json]:
    """Return the operations of a service by method and path."""
    document = read_document(service)
    return {
        (method.upper(), path): operation
        | {"parameters": [*item.get("parameters", []), *operation["parameters"]]}
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"} and not DISCOVERY.match(path)
    }


def list_methods(service: str) -> list[str]:
    """Return the names of the typed methods of a service, inherited ones too."""
    members = inspect.getmembers(RESOURCES[service], inspect.isfunction)
    return [name for name, _ in members if not name.startswith("_")]


METHODS = [(service, name) for service in RESOURCES for name in list_methods(service)]


class Recorder:
    """A gateway that answers every call with an empty object and records it."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        http = httpx.Client(base_url="http://gateway", transport=httpx.MockTransport(self.send_empty))
        self.client = Client(Transport(http))

    def send_empty(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return httpx.Response(200, json={})

    def call(self, service: str, name: str) -> httpx.Request:
        """Return the request of a method that is called with a value for every argument."""
        method: Callable[..., Any] = getattr(getattr(self.client, service), name)
        args, kwargs = [], {}
        for parameter in inspect.signature(method).parameters.values():
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = f"a-{parameter.name}"
            elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
                kwargs |= {"username": "clerk", "password": "a secret"}
            else:
                args.append(b"bytes" if parameter.annotation in {bytes, "bytes"} else f"a-{parameter.name}")
        method(*args, **kwargs)
        [request] = self.requests
        return request


def find_operation(service: str, request: httpx.Request) -> tuple[str, str]:
    """Return the operation that a request is for; one without parameters goes before one with."""
    for method, path in sorted(list_operations(service), key=lambda key: key[1].count("{")):
        if method == request.method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), request.url.path):
            return method, path
    raise AssertionError(
        f"{request.method} {request.url.path} is not in contracts/openapi/{get_service(service)}.json"
    )


@pytest.mark.parametrize(("service", "name"), METHODS)
def test_method_calls_an_operation_of_the_contract(service: str, name: str) -> None:
    request = Recorder().call(service, name)
    operation = list_operations(service)[find_operation(service, request)]
    document = read_document(service)
    parameters = [resolve(document, parameter) for parameter in operation["parameters"]]
    in_query = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
    assert set(request.url.params) == in_query
    takes_key = any(parameter["name"] == "Idempotency-Key" for parameter in parameters)
    assert ("Idempotency-Key" in request.headers) == takes_key


@pytest.mark.parametrize(("service", "name"), METHODS)
def test_method_sends_the_fields_of_the_contract(service: str, name: str) -> None:
    request = Recorder().call(service, name)
    operation = list_operations(service)[find_operation(service, request)]
    document = read_document(service)
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        assert not request.content
        return
    [(kind, body)] = content.items()
    assert request.headers["Content-Type"].partition(";")[0] == kind
    schema = resolve(document, body["schema"])
    if kind == "application/json" and isinstance(sent := json.loads(request.content), dict):
        assert set(sent) <= set(schema["properties"])
        assert set(schema.get("required", [])) <= set(sent)
    for field in schema.get("required", []):
        assert kind == "application/json" or field.encode() in request.content


@pytest.mark.parametrize("service", sorted(set(map(get_service, RESOURCES))))
def test_every_operation_has_a_method(service: str) -> None:
    resources = [resource for resource in RESOURCES if get_service(resource) == service]
    called = {
        find_operation(resource, Recorder().call(resource, name))
        for resource in resources
        for name in list_methods(resource)
    }
    assert called == set(list_operations(service))


@pytest.mark.parametrize(("service", "name"), METHODS)
def test_method_returns_the_fields_of_the_contract(service: str, name: str) -> None:
    operation = list_operations(service)[find_operation(service, Recorder().call(service, name))]
    document = read_document(service)
    [content, *_] = [
        response.get("content", {})
        for status, response in operation["responses"].items()
        if status.startswith("2")
    ]
    returned = get_type_hints(getattr(RESOURCES[service], name))["return"]
    if get_origin(returned) is tuple:
        returned = get_args(returned)[0]
    if "application/json" not in content:
        assert returned in {bytes, str, type(None)}
        return
    compare(document, returned, content["application/json"]["schema"], name)


def compare(document: Json, annotation: Any, schema: Json, place: str) -> None:
    """Compare an annotation with a schema, down to the last field."""
    schema = resolve(document, schema)
    if get_origin(annotation) in {Union, types.UnionType}:
        kinds = schema.get("type", "object")
        nullable = "null" in kinds or any(
            resolve(document, one) == {"type": "null"} for one in schema.get("anyOf", [])
        )
        assert nullable or None in schema.get("enum", []), f"{place} is never null"
        [annotation] = [one for one in get_args(annotation) if one is not type(None)]
    for alternative in schema.get("anyOf", []):
        if resolve(document, alternative) != {"type": "null"}:
            schema = resolve(document, alternative)
    origin = get_origin(annotation)
    if origin is list:
        compare(document, get_args(annotation)[0], schema["items"], f"{place}[]")
    elif is_typeddict(origin or annotation) and "properties" in schema:
        hints = get_type_hints(origin or annotation)
        if origin:
            hints["items"] = list[get_args(annotation)[0]]  # type: ignore[misc]  # a value, not a type
        assert set(hints) == set(schema["properties"]), place
        for field, hint in hints.items():
            compare(document, hint, schema["properties"][field], f"{place}.{field}")
    elif origin is Literal and "enum" in schema:
        assert set(get_args(annotation)) == {value for value in schema["enum"] if value is not None}, place


def resolve(document: Json, part: Json) -> Json:
    """Return the part that a reference names, else the part itself."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    target: Json = document["components"][kind][name]
    return target
