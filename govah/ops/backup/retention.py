"""Which backups are removed: those older than some days, never the newest good one."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from govah.ops.backup.folder import FACTS, SUMS

# A folder without digests was never finished; a backup that runs now has none yet.
UNFINISHED_AFTER = timedelta(days=1)


def remove_old_backups(root: Path, days: int, now: datetime | None = None) -> list[Path]:
    """Return the folders of backups below `root` that were removed."""
    now = now or datetime.now(UTC)
    good, removed = {}, []
    for folder in sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []:
        if (folder / SUMS).exists():
            facts = json.loads((folder / FACTS).read_text("utf-8"))
            good[folder] = datetime.fromisoformat(facts["finished_at"])
        elif now - datetime.fromtimestamp(folder.stat().st_mtime, tz=UTC) > UNFINISHED_AFTER and any(
            path.name.endswith((".dump", ".tar", ".sqlite3")) for path in folder.iterdir()
        ):
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
