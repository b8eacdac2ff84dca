"""WSGI servers beside each other: gunicorn's threads and granian, of several sizes, the same applications.

The result is docs/decisions/0015.
"""

import importlib.util
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import httpx
from rich.console import Console

from bench import trivial
from bench.load import Call, Outcome, send
from bench.processes import measure_cpu, measure_memory, running
from bench.seeding import build_right_inquiry, import_people, issue_permits
from bench.stack import Stack
from bench.table import Comparison, print_rows
from govah.local.data_directory import free_ports
from govah.local.roles import write_gunicorn_command
from govah.local.supervise import new_http_probe

Command = Callable[[str, int], list[str]]
Program = subprocess.Popen[bytes]

SECONDS, WARM_SECONDS = 3.0, 0.5
PEOPLE, MONTHS, WORKSHOPS, PERMITS = 20, 120, 2, 24
SLOW_CLIENTS, PROBES, PROBE_SECONDS = 200, 20, 2.0
IN_FLIGHT = 8
HALF_A_REQUEST = b"GET / HTTP/1.1\r\nHost: govah.example\r\nX-"
WHOLE_REQUEST = b"GET / HTTP/1.1\r\nHost: govah.example\r\n\r\n"


def write_granian_command(application: str, port: int, *, processes: int = 1, threads: int = 8) -> list[str]:
    """Return the command of Granian in WSGI mode; the factory of a service is named without brackets."""
    factory = ["--factory"] if application.endswith("()") else []
    return [
        *(
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--log-level",
            "warning",
            "--no-ws",
            *factory,
        ),
        *("--workers", str(processes), "--blocking-threads", str(threads)),
        *("--host", "127.0.0.1", "--port", str(port), application.removesuffix("()")),
    ]


SIZES = {"1 × 4": (1, 4), "1 × 8": (1, 8), "1 × 16": (1, 16), "2 × 8": (2, 8)}


def _list_servers() -> Mapping[str, Command]:
    """Return the servers to compare, by name; granian only if it is installed."""
    servers = {
        f"gunicorn {size}": partial(write_gunicorn_command, processes=processes, threads=threads)
        for size, (processes, threads) in SIZES.items()
    }
    if importlib.util.find_spec("granian"):
        for size in ("1 × 8", "2 × 8"):
            processes, threads = SIZES[size]
            servers[f"granian {size}"] = partial(write_granian_command, processes=processes, threads=threads)
    return servers


@contextmanager
def trivial_endpoint(
    stack: Stack, command: Command = write_gunicorn_command
) -> Iterator[tuple[Program, int]]:
    """Run the application that does nothing; yields its server's process and port."""
    [port] = free_ports(1)
    log = stack.data_dir / "logs" / "trivial.log"
    ready = new_http_probe(f"http://127.0.0.1:{port}/")
    with running(command("bench.trivial:app", port), {}, log, ready) as process:
        yield process, port


@dataclass(frozen=True)
class Measured:
    """What one server did with one application; `cpu` is milliseconds a request, `memory` mebibytes."""

    outcome: Outcome
    cpu: float
    memory: float

    @property
    def words(self) -> str:
        times = f"{self.outcome.rate:,.0f}/s, p99 {self.outcome.p99:.0f} ms"
        return f"{times}, CPU {self.cpu:.2f} ms, {self.memory:.0f} MiB"


def run(console: Console, stack: Stack) -> Sequence[Comparison]:
    """Send every server the same requests, then slow clients and a stop; print figures, return ratios."""
    with ExitStack() as programs:
        programs.enter_context(stack.running("auth"))
        with stack.running("records"):
            people = import_people(stack, PEOPLE, MONTHS, WORKSHOPS)
        reads = [Call("/api/v1/records/me", headers=stack.mint_citizen(person)) for person in people]
        inquiries = [build_right_inquiry(pair) for pair in issue_permits(stack, PERMITS)]
        figures = {
            name: _measure(stack, command, reads, inquiries) for name, command in _list_servers().items()
        }
    rows = [(name, *(kind.words for kind in kinds)) for name, kinds in figures.items()]
    print_rows(console, "8 clients", ("processes × threads", "trivial", "GET /records/me", "inquiry"), rows)
    rows = [
        (name, *_measure_slow_clients(stack, command))
        for name, command in _list_servers().items()
        if "1 × 8" in name
    ]
    headings = (
        "",
        f"{SLOW_CLIENTS} idle clients",
        f"{SLOW_CLIENTS} half requests",
        "stopped with 8 in flight",
    )
    print_rows(console, "Beside slow clients, one after the other, and at SIGTERM", headings, rows)
    return _compare(figures)


