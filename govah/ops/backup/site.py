"""Backup, restore and drill of databases in a PostgreSQL and folders beside it, by the commands of a Site.

Called by `compose` for containers, and by `timer` inside one. Needs only Python.
"""

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from govah.ops.backup.choices import MISSING, Choice
from govah.ops.backup.counts import COUNT_SQL, compare_counts, parse_counts, read_counts
from govah.ops.backup.counts import FACT as COUNTS_FACT
from govah.ops.backup.folder import (
    PIECE,
    BackupFailed,
    compute_size,
    finish,
    new_folder,
    open_facts,
    pack,
    reading,
    unpack,
    writing,
)

DATA, KEYS = "production data", "production keys"
DATABASES = ("inquiry", "disclosure", "auth", "records")
OBJECTS = ("records-objects", "disclosure-objects", "inquiry-objects")
KEY_VOLUMES = ("token-keys", "peppers")
# Exit status of a container that finds no journal.
NO_JOURNAL = 3
JOURNAL_FACT = "endings"


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

    def count_rows(self, database: str, snapshot: str | None = None) -> dict[str, int]:
        """Return the number of rows of each table, as of a snapshot or of now."""
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; "
        moment = f"{begin}SET TRANSACTION SNAPSHOT '{snapshot}'; " if snapshot else begin
        return parse_counts(self.run_sql(f"{moment}{COUNT_SQL}; COMMIT", database))

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
    facts = json.loads(site.run(site.reader, *_build_command("mark")) or "{}")
    counts = {}
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
            counts[name] = site.count_rows(name, snapshots[name])
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
    finish(data, DATA, sealed=bool(seal), more={**facts, COUNTS_FACT: counts})
    finish(keys, KEYS, sealed=bool(seal))
    size = compute_size(data, keys)
    site.run(site.writer, *_build_command("note"), str(size))


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


def check(data: Path, keys: Path, unseal: Sequence[str]) -> Mapping[str, Any]:
    """Return the facts of the data. Raise BackupFailed unless both folders are whole and can be opened."""
    facts = open_facts(data, DATA, unseal)
    open_facts(keys, KEYS, unseal)
    return facts


def run_drill(site: Site, data: Path, unseal: Sequence[str] = ()) -> int:
    """Return how many rows a restore of a backup has, as many as were noted at its moment.

    Each database is loaded under another name, counted and dropped; every object is read.
    Raises BackupFailed.
    """
    facts = open_facts(data, DATA, unseal)
    noted = read_counts(facts)
    restored = {}
    for name in DATABASES:
        scratch = f"{name}_drill_{format_now()}"
        site.run_sql(f"CREATE DATABASE {scratch}")
        try:
            _load_dump(site, data / f"{name}.dump", scratch, site.superuser, unseal)
            restored[name] = site.count_rows(scratch)
        finally:
            site.run_sql(f"DROP DATABASE {scratch}")
    with reading(data / "objects.tar", unseal) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member)
            while content and content.read(PIECE):
                pass
    return compare_counts(noted, restored)


def _load_dump(site: Site, dump: Path, database: str, role: str, unseal: Sequence[str]) -> None:
    how = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    words = ("pg_restore", "--username", site.superuser, "--dbname", database, "--role", role, *how)
    with reading(dump, unseal) as stream:
        site.run(site.postgres, *words, stdin=stream)


def has_journal_of(site: Site, facts: Mapping[str, Any], choice: Choice | None) -> bool:
    """Return whether the journal of a backup is there. Raises BackupFailed if not, without a choice."""
    command = [*site.reader, *_build_command("require"), json.dumps(facts.get(JOURNAL_FACT, {}))]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    if ran.returncode not in {0, NO_JOURNAL}:
        raise BackupFailed("the journal of endings was not read; see the output above")
    if ran.returncode == NO_JOURNAL and choice is None:
        raise BackupFailed(MISSING.format(reason=ran.stdout.decode().strip()))
    return ran.returncode == 0


def put_secrets_aside(site: Site, secrets: Path) -> Path:
    """Move the present secrets, on disk and in volumes, to a folder beside them. Return the folder."""
    aside = new_folder(secrets.parent / f"before-restore-{format_now()}")
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
    stamp = format_now()
    for name in list_occupied(site):
        site.run_sql(f"ALTER DATABASE {name} RENAME TO {name}_before_{stamp}")
        site.run_sql(f"CREATE DATABASE {name} OWNER {name}")
        site.run_sql(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    for name in DATABASES:
        _load_dump(site, data / f"{name}.dump", name, name, unseal)
    with reading(data / "objects.tar", unseal) as stream:
        site.run(site.writer, *_build_command("unpack"), stdin=stream)
    with reading(keys / "volumes.tar", unseal) as stream:
        site.run(site.writer, *_build_command("unpack"), *KEY_VOLUMES, stdin=stream)
    site.run(site.writer, *_build_command("mend"))


def format_now() -> str:
    """Return the time of now as names of folders and databases have it."""
    return f"{datetime.now(UTC):%Y%m%d_%H%M%S}"
