"""Fixtures of the edge's tests: fakes of the services, and nginx in front of them."""

import threading
from collections.abc import Iterator

import pytest

from tests.service.gateway.nginx.desk import UPSTREAMS, Echo, Edge, Upstream, running


@pytest.fixture(scope="module")
def upstreams() -> Iterator[dict[str, Upstream]]:
    """Yield a fake of each service."""
    servers = {}
    for name in UPSTREAMS:
        servers[name] = Upstream(("127.0.0.1", 0), Echo)
        servers[name].name = name
        threading.Thread(target=servers[name].serve_forever, args=(0.05,), daemon=True).start()
    yield servers
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def edge(upstreams: dict[str, Upstream], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Yield the edge without a certificate, shared by a module's tests."""
    with running(Edge(tmp_path_factory.mktemp("edge"), upstreams)) as edge:
        yield edge
