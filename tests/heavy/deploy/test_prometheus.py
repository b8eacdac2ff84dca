"""Prometheus' own tool reads the configuration and plays the rules against made-up series."""

import subprocess
from pathlib import Path

import pytest

from tests import watched

UNIT = Path(__file__).resolve().parents[2] / "unit" / "deploy"
# Of alerts that take minutes, and of those that take hours.
TESTS = (UNIT / "alerts.test.yml", UNIT / "alerts.hours.test.yml")


@pytest.mark.parametrize(
    "words",
    [
        ("check", "config", watched.WATCH / "prometheus.yml"),
        *(("test", "rules", path) for path in TESTS),
    ],
)
def test_prometheus_itself_agrees(words: tuple[str, str, Path]) -> None:
    process = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
