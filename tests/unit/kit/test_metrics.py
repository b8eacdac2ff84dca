"""Counts of several processes, of which some end, and measures that fail."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from services.kit.metrics import build_gauge, render_metrics, serve_metrics
from services.kit.settings import SettingsError

ROOT = Path(__file__).resolve().parents[3]
COUNT = """
import os, sys
from prometheus_client import Counter, Gauge, Histogram
from services.kit.metrics import render_metrics

LETTERS = Counter("test_letters", "Letters")
SECONDS = Histogram("test_seconds", "Seconds", buckets=(1, 2))
BUSY = Gauge("test_busy", "Busy", multiprocess_mode="livesum")

def work():
    LETTERS.inc(2)
    SECONDS.observe(0.5)
    SECONDS.observe(1.5)
    BUSY.inc()
    sys.stdin.readline() if "stay" in sys.argv else os._exit(0)

def born():
    child = os.fork()
    return child if child else work()

for _ in range(3):
    os.waitpid(born(), 0)
    # A scrape between two deaths, and one more of nobody's.
    render_metrics()
LETTERS.inc()
print(render_metrics().decode())
files = os.listdir(os.environ["PROMETHEUS_MULTIPROC_DIR"])
print(sum(name.startswith("counter") for name in files))
"""


def read_samples(text: str) -> dict[str, float]:
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_counts_of_processes_that_ended_are_kept_and_their_files_are_not(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", COUNT], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    text, _, files = ran.stdout.rstrip("\n").rpartition("\n")
    output = read_samples(text)
    assert output["test_letters_total"] == 3 * 2 + 1
    assert output["test_seconds_count"] == 6
    assert output["test_seconds_bucket{1.0}"] == 3
    assert output["test_seconds_bucket{2.0}"] == 6
    assert output["test_seconds_sum"] == 6.0
    # Nobody who lives is busy.
    assert output["test_busy"] == 0
    # One of all that have ended, one of the process that lives.
    assert int(files) == 2


def measure_depth() -> Iterator[Metric]:
    yield build_gauge("test_depth", "Depth", [(("a",), 3), (("b",), 0)], "queue")


def fail_measure() -> Iterator[Metric]:
    yield from measure_depth()
    raise ConnectionError


def test_measures_are_served_with_their_labels() -> None:
    output = read_samples(render_metrics([measure_depth]).decode())
    assert (output["test_depth{a}"], output["test_depth{b}"], output["govah_measures_failed"]) == (3, 0, 0)


def test_a_measure_that_fails_hides_nothing_else() -> None:
    output = read_samples(render_metrics([fail_measure, measure_depth]).decode())
    assert (output["test_depth{a}"], output["govah_measures_failed"]) == (3, 1)
    assert any(name.startswith("python_info") for name in output)


@contextmanager
def setting(monkeypatch: pytest.MonkeyPatch, value: str | None) -> Iterator[None]:
    with monkeypatch.context() as patch:
        if value is None:
            patch.delenv("GOVAH_METRICS_LISTEN", raising=False)
        else:
            patch.setenv("GOVAH_METRICS_LISTEN", value)
        yield


@pytest.mark.parametrize("value", ["9000", "host:", ":9000", "host:port"])
def test_an_address_to_listen_at_is_host_and_port(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    with setting(monkeypatch, value), pytest.raises(SettingsError, match="GOVAH_METRICS_LISTEN"):
        serve_metrics()


LISTEN = """
import os, socket, urllib.request
with socket.socket() as one:
    one.bind(("127.0.0.1", 0))
    os.environ["GOVAH_METRICS_LISTEN"] = f"127.0.0.1:{one.getsockname()[1]}"
from services.kit.metrics import serve_metrics
serve_metrics()
# The port is taken now: the work goes on all the same.
serve_metrics()
print(urllib.request.urlopen("http://" + os.environ["GOVAH_METRICS_LISTEN"] + "/metrics").read().decode())
"""


def test_a_program_without_http_tells_its_counts_at_a_port_of_its_own() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LISTEN], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert "govah_argon2_waiting 0.0" in ran.stdout
    assert "metrics.not-served" in ran.stdout
