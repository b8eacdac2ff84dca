"""The journal of endings: written once, read back, and replayed only where a database lacks something."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import obstore
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from obstore.store import MemoryStore
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.endings import (
    EndingHandler,
    EndingUnknown,
    Entry,
    Journal,
    JournalMissing,
    add_ending,
    delete_old_endings,
    measure_endings,
    open_journal,
    replay_endings,
    write_endings,
)
from services.kit.endings import journal as journals
from services.kit.endings.commands import build_endings_group
from services.kit.endings.rows import RETENTION_DAYS
from tests.conftest import Bucket
from tests.restoring import restore_rows, save_rows
from tests.service.kit.tiny import Base, Ending


@pytest.fixture
def journal() -> Journal:
    return Journal(MemoryStore())


def end(sessions: Sessions, *names: str) -> None:
    for name in names:
        with sessions.begin() as session:
            add_ending(session, Ending, "note.ended", note=name)


def write(sessions: Sessions, journal: Journal) -> int:
    return write_endings(sessions, Ending, "tiny", journal)


def new_entry() -> Entry:
    return Entry(uuid.uuid4(), "note.ended", datetime.now(UTC), 1, {"note": "x"})


def count_rows(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalars(sa.select(sa.func.count()).select_from(Ending)).one()


class Replay:
    """A service that notes what is ended again."""

    def __init__(self, sessions: Sessions, journal: Journal | None) -> None:
        self.sessions, self.journal = sessions, journal
        self.ended: list[str] = []

    @property
    def handlers(self) -> Mapping[str, EndingHandler]:
        return {"note.ended": self.end_again}

    def end_again(self, session: Session, entry: Entry) -> None:
        # As an action of the service would.
        add_ending(session, Ending, "note.ended", note=entry.data["note"])
        self.ended.append(entry.data["note"])

    def run(self) -> list[str]:
        self.ended.clear()
        assert self.journal
        replay_endings(self.sessions, Ending, "tiny", self.journal, self.handlers)
        return list(self.ended)


def get_engine(sessions: Sessions) -> sa.Engine:
    engine = sessions.kw["bind"]
    assert isinstance(engine, sa.Engine)
    return engine


def test_a_restored_database_gets_what_ended_since_in_its_order_and_once(
    sessions: Sessions, journal: Journal
) -> None:
    end(sessions, "before")
    assert write(sessions, journal) == 1
    end(sessions, "in the backup, not in the journal")
    backup = save_rows(get_engine(sessions), Base.metadata)
    end(sessions, "first")
    assert write(sessions, journal) == 2
    end(sessions, "second", "third")
    assert write(sessions, journal) == 2
    replay = Replay(sessions, journal)
    assert replay.run() == []
    restore_rows(get_engine(sessions), backup)
    assert replay.run() == ["first", "second", "third"]
    # What was applied again is neither applied nor journaled another time.
    assert (replay.run(), count_rows(sessions)) == ([], 5)
    restore_rows(get_engine(sessions), backup)
    assert write(sessions, journal) == 1
    assert replay.run() == ["first", "second", "third"]
    end(sessions, "fourth")
    assert write(sessions, journal) == 1


def test_a_clock_that_was_set_back_changes_no_order(sessions: Sessions, journal: Journal) -> None:
    backup = save_rows(get_engine(sessions), Base.metadata)
    names = ["first", "second", "third", "fourth"]
    for two in (names[:2], names[2:]):
        end(sessions, *two)
        write(sessions, journal)
    # The newest two were an hour before the first, by the database's clock; rows of one segment too.
    entries = [replace(one, at=one.at - timedelta(hours=one.position)) for one in list_entries(journal)]
    moved = Journal(MemoryStore())
    moved.append("tiny", entries[:2])
    moved.append("tiny", entries[2:])
    # Another writer was late with what a segment before has.
    moved.append("tiny", entries[:1])
    restore_rows(get_engine(sessions), backup)
    assert Replay(sessions, moved).run() == names


def list_entries(journal: Journal) -> list[Entry]:
    """Return the entries of a journal, the oldest segment first."""
    return [entry for segment in reversed(list(journal.list_back("tiny"))) for entry in segment]


def test_a_stray_file_hides_no_backup(tmp_path: Path) -> None:
    journal = open_journal(tmp_path.as_uri())
    assert journal
    assert journal.find_last_backup() is None
    for name in ("zzz.json", "20261130T010203Z.json.part", "README", "20261399T999999Z.json"):
        (tmp_path / "backups").mkdir(exist_ok=True)
        (tmp_path / "backups" / name).write_text("{}", "utf-8")
    assert journal.find_last_backup() is None
    finished_at = datetime(2026, 11, 30, 1, 2, 3, tzinfo=UTC)
    journal.note_backup(finished_at, 1)
    assert journal.find_last_backup() == finished_at


def test_a_replay_that_was_interrupted_goes_on(sessions: Sessions, journal: Journal) -> None:
    backup = save_rows(get_engine(sessions), Base.metadata)
    end(sessions, "first", "second", "third")
    write(sessions, journal)
    restore_rows(get_engine(sessions), backup)
    replay, seen = Replay(sessions, journal), []

    def fail_at_second(session: Session, entry: Entry) -> None:
        if entry.data["note"] == "second":
            raise OSError("the disk is away")
        seen.append(entry.data["note"])

    with pytest.raises(OSError, match="away"):
        replay_endings(sessions, Ending, "tiny", journal, {"note.ended": fail_at_second})
    assert (seen, replay.run()) == (["first"], ["second", "third"])


def test_segments_of_two_writers_never_overwrite_each_other(sessions: Sessions) -> None:
    store = MemoryStore()
    writers, backup = [Journal(store), Journal(store)], save_rows(get_engine(sessions), Base.metadata)
    for number in range(4):
        end(sessions, str(number))
        write(sessions, writers[number % 2])
    restore_rows(get_engine(sessions), backup)
    assert Replay(sessions, Journal(store)).run() == ["0", "1", "2", "3"]
    assert len(list(Journal(store).list_back("tiny"))) == 4
    assert writers[0].read_id() == writers[1].read_id()


def test_a_writer_that_was_idle_goes_on_after_any_number_of_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "MAX_TAKEN", 4)
    store = MemoryStore()
    idle, busy = Journal(store), Journal(store)
    keys = [writer.append("tiny", [new_entry()]) for writer in (idle, *[busy] * 20, idle)]
    assert sorted(keys) == keys
    assert len(set(keys)) == len(keys)


def test_a_clock_that_moves_back_over_midnight_keeps_endings_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journals, "MAX_TAKEN", 4)

    class Clock(datetime):
        day = 1

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(2026, 12, cls.day, tzinfo=tz)

    monkeypatch.setattr(journals, "datetime", Clock)
    journal, keys = Journal(MemoryStore()), []
    for Clock.day in (*[1] * 20, 2, 1, 1, 2):
        keys.append(journal.append("tiny", [new_entry()]))
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("content", [b'{"id": "cut sh', b"[1]\n", b"{}\n", b"\xff\xfe\n"])
def test_a_damaged_segment_stops_the_start_with_its_name(sessions: Sessions, content: bytes) -> None:
    store = MemoryStore()
    Journal(store).append("tiny", [new_entry()])
    obstore.put(store, "tiny/20261130/000000002.jsonl", content)
    group = build_endings_group(
        sessions, Ending, "tiny", lambda: Journal(store), Replay(sessions, None).handlers
    )
    stopped = CliRunner().invoke(group, ["replay"])
    assert stopped.exit_code == 1
    assert "tiny/20261130/000000002.jsonl" in stopped.output
    assert "دفتر پایان" in stopped.output
    assert count_rows(sessions) == 0


def test_a_row_from_the_future_hides_no_ending(sessions: Sessions, journal: Journal) -> None:
    end(sessions, "before", "by a wrong clock")
    with sessions.begin() as session:
        wrong = sa.update(Ending).where(
            Ending.position == sa.select(sa.func.max(Ending.position)).scalar_subquery()
        )
        session.execute(wrong.values(ended_at=datetime.now(UTC) + timedelta(days=400)))
    write(sessions, journal)
    backup = save_rows(get_engine(sessions), Base.metadata)
    end(sessions, "after the backup")
    write(sessions, journal)
    restore_rows(get_engine(sessions), backup)
    assert Replay(sessions, journal).run() == ["after the backup"]


def test_a_crash_before_the_mark_writes_twice_and_replays_once(sessions: Sessions, journal: Journal) -> None:
    backup = save_rows(get_engine(sessions), Base.metadata)
    end(sessions, "only")
    write(sessions, journal)
    with sessions.begin() as session:
        session.execute(sa.update(Ending).values(written_at=None))
    write(sessions, journal)
    restore_rows(get_engine(sessions), backup)
    assert Replay(sessions, journal).run() == ["only"]


def test_nothing_is_applied_of_a_journal_with_unknown_endings(sessions: Sessions, journal: Journal) -> None:
    backup = save_rows(get_engine(sessions), Base.metadata)
    end(sessions, "known")
    with sessions.begin() as session:
        add_ending(session, Ending, "thing.of-tomorrow", thing=uuid.uuid4())
    write(sessions, journal)
    restore_rows(get_engine(sessions), backup)
    replay = Replay(sessions, journal)
    with pytest.raises(EndingUnknown, match=r"thing\.of-tomorrow"):
        replay.run()
    assert (replay.ended, count_rows(sessions)) == ([], 0)


def test_rows_of_before_the_memory_are_not_applied_again(sessions: Sessions, journal: Journal) -> None:
    end(sessions, "long ago")
    write(sessions, journal)
    end(sessions, "now")
    write(sessions, journal)
    with sessions.begin() as session:
        oldest = session.scalars(sa.select(Ending).order_by(Ending.position).limit(1)).one()
        oldest.ended_at -= timedelta(days=RETENTION_DAYS, hours=1)
    aged = Journal(MemoryStore())
    with sessions() as session:
        for row in session.scalars(sa.select(Ending).order_by(Ending.position)):
            aged.append("tiny", [Entry(row.id, row.name, row.ended_at, row.position, row.data)])
    assert delete_old_endings(sessions, Ending, is_journaled=True) == 1
    assert Replay(sessions, aged).run() == []


def test_the_newest_row_and_waiting_rows_stay_however_old(sessions: Sessions, journal: Journal) -> None:
    end(sessions, "written")
    write(sessions, journal)
    end(sessions, "waiting", "newest")
    with sessions.begin() as session:
        for row in session.scalars(sa.select(Ending)):
            row.ended_at -= timedelta(days=RETENTION_DAYS, hours=1)
    [measured] = measure_endings(sessions, Ending, is_journaled=True)
    assert measured.samples[0].value > RETENTION_DAYS * 24 * 3600
    assert delete_old_endings(sessions, Ending, is_journaled=True) == 1
    assert delete_old_endings(sessions, Ending, is_journaled=False) == 1
    assert count_rows(sessions) == 1
    assert list(measure_endings(sessions, Ending, is_journaled=False)) == []


def test_a_mark_finds_out_another_and_an_incomplete_journal(tmp_path: Path) -> None:
    journal, other = open_journal(f"file://{tmp_path / 'a'}"), open_journal(f"file://{tmp_path / 'b'}")
    assert journal is not None
    assert other is not None
    with pytest.raises(JournalMissing):
        journal.take_mark(["tiny"])
    for opened in (journal, other):
        opened.append("tiny", [])
    mark = journal.take_mark(["tiny", "silent"])
    journal.require(mark)
    with pytest.raises(JournalMissing, match="not the one"):
        other.require(mark)
    (tmp_path / "a" / mark.last["tiny"]).unlink()
    with pytest.raises(JournalMissing, match="lacks"):
        journal.require(mark)
    assert open_journal("") is None


def test_a_bucket_holds_a_journal_as_a_folder_does(bucket: Bucket) -> None:
    journal = open_journal(f"{bucket.url}/endings", bucket.access)
    assert journal is not None
    with pytest.raises(JournalMissing):
        journal.read_id()
    moment = datetime(2026, 11, 30, tzinfo=UTC)
    entries = [Entry(uuid.uuid4(), "note.ended", moment, number, {"note": str(number)}) for number in (1, 2)]
    keys = [journal.append("tiny", [entry]) for entry in entries]
    mark = journal.take_mark(["tiny", "silent"])
    assert mark.last == {"tiny": keys[-1]}
    other = open_journal(f"{bucket.url}/endings", bucket.access)
    assert other is not None
    other.require(mark)
    assert list(other.list_back("tiny")) == [[entries[1]], [entries[0]]]
    with pytest.raises(JournalMissing, match="lacks"):
        other.require(replace(mark, last={"tiny": "tiny/20010101/000000001.jsonl"}))
    assert other.find_last_backup() is None
    other.note_backup(moment, 7)
    assert journal.find_last_backup() == moment


def test_a_replay_that_cannot_read_its_journal_stops_the_start(sessions: Sessions, tmp_path: Path) -> None:
    def open_lost() -> Journal:
        raise OSError

    group = build_endings_group(sessions, Ending, "tiny", open_lost, {})
    stopped = CliRunner().invoke(group, ["replay"])
    assert stopped.exit_code == 1
    assert "GOVAH_ENDINGS_URL" in stopped.output
    assert "Traceback" not in stopped.output
    group = build_endings_group(sessions, Ending, "tiny", lambda: None, {})
    assert CliRunner().invoke(group, ["replay"]).exit_code == 0
