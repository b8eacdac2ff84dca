"""The agreement: the first text never changes, operators add versions, and requests name the current one."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from services import disclosure
from services.disclosure.actions.agreements import get_agreement
from services.kit.db import new_engine, new_sessions
from services.kit.schema import migrate
from tests.service.disclosure.desk import API, Desk


def write_texts(directory: Path, fa: str = "متن تازه", en: str = "The new text") -> list[str]:
    """Return the options that name two new files."""
    (directory / "new.fa.txt").write_text(f"{fa}\n", "utf-8")
    (directory / "new.en.txt").write_text(f"{en}\n", "utf-8")
    return ["--fa", str(directory / "new.fa.txt"), "--en", str(directory / "new.en.txt")]


def get_version(desk: Desk, version: object = None) -> Any:
    query = {} if version is None else {"version": version}
    return desk.client.get(f"{API}/agreement", query_string=query).get_json()


def test_the_first_version_comes_with_the_schema(database_url: str) -> None:
    engine = new_engine(database_url)
    migrate(engine, "services.disclosure")
    with new_sessions(engine)() as session:
        agreement = get_agreement(session)
    engine.dispose()
    assert agreement.version == 1
    assert agreement.text_fa.startswith("۱. درخواست می‌کنم")
    assert agreement.text_en.startswith("1. I request")
    both = f"{agreement.text_fa}\n{agreement.text_en}".encode()
    assert agreement.sha256 == hashlib.sha256(both).hexdigest()
    assert agreement.sha256 == "cbdddfc60b55b4f04b0fc16d62a40450634a048008ecf94ed503f7a2c75bb5c3"


def test_new_version_is_current_immediately_and_the_old_stays_readable(desk: Desk, tmp_path: Path) -> None:
    old_request, old = desk.create_request(), get_version(desk)
    added = desk.run_command("agreement", "add", *write_texts(tmp_path))
    assert (added.exit_code, added.output) == (0, "2\n")

    current = get_version(desk)
    assert (current["version"], current["text_fa"], current["text_en"]) == (2, "متن تازه", "The new text")
    assert get_version(desk, 1) == old
    outdated = desk.post_request(agreement_version=1)
    assert (outdated.status_code, outdated.get_json()["code"]) == (409, "agreement-outdated")

    new_request = desk.post_request(agreement_version=2).get_json()["id"]
    agreements = [
        desk.claim_request(request).get_json()["letter"]["agreement"]
        for request in (old_request, new_request)
    ]
    assert [(version["version"], version["sha256"]) for version in agreements] == [
        (1, old["sha256"]),
        (2, current["sha256"]),
    ]


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        ("2", 404, "not-found"),
        ("0", 422, "validation"),
        ("one", 422, "validation"),
        (2**31, 422, "validation"),
    ],
)
def test_unknown_or_invalid_version_is_rejected(
    sqlite_desk: Desk, version: object, status: int, code: str
) -> None:
    problem = get_version(sqlite_desk, version)
    assert (problem["status"], problem["code"]) == (status, code)


def test_operators_list_the_versions(sqlite_desk: Desk, tmp_path: Path) -> None:
    assert sqlite_desk.run_command("agreement", "add", *write_texts(tmp_path)).exit_code == 0
    lines = [line.split("\t") for line in sqlite_desk.run_command("agreement", "list").output.splitlines()]
    assert [(version, sha256) for version, _, sha256 in lines] == [
        ("1", get_version(sqlite_desk, 1)["sha256"]),
        ("2", get_version(sqlite_desk, 2)["sha256"]),
    ]
    current = sqlite_desk.run_command("agreement", "current").output
    assert current.startswith("\t".join(lines[1]))
    assert "متن تازه" in current
    assert "The new text" in current


@pytest.mark.parametrize(
    ("text", "reason"), [(b" \n", "empty"), (b"\xff\xfe", "not UTF-8 text"), (None, "cannot be read")]
)
def test_files_without_text_are_rejected(
    sqlite_desk: Desk, tmp_path: Path, text: bytes | None, reason: str
) -> None:
    options = write_texts(tmp_path)
    file = tmp_path / "new.en.txt"
    file.unlink() if text is None else file.write_bytes(text)
    result = sqlite_desk.run_command("agreement", "add", *options)
    assert result.exit_code == 2
    assert f"new.en.txt {reason}" in result.output.replace("is ", "")
    assert get_version(sqlite_desk)["version"] == 1


def test_current_texts_are_rejected_as_a_new_version(sqlite_desk: Desk, tmp_path: Path) -> None:
    options = write_texts(tmp_path)
    assert sqlite_desk.run_command("agreement", "add", *options).exit_code == 0
    again = sqlite_desk.run_command("agreement", "add", *options)
    assert again.exit_code == 1
    assert "version 2, which is the current one" in again.output
    assert get_version(sqlite_desk)["version"] == 2


def test_text_that_comes_with_the_code_can_be_published_as_the_second_version(sqlite_desk: Desk) -> None:
    folder = Path(disclosure.__file__).parent / "agreements"
    texts = [folder / f"2.{language}.txt" for language in ("fa", "en")]
    published = sqlite_desk.run_command("agreement", "add", "--fa", texts[0], "--en", texts[1])
    assert published.output.strip() == "2"
    agreement = sqlite_desk.client.get(f"{API}/agreement").get_json()
    persian, english = agreement["text_fa"].splitlines(), agreement["text_en"].splitlines()
    assert len(persian) == len(english) == 6
    assert "فارسی و انگلیسی" in persian[1]
    assert "Persian and English" in english[1]
