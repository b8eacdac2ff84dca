"""``python -m govah.local.container SERVICE``: all roles of a service in one container.

deploy/compose/small.yaml starts it. A supervisor imports the service once and forks web process, loops and
worker, which share that memory. They write to its output; one that dies is started again.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from govah.local.forking import import_for_forks
from govah.local.roles import ROLES, Kind, Role, merge_loops
from govah.local.supervise import Bounds, Program, ProgramFailed, Supervisor
from services import SERVICES

# What the programs import sooner or later beside the service's own code.
SHARED_MODULES = (
    *("gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "services.kit.http.gunicorn", "flask.cli"),
    *(
        "celery.app.amqp",
        "celery.app.control",
        "kombu.transport.redis",
        "httpcore",
        "opentelemetry.sdk.trace",
    ),
)
# Below the stop_grace_period of the containers, so that the engine kills nothing.
BOUNDS = Bounds(stop_within=32.0)


def list_parts(service: str) -> Sequence[Role]:
    """Return the programs of a service's container: its web process, one with all its loops, its workers."""
    own = [role for role in ROLES if role.service == service]
    web = [role for role in own if role.kind is Kind.WEB]
    return [*web, merge_loops(service), *(role for role in own if role.kind is Kind.WORKER)]


def build_program(role: Role, counts: Path) -> Program:
    """Return the program that runs a role by the settings of the container.

    The web process counts in a folder of its own. The others count together, in the folder of the container,
    so that the port of the loops serves the metrics of a worker too.
    """
    words = role.words[2:] if role.kind is Kind.WORKER else role.words
    environment = {
        Kind.WEB: {"PROMETHEUS_MULTIPROC_DIR": str(counts / "web")},
        Kind.LOOPS: {},
        Kind.WORKER: {"GOVAH_METRICS_LISTEN": ""},
    }[role.kind]
    command = [sys.executable, "-m", *words]
    # The library that counts has files open from its import on, and closes them itself in a new process.
    return Program(role.name, command, environment, forked=True, inherits_files=True)


def main() -> None:
    """Run a service until it is stopped. A program that keeps dying ends all, with status 1."""
    parser = argparse.ArgumentParser(description="Run all roles of a service in one container.")
    parser.add_argument("service", choices=SERVICES)
    parts = list_parts(parser.parse_args().service)
    counts = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    (counts / "web").mkdir(parents=True, exist_ok=True)
    # As services/records/__main__.py has it: a worker's libraries read it while they are imported.
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
    import_for_forks([parts[0].target, *SHARED_MODULES])
    try:
        Supervisor([build_program(role, counts) for role in parts], None, BOUNDS).run()
    except ProgramFailed as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
