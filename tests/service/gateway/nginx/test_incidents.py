"""Who called: the keyed hash in the ordinary log, and the addresses in the incident log, which is off."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.service.gateway.nginx.desk import START, Edge, Upstream, running
from tests.waiting import wait_until

PROXIED = {"EDGE_TRUSTED_PROXY": "127.0.0.0/8"}
SECRET_PATH = "/api/v1/inquiry/documents/sEcReT-token?name=Ali"


def call_from(edge: Edge, *addresses: str) -> list[dict[str, Any]]:
    """Return the lines of the access log for a call from each address."""
    before = len(edge.read_access_log())
    for address in addresses:
        edge.send_request("GET", SECRET_PATH, headers={"X-Forwarded-For": address})
    wait_until(lambda: len(edge.read_access_log()) == before + len(addresses))
    return edge.read_access_log()[before:]


def test_hash_is_equal_for_one_network_and_one_key(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    hashes = []
    for number, key in enumerate(["one", "one", "two"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "key").write_text(key, "ascii")
        settings = PROXIED | {"EDGE_ADDRESS_KEY_FILE": str(folder / "key")}
        with running(Edge(folder, upstreams, settings)) as edge:
            lines = call_from(edge, "192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
            assert edge.reload().returncode == 0
            lines += call_from(edge, "192.0.2.1")
        assert all(len(line["network"]) == 16 and int(line["network"], 16) for line in lines)
        first, again, other, sixth, same_half, reloaded = (line["network"] for line in lines)
        assert first == again == reloaded
        assert sixth == same_half
        assert len({first, other, sixth}) == 3
        hashes.append(first)
    assert hashes[0] == hashes[1] != hashes[2]


def test_without_a_key_the_hash_lasts_as_long_as_the_edge(
    upstreams: dict[str, Upstream], tmp_path: Path
) -> None:
    with running(Edge(tmp_path, upstreams, dict(PROXIED))) as edge:
        [first] = call_from(edge, "192.0.2.1")
        assert edge.reload().returncode == 0
        [reloaded] = call_from(edge, "192.0.2.1")
    assert first["network"] == reloaded["network"] != ""
    assert (tmp_path / "address.key").stat().st_mode & 0o077 == 0
    with running(Edge(tmp_path / "new", upstreams, dict(PROXIED))) as edge:
        [new] = call_from(edge, "192.0.2.1")
    assert new["network"] != first["network"]


def test_without_its_module_the_log_has_no_hash_and_the_start_says_so(
    upstreams: dict[str, Upstream], tmp_path: Path
) -> None:
    settings = PROXIED | {"EDGE_NJS_MODULE": str(tmp_path / "none")}
    with running(Edge(tmp_path, upstreams, settings)) as edge:
        [line] = call_from(edge, "192.0.2.1")
        assert '"event":"network-hash.no-module"' in edge.read_error_log()
    assert line["network"] == ""


def test_incident_log_is_off(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    (tmp_path / "incidents").mkdir()
    with running(Edge(tmp_path, upstreams, dict(PROXIED))) as edge:
        call_from(edge, "192.0.2.1")
        written = edge.read_error_log() + json.dumps(edge.read_access_log())
    assert list((tmp_path / "incidents").iterdir()) == []
    assert "192.0.2.1" not in written


def test_incident_log_has_address_route_status_and_id(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    (tmp_path / "incidents").mkdir()
    with running(Edge(tmp_path, upstreams, PROXIED | {"EDGE_INCIDENTS": "on"})) as edge:
        [line] = call_from(edge, "192.0.2.1")
    [file] = (tmp_path / "incidents").iterdir()
    assert file.stem == line["timestamp"][:10]
    [incident] = map(json.loads, file.read_text("utf-8").splitlines())
    assert incident == {
        "timestamp": line["timestamp"],
        "request_id": line["request_id"],
        "network": line["network"],
        "address": "192.0.2.1",
        "method": "GET",
        "route": "/api/v1/inquiry/documents",
        "status": 200,
    }


def test_lines_of_the_incident_log_go_within_a_week(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    incidents = tmp_path / "incidents"
    incidents.mkdir()
    day = 86_400
    for name, age in {"old.log": 6 * day + 120, "new.log": 6 * day - 3600, "notes.txt": 9 * day}.items():
        (incidents / name).touch()
        os.utime(incidents / name, (time.time() - age,) * 2)
    with running(Edge(tmp_path, upstreams, {"EDGE_INCIDENTS": "on"})):
        assert sorted(path.name for path in incidents.iterdir()) == ["new.log", "notes.txt"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"EDGE_INCIDENTS": "yes"}, "EDGE_INCIDENTS is neither on nor off"),
        ({"EDGE_INCIDENTS": "on"}, "no incident log can be written"),
        ({"EDGE_ADDRESS_KEY_FILE": "/nowhere"}, "EDGE_ADDRESS_KEY_FILE cannot be read"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    environment = Edge(tmp_path / "run", {}, settings).build_environment()
    done = subprocess.run([str(START)], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, sentence in done.stderr) == (1, True), done.stderr
