"""``python -m govah.ops.admin COMMAND…`` in the container `admin` of compose.yaml.

Each command is one of a service's own. This program starts it with that service's settings: the environment
has those of all services, and `{name}` where they differ by the service's name.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

import click

from services import SERVICES

# Groups of commands that are known without the name of their service. A test compares them with the services.
OWNERS: Mapping[str, str] = {
    "accounts": "auth",
    "admins": "auth",
    "agreement": "disclosure",
    "clerks": "auth",
    "clients": "auth",
    "institutions": "auth",
    "keys": "auth",
    "officers": "auth",
    "peppers": "inquiry",
    "requests": "disclosure",
    "snapshots": "disclosure",
    "years": "records",
}
STATUS = "status"
# A group that every service has: without the name of one, it shows those of all.
RETENTION = "retention"
USAGE = 2


def find_command(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the service of a command and the command without it. Raises UsageError."""
    first, *rest = words
    if first in SERVICES:
        return first, rest
    if first in OWNERS:
        return OWNERS[first], list(words)
    raise click.UsageError(
        f"فرمان {first} شناخته نیست. unknown command {first}.\n\n{describe_commands()}",
    )


def describe_commands() -> str:
    """Return what can be typed, a line each."""
    lines = [f"  admin {name} …   ({service})" for name, service in OWNERS.items()]
    services = " | ".join(SERVICES)
    return "\n".join(
        [
            "راهنمای هر فرمان: --help. Add --help to any of these:",
            f"  admin {STATUS}",
            f"  admin {RETENTION} [--days N]   (all services; nothing is deleted)",
            *lines,
            f"  admin ({services}) COMMAND …   all commands of a service, such as admin records migrate",
        ]
    )


def build_environment(service: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a service's command: `{name}` in a value is the service."""
    own = {name: value.replace("{name}", service) for name, value in environ.items()}
    if storage := own.get(f"GOVAH_{service.upper()}_STORAGE_URL"):
        own["GOVAH_STORAGE_URL"] = storage
    return own


def show_retention(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Return the exit status after showing the retention of every service, one after the other."""
    options = ["show", *(word for word in words if word != "show")]
    ran = [
        subprocess.run(  # noqa: S603 -- the operator's own words
            _build_command(service, [RETENTION, *options]),
            env=build_environment(service, environ),
            check=False,
        )
        for service in SERVICES
    ]
    return max(one.returncode for one in ran)


def _build_command(service: str, words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "services.kit.console", f"services.{service}.app", *words]


def main() -> None:
    """Replace this process by the command. Without a command, or with --help, print what there is."""
    words = sys.argv[1:]
    if not words or words[0] in {"-h", "--help", "help"}:
        click.echo(describe_commands())
        return
    if words[0] == STATUS:
        command = [sys.executable, "-m", "govah.ops.status", *words[1:]]
        os.execve(sys.executable, command, dict(os.environ))  # noqa: S606 -- the operator's own words
    if words[0] == RETENTION:
        sys.exit(show_retention(words[1:], os.environ))
    try:
        service, rest = find_command(words)
    except click.UsageError as error:
        click.echo(error.message, err=True)
        sys.exit(USAGE)
    command = _build_command(service, rest)
    os.execve(sys.executable, command, build_environment(service, os.environ))  # noqa: S606


if __name__ == "__main__":
    main()
