"""The broker's password is rotated while programs of every kind are connected; none is refused."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from gateway.portal.vault import Vault
from govah_client.errors import ServiceUnavailable
from services.kit.broker_password import find_broker_password
from services.kit.queue import BrokerAway, Nudges, check_broker, new_celery, send_nudge
from tests.chaos.programs import free_ports
from tests.waiting import wait_until


@dataclass
class Broker:
    """A Redis whose user `default` has the password `old`, and the file that programs read."""

    port: int
    file: Path

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def set_rules(self, *rules: str) -> None:
        """Change the rules of the user, which leaves open connections as they are."""
        password = self.file.read_text("ascii").split()[0]
        with redis.Redis(port=self.port, password=password) as client:
            assert client.execute_command("ACL", "SETUSER", "default", *rules) in (b"OK", True)

    def close_connections(self) -> None:
        password = self.file.read_text("ascii").split()[0]
        with redis.Redis(port=self.port, password=password) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    [port] = free_ports(1)
    (tmp_path / "password").write_text("old\n", "ascii")
    monkeypatch.setenv("GOVAH_BROKER_PASSWORD_FILE", str(tmp_path / "password"))
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    assert program, "make setup-test"
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", ""]
    with subprocess.Popen([*words, "--requirepass", "old"], stdout=subprocess.DEVNULL) as server:
        made = Broker(port, tmp_path / "password")
        wait_until(lambda: is_up(made), "the broker did not start")
        yield made
        os.kill(server.pid, signal.SIGTERM)


def is_up(broker: Broker) -> bool:
    try:
        with redis.Redis(port=broker.port, password="old") as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_every_kind_of_client_takes_the_password_of_the_file_as_it_connects(broker: Broker) -> None:
    app = new_celery("test", broker.url)
    vault = Vault(broker.url, find_broker_password(broker.url))
    nudged = threading.Semaphore(0)
    stop = threading.Event()
    nudges = Nudges(broker.url, ["auth"], lambda _: nudged.release())
    listener = threading.Thread(target=nudges.listen, args=(stop,))
    listener.start()

    def is_heard() -> bool:
        send_nudge(app, "auth")
        return nudged.acquire(timeout=0.2)

    def use_all() -> None:
        check_broker(app)
        vault.put("owner", "name", "entry", 60)
        wait_until(is_heard)

    try:
        use_all()
        broker.set_rules(">new")
        broker.file.write_text("new\nold\n", "ascii")
        use_all()
        broker.set_rules("resetpass", ">new")
        broker.file.write_text("new\n", "ascii")
        # Those that were open stay so; then each connects again.
        use_all()
        broker.close_connections()
        use_all()
        assert vault.get("owner", "name") == "entry"
    finally:
        stop.set()
        listener.join()


def test_a_wrong_or_missing_password_is_an_unavailable_broker(broker: Broker) -> None:
    for change in (lambda: broker.file.write_text("wrong\n", "ascii"), broker.file.unlink):
        change()
        with pytest.raises(BrokerAway):
            check_broker(new_celery("test", broker.url))
        with pytest.raises(ServiceUnavailable):
            Vault(broker.url, find_broker_password(broker.url)).get("owner", "name")


def test_a_user_in_the_address_signs_in_with_the_password_of_the_file(broker: Broker) -> None:
    with redis.Redis(port=broker.port, password="old") as client:
        client.execute_command("ACL", "SETUSER", "govah", "on", ">of-govah", "~*", "&*", "+@all")
    broker.file.write_text("of-govah\n", "ascii")
    url = broker.url.replace("://", "://govah@")
    check_broker(new_celery("test", url))
    vault = Vault(url, find_broker_password(url))
    vault.put("owner", "name", "entry", 60)
    assert vault.get("owner", "name") == "entry"
