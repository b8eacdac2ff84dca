"""The data directory: one system at a time, files whole, a socket that fits."""

import os
import socket
from pathlib import Path

import pytest

from govah.local.data_directory import (
    LONGEST_SOCKET_PATH,
    CannotStart,
    close_to_others,
    demand_free,
    find_running_system,
    find_socket_path,
    free_ports,
    locked,
    make_socket_folder,
    read_accounts,
    read_messages,
    write_accounts,
)


def test_two_systems_cannot_hold_the_same_data(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(CannotStart, match="GOVAH_DATA_DIR"), locked(tmp_path):
        pass
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text().strip().isdecimal()


def test_a_port_in_use_is_refused_and_free_ports_differ() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotStart, match=str(taken.getsockname()[1])):
            demand_free(taken.getsockname()[1])
    ports = free_ports(8)
    assert len(set(ports)) == 8
    demand_free(ports[0])


def test_accounts_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    assert read_accounts(tmp_path) == {}
    write_accounts(tmp_path, {"base_url": "http://127.0.0.1:1"})
    assert read_accounts(tmp_path) == {"base_url": "http://127.0.0.1:1"}
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
    assert find_running_system(tmp_path) is None
    assert read_messages(tmp_path) == []


def test_a_deep_data_directory_gets_a_short_socket() -> None:
    near, deep = Path("/srv/govah"), Path("/srv") / ("x" * 120)
    assert find_socket_path(near).is_relative_to(near)
    assert len(str(find_socket_path(deep))) <= LONGEST_SOCKET_PATH
    assert find_socket_path(deep) != find_socket_path(deep / "y")


def read_modes(data_dir: Path) -> dict[str, str]:
    """Return the mode of a folder and of everything below it, by path."""
    paths = [data_dir, *data_dir.rglob("*")]
    return {str(path.relative_to(data_dir)): oct(path.lstat().st_mode & 0o777) for path in paths}


def open_to_all(data_dir: Path) -> None:
    """Fill a data directory as one of an older version was: readable for everybody."""
    databases = ("db/auth.sqlite3", "db/auth.sqlite3-wal")
    for name in (*databases, "objects/a/b/letter.pdf", "logs/auth.log.1", "demo.json"):
        path = data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    for path in (data_dir, *data_dir.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)


def test_what_an_older_version_left_open_is_closed(tmp_path: Path) -> None:
    data_dir = tmp_path / "var"
    open_to_all(data_dir)
    close_to_others(data_dir)
    modes = read_modes(data_dir)
    assert len(modes) == 11
    for name, mode in modes.items():
        assert mode == ("0o700" if (data_dir / name).is_dir() else "0o600"), name


def test_what_others_put_into_the_folder_stays_as_it_is(tmp_path: Path) -> None:
    data_dir, elsewhere = tmp_path / "var", tmp_path / "elsewhere"
    open_to_all(data_dir)
    elsewhere.mkdir()
    for path in (elsewhere / "file", data_dir / "theirs"):
        path.write_text("")
        path.chmod(0o644)
    (data_dir / "objects" / "link").symlink_to(elsewhere / "file")
    (data_dir / "valkey").symlink_to(elsewhere)
    for path in (elsewhere, data_dir):
        path.chmod(0o755)
    close_to_others(data_dir)
    assert read_modes(elsewhere) == {".": "0o755", "file": "0o644"}
    assert read_modes(data_dir)["theirs"] == "0o644"
    assert read_modes(data_dir)["."] == "0o755"
    assert read_modes(data_dir)["db/auth.sqlite3"] == "0o600"


def test_a_new_data_directory_is_for_its_user_only(tmp_path: Path) -> None:
    with locked(tmp_path / "new"):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_the_folder_of_the_socket_is_not_taken_from_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 120)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    make_socket_folder(deep)
    folder = find_socket_path(deep).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()
    (tmp_path / "trap").mkdir()
    folder.symlink_to(tmp_path / "trap")
    with pytest.raises(CannotStart, match="another user"):
        make_socket_folder(deep)
    folder.unlink()
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 65534, -1)
        with pytest.raises(CannotStart, match="another user"):
            make_socket_folder(deep)
