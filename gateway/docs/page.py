"""Turns the OpenAPI documents of contracts/openapi/ into one static page, without a script.

The front door of the embedded mode serves `render_files()`; `python -m gateway.docs` writes them for nginx.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.docs.fields import Field, list_fields

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
CONTRACTS, FONTS = ROOT / "contracts" / "openapi", ROOT / "assets" / "fonts" / "woff2"
METHODS = ("get", "post", "put", "patch", "delete")
STYLE = "page.css"
# Only what the page needs: no script, no other host.
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TITLES: Mapping[str, tuple[str, str]] = {
    "auth": ("حساب و نشست", "Accounts, sessions, tokens"),
    "records": ("سوابق", "Lists, one's own record, objections"),
    "disclosure": ("اعلام سابقه", "Requests, letters, the inbox"),
    "inquiry": ("استعلام", "Permits, inquiries, checks of letters"),
}
ROLES = {
    "citizen": "شهروند",
    "officer": "کارشناس",
    "institution": "موسسه",
    "service": "سرویس",
    "admin": "مدیر سامانه",
}


@dataclass(frozen=True)
class Body:
    """The body of a request or reply: its media type, its fields, an example."""

    kind: str
    fields: Sequence[Field]
    example: str


@dataclass(frozen=True)
class Failure:
    """A problem that a call can end with."""

    status: int
    code: str
    title: str
    detail: tuple[str, str]


@dataclass(frozen=True)
class Operation:
    """An operation, ready to be rendered."""

    anchor: str
    method: str
    path: str
    summary: tuple[str, str]
    text: tuple[str, str]
    callers: Sequence[str]
    parameters: Sequence[Field]
    request: Body | None
    replies: Sequence[tuple[str, Body | None]]
    failures: Sequence[Failure]
    curl: str


@dataclass(frozen=True)
class Service:
    """A service and its operations."""

    name: str
    title: tuple[str, str]
    operations: Sequence[Operation]


@cache
def render_files() -> Mapping[str, bytes]:
    """Return every file of the page by its path below /api/docs/; the page itself has the empty path."""
    services = [_load_service(name) for name in TITLES]
    # All documents have the same conventions and headers.
    common = json.loads((CONTRACTS / "auth.json").read_text("utf-8"))
    environment = Environment(
        loader=PackageLoader("gateway.docs", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = _mark_code
    page = environment.get_template("page.html").render(
        services=services,
        conventions=common["info"]["description"].split("\n"),
        headers=[_build_parameter(common, header) for header in common["components"]["parameters"].values()],
    )
    style = (Path(__file__).with_name(STYLE)).read_bytes()
    fonts = {f"fonts/{path.name}": path.read_bytes() for path in FONTS.glob("*.woff2")}
    return {"": page.encode(), STYLE: style, **fonts}


def write(directory: Path) -> None:
    """Write the files into a directory; the page itself becomes index.html."""
    for name, content in render_files().items():
        path = directory / (name or "index.html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _mark_code(text: str) -> Markup:
    """Return a text with code elements, which stay left to right, instead of backticks."""
    return Markup(re.sub("`([^`]+)`", r'<code dir="ltr">\1</code>', str(escape(text))))  # noqa: S704 (escaped)


def _load_service(name: str) -> Service:
    document = json.loads((CONTRACTS / f"{name}.json").read_text("utf-8"))
    operations = [
        _build_operation(document, name, method, path, item)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
    return Service(name, TITLES[name], operations)


def _build_operation(document: Json, service: str, method: str, path: str, item: Json) -> Operation:
    operation = item[method]
    fa, _, en = operation["description"].partition("\n")
    parameters = [
        _resolve(document, parameter) for parameter in [*item.get("parameters", []), *operation["parameters"]]
    ]
    request = next(iter(_build_bodies(document, operation.get("requestBody", {}))), None)
    return Operation(
        anchor=f"{service}-{operation['operationId']}",
        method=method.upper(),
        path=path,
        summary=(operation["x-summary-fa"], operation["summary"]),
        text=(fa, en),
        callers=_describe_callers(operation["security"]),
        parameters=[
            _build_parameter(document, parameter) for parameter in parameters if not _is_common(parameter)
        ],
        request=request,
        replies=[
            (status, next(iter(_build_bodies(document, reply)), None))
            for status, reply in operation["responses"].items()
            if status.startswith("2")
        ],
        failures=_list_failures(document, operation),
        curl=_build_curl(method, path, operation, parameters, request),
    )


def _resolve(document: Json, part: Json) -> Json:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    target: Json = document["components"][kind][name]
    return target


def _is_common(parameter: Json) -> bool:
    return parameter["name"] in {"Accept-Language", "X-Request-ID"}


def _build_parameter(document: Json, parameter: Json) -> Field:
    schema = {"properties": {parameter["name"]: parameter["schema"]}}
    [field] = list_fields(document, schema)
    return Field(
        name=field.name,
        kind=field.kind,
        needed=parameter.get("required", False),
        place=parameter["in"],
        text=parameter.get("description", field.text),
        example=str(parameter.get("example", "")),
    )


def _build_bodies(document: Json, holder: Json) -> list[Body]:
    return [
        Body(
            kind,
            list_fields(document, content["schema"]),
            example if isinstance(example := content["example"], str) else _format_example(example),
        )
        for kind, content in holder.get("content", {}).items()
    ]


def _format_example(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _describe_callers(security: Sequence[Mapping[str, Sequence[str]]]) -> list[str]:
    """Return the callers in words: the first requirement of a bearer is the role, the others are scopes."""
    if not security:
        return ["بی توکن · no token"]
    callers = []
    for alternative in security:
        if "bearerAuth" in alternative:
            role, *scopes = alternative["bearerAuth"]
            callers.append(" ".join([f"{ROLES[role]} · {role}", *scopes]))
        else:
            callers.append("HTTP Basic" if alternative else "بی توکن · no token")
    return callers


def _list_failures(document: Json, operation: Json) -> list[Failure]:
    """Return the problems by status. A description has a paragraph for each, in the order of the examples."""
    failures = []
    for status, response in operation["responses"].items():
        content = _resolve(document, response).get("content", {}).get("application/problem+json", {})
        examples = content.get("examples", {})
        paragraphs = response["description"].split("\n\n") if examples else []
        for (code, reference), paragraph in zip(examples.items(), paragraphs, strict=True):
            problem = _resolve(document, reference)["value"]
            detail = problem["detail"], paragraph.split("\n")[1]
            failures.append(Failure(int(status), code, problem["title"], detail))
    return failures


def _build_curl(
    method: str, path: str, operation: Json, parameters: Sequence[Json], request: Body | None
) -> str:
    """Return the call as a command; $URL and $TOKEN are placeholders."""
    query = "&".join(
        f"{parameter['name']}={parameter['example']}"
        for parameter in parameters
        if parameter["in"] == "query" and "example" in parameter
    )
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
    arguments = [f'curl "$URL{path}{"?" + query if query else ""}"']
    if method not in {"get", "post"} or (method == "post" and request is None):
        arguments.append(f"-X {method.upper()}")
    if operation["security"] and "basic" in operation["security"][0]:
        arguments.append('-u "$CLIENT_ID:$CLIENT_SECRET"')
    elif operation["security"] and operation["security"][0]:
        arguments.append('-H "Authorization: Bearer $TOKEN"')
    if request:
        example = operation["requestBody"]["content"][request.kind]["example"]
        if request.kind == "application/json":
            arguments += [
                "-H 'Content-Type: application/json'",
                f"-d '{json.dumps(example, ensure_ascii=False)}'",
            ]
        elif request.kind == "application/octet-stream":
            arguments += ["-H 'Content-Type: application/octet-stream'", "--data-binary @part"]
        elif request.kind == "multipart/form-data":
            arguments += [f"-F {name}=@{name}" for name in example]
        else:
            arguments += [f"-d {name}={value}" for name, value in example.items()]
    return " \\\n  ".join(arguments)
