"""docs/dependencies.md names private APIs that exist, the code that uses them, and tests that there are."""

import re
from pathlib import Path
from pkgutil import resolve_name

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROWS = [
    [re.sub("`", "", cell).strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "dependencies.md").read_text("utf-8").splitlines()
    if line.startswith("| `")
]


def test_the_list_is_read() -> None:
    assert len(ROWS) >= 6


@pytest.mark.parametrize(("name", "code", "_reason", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_a_private_name_is_where_the_list_says(name: str, code: str, _reason: str, test: str) -> None:
    assert callable(resolve_name(name))
    source = (ROOT / code).read_text("utf-8")
    assert name.rpartition(".")[2] in source
    assert name.partition(".")[0] in source
    assert (ROOT / test).is_file()


def test_every_private_import_of_a_library_is_in_the_list() -> None:
    """Imports of modules or names that begin with an underline; rules of ruff find no others."""
    private = re.compile(r"^(?:from|import) (\w+(?:\.\w+)*\._\w+)", re.MULTILINE)
    used = {
        (str(path.relative_to(ROOT)), match[1])
        for folder in ("services", "gateway", "govah", "client", "verify", "deploy", "bench")
        for path in (ROOT / folder).rglob("*.py")
        for match in private.finditer(path.read_text("utf-8"))
    }
    documented = {(code, name.rpartition(".")[0]) for name, code, *_ in ROWS}
    assert used <= documented
