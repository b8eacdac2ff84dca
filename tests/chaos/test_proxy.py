"""The proxy that the named faults trust."""

import socket
import time

import pytest

from tests.chaos.proxy import Proxy


def test_nobody_is_taken_after_the_proxy_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        with Proxy(target.getsockname()) as proxy:
            time.sleep(0.2)  # by now it waits for a client
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port), timeout=5).close()
