"""Backup and restore of a system that runs by compose.yaml: `make backup`, `make restore`.

Runs on the machine with the containers and needs only Python: databases are dumped and loaded inside the
postgres container, volumes are read and written by throw-away ones. govah/ops/backup describes a backup.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from govah.ops.backup.folder import (
    BackupFailed,
    demand_unseal,
    filter_command,
    finish,
    new_folder,
    pack,
    reading,
    unpack,
    verify,
    writing,
)

DATA, KEYS = "production data", "production keys"
DATABASES = ("inquiry", "disclosure", "auth", "records")
OBJECTS = ("records-objects", "disclosure-objects", "inquiry-objects")
KEY_VOLUMES = ("token-keys", "peppers")
PASSWORDS = Path(__file__).resolve().parents[3] / "deploy" / "compose" / "passwords.sh"
READY_SECONDS = 120


@dataclass(frozen=True)
class Site:
    """The commands that run programs beside the databases and volumes of one system."""

    postgres: Sequence[str]
    reader: Sequence[str]
    writer: Sequence[str]
    superuser: str = "postgres"

    def run_sql(self, statement: str, database: str = "postgres") -> str:
        """Return what psql prints for a statement, without decoration."""
        words = ("psql", "--username", self.superuser, "--dbname", database)
        return self.run(
            self.postgres, *words, "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-Atqc", statement
        ).strip()

    def run(
        self,
        where: Sequence[str],
        *words: str,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> str:
        """Run a program to its end. Return its output unless `stdout` takes it. Raises BackupFailed."""
        ran = subprocess.run(
            [*where, *words],
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.PIPE,
            check=False,
        )
        if ran.returncode:
            raise BackupFailed(f"{words[0]} ended with status {ran.returncode}; see its output above")
        return (ran.stdout or b"").decode()


def back_up(site: Site, secrets: Path, data: Path, keys: Path, seal: Sequence[str] = ()) -> None:
    """Write two new folders while the system works. Raises BackupFailed."""
    for folder in (data, keys):
        new_folder(folder)
    with _snapshots(site) as snapshots:
        for name in DATABASES:
            words = (
                "pg_dump",
                "--username",
                site.superuser,
                "--format",
                "custom",
                "--snapshot",
                snapshots[name],
            )
            with writing(data / f"{name}.dump", seal) as stream:
                site.run(site.postgres, *words, name, stdout=stream)
    if not seal:
        for name in DATABASES:
            with reading(data / f"{name}.dump") as stream:
                site.run(site.postgres, "pg_restore", "--list", stdin=stream)
    # Objects are written before their rows, so after the databases each row finds its own.
    with writing(data / "objects.tar", seal) as stream:
        site.run(site.reader, *_build_command("pack"), *OBJECTS, stdout=stream)
    with writing(keys / "volumes.tar", seal) as stream:
        site.run(site.reader, *_build_command("pack"), *KEY_VOLUMES, stdout=stream)
    with writing(keys / "secrets.tar", seal) as stream:
        if not pack(secrets, ["."], stream):
            raise BackupFailed(f"{secrets} holds no secrets")
    finish(data, DATA, sealed=bool(seal))
    finish(keys, KEYS, sealed=bool(seal))


def _build_command(verb: str) -> tuple[str, ...]:
    return ("python", "-m", "govah.ops.backup", verb)


@contextmanager
def _snapshots(site: Site) -> Iterator[Mapping[str, str]]:
    """Yield the names of snapshots of one moment, one per database. Raises BackupFailed."""
    command = [*site.reader, *_build_command("hold")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            line = holder.stdout.readline() if holder.stdout else b""
            if not line:
                raise BackupFailed("no moment could be held in the databases; see the output above")
            yield json.loads(line)
        finally:
            if holder.stdin:
                holder.stdin.close()


def list_occupied(site: Site) -> list[str]:
    """Return the databases that are not empty."""
    count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    return [name for name in DATABASES if site.run_sql(count, name) != "0"]


def check(data: Path, keys: Path, unseal: Sequence[str]) -> None:
    """Raise BackupFailed unless both folders are whole and can be opened."""
    for folder, kind in ((data, DATA), (keys, KEYS)):
        demand_unseal(verify(folder, kind), unseal)


def put_secrets_aside(site: Site, secrets: Path) -> Path:
    """Move the present secrets, on disk and in volumes, to a folder beside them. Return the folder."""
    aside = new_folder(secrets.parent / f"before-restore-{_format_now()}")
    with writing(aside / "volumes.tar") as stream:
        site.run(site.reader, *_build_command("pack"), *KEY_VOLUMES, stdout=stream)
    if secrets.exists():
        secrets.rename(aside / secrets.name)
    return aside


def restore_secrets(secrets: Path, keys: Path, unseal: Sequence[str]) -> None:
    """Write the files that compose lends to containers, readable by their group."""
    with reading(keys / "secrets.tar", unseal) as stream:
        unpack(secrets, stream)
    group = int(os.environ.get("GOVAH_GROUP", "10001"))
    for path in (secrets, *secrets.iterdir()):
        path.chmod(0o750 if path == secrets else 0o640)
        if os.geteuid() == 0:
            os.chown(path, -1, group)


def restore(site: Site, data: Path, keys: Path, unseal: Sequence[str] = ()) -> None:
    """Fill databases and volumes; a database that holds something is renamed first. Raises BackupFailed."""
    stamp = _format_now()
    for name in list_occupied(site):
        site.run_sql(f"ALTER DATABASE {name} RENAME TO {name}_before_{stamp}")
        site.run_sql(f"CREATE DATABASE {name} OWNER {name}")
        site.run_sql(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    how = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    for name in DATABASES:
        words = ("pg_restore", "--username", site.superuser, "--dbname", name, "--role", name, *how)
        with reading(data / f"{name}.dump", unseal) as stream:
            site.run(site.postgres, *words, stdin=stream)
    with reading(data / "objects.tar", unseal) as stream:
        site.run(site.writer, *_build_command("unpack"), stdin=stream)
    with reading(keys / "volumes.tar", unseal) as stream:
        site.run(site.writer, *_build_command("unpack"), *KEY_VOLUMES, stdin=stream)
    site.run(site.writer, *_build_command("mend"))


def _format_now() -> str:
    return f"{datetime.now(UTC):%Y%m%d_%H%M%S}"


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

    def restore(self, secrets: Path, data: Path, keys: Path, unseal: Sequence[str], *, replace: bool) -> None:
        """Take the system down, put what is there aside, fill it. Raises BackupFailed."""
        check(data, keys, unseal)
        fresh = not secrets.exists()
        if fresh:
            restore_secrets(secrets, keys, unseal)
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
        self("down")
        if not fresh:
            restore_secrets(secrets, keys, unseal)
        self.start_postgres()
        with PASSWORDS.open("rb") as script:
            self.site.run(self.site.postgres, "sh", "-s", stdin=script)
        restore(self.site, data, keys, unseal)


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="govah.ops.backup.compose", description=__doc__)
    parser.add_argument("verb", choices=["backup", "restore", "check"])
    parser.add_argument("data", help="the folder of databases and objects")
    parser.add_argument("keys", help="the folder of keys, peppers and secrets; keep it elsewhere")
    parser.add_argument("--filter", default="", help="a command that files pass through: age, gpg")
    parser.add_argument("--replace", action="store_true", help="put a system that is there aside first")
    given = parser.parse_args(arguments)
    if given.verb != "backup" and not (given.data and given.keys):
        parser.error("name both folders: make restore DATA=… KEYS=…")
    stamp = _format_now()
    data = Path(given.data or f"var/backup/data/{stamp}")
    keys = Path(given.keys or f"var/backup/keys/{stamp}")
    secrets = Path(os.environ.get("GOVAH_SECRETS_DIR", "var/compose/secrets"))
    compose = Compose(shlex.split(os.environ.get("COMPOSE", "docker-compose")))
    began = time.monotonic()
    try:
        command = filter_command(given.filter)
        match given.verb:
            case "backup":
                back_up(compose.site, secrets, data, keys, command)
            case "restore":
                compose.restore(secrets, data, keys, command, replace=given.replace)
            case _:
                check(data, keys, command)
    except BackupFailed as failure:
        sys.stderr.write(f"backup: {failure}\n")
        return 1
    size = sum(path.stat().st_size for folder in (data, keys) for path in folder.iterdir())
    seconds = time.monotonic() - began
    sys.stderr.write(f"backup: {given.verb} done, {data} and {keys}, {size} bytes, {seconds:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
