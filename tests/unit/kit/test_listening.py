"""A listener in a process that has many files open, or whose settings cannot be read for a while."""

import os
import resource
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from services.kit import listening
from services.kit.listening import Listener
from services.kit.loops import Loop

# select() takes lower numbers of files only.
HIGH = 1024


@pytest.fixture
def high_file() -> Any:
    """Provide the number of a file above those that select() takes, from which a byte can be read."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard <= HIGH:
        pytest.skip("the limit of open files is low")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before, HIGH + 1), hard))
    readable, writable = os.pipe()
    os.write(writable, b"1")
    os.dup2(readable, HIGH)
    yield HIGH
    for number in (HIGH, readable, writable):
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def test_a_notification_is_received_beside_a_thousand_open_files(high_file: int) -> None:
    loop = Loop("relay", lambda: 0, 1.0, channel="tasks")
    connection = SimpleNamespace(
        fileno=lambda: high_file, notifies=lambda **_: [SimpleNamespace(channel="tasks")]
    )
    Listener(cast("sa.Engine", None), [loop])._receive(cast("Any", connection))
    assert loop.wake.is_set()


def test_a_listener_that_cannot_read_its_settings_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "FIRST_DELAY", 0.0)
    loop, stop, tries = Loop("relay", lambda: 0, 1.0, channel="tasks"), threading.Event(), list[int]()
    loop.is_heard.set()

    def connect() -> None:
        tries.append(1)
        if len(tries) > 1:
            stop.set()
        raise UnicodeDecodeError("ascii", b"\xff", 0, 1, "a password file that is half written")

    engine = SimpleNamespace(raw_connection=connect)
    Listener(cast("sa.Engine", engine), [loop]).listen(stop)
    assert len(tries) == 2
    assert not loop.is_heard.is_set()
