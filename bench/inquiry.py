"""What an inquiry and a read with a token cost, beside an endpoint that does nothing on the same server.

The services run under the server of production, one process each; the client is a process of its own. CPU is
that of the service and of PostgreSQL per request; wall time on a shared machine tells less.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Console

from bench.load import Call, Outcome, send
from bench.processes import measure_cpu, measure_memory
from bench.seeding import (
    build_inquiry,
    build_right_inquiry,
    fill_inboxes,
    import_people,
    issue_permits,
    write_national_code,
)
from bench.servers import trivial_endpoint
from bench.stack import Stack
from bench.table import Comparison, print_rows
from services.inquiry.actions.codes import new_code
from services.inquiry.actions.stretching import hash_argon2id
from services.inquiry.settings import Settings

PEOPLE, MONTHS, WORKSHOPS, LETTERS = 40, 120, 2, 3
PERMITS, HASHES = 48, 60
SECONDS = 6.0
WRONG_CODES = 400
# Govah's part of an inquiry costs at most as much as the hash; a mistyped code is rejected before the hash.
INQUIRY_GOAL, MISTYPED_GOAL = 1.0, 5.0


@dataclass(frozen=True)
class Measured:
    """What a kind of request cost: `service` and `database` are milliseconds of CPU a request."""

    name: str
    outcome: Outcome
    service: float
    database: float
    memory: float

    @property
    def cpu(self) -> float:
        return self.service + self.database


def run(console: Console, stack: Stack) -> Sequence[Comparison]:
    """Fill the databases, send each kind of request for some seconds; print figures, return ratios."""
    with ExitStack() as programs:
        programs.enter_context(stack.running("auth"))
        records = programs.enter_context(stack.running("records"))
        people = import_people(stack, PEOPLE, MONTHS, WORKSHOPS)
        fill_inboxes(stack, people, LETTERS)
        pairs = issue_permits(stack, PERMITS)
        disclosure = programs.enter_context(stack.running("disclosure"))
        inquiry = programs.enter_context(stack.running("inquiry"))
        nothing, port = programs.enter_context(trivial_endpoint(stack))
        headers = [stack.mint_citizen(person) for person in people]
        ports = stack.service_ports
        measured = [
            _measure(stack, "trivial Flask endpoint", nothing.pid, port, [Call("/")], SECONDS),
            _measure(
                stack,
                "right code",
                inquiry.pid,
                ports["inquiry"],
                [build_right_inquiry(pair) for pair in pairs],
                SECONDS,
            ),
            _measure(
                stack, "wrong code", inquiry.pid, ports["inquiry"], _build_wrong_calls(WRONG_CODES), 0.0
            ),
            _measure(
                stack, "mistyped code", inquiry.pid, ports["inquiry"], [_build_mistyped_call()], SECONDS
            ),
            _measure(
                stack,
                "GET /records/me",
                records.pid,
                ports["records"],
                [Call("/api/v1/records/me", headers=one) for one in headers],
                SECONDS,
            ),
            _measure(
                stack,
                "GET /disclosure/inbox",
                disclosure.pid,
                ports["disclosure"],
                [Call("/api/v1/disclosure/inbox", headers=one) for one in headers],
                SECONDS,
            ),
        ]
    return _print_report(console, measured, _measure_argon2())


def _measure(
    stack: Stack, name: str, process: int, port: int, calls: Sequence[Call], seconds: float
) -> Measured:
    """Warm up a little, then send."""
    if seconds:
        send(port, calls, seconds=0.5)
    before = measure_cpu(process), measure_cpu(stack.postgresql)
    outcome = send(port, calls, seconds=seconds)
    after = measure_cpu(process), measure_cpu(stack.postgresql)
    service, database = (
        (then - now) * 1000 / outcome.answers for now, then in zip(before, after, strict=True)
    )
    return Measured(name, outcome, service, database, measure_memory(process))


def _build_wrong_calls(count: int) -> Sequence[Call]:
    return [build_inquiry(write_national_code(10**8 + number), new_code(), number) for number in range(count)]


def _build_mistyped_call() -> Call:
    code = new_code()
    return build_inquiry(write_national_code(1), code[:-1] + str((int(code[-1]) + 1) % 10), 0)


def _measure_argon2() -> float:
    """Return the CPU of one slow hash in this process, with as many in parallel as the service runs."""
    codes = [b"%016d" % number for number in range(HASHES)]
    begun = time.process_time()
    with ThreadPoolExecutor(Settings.model_fields["argon2_at_once"].default) as pool:
        list(pool.map(lambda code: hash_argon2id(code, b"salt of sixteen!"), codes))
    return (time.process_time() - begun) * 1000 / HASHES


def _print_report(console: Console, measured: Sequence[Measured], argon2: float) -> Sequence[Comparison]:
    rows = []
    for one in measured:
        statuses = " ".join(f"{status}: {count:,}" for status, count in one.outcome.statuses.items())
        times = (f"{one.outcome.rate:,.0f}", f"{one.outcome.p50:.1f}", f"{one.outcome.p99:.1f}")
        rows.append(
            (one.name, *times, f"{one.service:.2f}", f"{one.database:.2f}", f"{one.memory:.0f}", statuses)
        )
    headings = ("", "a second", "p50 ms", "p99 ms", "CPU ms", "PostgreSQL ms", "MiB", "statuses")
    print_rows(console, "Requests over 8 connections, one process a service", headings, rows)
    console.print(f"Argon2id only, as many in parallel as the service runs: {argon2:.1f} ms of CPU\n")
    floor, *inquiries, mistyped, read, inbox = measured
    beside_the_hash = [
        Comparison("inquiry", f"{one.name}, without Argon2id", one.cpu - argon2, argon2, "ms", INQUIRY_GOAL)
        for one in inquiries
    ]
    beside_nothing = [
        Comparison("inquiry", one.name, one.cpu, floor.cpu, "ms", goal)
        for one, goal in ((mistyped, MISTYPED_GOAL), (read, None), (inbox, None))
    ]
    return [*beside_the_hash, *beside_nothing]
