"""Tests write to memory only where it can hold them."""

import os
from pathlib import Path

import pytest

from tests.temporary import ENOUGH, VARIABLE, is_fit, write_to_memory


def test_missing_folder_is_not_fit(tmp_path: Path) -> None:
    assert not is_fit(tmp_path / "missing")


@pytest.mark.parametrize(
    ("flags", "free", "expected"),
    [
        (0, ENOUGH, True),
        (0, ENOUGH - 4096, False),
        (os.ST_NOEXEC, ENOUGH, False),
        (os.ST_RDONLY, ENOUGH, False),
    ],
)
def test_memory_needs_room_and_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, free: int, expected: bool
) -> None:
    status = os.statvfs_result((4096, 4096, 0, 0, free // 4096, 0, 0, 0, flags, 255))
    monkeypatch.setattr(os, "statvfs", lambda _folder: status)
    assert is_fit(tmp_path) is expected


def test_chosen_place_stays(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    monkeypatch.setenv(VARIABLE, "/chosen")
    write_to_memory(pytestconfig)
    assert os.environ[VARIABLE] == "/chosen"
