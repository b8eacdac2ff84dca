"""The part of `compose` that runs in a container: ``python -m govah.ops.backup VERB``.

- ``hold`` prints a snapshot's name for each database and keeps them until its input ends,
- ``pack NAME…`` writes folders as a tar,
- ``unpack [NAME…]`` reads a tar, after it has emptied the named folders,
- ``mend`` repairs the feeds of restored databases,
- ``mark`` prints what a backup notes of the journal, ``require FACTS`` exits with 3 if it is missing,
- ``note SIZE`` notes a good backup in the journal.

``GOVAH_BACKUP_DATABASES`` is an address with ``{name}`` in it, ``GOVAH_BACKUP_ROOT`` where the folders are.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from govah.ops.backup.feeds import repair_feeds
from govah.ops.backup.folder import BackupFailed, pack, unpack
from govah.ops.backup.journal import FACT, has_journal, open_from_environment, read_mark
from govah.ops.backup.moment import SERVICES, postgresql_moment
from govah.ops.backup.site import NO_JOURNAL
from services.kit.endings import Journal


def _require_journal(journal: Journal | None, noted: Mapping[str, Any]) -> None:
    """Exit with NO_JOURNAL and the reason on standard output if the journal of a backup is missing."""
    try:
        has_journal({FACT: noted} if noted else {}, journal, None)
    except BackupFailed as failure:
        sys.stdout.write(str(failure).partition("\n")[0] + "\n")
        sys.exit(NO_JOURNAL)


def _use_journal(verb: str, names: Sequence[str]) -> None:
    journal = open_from_environment(os.environ)
    if verb == "mark":
        sys.stdout.write(json.dumps(read_mark(journal)) + "\n")
    elif verb == "note" and journal is not None:
        journal.note_backup(datetime.now(UTC), int(names[0]))
    elif verb == "require":
        _require_journal(journal, json.loads(names[0]))


def main(verb: str, names: Sequence[str]) -> None:
    """Run a verb. Standard output is for programs, messages for people go to standard error."""
    root = Path(os.environ.get("GOVAH_BACKUP_ROOT", "/var/lib/govah"))
    match verb:
        case "hold":
            with postgresql_moment(os.environ["GOVAH_BACKUP_DATABASES"]) as snapshots:
                sys.stdout.write(json.dumps(snapshots) + "\n")
                sys.stdout.flush()
                sys.stdin.read()
        case "pack":
            sys.stderr.write(f"{pack(root, names, sys.stdout.buffer)} files of {', '.join(names)}\n")
        case "unpack":
            for folder in (root / name for name in names):
                for path in folder.iterdir():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            sys.stderr.write(f"{unpack(root, sys.stdin.buffer)} files\n")
        case "mend":
            address = os.environ["GOVAH_BACKUP_DATABASES"]
            mended = repair_feeds({name: address.format(name=name) for name in SERVICES})
            for name, (before, after) in mended.items():
                sys.stderr.write(f"feed of {name}: the next number follows {after}, not {before}\n")
        case "mark" | "require" | "note":
            _use_journal(verb, names)
        case _:
            sys.exit(f"no such verb: {verb}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
