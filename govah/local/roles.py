"""The roles of a system: every program that runs on, once for all the ways to run Govah.

Local mode, the chaos tests and the benches start programs from this table, and the network policies of
Kubernetes are made from it. A test compares compose.yaml with it. Jobs, the edge, the egress
proxy and the stores are in compose.yaml only. Nothing here knows a service's code.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services import SERVICES

# The ports of a role that has a container of its own.
WEB_PORT, METRICS_PORT = 8000, 9000
GUNICORN_CONFIG = "python:services.kit.http.gunicorn"


class Kind(StrEnum):
    """What a role does: answer HTTP, run loops, or take tasks from the queue."""

    WEB = "web"
    LOOPS = "loops"
    WORKER = "worker"


@dataclass(frozen=True)
class Role:
    """A program: `service` has its settings, `target` its code; without `loops`, it runs all of the service.

    `calls` are the roles and stores that it opens connections to. `threads` is how many requests a web role
    answers simultaneously in local mode; a container takes GUNICORN_CMD_ARGS.
    """

    name: str
    service: str
    kind: Kind
    target: str
    loops: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    threads: int = 8

    @property
    def words(self) -> list[str]:
        """Return the command of the role's container."""
        return {
            Kind.WEB: ["gunicorn", f"{self.target}:serve()"],
            Kind.LOOPS: ["flask", "--app", self.target, "background", *self.loops],
            Kind.WORKER: ["python", "-m", self.target],
        }[self.kind]

    def build_command(self, port: int = WEB_PORT) -> list[str]:
        """Return the command that runs the role with this Python; a web role listens on a loopback port."""
        if self.kind is Kind.WEB:
            return write_gunicorn_command(f"{self.target}:serve()", port, threads=self.threads)
        words = self.words[2:] if self.kind is Kind.WORKER else self.words
        return [sys.executable, "-m", *words]


def write_gunicorn_command(application: str, port: int, *, processes: int = 1, threads: int = 8) -> list[str]:
    """Return the command that serves an application on a loopback port as production does."""
    return [
        *(sys.executable, "-m", "gunicorn", "--config", GUNICORN_CONFIG),
        *("--workers", str(processes), "--threads", str(threads), "--bind", f"127.0.0.1:{port}", application),
    ]


def _new_web(service: str, *, calls: tuple[str, ...]) -> Role:
    return Role(service, service, Kind.WEB, f"services.{service}.app", calls=calls)


def _new_loops(service: str, part: str, *loops: str, calls: tuple[str, ...]) -> Role:
    return Role(f"{service}-{part}", service, Kind.LOOPS, f"services.{service}.app", loops, calls)


STORES = ("postgres", "redis")
# `auth` among the called is where tokens come from and where keys are read.
ROLES = (
    _new_web("auth", calls=("postgres", "records")),
    _new_loops("auth", "relay", "relay", "endings", "watch-backups", "housekeeping", calls=STORES),
    _new_loops(
        "auth",
        "consumers",
        "consume-records",
        "consume-disclosure",
        "consume-inquiry",
        "check-people",
        calls=(*STORES, "auth", "records", "disclosure", "inquiry"),
    ),
    # It asks records for the person of a birth date, and sends messages to the world outside.
    _new_loops("auth", "messages", "codes", "notices", calls=(*STORES, "auth", "records", "egress")),
    _new_web("records", calls=("postgres", "auth")),
    _new_loops(
        "records",
        "relay",
        "relay",
        "endings",
        "housekeeping",
        "restate-objections",
        "sweep-imports",
        calls=STORES,
    ),
    _new_loops("records", "consumers", "consume-auth", calls=(*STORES, "auth")),
    # It imports the lists of archives, which are in the object store.
    Role("records-importer", "records", Kind.WORKER, "services.records", calls=STORES),
    # It reads statements from records in the citizen's name; its readiness asks the broker.
    _new_web("disclosure", calls=(*STORES, "auth", "records")),
    _new_loops("disclosure", "relay", "relay", "endings", "publish-tasks", calls=STORES),
    # It compares letters with records.
    _new_loops(
        "disclosure",
        "sweeper",
        "sweeper",
        "seal-snapshots",
        "check-figures",
        "housekeeping",
        calls=(*STORES, "auth", "records"),
    ),
    _new_loops(
        "disclosure",
        "consumers",
        "consume-auth",
        "consume-records",
        "consume-inquiry",
        calls=(*STORES, "auth", "records", "inquiry"),
    ),
    # It reads the letter of a new permit from disclosure.
    _new_web("inquiry", calls=("postgres", "auth", "disclosure")),
    _new_loops("inquiry", "relay", "relay", "endings", "refusals", calls=STORES),
    _new_loops("inquiry", "sweeper", "sweeper", "alarm", "reminders", "housekeeping", calls=STORES),
    _new_loops(
        "inquiry",
        "consumers",
        "consume-disclosure",
        "consume-records",
        "consume-auth",
        calls=(*STORES, "auth", "records", "disclosure"),
    ),
    Role("portal", "portal", Kind.WEB, "gateway.portal.app", calls=(*SERVICES, "redis"), threads=16),
    # It claims requests from disclosure and brings letters there: no database, no records.
    Role(
        "pdfworker",
        "pdfworker",
        Kind.WORKER,
        "services.pdfworker",
        calls=("redis", "auth", "disclosure", "egress"),
    ),
)
BY_NAME = {role.name: role for role in ROLES}


def list_roles(kind: Kind) -> Sequence[Role]:
    """Return the roles of a kind, in the order of the table."""
    return [role for role in ROLES if role.kind is kind]


def merge_loops(service: str) -> Role:
    """Return one role that runs all loops of a service, as local mode does."""
    parts = [role for role in ROLES if role.service == service and role.kind is Kind.LOOPS]
    calls = dict.fromkeys(called for part in parts for called in part.calls)
    return Role(f"{service}-background", service, Kind.LOOPS, parts[0].target, calls=tuple(calls))
