"""The files that document a service's operations are read strictly."""

from pathlib import Path
from types import ModuleType

import pytest

from services.kit.http.documentation import DocumentationInvalid, read_documentation
from services.kit.problems import Problem, TooManyAttempts, ValidationFailed

SUMMARY = "summary: {fa: چیز, en: A thing}"
DESCRIPTION = "description: {fa: چیزی است., en: It is a thing.}"
THING = f"    {SUMMARY}\n    {DESCRIPTION}\n"


class ThingBroken(Problem):
    """A problem of the service's own."""

    code = "thing-broken"


@pytest.fixture
def errors(tmp_path: Path) -> ModuleType:
    """Return a service's module of problems; the documentation lies beside it."""
    module = ModuleType("errors")
    module.__file__ = str(tmp_path / "errors.py")
    module.__dict__["ThingBroken"] = ThingBroken
    (tmp_path / "documentation").mkdir()
    return module


def write(errors: ModuleType, text: str, name: str = "things.yaml") -> None:
    assert errors.__file__ is not None
    (Path(errors.__file__).parent / "documentation" / name).write_text(text, "utf-8")


def test_operations_of_all_files_are_read(errors: ModuleType) -> None:
    write(
        errors,
        "shared:\n  thing: &thing {size: 1, name: null}\noperations:\n"
        f"  things.change:\n{THING}"
        "    parameters: {thing_id: '1'}\n    body: *thing\n    reply: {<<: *thing, size: 2}\n"
        "    problems:\n      - ThingBroken\n      - TooManyAttempts: {retry_after: 60}\n"
        "      - ValidationFailed: {size: {fa: بزرگ است., en: Too large.}}\n",
    )
    write(errors, f"operations:\n  others.show:\n{THING}", "others.yaml")
    documentation = read_documentation(errors)
    assert list(documentation) == ["others.show", "things.change"]
    change = documentation["things.change"]
    assert (change.summary.fa, change.description.en) == ("چیز", "It is a thing.")
    assert (change.body, change.reply) == ({"size": 1, "name": None}, {"size": 2, "name": None})
    broken, too_many, invalid = change.problems
    assert isinstance(broken, ThingBroken)
    assert isinstance(too_many, TooManyAttempts)
    assert too_many.retry_after == 60
    assert isinstance(invalid, ValidationFailed)
    assert invalid.build_document("en", "")["errors"] == [{"field": "size", "message": "Too large."}]
    assert documentation["others.show"].problems == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("operations: [", "things.yaml: while parsing"),
        ("operations: {}", "describes no operation"),
        ("operation: {}", "other members"),
        (f"operations:\n  a:\n    {SUMMARY}\n", "a: needs summary and description"),
        (f"operations:\n  a:\n{THING}    detail: b\n", "a: needs summary and description"),
        (f"operations:\n  a:\n{THING}    problems: [Unknown]\n", "Unknown is not a problem"),
        (f"operations:\n  a:\n{THING}    problems: [Text]\n", "Text is not a problem"),
        (f"operations:\n  a:\n{THING}    problems: [TooManyAttempts]\n", "takes other arguments"),
        (f"operations:\n  a:\n    summary: {{fa: چیز}}\n    {DESCRIPTION}\n", "summary: needs fa and en"),
        (f"operations:\n  a:\n{THING}  a:\n{THING}", "'a'] twice in the mapping of line 2"),
        (f"operations:\n  a:\n{THING}    body: {{b: 1, b: 2}}\n", "'b'] twice"),
    ],
)
def test_invalid_files_are_rejected(errors: ModuleType, text: str, message: str) -> None:
    write(errors, text)
    with pytest.raises(DocumentationInvalid) as raised:
        read_documentation(errors)
    assert message in str(raised.value)


def test_operation_in_two_files_is_rejected(errors: ModuleType) -> None:
    for name in ("one.yaml", "two.yaml"):
        write(errors, f"operations:\n  a:\n{THING}", name)
    with pytest.raises(DocumentationInvalid, match="a: is described twice"):
        read_documentation(errors)
