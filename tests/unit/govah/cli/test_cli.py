"""The `govah` command as a person types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from govah.cli import run_command
from govah.local.list_files import find_lists


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(run_command, words)
    return result.exit_code, result.output


def test_sample_lists_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    words = ("--people", "12", "--months", "4", "--workshops", "2", "--seed", "5", "--last-month", "1403-07")
    for name in ("one", "two"):
        code, output = call("lists", "sample", *words, "--encoding", "mixed", str(tmp_path / name))
        assert (code, "12 people" in output) == (0, True)
    pairs = find_lists(tmp_path / "one")
    assert len(pairs) >= 4
    for pair in pairs:
        folder = tmp_path / "two" / Path(pair.folder).relative_to(tmp_path / "one")
        twin = folder / pair.workers.name
        assert twin.read_bytes() == pair.workers.read_bytes()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("lists", "sample", "--last-month", "1403-13", "x"), "Jalali month"),
        (("lists", "sample", "--people", "0", "x"), "--people"),
        (("lists", "sample", "--encoding", "utf8", "x"), "--encoding"),
        (("run", "--port", "0"), "--port"),
    ],
)
def test_wrong_option_is_named(words: tuple[str, ...], expected: str) -> None:
    code, output = call(*words)
    assert code == 2
    assert expected in output


def test_folder_without_lists_is_reported(tmp_path: Path) -> None:
    code, output = call("lists", "import", "--data-dir", str(tmp_path), str(tmp_path))
    assert code == 1
    assert "no DSKKAR00.DBF" in output


def test_without_a_running_system_an_import_says_what_to_do(tmp_path: Path) -> None:
    for name in ("DSKKAR00.DBF", "dskwor00.dbf"):
        (tmp_path / name).write_bytes(b"x")
    code, output = call("lists", "import", "--data-dir", str(tmp_path / "var"), str(tmp_path))
    assert code == 1
    assert "make run" in output


def test_every_command_has_help() -> None:
    for words in ([], ["run"], ["demo"], ["lists"], ["lists", "sample"], ["lists", "import"]):
        code, output = call(*words, "--help")
        assert code == 0
        assert "Usage:" in output
