"""Where tests write: in memory, if there is enough of it, since a commit to a disk waits milliseconds for it.

What is tested is that a commit is asked for at the right time; no test takes the machine's power away.
"""

import os
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
# Bytes. A whole run writes about a tenth, most of which is removed after each test.
ENOUGH = 4 * 1024**3
# Read by pytest, and by the runs of pytest that tests start.
VARIABLE = "PYTEST_DEBUG_TEMPROOT"


def write_to_memory(config: pytest.Config) -> None:
    """Let the folders of tests be in memory, unless a place was chosen or there is not enough."""
    if not config.option.basetemp and VARIABLE not in os.environ and is_fit(MEMORY):
        os.environ[VARIABLE] = str(MEMORY)


def is_fit(folder: Path) -> bool:
    """Return whether a folder may hold programs and has enough room. Containers often have neither."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    is_closed = status.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
    return not is_closed and status.f_bavail * status.f_frsize >= ENOUGH and os.access(folder, os.W_OK)
