"""A system that was used, backed up and stopped; and one that was started on what was restored from it.

What a test of a stopped system needs is done once, since to start a system takes 20 seconds of a processor.
"""

import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.client import AUTH, DISCLOSURE, INQUIRY, Stranger
from tests.e2e.sampled import start_sampled
from tests.e2e.system import (
    Embedded,
    System,
    free_port,
    list_living,
    list_processes,
    open_to_others,
    start,
)
from tests.forking import run
from tests.servers import find_room
from tests.waiting import PATIENCE, wait_until


def run_govah(*words: str, status: int = 0) -> str:
    """Return the output of a terminal command. Raise AssertionError unless it ends with this status."""
    log = find_room() / f"run-{uuid.uuid4().hex}.log"
    return run(["govah.cli", *words], os.environ, log, status, "system-forker")


def list_activity(citizen: Stranger) -> list[dict[str, Any]]:
    """Return the lines of the activity page."""
    items: list[dict[str, Any]] = citizen.get(f"{DISCLOSURE}/activity", params={"limit": 200}).json()["items"]
    return items


def wait_for(kind: str, citizen: Stranger, count: int) -> None:
    """Return once `count` lines of a kind are on the activity page."""

    def count_lines() -> int:
        return sum(item["kind"] == kind for item in list_activity(citizen))

    wait_until(
        lambda: count_lines() >= count, lambda: f"no {count} {kind}: {list_activity(citizen)}", pause=0.2
    )
    assert count_lines() == count


@dataclass(frozen=True)
class LeftBehind:
    """A stopped system's folder and backup, what was done in it, and what tests saw while it ran."""

    system: Embedded
    data: Path
    keys: Path
    person: dict[str, Any]
    citizen: Stranger
    bank: Stranger
    # Of a session that was ended.
    signed_out: Stranger
    letter: dict[str, Any]
    document: bytes
    permit: dict[str, Any]
    # Revoked after the backup.
    revoked: dict[str, Any]
    written: frozenset[str]
    open_files: tuple[str, ...]
    exit_code: int
    still_running: tuple[str, ...]


def leave_behind(room: Path, folder: Path) -> LeftBehind:
    """Start a system with its sample data, use it, back it up at work, and stop it."""
    system = start_sampled(room, folder / "var")
    try:
        person, citizen = system.demo["citizens"][0], Stranger(system).sign_in_citizen()
        letter = citizen.ask_for_letter("all", "wages")
        permit, revoked = (citizen.issue_permit(letter["id"]) for _ in range(2))
        assert Stranger(system).inquire(person["national_code"], permit["code"]).status_code == 200
        wait_for("inquiry.answered", citizen, 1)
        signed_out = Stranger(system).sign_in_citizen()
        assert signed_out.http.delete(f"{AUTH}/sessions/current").status_code == 204
        wait_until(lambda: signed_out.get(f"{INQUIRY}/permits").status_code == 401, "inquiry takes its token")
        back_up_while_it_works(system, folder / "data", folder / "keys")
        paths = system.data_dir.rglob("*")
        bank, document = Stranger(system).sign_in_institution(), citizen.get_document(letter["id"])
        written = frozenset(str(path.relative_to(system.data_dir)) for path in paths)
        open_files = tuple(open_to_others(system.data_dir))
        # After the backup.
        assert citizen.http.delete(f"{INQUIRY}/permits/{revoked['id']}").status_code == 204
        wait_until(lambda: is_journaled(system, revoked["id"]), "the journal has the revocation")
    finally:
        processes = list_processes(system)
        exit_code = system.stop()
    return LeftBehind(
        system=system,
        data=folder / "data",
        keys=folder / "keys",
        person=person,
        citizen=citizen,
        signed_out=signed_out,
        letter=letter,
        permit=permit,
        revoked=revoked,
        exit_code=exit_code,
        still_running=tuple(list_living(processes)),
        bank=bank,
        document=document,
        written=written,
        open_files=open_files,
    )


def is_journaled(system: System, ended_id: str) -> bool:
    """Return whether the journal of endings names a thing."""
    segments = (system.data_dir / "endings").rglob("*.jsonl")
    return any(ended_id in segment.read_text("utf-8") for segment in segments)


def back_up_while_it_works(system: System, data: Path, keys: Path) -> None:
    """Back a system up while another citizen goes on asking."""
    done = threading.Event()
    failures: list[object] = []

    def go_on() -> None:
        busy = Stranger(system).sign_in_citizen(1)
        while not done.is_set():
            answer = busy.post(f"{INQUIRY}/inquiries", {"national_code": "0000000000", "code": "0" * 16})
            if answer.status_code >= 500 or busy.get(f"{DISCLOSURE}/activity").status_code != 200:
                failures.append(answer.text)

    other = threading.Thread(target=go_on)
    other.start()
    try:
        output = run_govah("backup", str(data), str(keys), "--data-dir", str(system.data_dir))
        assert "Keep the two apart" in output
    finally:
        done.set()
        other.join(timeout=PATIENCE)
    assert not failures


@dataclass(frozen=True)
class Restored:
    """A running system on restored data, and what was seen between the restore and its start."""

    system: Embedded
    output: str
    # Of the restore without the journal, which failed.
    without: str
    open_files: tuple[tuple[str, ...], ...]


@contextmanager
def restored_from(left: LeftBehind) -> Iterator[Restored]:
    """Destroy a stopped system, restore it, open its files to others and start it. Yield it."""
    folder = left.system.data_dir
    words = ("restore", str(left.data), str(left.keys), "--data-dir", str(folder))
    # The journal is on another disk, usually.
    journal = (folder / "endings").rename(folder.with_name("endings"))
    shutil.rmtree(folder)
    without = run_govah(*words, status=1)
    folder.mkdir(exist_ok=True)
    journal.rename(folder / "endings")
    output = run_govah(*words)
    open_files = tuple(tuple(open_to_others(one)) for one in (left.data, left.keys, folder))
    # As a version before left it.
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    system = start(folder, free_port(), sample=True)
    try:
        yield Restored(system, output, without, open_files)
    finally:
        assert system.stop() == 0
