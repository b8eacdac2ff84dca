"""How the edge starts: with and without a certificate, and what it refuses."""

import socket
import ssl
import time
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.service.gateway.nginx import desk
from tests.service.gateway.nginx.desk import Edge, Upstream, free_port, make_certificate, running
from tests.waiting import PATIENCE


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the settings of an edge with a self-signed certificate for 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_nginx_accepts_the_configuration_without_a_certificate(tmp_path: Path) -> None:
    checked = Edge(tmp_path, {}).check()
    assert (checked.returncode, "test is successful" in checked.stderr) == (0, True), checked.stderr
    assert "warn" not in checked.stderr


def test_nginx_accepts_the_configuration_with_a_certificate(
    tmp_path: Path, certificate: dict[str, str]
) -> None:
    checked = Edge(tmp_path, {}, certificate).check()
    assert (checked.returncode, "test is successful" in checked.stderr) == (0, True), checked.stderr


def test_no_placeholder_is_left(tmp_path: Path, certificate: dict[str, str]) -> None:
    for number, settings in enumerate([{}, certificate]):
        edge = Edge(tmp_path / str(number), {}, settings)
        edge.check()
        rendered = list(edge.run_dir.glob("*.conf"))
        assert len(rendered) > 6
        lines = [line for path in rendered for line in path.read_text("utf-8").splitlines()]
        assert [line for line in lines if "@" in line and " @" not in line and not line.startswith("#")] == []


def test_with_a_certificate_everything_is_encrypted(
    upstreams: dict[str, Upstream], tmp_path: Path, certificate: dict[str, str]
) -> None:
    trusted = ssl.create_default_context(cafile=certificate["EDGE_CERTIFICATE"])
    with running(Edge(tmp_path, upstreams, dict(certificate))) as edge:
        answer = edge.send_request("GET", "/api/v1/auth/x", verify=trusted)
        assert answer.json()["headers"]["X-Forwarded-Proto"] == "https"
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert edge.send_request("GET", "/nothing", verify=trusted).headers["Strict-Transport-Security"]
        plain = httpx.post(f"http://127.0.0.1:{edge.settings['EDGE_HTTP_PORT']}/api/v1/auth/x?y=1")
        assert (plain.status_code, plain.headers["Location"]) == (
            308,
            "https://govah.example/api/v1/auth/x?y=1",
        )
        assert _negotiate(int(edge.settings["EDGE_HTTPS_PORT"])) == ("h2", "TLSv1.3")


def _negotiate(port: int) -> tuple[str | None, str | None]:
    """Return the protocols that both sides agree on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain,
        context.wrap_socket(plain) as tls,
    ):
        return tls.selected_alpn_protocol(), tls.version()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"EDGE_AUTH": "auth; return 200"}, "EDGE_AUTH holds a character that is not accepted"),
        ({"EDGE_RATE": "1r/s|e touch x"}, "EDGE_RATE holds a character that is not accepted"),
    ],
)
def test_settings_with_special_characters_are_refused(
    tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    checked = Edge(tmp_path, {}, settings).check()
    assert (checked.returncode, sentence in checked.stderr) == (1, True)


def test_half_a_certificate_is_refused(tmp_path: Path, certificate: dict[str, str]) -> None:
    without_key = certificate | {"EDGE_CERTIFICATE_KEY": str(tmp_path / "none")}
    assert "both be there" in Edge(tmp_path, {}, without_key).check().stderr
    without_url = certificate | {"EDGE_PUBLIC_URL": ""}
    assert "EDGE_PUBLIC_URL must say" in Edge(tmp_path, {}, without_url).check().stderr


def test_nginx_starts_again_after_a_kill(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    (tmp_path / "health.sock").touch()
    with running(Edge(tmp_path, upstreams, {"EDGE_HTTP_PORT": str(free_port())})) as edge:
        assert edge.send_request("GET", "/healthz").status_code == 200


def metrics(edge: Edge, path: str = "/metrics") -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{edge.settings['EDGE_METRICS_PORT']}{path}")


def test_metrics_have_the_expiry_of_the_certificate(
    upstreams: dict[str, Upstream], tmp_path: Path, certificate: dict[str, str]
) -> None:
    with running(Edge(tmp_path, upstreams, dict(certificate))) as edge:
        answer = metrics(edge)
        assert metrics(edge, "/api/v1/auth/x").status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    [family] = text_string_to_metric_families(answer.text)
    [sample] = family.samples
    assert (sample.name, sample.labels) == (
        "govah_certificate_expires_timestamp_seconds",
        {"certificate": "edge"},
    )
    assert 1.9 * 86400 < sample.value - time.time() <= 2 * 86400


def test_metrics_without_a_certificate_have_no_expiry(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    with running(Edge(tmp_path, upstreams)) as edge:
        answer = metrics(edge)
    assert answer.status_code == 200
    assert [family.samples for family in text_string_to_metric_families(answer.text)] == [[]]


def test_metrics_have_no_port_unless_one_is_given(tmp_path: Path) -> None:
    edge = Edge(tmp_path, {})
    edge.check()
    assert "metrics.conf" not in (tmp_path / "nginx.conf").read_text("utf-8")


def test_full_names_of_a_cluster_are_accepted(tmp_path: Path) -> None:
    names = {f"EDGE_{name.upper()}": f"{name}.govah.svc.cluster.local:8000" for name in ("auth", "inquiry")}
    edge = Edge(tmp_path, {}, {**names, "EDGE_RESOLVER": "10.96.0.10", "EDGE_TRUSTED_PROXY": "10.0.0.0/8"})
    checked = edge.check()
    assert checked.returncode == 0, checked.stderr
    assert "http://auth.govah.svc.cluster.local:8000" in (edge.run_dir / "nginx.conf").read_text("utf-8")


@pytest.mark.parametrize(
    ("version", "waits"), [("1.22.1", False), ("1.27.3", False), ("1.27.4", True), ("1.29.0", True)]
)
def test_kept_connections_wait_at_a_reload_where_nginx_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, waits: bool
) -> None:
    stand_in = tmp_path / "bin" / "nginx"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\necho "nginx version: nginx/{version} (Debian)" >&2\n', "ascii")
    stand_in.chmod(0o755)
    monkeypatch.setattr(desk, "PATH", f"{stand_in.parent}:{desk.PATH}")
    Edge(tmp_path, {}).check()
    assert ("keepalive_min_timeout" in (tmp_path / "nginx.conf").read_text("utf-8")) is waits
