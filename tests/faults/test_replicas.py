"""Two replicas of each service, of which one goes under load: no read is refused, and no small call hangs.

What a kill can cost at most, whatever stands in front: a small call that the replica had received and not yet
answered (503; the caller knows whether to send it again), and an answer that breaks off in the middle.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

import pytest

from tests.faults.conftest import Figures
from tests.faults.load import Call, Load
from tests.faults.replicas import NAMES, Replicas, find_address, find_service, running_replicas
from tests.service.gateway.nginx.name_server import silence_address
from tests.waiting import wait_until

CALLERS = 4
# What httpx raises then.
BROKEN_OFF = "RemoteProtocolError"
# Seconds for which a name has the address of a replica that is gone, and for which it then lacks it.
LINGERS, WITHOUT = 3, 1


@pytest.fixture(scope="module")
def replicas() -> Iterator[Replicas]:
    with running_replicas() as running:
        yield running


def list_calls(replicas: Replicas) -> list[Call]:
    """Return reads and small calls of every service; those of disclosure and the portal call others."""
    person, _ = replicas.people[0]
    bearer = (("Authorization", f"Bearer {replicas.mint_token(person)}"),)
    return [
        Call("GET", "/.well-known/jwks.json", 200),
        Call("GET", "/api/v1/records/me", 200, bearer),
        Call("GET", "/api/v1/disclosure/requests", 200, bearer),
        Call("GET", "/api/v1/inquiry/permits", 200, bearer),
        Call("GET", "/sign-in", 200),
        Call("POST", "/api/v1/records/me/objections", 422, bearer, {"kind": "none"}),
        Call("POST", "/api/v1/disclosure/requests", 422, bearer, {"types": []}),
        Call("POST", "/api/v1/inquiry/permits", 422, bearer, {}),
        Call("POST", "/api/v1/auth/sessions", 422, body={}),
    ]


@contextmanager
def killed(replicas: Replicas, replica: str) -> Iterator[None]:
    """Kill -9 of a replica: its machine refuses connections."""
    replicas.stack.kill(replica)
    yield


@contextmanager
def gone(replicas: Replicas, replica: str) -> Iterator[None]:
    """Kill -9 of a replica whose machine is gone too: nothing answers at its address."""
    replicas.stack.kill(replica)
    address = find_address(replica), replicas.ports[find_service(replica)]

    def is_silent() -> bool:
        # Its last process may still be ending.
        with suppress(OSError):
            opened.enter_context(silence_address(*address))
            return True
        return False

    with ExitStack() as opened:
        wait_until(is_silent)
        yield


@contextmanager
def ended(replicas: Replicas, replica: str) -> Iterator[None]:
    """Have a replica end as `docker stop` does."""
    os.kill(replicas.stack.find_pid(replica), signal.SIGTERM)
    time.sleep(2)
    replicas.stack.kill(replica)
    yield


Fault = Callable[[Replicas, str], AbstractContextManager[None]]


@pytest.mark.parametrize("fault", [killed, gone, ended])
def test_any_replica_can_go(replicas: Replicas, figures: Figures, fault: Fault) -> None:
    load = Load(replicas.edge.base_url, list_calls(replicas), callers=CALLERS)
    total, longest, failed = 0, 0.0, Counter[tuple[str, str]]()
    with load.running():
        time.sleep(2)
        before = load.take()
        assert before.failed == {}
        for number, name in enumerate(NAMES):
            replica = f"{name}-{number % 2 + 1}"
            with fault(replicas, replica):
                time.sleep(LINGERS)
                replicas.forget(replica)
                time.sleep(WITHOUT)
            replicas.start(replica)
            outcome = load.take()
            print(f"{fault.__name__} {replica}: {outcome}")
            total += outcome.calls
            failed += outcome.failed
            longest = max(longest, outcome.longest)
    broken = failed.pop(("GET", BROKEN_OFF), 0)
    small = sum(count for (method, _), count in failed.items() if method == "POST")
    word = f"one of two replicas {fault.__name__}, each of {len(NAMES)} in turn"
    figures.add(f"{word}: calls", total)
    figures.add(f"{word}: failed reads, failed small calls", f"{failed.total() - small}, {small}")
    figures.add(f"{word}: answers that broke off", broken)
    figures.add(f"{word}: longest call, before and then, in seconds", f"{before.longest:.2f}, {longest:.2f}")
    assert failed.total() == small
    in_progress = 0 if fault is ended else CALLERS * len(NAMES)
    assert small + broken <= in_progress
