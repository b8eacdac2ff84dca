"""What the system leaves lying about: logs, broker, databases, objects and the modes of files."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, RECORDS, Caller, Target
from tests.waiting import PATIENCE

# Shorter ones stand in any file by chance.
SHORTEST = 8


def list_files(*directories: Path) -> Iterator[Path]:
    """Yield every plain file below the directories."""
    for directory in directories:
        yield from (path for path in sorted(directory.rglob("*")) if path.is_file())


@register_attack(
    "secrets and personal data in logs and broker", "no code, token, password, mobile or name in any file"
)
def search_logs(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    holder = target.holder
    code = holder.issue_permit()["code"]
    target.create_stranger().inquire(holder.person.national_code, code, purpose="هدف نشانه‌دار")
    secrets = {word for word in Caller.secrets if len(word) >= SHORTEST}
    secrets |= {"هدف نشانه‌دار", code, code.replace(" ", "")}
    if len(secrets) < 10:
        raise AttackVoid("there is nothing to search for")
    files = list(list_files(target.data_dir / "logs", target.data_dir / "valkey"))
    total = 0
    for path in files:
        data = path.read_bytes()
        total += len(data)
        matches = {word for word in secrets if any(form in data for form in _encode_forms(word))}
        tally.add(
            f"{path.name}: {len(matches)}, such as {next(iter(matches), '')[:4]}…", is_hit=bool(matches)
        )
    return tally.summarise(f"{len(secrets)} secrets in {len(files)} files, {total / 1e6:.1f} MB")


def _encode_forms(word: str) -> set[bytes]:
    escaped = json.dumps(word)[1:-1]
    return {word.encode(), word.encode("utf-16-le"), escaped.encode()}


def _list_personal_words(target: Target) -> set[str]:
    """Return what the holder's letter says in words: names, numbers, workshops."""
    holder = target.holder
    statement: dict[str, Any] = holder.person.caller.get(
        f"{RECORDS}/me/statement", params={"type": "all"}
    ).json()
    person = statement["person"]
    rows = holder.person.caller.get(f"{RECORDS}/me/contributions").json()["items"]
    words = {person[name] for name in ("national_code", "first_name", "last_name", "insurance_number")}
    words |= {row["workshop_name"] for row in rows if row.get("workshop_name")}
    words |= {row["workshop_code"] for row in rows}
    return {word for word in words if word and len(word) > 3}


@register_attack("plain words in inquiry's database and objects", "nothing of a letter in any encoding")
def search_inquiry(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    target.holder.issue_permit()
    words = _list_personal_words(target)
    objects = target.data_dir / "objects" / "inquiry"
    files = [*target.data_dir.glob("db/inquiry.sqlite3*"), *list_files(objects)]
    if not any(path.is_relative_to(objects) for path in files):
        raise AttackVoid("there are no objects")
    data = b"\0".join(path.read_bytes() for path in files)
    for word in sorted(words):
        for form in _encode_forms(word):
            tally.add(f"{word[:3]}… as {form[:6]!r}", is_hit=form in data)
    return tally.summarise(f"{len(words)} words in {len(files)} files")


@register_attack("statements in disclosure's rows", "sealed once the letter is ready")
def search_disclosure(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    words = _list_personal_words(target)
    # A loop seals them just after.
    ends = time.monotonic() + size.pick(PATIENCE, 15)
    while any((matched := _find_in_rows(target, words)).values()) and time.monotonic() < ends:
        time.sleep(0.5)
    for name, matches in matched.items():
        tally.add(f"{name}: {len(matches)} words", is_hit=bool(matches))
    return tally.summarise()


def _find_in_rows(target: Target, words: set[str]) -> dict[str, list[str]]:
    """Return the words that are in the rows of each table of disclosure. Raises AttackVoid without rows."""
    path = target.data_dir / "db" / "disclosure.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: [list(row) for row in database.execute(f'SELECT * FROM "{name}"')] for name in names}
    if not any(rows.values()):
        raise AttackVoid("there are no rows")
    matches = {}
    for name, values in rows.items():
        text = json.dumps(values, ensure_ascii=False, default=lambda one: one.decode("latin-1"))
        both = text + json.dumps(text)
        matches[name] = [word for word in words if word in both]
    return matches


@register_attack("the wrapped key of a revoked permit", "in no byte of database, WAL and objects")
def search_wrapped_key(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    caller = target.holder.person.caller
    for _ in range(size.pick(2, 10)):
        permit = target.holder.issue_permit()
        keys = _read_wrapped_keys(target, permit["id"])
        if not keys or not any(_find_holders(target, key) for key in keys):
            raise AttackVoid("there is no wrapped key while the permit lives")
        assert caller.http.delete(f"{INQUIRY}/permits/{permit['id']}").status_code == 204
        ends = time.monotonic() + size.pick(PATIENCE, 15)
        while any(_find_holders(target, key) for key in keys) and time.monotonic() < ends:
            time.sleep(0.5)
        for key in keys:
            tally.add(f"in {', '.join(_find_holders(target, key))}", is_hit=bool(_find_holders(target, key)))
    return tally.summarise()


def _read_wrapped_keys(target: Target, permit_id: str) -> set[bytes]:
    path = target.data_dir / "db" / "inquiry.sqlite3"
    keys: set[bytes] = set()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        for permit, key in database.execute("SELECT permit_id, wrapped_key FROM sealed_copies"):
            text = permit.hex() if isinstance(permit, bytes) else str(permit)
            if text.replace("-", "") == permit_id.replace("-", ""):
                keys.add(bytes(key))
    return keys


def _find_holders(target: Target, key: bytes) -> list[str]:
    files = [
        *target.data_dir.glob("db/inquiry.sqlite3*"),
        *list_files(target.data_dir / "objects" / "inquiry"),
    ]
    return [path.name for path in files if key in path.read_bytes()]


@register_attack("files that other users can read", "0600 in folders of 0700")
def read_files(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    own = {path for path in target.data_dir.iterdir() if path.name.startswith("attack")}
    for path in (target.data_dir, *sorted(target.data_dir.rglob("*"))):
        if own & {path, *path.parents} or path.is_symlink():
            continue
        mode = path.stat().st_mode & 0o777
        name = str(path.relative_to(target.data_dir.parent))
        tally.add(f"{name} {mode:o}", is_hit=bool(mode & 0o077))
    return tally.summarise()
