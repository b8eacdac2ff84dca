"""Lists at the bounds of what is permitted: the memory of their import, and their queue.

`make test` imports a file of a quarter of the permitted bytes and a tenth of the permitted rows in 80 MiB,
`make fuzz` the largest in 250 MiB (TEST_SIZE=full).
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
from services.kit.subjects import unpack_data
from services.records.actions import listed_people, turns
from services.records.actions.turns import LARGE, take_turn
from services.records.lists.dbf import MAX_BYTES, MAX_RECORDS
from services.records.models import Contribution, Outbox, Person
from tests.fakes.hostile_lists import build_blank_table, build_national_code
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM
from tests.service.records.desk import Desk, write_files
from tests.sizes import IS_FULL

IMPORT = """
import re, resource, sys
from services.kit.db import new_engine, new_sessions
from pathlib import Path
from services.kit.storage import KeyFile, SealedObjects, new_key_line, open_store
from services.records.actions import lists
from services.records.actions.list_files import read_files, store_list_files
from tests.fakes.hostile_lists import build_largest_list
keys = Path(sys.argv[4]) / "records.storage"
keys.write_text(new_key_line())
objects = SealedObjects(open_store(keys.with_name("objects").as_uri()), KeyFile(keys))
# The threads of the store and their stacks are a running process's own.
objects.put_new("first", b"object")
engine = new_engine(sys.argv[1])
files = build_largest_list(rows=int(sys.argv[3]), size=int(sys.argv[5]))
size = int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (size - sum(map(len, files)) + int(sys.argv[2]) * 1024**2,) * 2)
sound = read_files(*files)
received = store_list_files(new_sessions(engine), objects, *files)
del files
with new_sessions(engine).begin() as session:
    added, new = lists.import_list(session, sound, received, "officer")
    print(new, added.workers, len(added.findings), added.findings_total)
"""


ROWS, SIZE, MEBIBYTES = (MAX_RECORDS, MAX_BYTES, 250) if IS_FULL else (MAX_RECORDS // 10, MAX_BYTES // 4, 80)


@pytest.mark.timeout(660)  # its process may wait long for a busy machine
def test_the_largest_list_is_imported_in_bounded_memory(sqlite_url: str, tmp_path: Path) -> None:
    """The bound is for the whole import, in addition to the memory of the process before it."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, sqlite_url, str(MEBIBYTES), str(ROWS), str(tmp_path), str(SIZE)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout.split()[-4:] == ["True", str(ROWS), "1000", str(5 * ROWS - 2)]


def test_import_in_many_batches_is_the_same_import(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """New people, known people, some with missing values, and a foreigner, in batches of three rows."""
    monkeypatch.setattr(listed_people, "BATCH", 3)
    rows = [
        replace(
            MARYAM,
            row=row,
            national_code=build_national_code(row).decode(),
            insurance_number=str(10**7 + row),
        )
        for row in range(1, 11)
    ]
    partly = [replace(row, father_name="", birth_date=None) for row in rows[2:7]]
    desk.import_list(write_files(*partly, month=JalaliMonth(1403, 5)))
    other = [replace(row, insurance_number=str(2 * 10**7 + row.row)) for row in rows[:2]]
    desk.import_list(write_files(*other, month=JalaliMonth(1403, 6)))
    response = desk.import_list(write_files(*rows, replace(FOREIGNER, row=11)))
    differing = [
        (finding["row"], finding["code"])
        for finding in response["findings"]
        if finding["code"] == "identity-differs"
    ]
    assert differing == [(1, "identity-differs"), (2, "identity-differs")]
    assert response["findings_total"] == len(response["findings"])
    assert desk.count_rows(["people", "contributions"]) == [11, 18]
    with desk.engine.connect() as connection:
        gap = Person.birth_date.is_(None) | Person.father_name.is_(None)
        assert connection.execute(sa.select(Person.position).where(gap)).all() == []
        of_people = connection.execute(
            sa.select(Person.insurance_number, Contribution.row)
            .join(Contribution, Contribution.person_position == Person.position)
            .where(Contribution.row > 2, Contribution.list_position == 3)
        )
        expected = {str(10**7 + row): row for row in range(3, 11)} | {str(FOREIGNER.insurance_number): 11}
        assert sorted(map(tuple, of_people)) == sorted(expected.items())
        events = connection.execute(sa.select(Outbox.data).order_by(Outbox.position)).scalars().all()
    assert len(set(unpack_data(events[-1])["subjects"])) == 11


def test_findings_of_an_import_are_bounded_and_counted(desk: Desk) -> None:
    """Of a list with more warnings than are stored, those about known people are counted with the others."""
    rows = [
        replace(HASAN, row=row, gross=1, premium=1, insurance_number=str(10**7 + row),
                national_code=build_national_code(300_000_000 + row).decode())
        for row in range(1, 601)
    ]  # fmt: skip
    desk.import_list(write_files(*rows, month=JalaliMonth(1403, 6)))
    changed = [replace(row, insurance_number=str(2 * 10**7 + row.row)) for row in rows]
    response = desk.import_list(write_files(*changed))
    assert (len(response["findings"]), response["findings_total"]) == (1_000, 1_800)


def test_a_bomb_is_refused_with_its_reason(desk: Desk) -> None:
    header, _ = write_files(MARYAM)
    response = desk.upload((header, build_blank_table(1_000, 0, 99_999)))
    assert (response.status_code, response.get_json()["code"]) == (422, "list-refused")
    (finding,) = response.get_json()["findings"]
    assert (finding["file"], finding["code"]) == ("DSKWOR00.DBF", "not-dbf")
    assert desk.count_rows() == [0, 0, 0, 0, 0]


def test_large_lists_are_serialised_and_small_ones_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0.05)
    with take_turn(LARGE):
        with take_turn(LARGE - 1):
            pass
        with pytest.raises(Unavailable), take_turn(None):
            pytest.fail("two large lists at once")
    with take_turn(LARGE):
        pass


def test_one_large_list_waits_and_further_ones_are_refused() -> None:
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


def test_refused_large_list_gets_retry_after(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0.05)
    header, workers = write_files(MARYAM)
    with take_turn(None):
        response = desk.upload((header, workers + bytes(LARGE)))
        assert desk.upload((header, workers)).status_code == 201
    assert (response.status_code, response.get_json()["code"]) == (503, "unavailable")
    assert int(response.headers["Retry-After"]) == turns.RETRY_AFTER
    assert desk.upload((header, workers + bytes(LARGE))).status_code == 200
