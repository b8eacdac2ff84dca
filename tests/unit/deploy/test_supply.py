"""What ships is named with its licence, as a document that others read, and asked after where that can be."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.supply import pins
from deploy.supply.audit import (
    CANNOT_TELL,
    NONE,
    SOME,
    WELL_KNOWN,
    Ask,
    Finding,
    SourceAway,
    ask_pip_audit,
    audit,
)
from deploy.supply.licences import NOTICE, write_notice
from deploy.supply.pins import REQUIREMENTS, LicenceUnknown, Shipped, find_licence, list_shipped
from deploy.supply.sbom import write_sbom
from tests.contract.test_house import REGISTRIES

PINNED = re.findall(
    r"^([a-z0-9.-]+)==([^ ]+)(.*?)(?=^[a-z]|\Z)",
    (REQUIREMENTS / "embedded.txt").read_text("ascii"),
    re.MULTILINE | re.DOTALL,
)


def test_notice_is_what_the_packages_say_today() -> None:
    assert NOTICE.read_text("utf-8") == write_notice(), "run: make notice"


def test_notice_names_everything_that_ships() -> None:
    text = NOTICE.read_text("utf-8")
    assert len(PINNED) > 100
    for name, version, _ in PINNED:
        assert f"\n  {name} {version}: " in text, name
    assert "\n  psycopg-binary" in text
    assert "psycopg and psycopg-binary are LGPL-3.0-only" in text
    assert re.search(r"\n  pyphen [0-9.]+: MPL-1.1\n", text)
    assert re.search(r"\n  vazirmatn [0-9.]+: OFL-1.1\n", text)


def test_a_licence_that_may_not_ship_stops_the_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pins.STATED, "pyphen", "GPL-2.0-or-later")
    with pytest.raises(LicenceUnknown, match=r"pyphen: GPL-2\.0-or-later"):
        write_notice()


def test_a_package_of_another_version_or_of_none_has_no_licence() -> None:
    with pytest.raises(LicenceUnknown, match="another version"):
        find_licence(Shipped("flask", "0.0.1", "base"))
    with pytest.raises(LicenceUnknown, match="not installed"):
        find_licence(Shipped("no-such-package-of-anybody", "1", "base"))


def test_the_bill_of_materials_is_valid_and_whole() -> None:
    text = write_sbom()
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    document: dict[str, Any] = json.loads(text)
    assert validator.validate_str(json.dumps(document | {"components": [{"name": "x"}]})) is not None
    version_of = {name: version for name, version, _ in PINNED}
    components = {component["purl"]: component for component in document["components"]}
    assert len(components) == len(document["components"]) == len(list_shipped())
    for name, version, hashes in PINNED:
        component = components[f"pkg:pypi/{name}@{version}"]
        licences = {
            one["content"] for reference in component["externalReferences"] for one in reference["hashes"]
        }
        assert licences == set(re.findall(r"sha256:([0-9a-f]{64})", hashes)), name
    assert components[f"pkg:pypi/psycopg@{version_of['psycopg']}"]["licenses"] == [
        {"expression": "LGPL-3.0-only"}
    ]
    assert {one for one in components if one.startswith("pkg:npm/")} == {
        f"pkg:npm/{name.replace('@', '%40')}@{version}" for name, version in pins.ASSETS.items()
    }
    for registry in REGISTRIES:
        assert registry not in json.dumps(document["components"])
    root = document["metadata"]["component"]
    assert (root["name"], root["licenses"][0]["license"]["id"]) == ("govah", "Apache-2.0")
    # Two runs write the same: what is of one run is left out, and the rest is sorted.
    assert "serialNumber" not in document
    assert "timestamp" not in document["metadata"]
    assert text == json.dumps(document, indent=1, sort_keys=True) + "\n"


# The tools start slowly on a busy machine.
pytestmark = pytest.mark.timeout(400)
HOLE = Finding("flask", "1.0", "CVE-0000-1", ("1.1",))


def new_source(holes: Sequence[Finding] = (), *, knows: Sequence[str] = ("jinja2", "requests")) -> Ask:
    """Return an advisory source that knows the vulnerabilities of some packages, and `holes` of Govah's."""

    def ask(requirements: Path) -> Sequence[Finding]:
        if requirements.read_text("ascii") == WELL_KNOWN:
            return [Finding(name, "0", "CVE-0000-0", ()) for name in knows]
        return holes if requirements.name == "embedded.txt" else ()

    return ask


def test_holes_that_are_known_are_named() -> None:
    output: list[str] = []
    assert audit(new_source([HOLE]), output.append) == SOME
    assert "audit: embedded: flask 1.0: CVE-0000-1; fixed in 1.1" in output


def test_none_is_said_only_by_a_source_that_knows_something() -> None:
    output: list[str] = []
    assert audit(new_source(), output.append) == NONE
    assert "0 known vulnerabilities" in output[0]


@pytest.mark.parametrize("knows", [[], ["jinja2"]])
def test_a_source_that_knows_nothing_cannot_tell(knows: list[str]) -> None:
    output: list[str] = []
    assert audit(new_source(knows=knows), output.append) == CANNOT_TELL
    assert "cannot tell" in output[0]
    assert not any("0 known" in line for line in output)


def test_a_source_that_goes_away_in_between_cannot_tell() -> None:
    def ask(requirements: Path) -> Sequence[Finding]:
        if requirements.name == "dev.txt":
            raise SourceAway("gone")
        return new_source()(requirements)

    output: list[str] = []
    assert audit(ask, output.append) == CANNOT_TELL
    assert not any("known vulnerabilities" in line for line in output)


def test_the_real_tool_without_a_network_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    output: list[str] = []
    assert audit(ask_pip_audit, output.append) == CANNOT_TELL
    assert output[0].startswith("audit: cannot tell")
