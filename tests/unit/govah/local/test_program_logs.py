"""The log of a supervised program, as a file."""

from pathlib import Path

import pytest

from govah.local import program_logs
from govah.local.program_logs import LogFile


def test_long_log_is_moved_aside_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_logs, "LOG_BYTES", 10)
    log = tmp_path / "one.log"
    rotated = LogFile(log)
    with log.open("ab", buffering=0) as program:
        for line in (b"first line\n", b"second line\n", b"third line\n", b"fourth line\n", b"short\n"):
            program.write(line)
            rotated.rotate()
    logs = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert logs == {
        "one.log": "short\n",
        "one.log.1": "fourth line\n",
        "one.log.2": "third line\n",
        "one.log.3": "second line\n",
    }
