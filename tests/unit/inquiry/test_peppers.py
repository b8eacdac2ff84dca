"""Peppers in their directory: made once, rotated, destroyed, never silently replaced."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.inquiry.actions.peppers import (
    PeppersUnusable,
    destroy_generation,
    ensure_peppers,
    list_generations,
    load_peppers,
    rotate_peppers,
)


def test_existing_peppers_do_not_change(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "peppers"
    ensure_peppers(directory)
    first = load_peppers(directory)
    ensure_peppers(directory)
    assert load_peppers(directory) == first
    assert {path.name for path in directory.iterdir()} == {"pepper1", "pepper2.1"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [directory, *directory.iterdir()])
    assert len({first.fixed, first.generations[1]}) == 2
    assert len(first.fixed) == 32


def test_simultaneous_processes_agree_on_one_pepper(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ensure_peppers, [tmp_path] * 8))
    assert {path.name for path in tmp_path.iterdir()} == {"pepper1", "pepper2.1"}


def test_at_most_three_generations_are_live(tmp_path: Path) -> None:
    ensure_peppers(tmp_path)
    assert [rotate_peppers(tmp_path), rotate_peppers(tmp_path)] == [2, 3]
    assert load_peppers(tmp_path).newest == 3
    with pytest.raises(PeppersUnusable, match="destroy 1 first"):
        rotate_peppers(tmp_path)
    destroy_generation(tmp_path, 1)
    assert rotate_peppers(tmp_path) == 4
    assert list_generations(tmp_path) == [2, 3, 4]


def test_newest_generation_is_not_destroyed(tmp_path: Path) -> None:
    ensure_peppers(tmp_path)
    for generation in (1, 2):
        with pytest.raises(PeppersUnusable):
            destroy_generation(tmp_path, generation)
    assert list_generations(tmp_path) == [1]


def test_a_lost_pepper_is_not_replaced(tmp_path: Path) -> None:
    ensure_peppers(tmp_path)
    (tmp_path / "pepper1").unlink()
    with pytest.raises(PeppersUnusable, match="backup"):
        ensure_peppers(tmp_path)
    with pytest.raises(PeppersUnusable, match="pepper1"):
        load_peppers(tmp_path)


@pytest.mark.parametrize("content", ["", "ab", "zz" * 32, "ab" * 33, "آ" * 64])
def test_damaged_pepper_is_rejected_and_not_shown(tmp_path: Path, content: str) -> None:
    ensure_peppers(tmp_path)
    (tmp_path / "pepper2.1").write_text(content, encoding="utf-8")
    with pytest.raises(PeppersUnusable) as refused:
        load_peppers(tmp_path)
    assert "pepper2.1" in str(refused.value)
    assert not content or content not in str(refused.value)


def test_missing_peppers_are_reported(tmp_path: Path) -> None:
    with pytest.raises(PeppersUnusable, match="peppers ensure"):
        load_peppers(tmp_path / "nowhere")
