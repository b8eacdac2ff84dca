"""The documentation of a service's operations: YAML files beside its code, read strictly at start-up.

In `services/<name>/documentation/<area>.yaml`, `operations` has by endpoint what the OpenAPI document says of
each route, and `shared` the anchors that examples use:

    operations:
      registrations.create_registration:
        summary: {fa: ثبت‌نام, en: Register}
        description: {fa: …, en: …}
        parameters: {name: example}        # optional, as all that follow
        body: …                            # example of a request
        reply: …                           # example of a reply
        problems:                          # of this route only, by the names of their classes
          - RegistrationExpired
          - TooManyAttempts: {retry_after: 3600}

Quote digits, dates and times: unquoted, YAML takes them for numbers and moments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from services.kit import problems
from services.kit.problems import Problem, Text

FILE_KEYS = {"shared", "operations"}


class DocumentationInvalid(Exception):
    """A file of documentation has an unknown, missing or repeated member. The message names the place."""


@dataclass(frozen=True)
class OperationDocumentation:
    """What the OpenAPI document says of one route. The people of its examples are invented."""

    summary: Text
    description: Text
    body: Any = None
    reply: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@cache
def read_documentation(errors: ModuleType) -> Mapping[str, OperationDocumentation]:
    """Return the documentation of a service's operations, by endpoint.

    `errors` is the module of the service's own problems; the directory `documentation` lies beside it. Raises
    DocumentationInvalid.
    """
    directory = Path(str(errors.__file__)).parent / "documentation"
    documentation: dict[str, OperationDocumentation] = {}
    for path in sorted(directory.glob("*.yaml")):
        content = _load(path)
        if not isinstance(content, dict) or not content.keys() <= FILE_KEYS:
            raise DocumentationInvalid(f"{path.name}: has other members than {sorted(FILE_KEYS)}")
        for endpoint, described in content.get("operations", {}).items():
            place = f"{path.name}: {endpoint}"
            if endpoint in documentation:
                raise DocumentationInvalid(f"{place}: is described twice")
            documentation[endpoint] = _read_operation(place, described, errors)
    if not documentation:
        raise DocumentationInvalid(f"{directory}: describes no operation")
    return documentation


def _load(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(path.read_text("utf-8"))
    try:
        node = loader.get_single_node()
        _reject_repeated_keys(path.name, node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise DocumentationInvalid(f"{path.name}: {error}") from error
    finally:
        loader.dispose()


def _reject_repeated_keys(name: str, node: yaml.Node) -> None:
    """Raise DocumentationInvalid for a key that comes twice in a mapping: YAML would drop the first."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        if repeated := {key for key in keys if keys.count(key) > 1}:
            line = node.start_mark.line + 1
            raise DocumentationInvalid(f"{name}: {sorted(repeated)} twice in the mapping of line {line}")
        for _, value in node.value:
            _reject_repeated_keys(name, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _reject_repeated_keys(name, value)


def _read_operation(place: str, described: Any, errors: ModuleType) -> OperationDocumentation:
    members = {member.name for member in fields(OperationDocumentation)}
    if not isinstance(described, dict) or not {"summary", "description"} <= described.keys() <= members:
        raise DocumentationInvalid(f"{place}: needs summary and description, and may have {sorted(members)}")
    texts = {name: _read_text(f"{place}: {name}", described[name]) for name in ("summary", "description")}
    possible = tuple(_read_problem(place, problem, errors) for problem in described.get("problems", ()))
    return OperationDocumentation(**{**described, **texts, "problems": possible})


def _read_text(place: str, value: Any) -> Text:
    if not isinstance(value, dict) or value.keys() != {"fa", "en"}:
        raise DocumentationInvalid(f"{place}: needs fa and en, and nothing else")
    return Text(value["fa"], value["en"])


def _read_problem(place: str, value: Any, errors: ModuleType) -> Problem:
    """Return an example of a problem, given as the name of its class or as that with its arguments."""
    name, arguments = (
        next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else (value, {})
    )
    kind = getattr(errors, str(name), None) or getattr(problems, str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, Problem)):
        raise DocumentationInvalid(f"{place}: {name} is not a problem of this service or the kit")
    try:
        return kind.new_example(**arguments)
    except TypeError as error:
        raise DocumentationInvalid(f"{place}: {name} takes other arguments") from error
