"""The data directory: one system at a time, files whole, a socket that fits."""

import socket
from pathlib import Path

import pytest

from gateway.data_directory import (
    LONGEST_SOCKET_PATH,
    CannotStart,
    demand_free,
    free_ports,
    locked,
    messages,
    read_accounts,
    running_at,
    socket_path,
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
    assert running_at(tmp_path) is None
    assert messages(tmp_path) == []


def test_a_deep_data_directory_gets_a_short_socket() -> None:
    near, deep = Path("/srv/govah"), Path("/srv") / ("x" * 120)
    assert socket_path(near).is_relative_to(near)
    assert len(str(socket_path(deep))) <= LONGEST_SOCKET_PATH
    assert socket_path(deep) != socket_path(deep / "y")
