"""Metrics for Prometheus: what a program has counted, and what it measures at a scrape.

Web processes answer at `/metrics` (`health`); loops and the PDF worker listen at a port of their own
(`serve_metrics`). Where a program has several processes they count in files below
`PROMETHEUS_MULTIPROC_DIR`. What a database knows is not a Gauge, which would be added up or go stale: a
`Measure` reads it at each scrape.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from services.kit.settings import ProcessSettings, load_settings
from services.kit.version import read_revision, read_version

# The name of the file into which the counts of ended processes are merged.
ENDED = "ended"

# Two services hash slowly, each with a bounded number of simultaneous hashes.
ARGON2_WAITING = Gauge(
    "govah_argon2_waiting", "Callers who wait for a place at the slow hash", multiprocess_mode="livesum"
)
ARGON2_RUNS = Counter("govah_argon2_runs", "Runs of the slow hash")
# Set by the programs that hold the certificate or publish it. The maximum, since processes forked from one
# that set it have 0.
CERTIFICATE_EXPIRES = Gauge(
    "govah_certificate_expires_timestamp_seconds",
    "When a certificate stops being valid, in seconds since 1970",
    ["certificate"],
    multiprocess_mode="livemax",
)

Measure = Callable[[], Iterable[Metric]]
log = structlog.get_logger()

__all__ = [
    "ARGON2_RUNS",
    "ARGON2_WAITING",
    "CERTIFICATE_EXPIRES",
    "CONTENT_TYPE_LATEST",
    "Measure",
    "build_gauge",
    "render_metrics",
    "serve_metrics",
]


def render_metrics(measures: Sequence[Measure] = ()) -> bytes:
    """Return what this program's processes have counted and what is measured now, in the text format."""
    return generate_latest(_build_registry(measures))


def serve_metrics() -> None:
    """Serve the counts at `GOVAH_METRICS_LISTEN` (``host:port``), if that is set, from a thread.

    Raises SettingsError.
    """
    if address := load_settings(ProcessSettings).metrics_listen:
        host, _, port = address.rpartition(":")
        try:
            server, _thread = start_http_server(int(port), host, _build_registry(()))
        except OSError as error:
            # The work matters more than its metrics.
            log.error("metrics.not-served", reason=error.strerror)  # noqa: TRY400 -- the reason is enough
        else:
            # It would write a traceback for each client that hangs up.
            server.handle_error = lambda *_: log.info("metrics.not-taken")  # type: ignore[method-assign]


def build_gauge(
    name: str, help_text: str, values: Iterable[tuple[Sequence[str], float]], *labels: str
) -> Metric:
    """Return a measured metric from its values, each with the values of its labels."""
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for label_values, value in values:
        family.add_metric(label_values, value)
    return family


def _build_registry(measures: Sequence[Measure]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Build())
    registry.register(_Counted())
    registry.register(_Measured(measures))
    return registry


class _Build(Collector):
    """`govah_build_info`: the release of this program, in labels. A rollout shows two of them for a while."""

    def collect(self) -> Iterator[Metric]:
        family = InfoMetricFamily("govah_build", "The release of this program")
        family.add_metric([], {"version": read_version(), "revision": read_revision()})
        yield family


class _Counted(Collector):
    """The counts of all processes of this program, living and ended."""

    def collect(self) -> Iterable[Metric]:
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return REGISTRY.collect()
        directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        with _lock_directory(directory):
            merge_ended_processes(directory)
            return list(MultiProcessCollector(None, str(directory)).collect())  # type: ignore[no-untyped-call]


class _Measured(Collector):
    def __init__(self, measures: Sequence[Measure]) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        failed = 0
        for measure in self._measures:
            try:
                yield from list(measure())
            # A database that is away must not hide what was counted.
            except Exception as error:  # noqa: BLE001
                failed += 1
                log.warning("measure.failed", reason=type(error).__name__)
        if self._measures:
            help_text = "Measures that could not be taken at this scrape"
            yield build_gauge("govah_measures_failed", help_text, [((), failed)])


def merge_ended_processes(directory: Path) -> None:
    """Merge the counts of ended processes into one file, and remove their own files.

    So a counter never falls when a process ends, and there are never more files than processes. Gauges of
    ended processes are dropped.
    """
    for path in sorted(directory.glob("*.db")):
        kind, _, pid = path.stem.rpartition("_")
        if pid == ENDED or _is_alive(int(pid)):
            continue
        if not kind.startswith("gauge") and path.stat().st_size:
            _add_counts(path, directory / f"{kind}_{ENDED}.db")
        path.unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _add_counts(path: Path, ended: Path) -> None:
    counts: Any = MmapedDict(str(ended))  # type: ignore[no-untyped-call]
    for key, value, timestamp, _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call]
        counts.write_value(key, counts.read_value(key)[0] + value, timestamp)
    counts.close()


@contextmanager
def _lock_directory(directory: Path) -> Iterator[None]:
    # A scrape while another one moves counts from file to file would see them twice or not at all.
    with (directory / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
