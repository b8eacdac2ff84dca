"""Phrases of prose in Python and elsewhere, files by room, and the program."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.lint.files import list_files, name_room
from deploy.lint.names import check_files, format_summary, main
from deploy.lint.prose import check_python, check_text
from deploy.lint.rules import Allowed, Hit, load_rules

RULES = load_rules()


def check(source: str, file: str = "services/a.py") -> list[Hit]:
    return list(check_python(file, source, ast.parse(source), RULES))


@pytest.mark.parametrize(
    "text",
    [
        "Whoever asks",
        "Draw it anew.",
        "both at once",
        "a key that is none",
        "It is no key.",
        "a row that never was",
        "It tells of errors.",
        "an id never heard of",
        "Tell whether it works",
        "three of ours",
        "starts by itself",
        "Leave word of it",
        "so many rows",
        "Let it be",
    ],
)
def test_dialect_is_an_error_in_every_kind_of_prose(text: str) -> None:
    assert [hit.rule for hit in check(f'"""{text}"""')] == ["docstring"]
    assert [hit.rule for hit in check(f"# {text}")] == ["comment"]
    assert [hit.rule for hit in check(f"log('{text}')")] == ["message"]
    assert [hit.rule for hit in check_text("a.md", text, RULES)] == ["docs"]
    assert [hit.rule for hit in check_text("a.yaml", f"# {text}", RULES)] == ["text"]


@pytest.mark.parametrize(
    "text",
    [
        "value is None",
        "There is no row.",
        "there are no rows",
        "is no longer valid",
        "two atoms onceover",
        "renewed",
    ],
)
def test_plain_english_is_accepted(text: str) -> None:
    assert check(f'"""{text}"""') == []


def test_names_are_read_as_prose() -> None:
    (hit,) = check("def test_a_key_that_is_none_is_refused(): ...", "tests/test_a.py")
    assert (hit.rule, hit.text) == ("name", "that is none")


def test_phrase_is_found_across_lines() -> None:
    (hit,) = check('"""A docstring.\n\nall at\n    once\n"""')
    assert (hit.line, hit.text) == (3, "at once")
    (hit,) = check("x = 1\n# all at\n# once\n")
    assert (hit.line, hit.text) == (2, "at once")
    (hit,) = check_text("a.yaml", "a: 1\n# all at\n# once\n", RULES)
    assert (hit.line, hit.text) == (2, "at once")


def test_comments_apart_are_not_one_text() -> None:
    assert check("a = 1  # all at\n\nb = 1  # once\n") == []


def test_strings_inside_tests_are_not_prose() -> None:
    assert check("a = 'whoever'", "tests/test_a.py") == []


def test_code_inside_markdown_is_not_prose() -> None:
    text = "`whoever`\n```\nwhoever\n```\nwhoever\n"
    assert [hit.line for hit in check_text("a.md", text, RULES)] == [5]


def test_overlapping_phrases_are_one_hit() -> None:
    assert len(check("# it is told of errors")) == 1


def test_room_of_a_file() -> None:
    rooms = {
        "README.md": ".",
        "services/kit/http/a.py": "services/kit",
        "tests/unit/kit/a.py": "tests/unit/kit",
    }
    assert {file: name_room(file) for file in rooms} == rooms


def test_archive_without_git_is_walked(tmp_path: Path) -> None:
    for name in [".venv/a.py", "a/b.py", "a/c.md", "skipped/d.py"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text(".venv/\n.gitignore\n", "utf-8")
    assert list_files(["skipped/*"], root=tmp_path) == ["a/b.py", "a/c.md"]
    assert list_files([], ["a/b.py"], tmp_path) == ["a/b.py"]


def test_allowed_hit_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("whoever, anew\n", "utf-8")
    hits = list(check_files(["a.md"], RULES, tmp_path))
    assert [hit.text for hit in hits] == ["whoever", "anew"]
    rules = replace(RULES, allowed=(Allowed("*.md", "whoever", "quotes the law"),))
    assert [hit.text for hit in check_files(["a.md"], rules, tmp_path)] == ["anew"]


def test_summary_counts_by_room_and_rule() -> None:
    hits = [
        Hit("services/auth/a.py", 1, "noun", "a", "b"),
        Hit("services/auth/b.py", 1, "docs", "a", "b"),
        Hit("README.md", 1, "docs", "a", "b"),
        Hit("README.md", 1, "docs", "a", "b", is_error=False),
    ]
    assert [line.split() for line in format_summary(hits).splitlines()] == [
        ["room", "errors", "docs", "noun", "warnings"],
        [".", "1", "1", "-", "1"],
        ["services/auth", "2", "1", "1", "-"],
        ["total", "3", "2", "1", "1"],
    ]


def test_own_folder_has_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list_files(RULES.skipped, ["deploy/lint"])) > 5
    assert main(["deploy/lint"]) == 0
    assert capsys.readouterr().out.startswith("names: 0 errors")


def test_errors_fail_and_warnings_do_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".gitignore").touch()
    (tmp_path / "a.py").write_text("answer = 1\n", "utf-8")
    assert main([], tmp_path) == 0
    assert capsys.readouterr().out == "names: 0 errors, 1 warnings\n"
    assert main(["--warnings"], tmp_path) == 0
    assert capsys.readouterr().out.startswith("a.py:1: warning: identifier: answer -> ")
    (tmp_path / "b.py").write_text("\n\ndef kept(): ...\n", "utf-8")
    assert main(["a.py"], tmp_path) == 0
    assert main([], tmp_path) == 1
    assert "b.py:3: participle: kept -> verb + noun\n" in capsys.readouterr().out
    assert main(["--summary"], tmp_path) == 1
    assert "b.py" not in capsys.readouterr().out


def test_hit_says_where_what_and_what_instead() -> None:
    assert str(Hit("a.py", 3, "noun", "row", "verb + noun")) == "a.py:3: noun: row -> verb + noun"
    assert "warning" in str(Hit("a.py", 3, "noun", "row", "verb + noun", is_error=False))
