"""The pinned requirements: hashed, free of addresses, consistent, and up to date with requirements/*.in."""

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[3] / "requirements"
NAMES = ["base", "pdf", "embedded", "docs", "dev"]
PINNED = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)(?: ;.*)? \\\n(?P<hashes>(?: +--hash=.*\n)+)", re.MULTILINE
)


def read_pins(name: str) -> dict[str, str]:
    text = (REQUIREMENTS / f"{name}.txt").read_text("ascii")
    return {match["name"]: match["version"] for match in PINNED.finditer(text)}


def read_requirements(name: str) -> set[str]:
    """Return the names in requirements/`name`.in and in the files it stands on."""
    wanted: set[str] = set()
    for line in (REQUIREMENTS / f"{name}.in").read_text("ascii").splitlines():
        if line.startswith("-r "):
            wanted |= read_requirements(line.removeprefix("-r ").removesuffix(".in"))
        elif line and not line.startswith("#"):
            wanted |= set(re.findall(r"^[a-z0-9-]+", line))
    return wanted


@pytest.mark.parametrize("name", NAMES)
def test_all_lines_are_hashed_pins(name: str) -> None:
    text = (REQUIREMENTS / f"{name}.txt").read_text("ascii")
    assert PINNED.sub("", text) == ""
    assert len(read_pins(name)) > 20


@pytest.mark.parametrize("name", NAMES)
def test_everything_asked_for_is_pinned(name: str) -> None:
    assert read_requirements(name) <= read_pins(name).keys()


@pytest.mark.parametrize("name", NAMES)
def test_dev_pins_the_same_versions(name: str) -> None:
    dev = read_pins("dev")
    assert {
        key: version for key, version in read_pins(name).items() if dev.get(key, version) != version
    } == {}


@pytest.mark.parametrize("name", ["base", "pdf", "embedded"])
def test_dev_holds_all_that_ships(name: str) -> None:
    assert read_pins(name).keys() <= read_pins("dev").keys()
