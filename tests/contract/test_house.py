"""Rules of the house that no linter knows; `make lint` runs them too."""

import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
WRITTEN_BY_HAND = {".py", ".md", ".html", ".css", ".js", ".sh", ".toml", ".yaml", ".yml", ".conf"}
# In pieces, so that this file does not name them either.
REGISTRIES = [
    ".".join(name)
    for name in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    ]
]
MACHINE_PATH = r"(?<![\w.-])/(?:work|root|home|Users|opt)/\w+"


def list_project_files(directory: Path = ROOT) -> Iterator[Path]:
    """Yield the files that .gitignore lets in; works in an unpacked archive too."""
    ignored = [".git", *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split())]
    for path in directory.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from list_project_files(path)
        else:
            yield path


def find_lines(pattern: str) -> list[str]:
    """Return file:line of every line of the project in which a regular expression is found."""
    matches = []
    for path in list_project_files():
        lines = path.read_text("utf-8", "ignore").splitlines()
        matches += [
            f"{path.relative_to(ROOT)}:{number}"
            for number, line in enumerate(lines, 1)
            if re.search(pattern, line)
        ]
    return matches


@pytest.mark.parametrize("registry", REGISTRIES)
def test_no_file_names_a_package_registry(registry: str) -> None:
    assert find_lines(re.escape(registry)) == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert find_lines(MACHINE_PATH) == []


def test_files_are_short() -> None:
    # A limit on manuals and on lists of entries folds lines instead of making them readable.
    by_hand = [
        path
        for path in list_project_files()
        if path.suffix in WRITTEN_BY_HAND
        and ROOT / "docs" not in path.parents
        and path not in {ROOT / "compose.yaml", ROOT / "CHANGELOG.md"}
    ]
    assert by_hand
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in by_hand}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_make_help_lists_every_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    ran = subprocess.run(["make", "-C", str(ROOT), "help"], check=True, capture_output=True, text=True).stdout
    assert {line.split()[1] for line in ran.splitlines() if line.startswith("  make ")} == targets
