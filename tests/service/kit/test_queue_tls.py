"""A broker of another machine: TLS with a certificate that is checked, and a password."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.kit.queue import BrokerAway, check_broker, count_queued_tasks, new_celery, send_task
from tests.waiting import wait_until

SECONDS_TO_START = 10


@pytest.fixture
def encrypted_broker(tmp_path: Path) -> Iterator[int]:
    """Yield the port of a broker that requires `drawn`, with `ca.pem` and `key.pem`."""
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(tmp_path / "ca.pem"), "-keyout", str(tmp_path / "key.pem")]
    subprocess.run(["openssl", "req", *kind, *names, *files], check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    (tmp_path / "broker.conf").write_text(
        f"bind 127.0.0.1\nport 0\ntls-port {port}\ntls-auth-clients no\nrequirepass drawn\nsave ''\n"
        f"tls-cert-file {tmp_path / 'ca.pem'}\ntls-key-file {tmp_path / 'key.pem'}\ndir {tmp_path}\n",
        "utf-8",
    )
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    assert program, "make setup-test"
    with subprocess.Popen([program, str(tmp_path / "broker.conf")], stdout=subprocess.DEVNULL) as server:
        wait_until(lambda: is_listening(port) or server.poll() is not None, "the broker did not start")
        assert server.poll() is None
        yield port
        server.terminate()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_task_goes_through_tls_with_a_password(encrypted_broker: int, tmp_path: Path) -> None:
    checked = f"ssl_cert_reqs=required&ssl_ca_certs={tmp_path / 'ca.pem'}"
    app = new_celery("test", f"rediss://:drawn@127.0.0.1:{encrypted_broker}/0?{checked}")
    check_broker(app)
    send_task(app, "letters.render", {}, "request")
    assert count_queued_tasks(app) == 1
    wrong = new_celery("test", f"rediss://:guessed@127.0.0.1:{encrypted_broker}/0?{checked}")
    with pytest.raises(BrokerAway):
        check_broker(wrong)


def test_a_certificate_that_nobody_vouches_for_is_refused(encrypted_broker: int) -> None:
    app = new_celery("test", f"rediss://:drawn@127.0.0.1:{encrypted_broker}/0?ssl_cert_reqs=required")
    with pytest.raises(BrokerAway, match="CERTIFICATE_VERIFY_FAILED"):
        check_broker(app)
