"""The journal as objects: numbered segments of JSON lines, written once and never changed.

A segment is `<service>/<day>/<number>.jsonl`. `journal.json` has the id of the journal, by which a restore
recognises the one that belongs to a backup. The store may refuse to overwrite and to delete.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import ObjectStore

from services.kit.storage import ObjectExists, ObjectMissing, S3Config, open_store, put_new, read

IDENTITY = "journal.json"
# A folder of its own, beside those of the services.
BACKUPS = "backups"
# The name of a note of a backup: when it was finished, in UTC.
STAMP = "%Y%m%dT%H%M%SZ"
# Looks at the store for a free number, each of which another writer may take first.
MAX_TAKEN = 1000


class JournalMissing(Exception):
    """A journal is not the one that a backup names, or lacks what was in it at the time of the backup."""


class JournalDamaged(Exception):
    """A segment of a journal cannot be read; the message is its key."""


@dataclass(frozen=True)
class Entry:
    """One ending: `data` has ids only. `position` is that of its row in the database of then."""

    id: uuid.UUID
    name: str
    at: datetime
    position: int
    data: dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """What a backup notes of a journal: its id, and the last segment of each service."""

    journal: str
    last: dict[str, str]


class Journal:
    """The segments of one journal in an object store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._last: dict[str, tuple[str, int]] = {}

    def note_backup(self, finished_at: datetime, size: int) -> None:
        """Note a good backup, so that its age can be watched wherever the journal is read."""
        key = f"{BACKUPS}/{finished_at.astimezone(UTC):{STAMP}}.json"
        with suppress(ObjectExists):
            put_new(self._store, key, json.dumps({"bytes": size}).encode())

    def find_last_backup(self) -> datetime | None:
        """Return when the last good backup was finished, or None."""
        pages = obstore.list(self._store, f"{BACKUPS}/")
        moments = (_read_moment(meta["path"]) for page in pages for meta in page)
        return max(filter(None, moments), default=None)

    def append(self, service: str, entries: Sequence[Entry]) -> str:
        """Return the key of a new segment with these entries; it survives a power failure."""
        self.ensure_id()
        day = f"{datetime.now(UTC):%Y%m%d}"
        last_day, number = self._last.get(service, ("", 0))
        # Also a clock that was set back over midnight leads to a day with segments.
        number = number if last_day == day else self._find_last(service, day)
        data = "".join(_write_line(entry) for entry in entries).encode()
        for _ in range(MAX_TAKEN):
            number += 1
            key = _build_key(service, day, number)
            try:
                put_new(self._store, key, data)
            except ObjectExists:
                # Another writer may have written thousands since this one's last segment.
                number = max(number, self._find_last(service, day))
                continue
            self._last[service] = day, number
            return key
        raise ObjectExists(key)

    def ensure_id(self) -> str:
        """Return the id of the journal, which is written with its first segment."""
        with suppress(JournalMissing):
            return self.read_id()
        # Another service may write it first.
        with suppress(ObjectExists):
            put_new(self._store, IDENTITY, json.dumps({"id": str(uuid.uuid4())}).encode())
        return self.read_id()

    def read_id(self) -> str:
        """Return the id of the journal. Raises JournalMissing."""
        try:
            return str(json.loads(read(self._store, IDENTITY))["id"])
        except ObjectMissing:
            raise JournalMissing("there is no journal of endings") from None

    def list_back(self, service: str) -> Iterator[Sequence[Entry]]:
        """Yield the entries of each segment of a service, the newest segment first. Raises JournalDamaged."""
        for day in reversed(self._list_days(service)):
            for key in reversed(self._list_keys(f"{service}/{day}")):
                yield _read_segment(key, read(self._store, key))

    def take_mark(self, services: Sequence[str]) -> Mark:
        """Return what a backup notes. Raises JournalMissing."""
        last = {}
        for service in services:
            if days := self._list_days(service):
                last[service] = self._list_keys(f"{service}/{days[-1]}")[-1]
        return Mark(self.read_id(), last)

    def require(self, mark: Mark) -> None:
        """Raise JournalMissing unless this is the journal of a mark, with the segments that it names."""
        if self.read_id() != mark.journal:
            raise JournalMissing("the journal of endings is not the one of this backup")
        for key in mark.last.values():
            try:
                obstore.head(self._store, key)
            except (NotFoundError, FileNotFoundError):
                raise JournalMissing(f"the journal of endings lacks {key}, which the backup knows") from None

    def _find_last(self, service: str, day: str) -> int:
        keys = self._list_keys(f"{service}/{day}")
        return int(keys[-1].rpartition("/")[2].partition(".")[0]) if keys else 0

    def _list_days(self, service: str) -> list[str]:
        listing = obstore.list_with_delimiter(self._store, f"{service}/")
        return sorted(str(prefix).rstrip("/").rpartition("/")[2] for prefix in listing["common_prefixes"])

    def _list_keys(self, prefix: str) -> list[str]:
        pages = obstore.list(self._store, prefix)
        return sorted(meta["path"] for page in pages for meta in page if meta["path"].endswith(".jsonl"))


def open_journal(url: str, s3: S3Config | None = None) -> Journal | None:
    """Return the journal of a URL, as `open_store` takes it; None without one."""
    return Journal(open_store(url, s3)) if url else None


def _build_key(service: str, day: str, number: int) -> str:
    return f"{service}/{day}/{number:09d}.jsonl"


def _read_moment(key: str) -> datetime | None:
    """Return when the backup of a note was finished; None for another file."""
    try:
        return datetime.strptime(key.rpartition("/")[2], f"{STAMP}.json").replace(tzinfo=UTC)
    except ValueError:
        return None


def _write_line(entry: Entry) -> str:
    fields = {
        "id": str(entry.id),
        "name": entry.name,
        "at": entry.at.astimezone(UTC).isoformat(),
        "position": entry.position,
        "data": entry.data,
    }
    return json.dumps(fields, separators=(",", ":")) + "\n"


def _read_segment(key: str, data: bytes) -> list[Entry]:
    try:
        return [_read_line(line) for line in data.decode().splitlines()]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise JournalDamaged(key) from error


def _read_line(line: str) -> Entry:
    fields = json.loads(line)
    at = datetime.fromisoformat(fields["at"])
    if at.tzinfo is None:
        raise ValueError("a moment without its time zone")
    return Entry(uuid.UUID(fields["id"]), fields["name"], at, fields["position"], fields["data"])
