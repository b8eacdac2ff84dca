"""Subjects of commits, checked by gitlint in repositories made for it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.lint.subject_rules import MACHINE_PATH, SUBJECT, SUBJECT_PATH, VERBS
from deploy.lint.subjects import RELEASE, check_subjects, find_base

AUTHOR = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]


def run_git(root: Path, *arguments: str) -> str:
    command = ["git", *AUTHOR, "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, message: str) -> str:
    run_git(root, "commit", "-q", "--allow-empty", "-m", message)
    return run_git(root, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    run_git(root, "init", "-q", "-b", "main")
    base = commit(root, "Let it begin")
    (root / ".gitlint-base").write_text(f"{base}\n", "ascii")
    return root


@pytest.mark.parametrize(
    "subject",
    [
        "auth: Fix sign-in of locked accounts",
        "docs/portal: Speed up pictures",
        "kit, inquiry: Add and/or queries",
    ],
)
def test_subject_of_the_form_is_accepted(subject: str) -> None:
    assert SUBJECT.fullmatch(subject)
    assert not SUBJECT_PATH.search(subject)


@pytest.mark.parametrize(
    "subject",
    [
        *("Fix sign-in", "auth: fix sign-in", "auth: Fix", "Auth: Fix sign-in", "auth:Fix sign-in"),
        *(
            f"auth: {verb} the device"
            for verb in ("Let", "Keep", "Tell", "Say", "Hold", "Give", "Look", "Miss")
        ),
        *("auth: Fixes sign-in", "auth: Added sign-in", "Merge branch 'main'"),
    ],
)
def test_subject_of_another_form_is_rejected(subject: str) -> None:
    assert not SUBJECT.fullmatch(subject)


@given(st.sampled_from(VERBS), st.from_regex(r"[a-z0-9][a-z0-9/_-]{0,9}", fullmatch=True))
def test_every_verb_is_accepted_in_every_area(verb: str, area: str) -> None:
    assert SUBJECT.fullmatch(f"{area}: {verb} the sign-in")


@pytest.mark.parametrize("path", ["/var/lib/x", "~/x", "./x", "../x", "'/x'"])
def test_path_in_a_subject_is_rejected(path: str) -> None:
    assert SUBJECT_PATH.search(f"auth: Move things of {path}")


def test_path_of_a_machine_is_rejected() -> None:
    assert MACHINE_PATH.search("found in /" + "home/someone")
    assert not MACHINE_PATH.search("GET /api/v1/home/page")


def test_commits_since_the_base_are_checked(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    commit(repository, "auth: Fix sign-in\n\nIt was slow.\n\nA long line of a body " + "x" * 100)
    assert check_subjects(root=repository) == 0
    commit(repository, "Keep it all")
    commit(repository, "auth: Fix sign-in\n\nSeen in /" + "home/someone/x")
    commit(repository, "auth: Fix " + "x" * 70)
    assert check_subjects(root=repository) == 1
    output = capfd.readouterr().err
    assert [output.count(rule) for rule in ("UL1", "UC1", "T1")] == [1, 1, 1]


def test_merge_needs_a_subject_of_its_own(repository: Path) -> None:
    run_git(repository, "checkout", "-q", "-b", "side")
    commit(repository, "auth: Add a side")
    run_git(repository, "checkout", "-q", "main")
    commit(repository, "auth: Add a main")
    run_git(repository, "merge", "-q", "--no-ff", "-m", "auth: Add both sides", "side")
    assert check_subjects(root=repository) == 0
    run_git(repository, "commit", "-q", "--amend", "-m", "Merge branch 'side'")
    assert check_subjects(root=repository) == 1


def test_tag_of_the_release_goes_before_the_file(repository: Path) -> None:
    commit(repository, "Keep it all")
    assert check_subjects(root=repository) == 1
    run_git(repository, "tag", RELEASE)
    assert find_base(repository) == RELEASE
    assert check_subjects(root=repository) == 0
    assert check_subjects(run_git(repository, "rev-parse", "HEAD~1"), repository) == 1


@pytest.mark.parametrize("base", ["0" * 40, "--version", "no-such-tag"])
def test_unknown_base_passes_with_the_reason(
    repository: Path, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_subjects(base, repository) == 0
    assert capsys.readouterr().out == f"subjects: not checked: {base} is not an ancestor in this clone\n"


def test_shallow_clone_passes_with_the_reason(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git(repository, "add", ".gitlint-base")
    commit(repository, "Keep it all")
    shallow = tmp_path / "shallow"
    run_git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", str(shallow))
    assert check_subjects(root=shallow) == 0
    assert "is not an ancestor in this clone" in capsys.readouterr().out


@pytest.mark.parametrize("inside", [True, False])
def test_archive_passes_with_the_reason(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, inside: bool
) -> None:
    archive = (repository if inside else tmp_path) / "archive"
    archive.mkdir()
    assert check_subjects(root=archive) == 0
    assert capsys.readouterr().out == "subjects: not checked: this is not a clone of the repository\n"
