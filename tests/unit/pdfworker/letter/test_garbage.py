"""Garbage is collected once for several letters, and sooner for long ones."""

import gc

import pytest

from services.pdfworker.letter.garbage import GarbageSchedule


@pytest.fixture(name="collections")
def count_collections(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    collections: list[None] = []
    monkeypatch.setattr(gc, "collect", lambda: collections.append(None))
    return collections


def make_letters(schedule: GarbageSchedule, letters: int, pages: int) -> None:
    for _ in range(letters):
        with schedule.defer():
            assert not gc.isenabled()
            schedule.count_pages(pages)
        assert gc.isenabled()


def test_short_letters_are_collected_once_in_sixteen(collections: list[None]) -> None:
    make_letters(GarbageSchedule(), 40, 1)
    assert len(collections) == 2


def test_a_long_letter_is_collected_after_it(collections: list[None]) -> None:
    make_letters(GarbageSchedule(), 3, 130)
    assert len(collections) == 3


def test_a_letter_that_fails_counts(collections: list[None]) -> None:
    schedule = GarbageSchedule()
    for _ in range(16):
        with pytest.raises(ValueError, match="fails"), schedule.defer():
            raise ValueError("fails")
    assert gc.isenabled()
    assert len(collections) == 1
