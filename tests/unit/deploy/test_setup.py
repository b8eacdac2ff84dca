"""Set-up: what it says when something is missing, what it puts back, and when it does nothing."""

from pathlib import Path

import pytest

from deploy import setup
from deploy.system_packages import Need, describe_missing, in_place_of, require_library, require_program


def new_missing_need(name: str, *packages: str) -> Need:
    return Need(name, lambda: False, packages)


def test_sentence_names_everything_missing_and_the_command_that_brings_it() -> None:
    sentence = describe_missing(
        [new_missing_need("qpdf", "qpdf"), new_missing_need("redis-server", "redis-server", "valkey-server")]
    )
    assert "این‌ها روی این دستگاه نصب نیست: qpdf (qpdf), redis-server (redis-server)" in sentence
    assert "Missing on this machine: qpdf (qpdf), redis-server (redis-server)" in sentence
    assert "sudo apt-get install qpdf redis-server" in sentence


def test_missing_packages_without_apt_fail_with_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(setup.SetupFailed, match="sudo apt-get install no-such-package"):
        setup.obtain([new_missing_need("nothing", "no-such-package")])


def test_what_is_present_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    setup.obtain([Need("here", lambda: True, ("no-such-package",))])


def test_wish_that_cannot_be_had_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(setup, "VENV", tmp_path)
    attempts: list[bool] = []

    def is_there() -> bool:
        attempts.append(True)
        return False

    wish = Need("wish", is_there, ("no-such-package",))
    setup.try_to_obtain([wish])
    setup.try_to_obtain([wish])
    assert len(attempts) == 1


def test_library_and_command_are_seen() -> None:
    assert require_library("libc.so.6", "libc6").is_present()
    assert not require_library("libno-such-library.so.0", "none").is_present()
    assert require_program(["no-such-program", "sh"], "dash").is_present()
    assert not require_program(["no-such-program"], "none").is_present()


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_a_file_of_the_system_is_as_before_also_after_a_failure(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "etc" / "policy"
    if before is not None:
        path.parent.mkdir()
        path.write_text(before)
        path.chmod(0o700)
    in_its_place = in_place_of(path, "for a while")
    in_its_place.__enter__()
    assert path.read_text() == "for a while"
    failure = LookupError()
    assert not in_its_place.__exit__(LookupError, failure, None)
    assert [file.name for file in path.parent.iterdir()] == ([] if before is None else ["policy"])
    if before is not None:
        assert path.read_text() == before
        assert path.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_set_up_put_aside_comes_back_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "policy"
    path.write_text("left by the killed one")
    (tmp_path / "policy.before-govah").write_text("the system's own")
    with in_place_of(path, "for a while"):
        pass
    assert path.read_text() == "the system's own"
    assert [file.name for file in tmp_path.iterdir()] == ["policy"]


def test_installed_means_this_environment_and_this_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "VENV", tmp_path)
    file = tmp_path / "some.txt"
    file.write_text("one==1")
    assert not setup.is_installed(file)
    setup.mark_installed(file)
    assert setup.is_installed(file)
    file.write_text("one==2")
    assert not setup.is_installed(file)


@pytest.mark.parametrize(("made_at", "expected"), [("{here}", True), ("{here}-elsewhere", False)])
def test_an_environment_that_was_moved_is_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_at: str, expected: bool
) -> None:
    monkeypatch.setattr(setup, "VENV", tmp_path)
    configuration = f"version = 3.11\ncommand = python3 -m venv --clear {made_at.format(here=tmp_path)}\n"
    (tmp_path / "pyvenv.cfg").write_text(configuration)
    assert setup.is_made_here() is expected
