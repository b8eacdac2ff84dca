"""Asks whether pinned packages have known vulnerabilities: `make audit`, by pip-audit.

A source that does not answer, or does not know well-known vulnerabilities, cannot be relied on: then the
result is "cannot tell", never "none". Exit status: 0 asked, none known; 1 some known; 2 cannot tell.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.supply.pins import REQUIREMENTS

ASKED = ("embedded", "dev", "docs")
# Old versions whose vulnerabilities every source has known for years. They are never installed.
WELL_KNOWN = "jinja2==2.10\nrequests==2.19.0\n"
SECONDS = 600
NONE, SOME, CANNOT_TELL = 0, 1, 2


class SourceAway(Exception):
    """The advisory source did not answer; the message is the tool's last line."""


@dataclass(frozen=True)
class Finding:
    """One known vulnerability of one pinned package."""

    package: str
    version: str
    advisory: str
    fixed_in: tuple[str, ...]


Ask = Callable[[Path], Sequence[Finding]]


def ask_pip_audit(requirements: Path) -> list[Finding]:
    """Return what is known of the packages of a file. Raises SourceAway."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), "--format", "json"]
        options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--cache-dir", cache]
        try:
            ran = subprocess.run(  # noqa: S603 -- words of our own
                [*command, *options], check=False, capture_output=True, text=True, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            raise SourceAway(f"no answer within {SECONDS} seconds") from None
    try:
        packages = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        raise SourceAway((ran.stderr.strip().splitlines() or ["no answer"])[-1]) from None
    if skipped := [one["name"] for one in packages if "skip_reason" in one]:
        raise SourceAway(f"the source skipped {', '.join(skipped)}")
    return [
        Finding(one["name"], one["version"], vulnerability["id"], tuple(vulnerability["fix_versions"]))
        for one in packages
        for vulnerability in one["vulns"]
    ]


def audit(ask: Ask, say: Callable[[str], object]) -> int:
    """Check everything that is pinned, print known vulnerabilities, and return the exit status."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            probe = Path(folder) / "well-known.txt"
            probe.write_text(WELL_KNOWN, "ascii")
            packages = {finding.package for finding in ask(probe)}
        if packages != {line.partition("==")[0] for line in WELL_KNOWN.split()}:
            say("audit: cannot tell. The source answers, but does not know even old and well-known holes.")
            return CANNOT_TELL
        by_file = {name: ask(REQUIREMENTS / f"{name}.txt") for name in ASKED}
    except SourceAway as away:
        say(f"audit: cannot tell, since no advisory source could be asked ({away}).")
        say("audit: نمی‌توان گفت: هیچ منبع هشداری در دسترس نیست.")
        return CANNOT_TELL
    for name, findings in by_file.items():
        for one in findings:
            fixed = f"; fixed in {', '.join(one.fixed_in)}" if one.fixed_in else ""
            say(f"audit: {name}: {one.package} {one.version}: {one.advisory}{fixed}")
        say(f"audit: requirements/{name}.txt: {len(findings)} known vulnerabilities")
    return SOME if any(by_file.values()) else NONE


if __name__ == "__main__":
    sys.exit(audit(ask_pip_audit, lambda line: print(line, file=sys.stderr)))  # noqa: T201 -- a command
