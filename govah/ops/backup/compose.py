"""Backup and restore of a system that runs by compose.yaml: `make backup`, `make restore`.

Runs on the machine with the containers and needs only Python: databases are dumped and loaded inside the
postgres container, volumes are read and written by throw-away ones. govah/ops/backup describes a backup.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from govah.ops.backup.choices import Choice
from govah.ops.backup.folder import BackupFailed, compute_size, filter_command
from govah.ops.backup.retention import remove_old_backups
from govah.ops.backup.site import (
    Site,
    back_up,
    check,
    format_now,
    has_journal_of,
    list_occupied,
    put_secrets_aside,
    restore,
    restore_secrets,
    run_drill,
)

PASSWORDS = Path(__file__).resolve().parents[3] / "deploy" / "compose" / "passwords.sh"
READY_SECONDS = 120
# Compose v2 leaves containers of other profiles running, and they use the database.
TIMERS = ("--profile", "backup-timer", "--profile", "pitr")
# The container of each service that sees what a replay changes: keys, peppers, files.
REPLAY_JOBS = {
    "auth": "auth-setup",
    "records": "records-migrate",
    "disclosure": "disclosure-migrate",
    "inquiry": "inquiry-setup",
}


@dataclass(frozen=True)
class Compose:
    """The system of compose.yaml, as the variables for compose name it."""

    words: Sequence[str]

    def __call__(self, *words: str) -> None:
        if subprocess.run([*self.words, *words], stdin=subprocess.DEVNULL, check=False).returncode:
            raise BackupFailed(f"{' '.join([*self.words, *words])} failed; see its output above")

    @property
    def site(self) -> Site:
        once = (*self.words, "run", "--rm", "-T", "--no-deps")
        return Site((*self.words, "exec", "-T", "postgres"), (*once, "backup"), (*once, "restore"))

    def start_postgres(self) -> None:
        """Return when the server answers by TCP. Raises BackupFailed."""
        self("up", "-d", "--no-deps", "postgres")
        deadline = time.monotonic() + READY_SECONDS
        command = [*self.site.postgres, "pg_isready", "--quiet", "--host", "127.0.0.1"]
        while subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
            if time.monotonic() > deadline:
                raise BackupFailed("postgres did not start; see: docker-compose logs postgres")
            time.sleep(1)

    def end_again(self, choice: Choice | None) -> None:
        """End in the restored databases what had ended since, as every start does. Raises BackupFailed."""
        once = ("run", "--rm", "-T", "--no-deps")
        for service, job in REPLAY_JOBS.items():
            self(*once, f"{service}-migrate", "flask", "--app", f"services.{service}.app", "migrate")
            verb = "suspend" if choice is Choice.SUSPEND else "replay"
            if choice is not Choice.ACCEPT:
                self(*once, job, "flask", "--app", f"services.{service}.app", "endings", verb)

    def restore(
        self,
        secrets: Path,
        data: Path,
        keys: Path,
        unseal: Sequence[str],
        *,
        replace: bool,
        choice: Choice | None,
    ) -> None:
        """Take the system down, put what is there aside, fill it, end again what had ended since.

        Raises BackupFailed.
        """
        facts = check(data, keys, unseal)
        fresh = not secrets.exists()
        if fresh:
            restore_secrets(secrets, keys, unseal)
        is_journaled = has_journal_of(self.site, facts, choice)
        self.start_postgres()
        full = list_occupied(self.site)
        if full and not replace:
            raise BackupFailed(
                f"there is a system already (databases: {', '.join(full)}); REPLACE=1 puts it aside first.\n"
                "اینجا سامانه‌ای هست؛ با REPLACE=1 اول کنار گذاشته می‌شود."
            )
        if not fresh:
            aside = put_secrets_aside(self.site, secrets)
            sys.stderr.write(f"backup: the keys and secrets of before are in {aside}\n")
        # No connection may use a database that is renamed.
        self(*TIMERS, "down")
        if not fresh:
            restore_secrets(secrets, keys, unseal)
        self.start_postgres()
        with PASSWORDS.open("rb") as script:
            self.site.run(self.site.postgres, "sh", "-s", stdin=script)
        restore(self.site, data, keys, unseal)
        self.end_again(None if is_journaled else choice)


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="govah.ops.backup.compose", description=__doc__)
    parser.add_argument("verb", choices=["backup", "restore", "check", "drill"])
    parser.add_argument("data", help="the folder of databases and objects")
    parser.add_argument("keys", help="the folder of keys, peppers and secrets; keep it elsewhere")
    parser.add_argument("--filter", default="", help="a command that files pass through: age, gpg")
    parser.add_argument("--replace", action="store_true", help="put a system that is there aside first")
    parser.add_argument("--without-endings", choices=[*Choice], help="if the journal of endings is lost")
    parser.add_argument("--keep-days", type=int, default=0, help="remove older backups beside this one")
    given = parser.parse_args(arguments)
    if given.verb not in {"backup", "drill"} and not (given.data and given.keys):
        parser.error("name both folders: make restore DATA=… KEYS=…")
    if given.verb == "drill" and not given.data:
        parser.error("name the folder of data: make drill DATA=…")
    stamp = format_now()
    data = Path(given.data or f"var/backup/data/{stamp}")
    keys = Path(given.keys or f"var/backup/keys/{stamp}")
    secrets = Path(os.environ.get("GOVAH_SECRETS_DIR", "var/compose/secrets"))
    began = time.monotonic()
    try:
        compose = Compose(filter_command(os.environ.get("COMPOSE", "docker-compose")))
        command = filter_command(given.filter)
        match given.verb:
            case "backup":
                back_up(compose.site, secrets, data, keys, command)
                if given.keep_days:
                    for root in {data.parent, keys.parent}:
                        remove_old_backups(root, given.keep_days)
            case "restore":
                choice = Choice(given.without_endings) if given.without_endings else None
                compose.restore(secrets, data, keys, command, replace=given.replace, choice=choice)
            case "drill":
                rows = run_drill(compose.site, data, command)
                sys.stderr.write(f"backup: the drill restored {rows} rows of {data}, as many as were noted\n")
                return 0
            case _:
                check(data, keys, command)
    except BackupFailed as failure:
        sys.stderr.write(f"backup: {failure}\n")
        return 1
    size = compute_size(data, keys)
    seconds = time.monotonic() - began
    sys.stderr.write(f"backup: {given.verb} done, {data} and {keys}, {size} bytes, {seconds:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
