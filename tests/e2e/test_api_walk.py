"""docs/api.md as a reader pastes it: its commands in one shell, against the running system."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.system import ROOT, System

pytestmark = pytest.mark.xdist_group("e2e")

BLOCK = re.compile(r"^```sh\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
END = "-- end of block {} --"


def read_blocks() -> list[tuple[str, str]]:
    """Return the commands of each block, and what the page says they print."""
    return BLOCK.findall((ROOT / "docs" / "api.md").read_text("utf-8"))


def is_match(expected: str, printed: str) -> bool:
    """Return whether that was printed, where … stands for anything within a line."""
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, printed) is not None


def test_the_page_runs_as_written(system: System, tmp_path: Path) -> None:
    page = read_blocks()
    assert len(page) > 10
    script = "".join(f"{commands}echo '{END.format(number)}'\n" for number, (commands, _) in enumerate(page))
    ran = subprocess.run(
        ["bash", "-eu", "-o", "pipefail"],
        input=script,
        cwd=ROOT,
        env=os.environ | {"GOVAH_DATA_DIR": str(system.data_dir), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    left = ran.stdout
    for number, (commands, expected) in enumerate(page):
        printed, left = left.split(END.format(number) + "\n", 1)
        assert is_match(expected, printed), f"{commands}\nprints\n{printed}\nand not\n{expected}"
