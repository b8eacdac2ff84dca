"""Lists at the bounds of what is permitted: what an import of them takes, and that they come one by one.

`make test` imports the largest file with a fifth of the permitted rows in 100 MiB, `make fuzz` with all rows
in 250 MiB (TEST_SIZE=full).
"""

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.kit.jalali import JalaliMonth
from services.kit.problems import Unavailable
from services.records.actions import lists, turns
from services.records.actions.turns import LARGE, take_turn
from services.records.lists.dbf import MAX_RECORDS
from services.records.models import Contribution, Outbox, Person
from tests.service.records.callers import Records, files_of
from tests.sizes import IS_FULL
from tests.unit.records.lists.hostile import blank_table, code_of
from tests.unit.records.lists.lists import FOREIGNER, HASAN, MARYAM

IMPORT = """
import re, resource, sys
from services.kit.db import new_engine, new_sessions
from services.records.actions import lists
from tests.unit.records.lists.hostile import largest_list
engine = new_engine(sys.argv[1])
files = largest_list(rows=int(sys.argv[3]))
size = int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (size - sum(map(len, files)) + int(sys.argv[2]) * 1024**2,) * 2)
sound = lists.read_files(*files)
del files
with new_sessions(engine).begin() as session:
    added, new = lists.import_list(session, sound, "officer")
    print(new, added.workers, len(added.findings), added.findings_total)
"""


ROWS, MEBIBYTES = (MAX_RECORDS, 250) if IS_FULL else (20_000, 100)


@pytest.mark.timeout(660)  # its process may wait long for a busy machine
def test_the_largest_list_is_imported_in_250_mebibytes(sqlite_url: str) -> None:
    """The bound holds for all that an import does; the process has more than that before it begins."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, sqlite_url, str(MEBIBYTES), str(ROWS)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout.split()[-4:] == ["True", str(ROWS), "1000", str(2 * ROWS - 3)]


def test_an_import_in_many_parts_is_the_same_import(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New people, known ones, some with gaps that are filled, a foreigner: three rows at a time."""
    monkeypatch.setattr(lists, "BATCH", 3)
    rows = [
        replace(MARYAM, row=row, national_code=code_of(row).decode(), insurance_number=str(10**7 + row))
        for row in range(1, 11)
    ]
    partly = [replace(row, father_name="", birth_date=None) for row in rows[2:7]]
    records.accept(files_of(*partly, month=JalaliMonth(1403, 5)))
    other = [replace(row, insurance_number=str(2 * 10**7 + row.row)) for row in rows[:2]]
    records.accept(files_of(*other, month=JalaliMonth(1403, 6)))
    answer = records.accept(files_of(*rows, replace(FOREIGNER, row=11)))
    differing = [(one["row"], one["code"]) for one in answer["findings"] if one["code"] == "identity-differs"]
    assert differing == [(1, "identity-differs"), (2, "identity-differs")]
    assert answer["findings_total"] == len(answer["findings"])
    assert records.counts(["people", "contributions"]) == [11, 18]
    with records.engine.connect() as connection:
        gap = Person.birth_date.is_(None) | Person.father_name.is_(None)
        assert connection.execute(sa.select(Person.position).where(gap)).all() == []
        of_people = connection.execute(
            sa.select(Person.insurance_number, Contribution.row)
            .join(Contribution, Contribution.person_position == Person.position)
            .where(Contribution.row > 2, Contribution.list_position == 3)
        )
        listed = {str(10**7 + row): row for row in range(3, 11)} | {str(FOREIGNER.insurance_number): 11}
        assert sorted(map(tuple, of_people)) == sorted(listed.items())
        events = connection.execute(sa.select(Outbox.data).order_by(Outbox.position)).scalars().all()
    assert len(set(events[-1]["subjects"])) == 11


def test_findings_of_an_import_end_at_their_bound_and_are_counted(records: Records) -> None:
    """Of a list with more warnings than are kept, those about known people are counted with the others."""
    rows = [
        replace(HASAN, row=row, gross=1, premium=1, insurance_number=str(10**7 + row),
                national_code=code_of(300_000_000 + row).decode())
        for row in range(1, 601)
    ]  # fmt: skip
    records.accept(files_of(*rows, month=JalaliMonth(1403, 6)))
    changed = [replace(row, insurance_number=str(2 * 10**7 + row.row)) for row in rows]
    answer = records.accept(files_of(*changed))
    assert (len(answer["findings"]), answer["findings_total"]) == (1_000, 1_800)


def test_a_bomb_is_refused_with_its_reason(records: Records) -> None:
    header, _ = files_of(MARYAM)
    answer = records.upload((header, blank_table(1_000, 0, 99_999)))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "list-refused")
    (finding,) = answer.get_json()["findings"]
    assert (finding["file"], finding["code"]) == ("DSKWOR00.DBF", "not-dbf")
    assert records.counts() == [0, 0, 0, 0, 0]


def test_large_lists_come_one_after_another_and_small_ones_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0.05)
    with take_turn(LARGE):
        with take_turn(LARGE - 1):
            pass
        with pytest.raises(Unavailable), take_turn(None):
            pytest.fail("two large lists at once")
    with take_turn(LARGE):
        pass


def test_of_many_large_lists_one_waits_and_the_others_are_sent_away() -> None:
    waiting, entered = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        with take_turn(LARGE):
            entered.set()

    second = threading.Thread(target=wait)
    with take_turn(LARGE):
        second.start()
        assert waiting.wait(60)
        while turns._places.acquire(blocking=False):
            turns._places.release()
        with pytest.raises(Unavailable), take_turn(LARGE):
            pytest.fail("a third one has no place to wait")
        assert not entered.is_set()
    second.join(60)
    assert entered.is_set()


def test_an_upload_that_finds_no_turn_hears_when_to_come_again(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0.05)
    header, workers = files_of(MARYAM)
    with take_turn(None):
        answer = records.upload((header, workers + bytes(LARGE)))
        assert records.upload((header, workers)).status_code == 201
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) == turns.RETRY_AFTER
    assert records.upload((header, workers + bytes(LARGE))).status_code == 200
