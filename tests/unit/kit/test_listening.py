"""A listener in a process that has many files open."""

import os
import resource
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

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
