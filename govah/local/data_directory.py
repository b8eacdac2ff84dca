"""The layout below GOVAH_DATA_DIR, and what other commands may learn from a running system.

`embedded` fills it; the demo and the seeding read it.
"""

import fcntl
import hashlib
import json
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
FOLDERS = ("db", "demo", "endings", "logs", "objects", "run", "sample-lists", "secrets", "valkey")
FILES = ("demo.json", "lock", "messages.jsonl")
ASIDE = "before-restore-"
PRIVATE_FOLDER, PRIVATE_FILE, PRIVATE_UMASK = 0o700, 0o600, 0o077


class CannotStart(Exception):
    """The system cannot start here; the message says why and what to do."""


def write_privately() -> None:
    """Make the files that this process and its children create private to their user."""
    os.umask(PRIVATE_UMASK)


def close_to_others(data_dir: Path) -> None:
    """Make the files in the data directory private to their user.

    Foreign files are left unchanged, and so is a folder that holds some. Raises
    CannotStart for a file whose mode is another user's to change.
    """
    inside = [path.name for path in data_dir.iterdir()] if data_dir.exists() else []
    ours = [name for name in inside if name in (*FOLDERS, *FILES) or name.startswith((ASIDE, ".restoring"))]
    try:
        if data_dir.exists() and ours == inside:
            data_dir.chmod(PRIVATE_FOLDER)
        for name in ours:
            _close(data_dir / name)
    except PermissionError as error:
        raise CannotStart(
            f"{error.filename} belongs to another user, so it cannot be closed to others. "
            f"Give the folder to this user (chown -R), or name another GOVAH_DATA_DIR.\n"
            "این فایل متعلق به کاربر دیگری است. مالک پوشه را درست کنید یا GOVAH_DATA_DIR دیگری بدهید."
        ) from None


def _close(path: Path) -> None:
    """Set the modes of a file, or of a folder and all that is in it; links are not followed."""
    if path.is_symlink():
        return
    path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            inner = Path(folder) / name
            wanted = PRIVATE_FOLDER if name in folders else PRIVATE_FILE
            if not inner.is_symlink() and stat.S_IMODE(inner.stat().st_mode) != wanted:
                inner.chmod(wanted)


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Lock the data directory for one system. The kernel releases the lock however the process ends.

    Raises CannotStart when another system holds it.
    """
    data_dir.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    with (data_dir / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(
                f"another Govah (process {lock.read().strip() or 'unknown'}) already runs on the data in "
                f"{data_dir}. Stop it, or give another GOVAH_DATA_DIR.\n"
                "گواه دیگری روی همین داده‌ها کار می‌کند. آن را متوقف کنید یا GOVAH_DATA_DIR دیگری بدهید."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def demand_free(port: int) -> None:
    """Raise CannotStart when something listens at 127.0.0.1:port."""
    with socket.socket() as probe:
        # As servers do, so that a port that was just released counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"port {port} cannot be used ({error.strerror}). Give another one: PORT=18080 make run\n"
                "این درگاه در دست برنامه دیگری است. شماره دیگری بدهید."
            ) from None


def free_ports(count: int) -> list[int]:
    """Return different ports of 127.0.0.1 that are free now."""
    with_sockets = [socket.socket() for _ in range(count)]
    try:
        for one in with_sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in with_sockets]
    finally:
        for one in with_sockets:
            one.close()


def find_socket_path(data_dir: Path) -> Path:
    """Return where the private broker listens: in the data directory unless that path is too long."""
    inside = data_dir / "run" / "valkey.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"govah-{os.getuid()}-{name}" / "valkey.sock"


def make_socket_folder(data_dir: Path) -> None:
    """Make the folder of the private broker's socket.

    Raises CannotStart if another user made it.
    """
    folder = find_socket_path(data_dir).parent
    folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise CannotStart(
            f"{folder} belongs to another user. Name a GOVAH_DATA_DIR with a shorter path.\n"
            "این پوشه از آنِ کاربر دیگری است. GOVAH_DATA_DIR کوتاه‌تری بدهید."
        )
    folder.chmod(PRIVATE_FOLDER)


def find_addresses_file(data_dir: Path) -> Path:
    """Return the file with the status URLs of a system; it exists while the system runs."""
    return data_dir / "run" / "addresses.json"


def key_set_file(data_dir: Path) -> Path:
    """Return the path of the public keys of credentials."""
    return letter_trust_file(data_dir).with_name("govah-keys.json")


def letter_trust_file(data_dir: Path) -> Path:
    """Return the file of the public keys that letters of this system are checked with."""
    return data_dir / "secrets" / "letters" / "letter-trust.pem"


def find_endings_url(data_dir: Path) -> str:
    """Return where the journal of endings is: GOVAH_ENDINGS_URL, or a folder that no backup contains."""
    return os.environ.get("GOVAH_ENDINGS_URL") or (data_dir / "endings").resolve().as_uri()


def write_by_rename(path: Path, content: str, mode: int = 0o600) -> None:
    """Write a file so that a reader sees the old or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.touch(mode)
    part.chmod(mode)
    part.write_text(content, encoding="utf-8")
    part.replace(path)


def read_accounts(data_dir: Path) -> dict[str, Any]:
    """Return the content of demo.json, base URL and accounts of invented people; empty without the file."""
    try:
        accounts: dict[str, Any] = json.loads((data_dir / "demo.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return accounts


def write_accounts(data_dir: Path, accounts: dict[str, Any], mode: int = 0o600) -> None:
    """Write demo.json."""
    text = json.dumps(accounts, ensure_ascii=False, indent=2) + "\n"
    write_by_rename(data_dir / "demo.json", text, mode)


def find_running_system(data_dir: Path) -> str | None:
    """Return the base URL of a system that runs on this data and is ready, else None."""
    base_url = read_accounts(data_dir).get("base_url")
    if base_url is None:
        return None
    try:
        ready = httpx.get(f"{base_url}/healthz", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return None
    # Another system may have got that port since: only the one that holds the lock is ours.
    return str(base_url) if ready and _is_held(data_dir) else None


def _is_held(data_dir: Path) -> bool:
    with (data_dir / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def read_messages(data_dir: Path) -> list[dict[str, Any]]:
    """Return every message that would have gone to a mobile, oldest first."""
    try:
        lines = (data_dir / "messages.jsonl").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]
