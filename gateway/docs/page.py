"""Turns the OpenAPI documents of contracts/openapi/ into one static page, without a script.

The front door of the embedded mode serves `files()`; `python -m gateway.docs` writes them for nginx.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.docs.fields import Field, fields_of

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
CONTRACTS, FONTS = ROOT / "contracts" / "openapi", ROOT / "assets" / "fonts" / "woff2"
METHODS = ("get", "post", "put", "delete")
STYLE = "page.css"
# What the page needs and nothing else: no script, no other host.
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
ROLES = {"citizen": "شهروند", "officer": "کارشناس", "institution": "موسسه", "service": "سرویس"}


@dataclass(frozen=True)
class Body:
    """What is sent or comes back: its kind, its fields, an example."""

    kind: str
    fields: Sequence[Field]
    example: str


@dataclass(frozen=True)
class Failure:
    """One problem that a call can end with."""

    status: int
    code: str
    title: str
    detail: tuple[str, str]


@dataclass(frozen=True)
class Operation:
    """One call, ready to be shown."""

    anchor: str
    method: str
    path: str
    summary: tuple[str, str]
    words: tuple[str, str]
    callers: Sequence[str]
    parameters: Sequence[Field]
    request: Body | None
    replies: Sequence[tuple[str, Body | None]]
    failures: Sequence[Failure]
    curl: str


@dataclass(frozen=True)
class Service:
    """One service's calls."""

    name: str
    title: tuple[str, str]
    operations: Sequence[Operation]


def files() -> dict[str, bytes]:
    """Every file of the page by its path below /api/docs/; the page itself has the empty path."""
    services = [_service(name) for name in TITLES]
    # Every document has the same conventions and headers.
    common = json.loads((CONTRACTS / "auth.json").read_text("utf-8"))
    environment = Environment(
        loader=PackageLoader("gateway.docs", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = _coded
    page = environment.get_template("page.html").render(
        services=services,
        conventions=common["info"]["description"].split("\n"),
        headers=[_parameter(common, one) for one in common["components"]["parameters"].values()],
    )
    style = (Path(__file__).with_name(STYLE)).read_bytes()
    fonts = {f"fonts/{path.name}": path.read_bytes() for path in FONTS.glob("*.woff2")}
    return {"": page.encode(), STYLE: style, **fonts}


def write(directory: Path) -> None:
    """Write the files into a directory; the page itself becomes index.html."""
    for name, content in files().items():
        path = directory / (name or "index.html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _coded(words: str) -> Markup:
    """Words whose parts between backticks are code, and so stay left to right."""
    return Markup(re.sub("`([^`]+)`", r'<code dir="ltr">\1</code>', str(escape(words))))  # noqa: S704 (escaped)


def _service(name: str) -> Service:
    document = json.loads((CONTRACTS / f"{name}.json").read_text("utf-8"))
    operations = [
        _operation(document, name, method, path, item)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
    return Service(name, TITLES[name], operations)


def _operation(document: Json, service: str, method: str, path: str, item: Json) -> Operation:
    operation = item[method]
    fa, _, en = operation["description"].partition("\n")
    parameters = [_resolve(document, one) for one in [*item.get("parameters", []), *operation["parameters"]]]
    request = next(iter(_bodies(document, operation.get("requestBody", {}))), None)
    return Operation(
        anchor=f"{service}-{operation['operationId']}",
        method=method.upper(),
        path=path,
        summary=(operation["x-summary-fa"], operation["summary"]),
        words=(fa, en),
        callers=_callers(operation["security"]),
        parameters=[_parameter(document, one) for one in parameters if not _is_common(one)],
        request=request,
        replies=[
            (status, next(iter(_bodies(document, reply)), None))
            for status, reply in operation["responses"].items()
            if status.startswith("2")
        ],
        failures=_failures(document, operation),
        curl=_curl(method, path, operation, parameters, request),
    )


def _resolve(document: Json, part: Json) -> Json:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    found: Json = document["components"][kind][name]
    return found


def _is_common(parameter: Json) -> bool:
    return parameter["name"] in {"Accept-Language", "X-Request-ID"}


def _parameter(document: Json, parameter: Json) -> Field:
    schema = {"properties": {parameter["name"]: parameter["schema"]}}
    [shown] = fields_of(document, schema)
    return Field(
        name=shown.name,
        kind=shown.kind,
        needed=parameter.get("required", False),
        place=parameter["in"],
        words=parameter.get("description", shown.words),
        example=str(parameter.get("example", "")),
    )


def _bodies(document: Json, holder: Json) -> list[Body]:
    return [
        Body(
            kind,
            fields_of(document, content["schema"]),
            example if isinstance(example := content["example"], str) else _written(example),
        )
        for kind, content in holder.get("content", {}).items()
    ]


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _callers(security: Sequence[Mapping[str, Sequence[str]]]) -> list[str]:
    """Who may call, in words: the first of a bearer's needs is the role, the others are scopes."""
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


def _failures(document: Json, operation: Json) -> list[Failure]:
    """The problems by status. A description has one of them a paragraph, in the order of the examples."""
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


def _curl(method: str, path: str, operation: Json, parameters: Sequence[Json], request: Body | None) -> str:
    """The call as one would type it; $URL and $TOKEN stand for what differs."""
    query = "&".join(
        f"{one['name']}={one['example']}" for one in parameters if one["in"] == "query" and "example" in one
    )
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(one["example"]))
    words = [f'curl "$URL{path}{"?" + query if query else ""}"']
    if method not in {"get", "post"} or (method == "post" and request is None):
        words.append(f"-X {method.upper()}")
    if operation["security"] and "basic" in operation["security"][0]:
        words.append('-u "$CLIENT_ID:$CLIENT_SECRET"')
    elif operation["security"] and operation["security"][0]:
        words.append('-H "Authorization: Bearer $TOKEN"')
    if request:
        example = operation["requestBody"]["content"][request.kind]["example"]
        if request.kind == "application/json":
            words += [
                "-H 'Content-Type: application/json'",
                f"-d '{json.dumps(example, ensure_ascii=False)}'",
            ]
        elif request.kind == "multipart/form-data":
            words += [f"-F {name}=@{name}" for name in example]
        else:
            words += [f"-d {name}={value}" for name, value in example.items()]
    return " \\\n  ".join(words)