def _measure(
    stack: Stack, command: Command, reads: Sequence[Call], inquiries: Sequence[Call]
) -> Sequence[Measured]:
    ports = stack.service_ports
    with trivial_endpoint(stack, command) as (process, port):
        figures = [_load(process, port, [Call("/")])]
    for service, calls in (("records", reads), ("inquiry", inquiries)):
        port = ports[service]
        with stack.running(service, command(f"services.{service}.app:serve()", port)) as process:
            figures.append(_load(process, port, calls))
    return figures


def _load(process: Program, port: int, calls: Sequence[Call]) -> Measured:
    send(port, calls, seconds=WARM_SECONDS)
    before = measure_cpu(process.pid)
    outcome = send(port, calls, seconds=SECONDS)
    assert outcome.statuses.keys() == {"200"}, outcome.statuses
    cpu = (measure_cpu(process.pid) - before) * 1000 / outcome.answers
    return Measured(outcome, cpu, measure_memory(process.pid))


def _measure_slow_clients(stack: Stack, command: Command) -> Sequence[str]:
    """Return how a server answers beside slow clients, and how many requests survive a stop."""
    with trivial_endpoint(stack, command) as (_, port), _clients(port, WHOLE_REQUEST):
        beside_idle = _probe_server(port)
    with trivial_endpoint(stack, command) as (_, port), _clients(port, HALF_A_REQUEST):
        beside_half = _probe_server(port)
    with trivial_endpoint(stack, command) as (process, port), ThreadPoolExecutor(IN_FLIGHT) as pool:
        requests = [pool.submit(_is_answered, port, "/slow", 10.0) for _ in range(IN_FLIGHT)]
        time.sleep(trivial.SLOW_SECONDS / 2)
        process.send_signal(signal.SIGTERM)
        answered = sum(one.result() for one in requests)
    return beside_idle, beside_half, f"{answered} of {IN_FLIGHT} answered"


@contextmanager
def _clients(port: int, request: bytes) -> Iterator[None]:
    """Keep connections open that each have sent the bytes once."""
    with ExitStack() as opened:
        for _ in range(SLOW_CLIENTS):
            client = opened.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(request)
        yield


def _probe_server(port: int) -> str:
    """Return how many of some sequential requests are answered in time, and the time of the slowest."""
    slowest, answered = 0.0, 0
    for _ in range(PROBES):
        begun = time.perf_counter()
        answered += _is_answered(port, "/", PROBE_SECONDS)
        slowest = max(slowest, time.perf_counter() - begun)
        if not answered and slowest >= PROBE_SECONDS:
            return f"none within {PROBE_SECONDS:.0f} s"
    return f"{answered} of {PROBES}, slowest {slowest * 1000:.0f} ms"


def _is_answered(port: int, path: str, seconds: float) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=seconds).status_code == httpx.codes.OK
    return False


def _compare(figures: Mapping[str, Sequence[Measured]]) -> Sequence[Comparison]:
    """Return granian's CPU compared with gunicorn's of the same size."""
    kinds = ("trivial", "GET /records/me", "inquiry")
    return [
        Comparison("servers", f"{kind}: CPU, {name} beside gunicorn", one.cpu, other.cpu, "ms")
        for name, measured in figures.items()
        if name.startswith("granian")
        for kind, one, other in zip(
            kinds, measured, figures[name.replace("granian", "gunicorn")], strict=True
        )
    ]
