"""The files that a newcomer meets first agree with the tree: owners, hooks and templates."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOP_ROOMS = ["gateway", "govah", "client", "verify", "contracts", "deploy", "docs", "tests", "bench"]
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.md"))


def read_owners() -> dict[str, list[str]]:
    """Return the owners of each pattern of CODEOWNERS."""
    lines = (ROOT / "CODEOWNERS").read_text("utf-8").splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    return {pattern: owners for pattern, *owners in rules}


def test_every_room_has_an_owner() -> None:
    owners = read_owners()
    rooms = [room for room in TOP_ROOMS if (ROOT / room).is_dir()]
    rooms += [f"services/{path.parent.name}" for path in (ROOT / "services").glob("*/__init__.py")]
    assert [room for room in rooms if f"/{room}/" not in owners] == []


def test_owners_are_teams_of_the_project() -> None:
    for pattern, owners in read_owners().items():
        assert owners, pattern
        assert all(re.fullmatch(r"@govah/[a-z]+", owner) for owner in owners), pattern


def test_hooks_are_local_and_use_the_pinned_tools() -> None:
    configuration = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert [repository["repo"] for repository in configuration["repos"]] == ["local"]
    for hook in configuration["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_issue_template_has_a_head_that_forges_read(path: Path) -> None:
    head = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
    assert head.keys() == {"name", "about", "title", "labels"}


def test_every_pattern_of_owners_matches_something() -> None:
    patterns = [pattern.strip("/") for pattern in read_owners() if pattern != "*"]
    assert [pattern for pattern in patterns if not (ROOT / pattern).exists()] == []
