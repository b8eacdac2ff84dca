"""Backups by the clock, inside a container with PostgreSQL's programs: ``python -m govah.ops.backup.timer``.

With ``once`` it makes one backup and ends, for a CronJob; with ``daily`` it makes one a day. Both remove
backups that are too old. `GOVAH_BACKUP_TO` is where they go, `GOVAH_BACKUP_AT` the time of day in Tehran.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from psycopg import Error as PsycopgError
from psycopg.pq import Conninfo

from govah.ops.backup.folder import BackupFailed, filter_command
from govah.ops.backup.retention import remove_old_backups
from govah.ops.backup.site import Site, back_up, format_now
from services.kit.jalali import TEHRAN

# What `sslrootcert=system` means, for programs older than PostgreSQL 16, which do not know the word.
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
# Seconds until a backup that failed is tried again, and how long one may take before it counts as hung.
RETRY_SECONDS, LONGEST_BACKUP = 600.0, 12 * 3600.0


def run_once() -> None:
    """Make one backup and remove old ones. Raises BackupFailed."""
    root, keep_days = (
        Path(os.environ.get("GOVAH_BACKUP_TO", "/var/backup")),
        int(os.environ.get("GOVAH_BACKUP_KEEP_DAYS", "30")),
    )
    if password_file := os.environ.get("PGPASSWORD_FILE"):
        # It may have been renewed since this container started; pg_dump and psql read the variable only.
        os.environ["PGPASSWORD"] = Path(password_file).read_text("utf-8").splitlines()[0]
    secrets = Path(os.environ.get("GOVAH_BACKUP_SECRETS", "/run/govah-secrets"))
    stamp, seal = format_now(), filter_command(os.environ.get("GOVAH_BACKUP_FILTER", ""))
    data, keys = root / "data" / stamp, root / "keys" / stamp
    client = build_client_environment(os.environ["GOVAH_BACKUP_DATABASES"])
    os.environ.update(client)
    # The programs are in this container: nothing leads into another one.
    back_up(Site((), (), (), superuser=client.get("PGUSER", "postgres")), secrets, data, keys, seal)
    removed = [path for kind in ("data", "keys") for path in remove_old_backups(root / kind, keep_days)]
    sys.stderr.write(f"backup: {data} and {keys} are complete, {len(removed)} old folders removed\n")


def build_client_environment(address: str) -> dict[str, str]:
    """Return the variables by which PostgreSQL's own programs reach the server of a URL.

    The URL has ``{name}`` in the place of the database, which the programs are given by name. Raises
    BackupFailed, which quotes nothing of it.
    """
    try:
        options = Conninfo.parse(address.format(name="").encode())
    except (PsycopgError, ValueError, LookupError):
        raise BackupFailed(
            "GOVAH_BACKUP_DATABASES is not an address; write it as postgresql://{name}@host/{name}"
        ) from None
    client = {
        option.envvar.decode(): option.val.decode() for option in options if option.envvar and option.val
    }
    if client.get("PGSSLROOTCERT") == "system":
        client["PGSSLROOTCERT"] = AUTHORITIES
    return client


def find_next(now: datetime, at: str) -> datetime:
    """Return the next moment after `now` at which it is `at` ("02:30") in Tehran. Raises ValueError."""
    hour, _, minute = at.partition(":")
    local = now.astimezone(TEHRAN)
    due = local.replace(hour=int(hour), minute=int(minute or 0), second=0, microsecond=0)
    return (due if due > local else due + timedelta(days=1)).astimezone(UTC)


def run_daily(at: str) -> None:
    """Make a backup every day; one that failed is tried again until it succeeds."""
    while True:
        now = datetime.now(UTC)
        wait = (find_next(now, at) - now).total_seconds()
        _write_heartbeat(wait + LONGEST_BACKUP)
        time.sleep(wait)
        _repeat_until_good()


def _repeat_until_good() -> None:
    while True:
        try:
            run_once()
        except (BackupFailed, OSError) as failure:
            minutes = RETRY_SECONDS / 60
            sys.stderr.write(f"backup: {failure}; the next try is in {minutes:.0f} minutes\n")
        else:
            return
        _write_heartbeat(RETRY_SECONDS + LONGEST_BACKUP)
        time.sleep(RETRY_SECONDS)


def _write_heartbeat(seconds: float) -> None:
    directory = Path(os.environ.get("GOVAH_HEARTBEATS", "/tmp/heartbeats"))  # noqa: S108 -- a tmpfs of the container
    directory.mkdir(exist_ok=True)
    (directory / "backup").touch()
    os.utime(directory / "backup", (time.time() + seconds,) * 2)


def main(verb: str) -> int:
    """Run a verb; return the exit code."""
    if verb == "daily":
        run_daily(os.environ.get("GOVAH_BACKUP_AT", "02:30"))
    try:
        run_once()
    except BackupFailed as failure:
        sys.stderr.write(f"backup: {failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
