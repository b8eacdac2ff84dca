"""Every link of every page leads somewhere, and what pages name (files, functions, variables) exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from services.kit.statement_types import StatementType
from tests.contract.test_house import list_project_files

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in list_project_files() if path.suffix == ".md" and ".github" not in path.parts)
LINK = re.compile(r"(?<!\\)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
MODULE = re.compile(r"python -m ((?:bench|deploy|gateway|govah|services|tests)(?:\.\w+)*)")
WALKTHROUGH = ROOT / "docs" / "walkthrough.md"


@cache
def read_prose(page: Path) -> str:
    """Return a page without its blocks of code, in which nothing is a link or a heading."""
    return FENCE.sub("", page.read_text("utf-8"))


@cache
def collect_anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page's headings, made as forges make them."""
    anchors: dict[str, int] = {}
    for title in re.findall(r"^#{1,6} (.+)$", read_prose(page), re.MULTILINE):
        heading = re.sub(r"\]\([^)]*\)", "", title).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        count = anchors[slug] = anchors.get(slug, -1) + 1
        if count:
            anchors[f"{slug}-{count}"] = 0
    return frozenset(anchors)


def find_broken_links(page: Path) -> Iterator[str]:
    """Yield the links of a page that lead to no file of the project or to no heading of it."""
    for link in LINK.findall(re.sub(r"`[^`\n]*`", "", read_prose(page))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if target.is_dir():
            target /= "README.md" if anchor else ""
        if (
            not target.exists()
            or not target.is_relative_to(ROOT)
            or (anchor and anchor not in collect_anchors(target))
        ):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(find_broken_links(page)) == []


def test_every_module_that_pages_run_exists() -> None:
    modules = {module for page in PAGES for module in MODULE.findall(page.read_text("utf-8"))}
    paths = {module: ROOT / module.replace(".", "/") for module in modules}
    assert len(modules) > 5
    assert {
        module
        for module, path in paths.items()
        if not path.with_suffix(".py").exists() and not (path / "__main__.py").exists()
    } == set()


def test_every_picture_of_the_documentation_is_shown() -> None:
    pictures = {
        (page.parent / link).resolve() for page in PAGES for link in LINK.findall(page.read_text("utf-8"))
    }
    assert {path for path in (ROOT / "docs").rglob("*.png") if path not in pictures} == set()


def test_every_variable_of_compose_is_documented() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8") + (
        ROOT / "deploy" / "watch" / "compose.yaml"
    ).read_text("utf-8")
    settings = (ROOT / "docs" / "operations" / "settings.md").read_text("utf-8")
    named = set(re.findall(r"\$\{([A-Z][A-Z_]+)", text))
    assert len(named) > 30
    assert {name for name in named if f"`{name}`" not in settings} == set()


def test_every_page_of_operations_is_in_its_index() -> None:
    folder = ROOT / "docs" / "operations"
    index = (folder / "README.md").read_text("utf-8")
    assert {path.name for path in folder.glob("*.md") if f"]({path.name})" not in index} == {"README.md"}


def test_architecture_describes_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawing = (ROOT / "docs" / "architecture.svg").read_text("utf-8")
    rooms = [path.parent for path in ROOT.glob("*/*/__init__.py") if path.parts[-3] in {"services", "govah"}]
    rooms += [path for path in (ROOT / "gateway" / "edge", ROOT / "gateway" / "portal") if path.exists()]
    assert len(rooms) >= 8
    for room in rooms:
        assert f"| `{room.relative_to(ROOT)}` |" in text
        assert re.search(rf">{room.name}\b", drawing), room


def is_path(name: str) -> bool:
    """Return whether a name in backticks is a path of the repository."""
    return bool(re.fullmatch(r"[a-z]\w*(?:/[\w.-]+)*(?:/|\.py|\.md|\.conf)", name))


@cache
def collect_functions(path: Path) -> frozenset[str]:
    """Return the names of all functions of a module, those of its classes included."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds)
    )


def test_walkthrough_names_files_that_exist() -> None:
    named = [name for name in re.findall(r"`([^`]+)`", read_prose(WALKTHROUGH)) if is_path(name)]
    assert len(named) > 40
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_walkthrough_names_functions_of_the_files_before_them() -> None:
    missing = []
    names = re.findall(r"`([^`]+)`", read_prose(WALKTHROUGH))
    functions = [(at, name.removesuffix("()")) for at, name in enumerate(names) if name.endswith("()")]
    for at, function in functions:
        file = next(name for name in reversed(names[:at]) if name.endswith(".py"))
        if not (ROOT / file).exists() or function not in collect_functions(ROOT / file):
            missing.append(f"{file}: {function}()")
    assert len(functions) > 20
    assert missing == []


CATALOGUE = (ROOT / "gateway/portal/translations/en/LC_MESSAGES/messages.po").read_text("utf-8")


@pytest.mark.parametrize("reader", ["citizens", "institutions"])
@pytest.mark.parametrize(
    ("language", "quoted", "key"), [("fa", "«([^»]+)»", "msgid"), ("en", "“([^”]+)”", "msgstr")]
)
def test_pages_for_people_use_the_words_of_the_portal(
    reader: str, language: str, quoted: str, key: str
) -> None:
    page = (ROOT / "docs" / f"for-{reader}.{language}.md").read_text("utf-8")
    catalogue = re.findall(rf'^{key} "(.*)"$', CATALOGUE, re.MULTILINE)
    texts = " ".join([*catalogue, *(str(getattr(kind.label, language)) for kind in StatementType)])
    labels = [re.sub(r"\s+", " ", label) for label in re.findall(quoted, page)]
    assert labels
    assert [label for label in labels if label not in texts] == []


@pytest.mark.parametrize("reader", ["citizens", "institutions"])
def test_pages_for_people_say_the_same_in_both_languages(reader: str) -> None:
    persian, english = (
        (ROOT / "docs" / f"for-{reader}.{language}.md").read_text("utf-8") for language in ("fa", "en")
    )
    for mark in (r"^## ", r"^\d\. ", r"^- ", r"^\| "):
        assert len(re.findall(mark, persian, re.MULTILINE)) == len(re.findall(mark, english, re.MULTILINE))
