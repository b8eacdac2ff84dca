"""Which backups are removed: those older than some days, never the newest good one."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from govah.ops.backup.folder import FACTS, SUMS

# A folder without digests was never finished; a backup that runs now has none yet.
UNFINISHED_AFTER = timedelta(days=1)


def remove_old_backups(root: Path, days: int, now: datetime | None = None) -> list[Path]:
    """Return the folders of backups below `root` that were removed. Other files and folders stay."""
    now = now or datetime.now(UTC)
    good, removed = {}, []
    for folder in _list_folders(root):
        if finished_at := _read_end(folder):
            good[folder] = finished_at
        elif _is_unfinished(folder, now):
            removed.append(folder)
    newest = max(good, key=lambda folder: good[folder], default=None)
    removed += [
        folder
        for folder, finished_at in good.items()
        if folder != newest and now - finished_at > timedelta(days=days)
    ]
    for folder in removed:
        shutil.rmtree(folder)
    return removed


def _list_folders(root: Path) -> Iterator[Path]:
    """Yield the folders below `root` in order of their names, without those that cannot be opened."""
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        if path.is_dir() and not path.is_symlink():
            try:
                next(path.iterdir(), None)
            except PermissionError:
                # Such as lost+found of a volume.
                continue
            yield path


def _read_end(folder: Path) -> datetime | None:
    """Return when a good backup was finished; None for an unfinished one and for something else."""
    if not (folder / SUMS).exists():
        return None
    try:
        finished_at = datetime.fromisoformat(json.loads((folder / FACTS).read_text("utf-8"))["finished_at"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return finished_at if finished_at.tzinfo else None


def _is_unfinished(folder: Path, now: datetime) -> bool:
    """Return whether a folder is a backup that ended before it had its digests."""
    if (folder / SUMS).exists():
        return False
    age = now - datetime.fromtimestamp(folder.stat().st_mtime, tz=UTC)
    parts = (".dump", ".tar", ".sqlite3")
    return age > UNFINISHED_AFTER and any(path.name.endswith(parts) for path in folder.iterdir())
