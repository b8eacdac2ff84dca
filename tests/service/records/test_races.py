"""Simultaneous imports: each list once, each person once, and no deadlock."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Barrier

from services.kit.national_code import compute_check_digit
from services.records.lists import WorkerRow
from tests.fakes.lists import FOREIGNER, MARYAM, MEHR
from tests.service.records.desk import Desk, Files, write_files

THREADS = 4


def build_crowd(count: int) -> list[WorkerRow]:
    codes = [f"{n:09}" for n in range(100_000_000, 100_000_000 + count)]
    return [
        replace(MARYAM, row=i, national_code=code + compute_check_digit(code), insurance_number=f"{i:08}")
        for i, code in enumerate(codes, 1)
    ]


def run_simultaneously(uploads: Sequence[Files], upload: Callable[[Files], int]) -> list[int]:
    """Return the statuses of uploads that all start at one moment, sorted."""
    gate = Barrier(len(uploads))

    def run(files: Files) -> int:
        gate.wait()
        return upload(files)

    with ThreadPoolExecutor(len(uploads)) as pool:
        return sorted(pool.map(run, uploads))


def test_the_same_list_is_imported_once(desk: Desk) -> None:
    files = write_files(*build_crowd(50))
    statuses = run_simultaneously([files] * THREADS, lambda given: desk.upload(given).status_code)
    assert statuses == [200] * (THREADS - 1) + [201]
    assert desk.count_rows() == [50, 1, 1, 50, 1]


def test_one_of_different_contents_of_a_list_is_imported(desk: Desk) -> None:
    uploads = [write_files(*build_crowd(count)) for count in range(10, 10 + THREADS)]
    statuses = run_simultaneously(uploads, lambda given: desk.upload(given).status_code)
    assert statuses == [201] + [422] * (THREADS - 1)
    people, _, lists, contributions, _ = desk.count_rows()
    assert lists == 1
    assert people == contributions


def test_the_same_new_people_in_different_lists_are_added_once(desk: Desk) -> None:
    rows = [*build_crowd(200), FOREIGNER]
    uploads = []
    for thread in range(THREADS):
        Random(thread).shuffle(rows)
        numbered = [replace(row, row=i) for i, row in enumerate(rows, 1)]
        uploads.append(write_files(*numbered, workshop=f"000000001{thread}", month=MEHR.add_months(thread)))
    statuses = run_simultaneously(uploads, lambda given: desk.upload(given).status_code)
    assert statuses == [201] * THREADS
    assert desk.count_rows() == [201, THREADS, THREADS, 201 * THREADS, THREADS]


def test_missing_values_are_filled_by_two_simultaneous_lists(desk: Desk) -> None:
    rows = build_crowd(100)
    desk.import_list(write_files(*[replace(row, birth_date=None, sex=None) for row in rows]))
    uploads = [
        write_files(*[replace(row, row=i) for i, row in enumerate(ordered, 1)], workshop=f"000000000{n}")
        for n, ordered in enumerate((rows, rows[::-1]), 1)
    ]
    assert run_simultaneously(uploads, lambda given: desk.upload(given).status_code) == [201, 201]
    assert desk.count_rows(["people", "contributions"]) == [100, 300]


def test_simultaneous_uploads_with_one_key_have_one_effect(desk: Desk) -> None:
    key = {"Idempotency-Key": "the-list-of-mehr"}
    files = write_files(*build_crowd(20))
    statuses = run_simultaneously([files] * 2, lambda given: desk.upload(given, headers=key).status_code)
    assert statuses == [201, 201]
    assert desk.count_rows(["lists", "idempotency_keys"]) == [1, 1]
