"""The `govah` command as a person types it."""

import json
import zipfile
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from govah.cli import run_command
from govah.cli.lists import show_findings
from govah.local.list_files import find_lists
from services.kit.jalali import JalaliMonth
from services.records.lists import WorkerRow
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, MEHR, set_cell, write_sample_list


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
    assert "There is no DSKKAR00.DBF" in output
    assert "مسیر پوشه یا بایگانی" in output


def test_without_a_running_system_an_import_says_what_to_do(tmp_path: Path) -> None:
    for name in ("DSKKAR00.DBF", "dskwor00.dbf"):
        (tmp_path / name).write_bytes(b"x")
    code, output = call("lists", "import", "--data-dir", str(tmp_path / "var"), str(tmp_path))
    assert code == 1
    assert "make run" in output


def test_every_command_has_help() -> None:
    for words in (
        [],
        ["run"],
        ["demo"],
        ["lists"],
        ["lists", "sample"],
        ["lists", "import"],
        ["lists", "check"],
        ["lists", "fix"],
    ):
        code, output = call(*words, "--help")
        assert code == 0
        assert "Usage:" in output


def write_pair(directory: Path, *rows: WorkerRow, month: JalaliMonth = MEHR) -> Path:
    directory.mkdir(parents=True)
    header, workers = write_sample_list(*rows, month=month)
    (directory / "DSKKAR00.DBF").write_bytes(header)
    (directory / "DSKWOR00.DBF").write_bytes(workers)
    return directory


FINDINGS: list[dict[str, Any]] = [
    {"list": "1403-07", "file": "DSKWOR00.DBF", "row": None, "field": None, "value": None, "expected": None,
     "severity": "warning", "code": "list-empty", "message": "a warning"},
    {"list": "1403-07", "file": "DSKWOR00.DBF", "row": 3, "field": "DSW_MASH", "value": "[red]7",
     "expected": "8", "severity": "error", "code": "sums-differ",
     "message": "a sentence " + "of many words " * 12},
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "fa",
            [
                "خطا: a sentence",
                "1403-07، DSKWOR00.DBF، سطر ۳، DSW_MASH",
                "مقدار: [red]7، باید: 8",
                "۱ یافته",
            ],
        ),
        (
            "en",
            [
                "error: a sentence",
                "1403-07, DSKWOR00.DBF, row 3, DSW_MASH",
                "value: [red]7, ",
                "1 more finding",
            ],
        ),
    ],
)
def test_findings_of_an_import_are_read_in_80_columns(language: str, words: list[str]) -> None:
    written = StringIO()
    show_findings(Console(file=written, width=80, highlight=False), FINDINGS, language, most=1)
    output = written.getvalue()
    assert all(word in output for word in words)
    assert "more findings" not in output
    assert max(map(len, output.splitlines())) <= 80


def test_one_of_a_thing_is_not_a_plural(tmp_path: Path) -> None:
    source = write_pair(tmp_path / "in", MARYAM)
    (source / "DSKKAR00.DBF").write_bytes(set_cell((source / "DSKKAR00.DBF").read_bytes(), "DSK_TMASH", b"5"))
    assert ", 1 row\n" in call("lists", "check", str(source))[1]
    assert ": 1 change\n" in call("lists", "fix", str(source), str(tmp_path / "out"))[1]


def test_check_names_the_doctor_only_where_it_helps(tmp_path: Path) -> None:
    source = write_pair(tmp_path / "in", MARYAM, FOREIGNER)
    assert "lists fix" not in call("lists", "check", str(source))[1]
    header = source / "DSKKAR00.DBF"
    header.write_bytes(set_cell(header.read_bytes(), "DSK_TMASH", b"5"))
    output = call("lists", "check", str(source))[1]
    assert "govah lists fix بدون نیاز به تصمیم ۱ تغییر" in output
    assert "govah lists fix would make 1 change in this list" in output


def test_a_right_list_is_checked_without_a_server(tmp_path: Path) -> None:
    code, output = call("lists", "check", "--json", str(write_pair(tmp_path / "a", MARYAM, FOREIGNER)))
    assert code == 0
    checked = json.loads(output)
    assert checked["folder"] == str(tmp_path / "a")
    assert (checked["importable"], checked["encoding"]) == (True, "cp1256")
    assert checked["header"] == {
        "workshop_code": "0012345678",
        "workshop_name": "کارگاه نجاری بهار",
        "month_jalali": "1403-07",
        "list_number": "1",
    }
    assert checked["rows"][0] == {
        "row": 1,
        "national_code": MARYAM.national_code,
        "insurance_number": MARYAM.insurance_number,
        "first_name": "مریم",
        "last_name": "رضایی مقدم",
        "father_name": "علی",
        "birth_date_jalali": "1360-02-11",
        "start_date_jalali": "1403-07-01",
        "leave_date_jalali": None,
        "id_date_jalali": None,
        "sex": "female",
        "foreigner": False,
        "days": 30,
        "insurable": 80_000_000,
        "job_title": "حسابدار",
        "held": False,
    }
    assert [finding["code"] for finding in checked["findings"]] == ["foreigner-without-code"]
    assert checked["findings"][0].keys() == {
        "file", "row", "field", "value", "expected", "severity", "code", "message",
    }  # fmt: skip


