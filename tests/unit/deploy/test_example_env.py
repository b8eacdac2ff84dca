"""deploy/compose/example.env names every variable of the compose files, with its default."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = ROOT / "deploy" / "compose"
EXAMPLE = COMPOSE / "example.env"
# Machines with PDF workers have a file of their own (docs/operations/scale.md).
FILES = (
    ROOT / "compose.yaml",
    ROOT / "deploy" / "watch" / "compose.yaml",
    *(path for path in COMPOSE.glob("*.yaml") if path.name != "workers.yaml"),
)
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
# Read by Compose itself.
OF_COMPOSE = {"COMPOSE_PROJECT_NAME"}


def read_defaults() -> Mapping[str, set[str]]:
    """Return the defaults of each variable; a variable without one is required."""
    defaults: dict[str, set[str]] = {}
    for file in FILES:
        for name, mark, default in VARIABLE.findall(file.read_text("utf-8")):
            # `make images` sets them.
            if not name.startswith("BUILD_"):
                defaults.setdefault(name, set()).update({default} if mark == "-" else set())
    return defaults


def list_lines() -> Iterator[tuple[str, str, bool]]:
    """Yield name, value and whether the line is commented out."""
    for line in EXAMPLE.read_text("utf-8").splitlines():
        if match := re.fullmatch(r"(# )?([A-Z][A-Z0-9_]+)=(.*)", line):
            yield match[2], match[3], bool(match[1])


def test_it_names_every_variable_once() -> None:
    names = [name for name, _, _ in list_lines()]
    assert sorted(names) == sorted({*read_defaults(), *OF_COMPOSE})


def test_what_is_commented_out_has_its_default() -> None:
    defaults = read_defaults()
    wrong = {
        name: value
        for name, value, is_comment in list_lines()
        if is_comment and value not in (defaults[name] or {""})
    }
    assert wrong == {}


def test_what_compose_demands_is_filled_in() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    demanded = {name for name, mark, _ in VARIABLE.findall(text) if mark == "?"}
    assert demanded
    assert demanded <= {name for name, value, is_comment in list_lines() if not is_comment and value}


def test_the_manual_explains_every_variable() -> None:
    manual = (ROOT / "docs" / "operations" / "settings.md").read_text("utf-8")
    elsewhere = "".join(
        (ROOT / "docs" / "operations" / name).read_text("utf-8") for name in ("storage.md", "scale.md")
    )
    assert {name for name in read_defaults() if f"`{name}`" not in manual + elsewhere} == set()
