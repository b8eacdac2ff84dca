"""The desk of the PDF worker: disclosure with its loops on a port, and worker processes."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from services.disclosure.background import new_loops
from services.kit.loops import run_loop
from tests.service.disclosure.desk import open_desk
from tests.service.pdfworker.desk import Desk, create_fake_auth


@pytest.fixture
def package() -> str:
    return "services.disclosure"


@pytest.fixture
def desk(sqlite_url: str, broker_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Return a desk whose disclosure runs on a port, with its loops for tasks and the sweeper."""
    with open_desk(sqlite_url, tmp_path, broker_url=broker_url) as disclosure:
        app = DispatcherMiddleware(disclosure.app, {"/auth": create_fake_auth()})
        server = make_server("127.0.0.1", 0, app, threaded=True)
        loops = [
            loop
            for loop in new_loops(disclosure.settings, disclosure.sessions)
            if loop.name in {"publish-tasks", "sweeper"}
        ]
        stop = threading.Event()
        threads = [threading.Thread(target=run_loop, args=(loop, stop)) for loop in loops]
        threads.append(threading.Thread(target=server.serve_forever))
        for thread in threads:
            thread.start()
        yield Desk(disclosure, f"http://127.0.0.1:{server.server_port}", tmp_path)
        stop.set()
        for loop in loops:
            loop.wake.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()
