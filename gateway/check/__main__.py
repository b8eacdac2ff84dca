"""Writes the page and its worker for another web server or a USB stick.

`python -m gateway.check KEYS ADDRESS FOLDER`: KEYS is the organisation's file of public keys, ADDRESS its
public address. The page is FOLDER/check.html. Served at /check, it asks for its worker at /check/worker.js.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway.check.page import WORKER, LibrariesMissing, build_page
from govah_verify.trust import TrustUnusable, load_trust


def main(arguments: list[str]) -> int:
    """Write the files; return the exit code."""
    if len(arguments) != 3:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    keys, address, folder = Path(arguments[0]), arguments[1], Path(arguments[2])
    try:
        page = build_page(load_trust(keys), address, datetime.now(UTC).date())
    except (TrustUnusable, LibrariesMissing) as failure:
        sys.stderr.write(f"check: {failure}\n")
        return 1
    (folder / "check").mkdir(parents=True, exist_ok=True)
    (folder / "check.html").write_bytes(page.content)
    (folder / "check" / "worker.js").write_bytes(WORKER.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