def test_a_refused_list_shows_what_could_be_read(tmp_path: Path) -> None:
    directory = write_pair(tmp_path / "a", MARYAM, HASAN)
    workers = directory / "DSKWOR00.DBF"
    workers.write_bytes(set_cell(workers.read_bytes(), "DSW_DD", b"", 2))
    write_pair(tmp_path / "b", HASAN)
    code, output = call("lists", "check", "--json", str(tmp_path))
    assert code == 1
    refused, right = map(json.loads, output.splitlines())
    assert (refused["importable"], right["importable"]) == (False, True)
    assert [row["days"] for row in refused["rows"]] == [30, None]
    assert "value-missing" in {finding["code"] for finding in refused["findings"]}


def test_rows_of_one_insurance_number_and_two_codes_are_held(tmp_path: Path) -> None:
    shared = replace(HASAN, insurance_number=MARYAM.insurance_number)
    code, output = call("lists", "check", "--json", str(write_pair(tmp_path / "a", MARYAM, shared)))
    checked = json.loads(output)
    assert (code, [row["held"] for row in checked["rows"]]) == (0, [True, True])
    assert [finding["severity"] for finding in checked["findings"]] == ["held", "held"]


def test_other_files_are_checked_too(tmp_path: Path) -> None:
    for name in ("DSKKAR00.DBF", "DSKWOR00.DBF"):
        (tmp_path / name).write_bytes(b"text")
    code, output = call("lists", "check", "--json", str(tmp_path))
    checked = json.loads(output)
    assert (code, checked["importable"], checked["header"], checked["rows"]) == (1, False, None, [])


def test_a_check_speaks_to_people_in_both_languages(tmp_path: Path) -> None:
    code, output = call("lists", "check", str(write_pair(tmp_path / "a", FOREIGNER)))
    assert code == 0
    assert "هنوز حساب کاربری ندارد" in output
    assert "no online account yet" in output


def test_lists_are_mended_into_another_folder(tmp_path: Path) -> None:
    source = write_pair(tmp_path / "in" / "a", MARYAM, HASAN)
    right = (source / "DSKKAR00.DBF").read_bytes()
    (source / "DSKKAR00.DBF").write_bytes(set_cell(right, "DSK_TMASH", b"5"))
    code, output = call("lists", "fix", str(tmp_path / "in"), str(tmp_path / "out"))
    assert code == 0, output
    assert "sum-corrected DSKKAR00.DBF 1 DSK_TMASH: '5' -> '110000000'" in output
    assert (tmp_path / "out" / "a" / "DSKKAR00.DBF").read_bytes() == right
    assert (source / "DSKKAR00.DBF").read_bytes() != right


def test_a_list_that_needs_a_decision_ends_with_1(tmp_path: Path) -> None:
    source = write_pair(tmp_path / "in", MARYAM)
    workers = source / "DSKWOR00.DBF"
    workers.write_bytes(set_cell(workers.read_bytes(), "DSW_DD", b"45"))
    code, output = call("lists", "fix", str(source), str(tmp_path / "out"))
    assert code == 1
    assert "still: days-out-of-range" in output


@pytest.mark.parametrize("command", [("check",), ("check", "--json"), ("fix",), ("import",)])
def test_a_damaged_archive_is_refused_in_both_languages(tmp_path: Path, command: tuple[str, ...]) -> None:
    archive = tmp_path / "lists.zip"
    archive.write_bytes(b"PK\x03\x04 cut")
    out = [str(tmp_path / "out")] if command == ("fix",) else []
    for path in (archive, tmp_path):
        code, output = call("lists", *command, str(path), *out)
        assert code == 1
        assert str(archive) in output
        assert "آسیب‌دیده" in output
        assert "cut short or damaged" in output
        assert "BadZipFile" not in output


def test_the_source_is_never_written_over(tmp_path: Path) -> None:
    source = write_pair(tmp_path / "in", MARYAM)
    code, output = call("lists", "fix", str(source), str(source))
    assert code == 1
    assert "choose another" in output


def test_an_archive_is_mended_below_the_folder_that_was_named(tmp_path: Path) -> None:
    archive = tmp_path / "in" / "lists.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as packed:
        for folder in ("../../../", "/etc/", "a\\"):
            for name, data in zip(("DSKKAR00.DBF", "DSKWOR00.DBF"), write_sample_list(MARYAM), strict=True):
                packed.writestr(folder + name, data)
    out = tmp_path / "out"
    code, output = call("lists", "fix", str(archive), str(out))
    assert code == 0, output
    written = {str(path.parent.relative_to(out)) for path in tmp_path.rglob("*.DBF")}
    assert written == {"lists.zip", "lists.zip/etc", "lists.zip/a"}


def test_lists_of_one_folder_do_not_overwrite_each_other(tmp_path: Path) -> None:
    source = write_pair(tmp_path / "in", MARYAM)
    header, workers = write_sample_list(HASAN)
    (source / "DSKKAR01.DBF").write_bytes(header)
    (source / "DSKWOR02.DBF").write_bytes(workers)
    assert call("lists", "fix", str(source), str(tmp_path / "out"))[0] == 0
    for path in source.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
