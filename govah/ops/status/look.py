"""Reads the status of a running system from the endpoints of its programs, within some seconds.

Called by `govah status` with the embedded system's addresses, and in a container of compose by
``python -m govah.ops.status`` with those of its own environment.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from kombu.exceptions import OperationalError
from prometheus_client.parser import text_string_to_metric_families

from govah.local.data_directory import CannotStart, find_addresses_file
from services import SERVICES
from services.kit.queue import check_broker, new_celery

# Seconds. A service whose database is down needs five to report it.
ANSWER_WITHIN, PING_WITHIN = 7.0, 2.0
DAY = 24 * 3600
# The names of PDF workers; those of an older release have Celery's own. Importers answer too.
PDF_WORKERS = ("pdfworker@", "celery@")

Labels = tuple[tuple[str, str], ...]
Samples = Mapping[str, Mapping[Labels, float]]


class CannotTell(CannotStart):
    """No system was found; the message says where it was expected."""


@dataclass(frozen=True)
class Addresses:
    """The status URLs of a system: services, other programs and the broker."""

    services: Mapping[str, str]
    programs: Mapping[str, str]
    broker: str

    @classmethod
    def from_data(cls, data_dir: Path) -> "Addresses":
        """Return those of the embedded system that runs on this data. Raises CannotTell."""
        try:
            return cls(**json.loads(find_addresses_file(data_dir).read_text("utf-8")))
        except FileNotFoundError:
            raise CannotTell(
                f"no system runs on the data in {data_dir}.\nسامانه‌ای روی این داده‌ها کار نمی‌کند."
            ) from None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Addresses":
        """Return those in the environment of a container. Raises CannotTell."""
        try:
            services = {name: environ[f"GOVAH_{name.upper()}_URL"] for name in SERVICES}
            programs = (
                {"edge": environ["GOVAH_EDGE_METRICS_URL"]} if "GOVAH_EDGE_METRICS_URL" in environ else {}
            )
            return cls(services, programs, environ["GOVAH_BROKER_URL"])
        except KeyError as missing:
            raise CannotTell(f"{missing.args[0]} is not set.\n{missing.args[0]} داده نشده است.") from None


@dataclass(frozen=True)
class Service:
    """Whether a service answers, which of its dependencies are down, and what it warns of."""

    answers: bool
    failed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return self.answers and not self.failed


@dataclass(frozen=True)
class Status:
    """The state of a system; None where it is unknown. Ages in seconds, certificates in days."""

    services: dict[str, Service]
    silent: list[str]
    workers: int | None
    queued: int | None
    rendering: int | None
    oldest_queued: float | None
    failed: dict[str, int]
    waiting: dict[str, int]
    oldest_code: float | None
    letters_last_hour: int | None
    outbox_oldest: dict[str, float]
    behind: dict[str, int]
    certificates: dict[str, int]
    endings_oldest: dict[str, float] = field(default_factory=dict)
    # None also before the first backup: the alert GovahBackupOld sees that.
    backup_age: float | None = None

    @property
    def is_known(self) -> bool:
        """Return whether any service answered."""
        return any(service.answers for service in self.services.values())


def look(addresses: Addresses, clock: Callable[[], float] = time.time) -> Status:
    """Return the status, from all programs simultaneously; one that does not answer in time is silent."""
    urls = {**addresses.services, **addresses.programs}
    with ThreadPoolExecutor(2 * len(urls) + 1) as pool, httpx.Client(timeout=ANSWER_WITHIN) as http:
        workers = pool.submit(_count_workers, addresses.broker)
        ready = {name: pool.submit(_fetch_readiness, http, url) for name, url in addresses.services.items()}
        futures = {name: pool.submit(_fetch_samples, http, url) for name, url in urls.items()}
        samples = {name: future.result() for name, future in futures.items()}
        services = {name: future.result() for name, future in ready.items()}
        count = workers.result()
    queue = samples["disclosure"]
    return Status(
        services=services,
        silent=[name for name in addresses.programs if samples[name] is None],
        workers=count,
        queued=_find_whole(queue, "govah_requests", state="queued"),
        rendering=_find_whole(queue, "govah_requests", state="rendering"),
        oldest_queued=_find_sample(queue, "govah_oldest_queued_seconds"),
        failed=_count_by_code(queue, "govah_requests_failed"),
        waiting=_count_by_code(queue, "govah_requests_waiting"),
        oldest_code=_find_sample(samples["auth"], "govah_codes_oldest_seconds"),
        letters_last_hour=_find_whole(queue, "govah_letters_last_hour"),
        outbox_oldest=dict(_list_ages(samples, "govah_outbox_oldest_seconds")),
        behind=dict(_count_unread(samples)),
        certificates={
            dict(labels)["certificate"]: int((value - clock()) // DAY)
            for one in samples.values()
            for labels, value in (one or {}).get("govah_certificate_expires_timestamp_seconds", {}).items()
        },
        endings_oldest=dict(_list_ages(samples, "govah_endings_oldest_seconds")),
        backup_age=_find_backup_age(samples, clock()),
    )


def _count_by_code(samples: Samples | None, name: str) -> dict[str, int]:
    return {
        dict(labels)["code"]: int(value) for labels, value in (samples or {}).get(name, {}).items() if value
    }


def _fetch_readiness(http: httpx.Client, url: str) -> Service:
    try:
        document: dict[str, Any] = http.get(f"{url}/readyz").json()
        return Service(
            answers=True,
            failed=[str(name) for name in document["failed"]],
            warnings=[str(warning) for warning in document.get("warnings", ())],
        )
    except (httpx.HTTPError, ValueError, KeyError):
        return Service(answers=False)


def _fetch_samples(http: httpx.Client, url: str) -> Samples | None:
    try:
        answer = http.get(f"{url}/metrics").raise_for_status()
    except httpx.HTTPError:
        return None
    samples: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            samples.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return samples


def _count_workers(broker: str) -> int | None:
    app = new_celery("status", broker)
    try:
        check_broker(app)
        names = app.control.inspect(timeout=PING_WITHIN).ping() or {}
        return sum(name.startswith(PDF_WORKERS) for name in names)
    except (OperationalError, OSError):
        return None
    finally:
        app.close()


def _find_sample(samples: Samples | None, name: str, **labels: str) -> float | None:
    return (samples or {}).get(name, {}).get(tuple(sorted(labels.items())))


def _find_whole(samples: Samples | None, name: str, **labels: str) -> int | None:
    value = _find_sample(samples, name, **labels)
    return None if value is None else int(value)


def _list_ages(by_name: Mapping[str, Samples | None], metric: str) -> Iterator[tuple[str, float]]:
    for name, samples in by_name.items():
        ages = (samples or {}).get(metric, {}).values()
        if ages:
            yield name, max(ages)


def _find_backup_age(by_name: Mapping[str, Samples | None], now: float) -> float | None:
    moments = [
        moment
        for samples in by_name.values()
        for moment in (samples or {}).get("govah_backup_last_success_timestamp_seconds", {}).values()
    ]
    return now - max(moments) if any(moments) else None


def _count_unread(by_name: Mapping[str, Samples | None]) -> Iterator[tuple[str, int]]:
    """Yield how many events each consumer has not read; negative after a feed lost some."""
    for name, samples in by_name.items():
        for labels, number in (samples or {}).get("govah_feed_events_read", {}).items():
            source = dict(labels)["source"]
            last = _find_whole(by_name.get(source), "govah_feed_events", source=source)
            if last is not None:
                yield f"{source} → {name}", last - int(number)
