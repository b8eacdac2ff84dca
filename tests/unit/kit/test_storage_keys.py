"""The file of storage keys: what it may say, and how it changes under a running program."""

import base64
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from services.kit.settings import SettingsError
from services.kit.storage import KeyFile, keys, new_key_line, rotate_keys
from services.kit.storage.keys import read_keys

SECRET = base64.b64encode(bytes(range(32))).decode()


def test_the_first_key_seals_and_all_are_known(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"new:{SECRET}\n\n  old.2:{base64.b64encode(bytes(32)).decode()}  \n")
    keys = read_keys(tmp_path / "keys")
    assert (keys.newest, dict(keys.by_id)) == ("new", {"new": bytes(range(32)), "old.2": bytes(32)})
    assert SECRET not in repr(keys)
    assert repr(bytes(range(32))) not in repr(keys)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        (SECRET, "line 1: this is not id:key"),
        (f":{SECRET}", "line 1: this is not id:key"),
        (f"with space:{SECRET}", "line 1: this is not id:key"),
        (f"{'x' * 33}:{SECRET}", "line 1: this is not id:key"),
        (f"a:{SECRET}\nb:{SECRET[:-1]}", "line 2: the key is not base64"),
        (f"a:{SECRET}\nb:*{SECRET[1:]}", "line 2: the key is not base64"),
        (f"a:{SECRET}\nb:کلید", "line 2: the key is not base64"),
        (f"a:{SECRET[:40]}", "line 1: the key has 30 bytes, not 32"),
        (f"a:{SECRET}\na:{SECRET}", "line 2: this id is there already"),
    ],
)
def test_malformed_file_is_reported_without_a_value(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(SettingsError) as raised:
        KeyFile(tmp_path / "keys")
    assert complaint in str(raised.value)
    assert "keys" in str(raised.value)
    assert SECRET[:10] not in str(raised.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        KeyFile(tmp_path / "keys")
    (tmp_path / "keys").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is not text"):
        KeyFile(tmp_path / "keys")


def test_a_rotation_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(new_key_line() + "\n")
    path.chmod(0o640)
    file = KeyFile(path)
    before = file.read_current()
    rotated = rotate_keys(path)
    assert file.read_current() == rotated
    assert list(rotated.by_id) == [rotated.newest, before.newest]
    assert rotated.newest != before.newest
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_breaks_leaves_the_keys_it_had(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"a:{SECRET}\n")
    file = KeyFile(path)
    with capture_logs() as logs, pytest.MonkeyPatch.context() as patch:
        # An earlier configuration of logs must not hide these.
        patch.setattr(keys, "log", structlog.get_logger())
        for broken in (f"a:{SECRET[:20]}", ""):
            path.write_text(broken)
            assert file.read_current().newest == "a"
        path.unlink()
        assert [file.read_current().newest for _ in range(3)] == ["a"] * 3
    assert [line["event"] for line in logs] == ["storage-keys.unusable"] * 3
    assert SECRET[:10] not in str(logs)
    path.write_text(f"b:{SECRET}\na:{SECRET}\n")
    assert file.read_current().newest == "b"


def test_simultaneous_rotations_lose_no_key(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"a:{SECRET}\n")
    (tmp_path / "keys.part").touch()
    with pytest.raises(FileExistsError):
        rotate_keys(path)
    assert path.read_text() == f"a:{SECRET}\n"


def test_a_malformed_file_is_not_rotated(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("not a key")
    with pytest.raises(SettingsError):
        rotate_keys(path)
    assert path.read_text() == "not a key"
