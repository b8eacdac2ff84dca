"""Imports at the same moment: each list once, each person once, nobody waits for ever."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Barrier

from services.kit.national_code import national_check_digit
from services.records.lists import WorkerRow
from tests.service.records.callers import Files, Records, files_of
from tests.unit.records.lists.lists import FOREIGNER, MARYAM, MEHR

THREADS = 4


def crowd(count: int) -> list[WorkerRow]:
    codes = [f"{n:09}" for n in range(100_000_000, 100_000_000 + count)]
    return [
        replace(MARYAM, row=i, national_code=code + national_check_digit(code), insurance_number=f"{i:08}")
        for i, code in enumerate(codes, 1)
    ]


def at_once(uploads: Sequence[Files], upload: Callable[[Files], int]) -> list[int]:
    """The statuses of uploads that all start at one moment, sorted."""
    gate = Barrier(len(uploads))

    def go(files: Files) -> int:
        gate.wait()
        return upload(files)

    with ThreadPoolExecutor(len(uploads)) as pool:
        return sorted(pool.map(go, uploads))


def test_the_same_list_is_imported_once(records: Records) -> None:
    files = files_of(*crowd(50))
    statuses = at_once([files] * THREADS, lambda given: records.upload(given).status_code)
    assert statuses == [200] * (THREADS - 1) + [201]
    assert records.counts() == [50, 1, 1, 50, 1]


def test_different_content_of_one_list_lets_one_in(records: Records) -> None:
    uploads = [files_of(*crowd(count)) for count in range(10, 10 + THREADS)]
    statuses = at_once(uploads, lambda given: records.upload(given).status_code)
    assert statuses == [201] + [422] * (THREADS - 1)
    people, _, lists, contributions, _ = records.counts()
    assert lists == 1
    assert people == contributions


def test_the_same_new_people_in_different_lists_are_added_once(records: Records) -> None:
    rows = [*crowd(200), FOREIGNER]
    uploads = []
    for thread in range(THREADS):
        Random(thread).shuffle(rows)
        numbered = [replace(row, row=i) for i, row in enumerate(rows, 1)]
        uploads.append(files_of(*numbered, workshop=f"000000000{thread}", month=MEHR.plus(thread)))
    statuses = at_once(uploads, lambda given: records.upload(given).status_code)
    assert statuses == [201] * THREADS
    assert records.counts() == [201, THREADS, THREADS, 201 * THREADS, THREADS]


def test_the_same_unknown_facts_are_filled_by_two_lists_at_once(records: Records) -> None:
    rows = crowd(100)
    records.accept(files_of(*[replace(row, birth_date=None, sex=None) for row in rows]))
    uploads = [
        files_of(*[replace(row, row=i) for i, row in enumerate(listed, 1)], workshop=f"000000000{n}")
        for n, listed in enumerate((rows, rows[::-1]), 1)
    ]
    assert at_once(uploads, lambda given: records.upload(given).status_code) == [201, 201]
    assert records.counts(["people", "contributions"]) == [100, 300]


def test_one_key_at_the_same_moment_has_one_effect(records: Records) -> None:
    key = {"Idempotency-Key": "the-list-of-mehr"}
    files = files_of(*crowd(20))
    statuses = at_once([files] * 2, lambda given: records.upload(given, headers=key).status_code)
    assert statuses == [201, 201]
    assert records.counts(["lists", "idempotency_keys"]) == [1, 1]
