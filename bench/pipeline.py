"""What stands around a letter on its way through the queue: CPU beside the worker's own, and time when idle.

Everything runs: four services with their background loops, the broker, PostgreSQL, the worker. Requests are
accepted first, while no worker runs; then workers empty the queue. So each part is measured separately.
"""

import os
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from rich.console import Console

from bench import raw
from bench.load import Call, send
from bench.processes import list_tree, measure_cpu, measure_machine_cpu, measure_memory
from bench.seeding import import_people
from bench.stack import Stack
from bench.table import Comparison, print_rows
from services import SERVICES
from services.kit.queue import Limits
from tests.unit.pdfworker.statements import TYPES, build_letter

PEOPLE, MONTHS, WORKSHOPS = 60, 120, 2
WARM, LATENCIES = 12, 30
# The CPU of a process that has rendered some letters; one that was forked and waits has taken far less.
WARM_SECONDS = 1.2
IDLE_SECONDS = 10.0
# Milliseconds of CPU, a letter and a second; milliseconds from a request to its claim.
AROUND_GOAL, IDLE_GOAL, MEDIAN_GOAL, P95_GOAL = 15.0, 10.0, 15.0, 30.0
THROUGHPUT_GOAL = 1.8
ASK = "/api/v1/disclosure/requests"
DRAINED_WITHIN = 300.0
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Costs:
    """Milliseconds of CPU per letter by program; `others` is how many cores other work kept busy."""

    letters: int
    by_program: Mapping[str, float]
    rate: float = 0.0
    others: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.by_program.values())

    @property
    def around(self) -> float:
        """What all programs but the worker take."""
        return self.total - self.by_program.get("pdfworker", 0.0)


# The headers of a person's requests, and the type of the letter.
Asker = tuple[Mapping[str, str], str]


@dataclass
class Pipeline:
    """The running programs, and the requests of people in random order.

    Some people have many rows and some have few, so each drain makes the letters of the same people; a person
    gets at most three of a type in a day.
    """

    stack: Stack
    # One for all queries: opening another takes PostgreSQL milliseconds that no letter costs.
    database: psycopg.Connection
    processes: dict[str, int]
    askers: Sequence[Asker]

    def measure_cpu_by_program(self) -> dict[str, float]:
        return {name: measure_cpu(process) for name, process in self.processes.items()}

    def measure_costs(self, before: Mapping[str, float], letters: int) -> Costs:
        spent = {name: seconds - before[name] for name, seconds in self.measure_cpu_by_program().items()}
        return Costs(letters, {name: seconds * 1000 / letters for name, seconds in spent.items()})

    def ask(self, askers: Sequence[Asker]) -> None:
        """Send their requests as quickly as possible."""
        outcome = send(self.stack.service_ports["disclosure"], [_build_request(*asker) for asker in askers])
        assert outcome.statuses == {"202": len(askers)}, outcome.statuses

    def select(self, query: str) -> list[Any]:
        return [row[0] if len(row) == 1 else row for row in self.database.execute(query).fetchall()]

    def count_letters(self) -> int:
        [count] = self.select("SELECT count(*) FROM letters")
        return int(count)

    def wait_for(self, letters: int) -> None:
        """Wait until there are `letters` letters in all."""
        deadline = time.monotonic() + DRAINED_WITHIN
        while self.count_letters() < letters:
            assert time.monotonic() < deadline, f"{self.count_letters()} of {letters} letters"
            time.sleep(0.25)


def _build_request(headers: Mapping[str, str], kind: str) -> Call:
    body = f'{{"types": ["{kind}"], "agreement_version": 1, "agreed": true}}'
    return Call(ASK, "POST", headers, body)


def run(console: Console, stack: Stack, letters: int) -> Sequence[Comparison]:
    """Measure `letters` letters with one worker, and again with two; print figures, return ratios."""
    with ExitStack() as programs:
        pipeline = _start(stack, programs)
        askers = pipeline.askers[:letters]
        assert len(askers) == letters, f"at most {len(pipeline.askers)} --letters"
        before = pipeline.measure_cpu_by_program()
        time.sleep(IDLE_SECONDS)
        idle = pipeline.measure_costs(before, round(IDLE_SECONDS))
        size, before = stack.measure_kibibytes(), pipeline.measure_cpu_by_program()
        pipeline.ask(askers)
        taken_in = pipeline.measure_costs(before, letters)
        # The measured letters: one half before the worker's turn, the other after it.
        claims = _build_claims(pipeline)[WARM:]
        floor = raw.render(claims[::2], 1)
        one = _drain(pipeline, workers=1)
        floor += raw.render(claims[1::2], 1)
        pipeline.ask(askers)
        two = _drain(pipeline, workers=2)
        floor_of_two = raw.render(claims[::2], 2)
        latencies = _measure_latencies(pipeline)
        _print_sizes(console, pipeline, (stack.measure_kibibytes() - size) / pipeline.count_letters())
        memory = {name: measure_memory(process) for name, process in pipeline.processes.items()}
    _print_costs(console, idle, taken_in, one, two, memory)
    return _compare(console, idle, taken_in, one, two, floor, floor_of_two, latencies)


def _start(stack: Stack, programs: ExitStack) -> Pipeline:
    processes = {"postgresql": stack.postgresql}
    processes["broker"] = programs.enter_context(stack.running("broker")).pid
    for service in SERVICES:
        processes[service] = programs.enter_context(stack.running(service)).pid
    for service in SERVICES:
        name = f"{service}-background"
        processes[name] = programs.enter_context(stack.running(name)).pid
    people = import_people(stack, PEOPLE, MONTHS, WORKSHOPS)
    headers = [stack.mint_citizen(person) for person in people]
    database = programs.enter_context(stack.connect("disclosure"))
    askers = [(one, kind) for one in headers for kind in TYPES]
    random.Random(1).shuffle(askers)
    return Pipeline(stack, database, processes, askers)


def _build_claims(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return what workers will claim of the present requests."""
    rows = pipeline.select("SELECT serial, tracking_number, types, statement FROM requests ORDER BY position")
    return [
        {
            "letter": build_letter(types, serial=serial, tracking_number=tracking_number),
            "statement": statement,
        }
        for serial, tracking_number, types, statement in rows
    ]


def _drain(pipeline: Pipeline, workers: int) -> Costs:
    """Empty the queue with workers. Return what a letter cost once they were warm."""
    done = pipeline.count_letters()
    [queued] = pipeline.select("SELECT count(*) FROM requests WHERE state = 'queued'")
    with pipeline.stack.running("pdfworker", GOVAH_WORKER_PROCESSES=str(workers)) as worker:
        pipeline.processes["pdfworker"] = worker.pid
        pipeline.wait_for(done + WARM)
        _await_warmth(pipeline, worker.pid, workers, done + queued - WARM)
        counted_from, before = pipeline.count_letters(), pipeline.measure_cpu_by_program()
        began, machine = time.monotonic(), measure_machine_cpu()
        pipeline.wait_for(done + queued)
        costs = pipeline.measure_costs(before, done + queued - counted_from)
        seconds, machine = time.monotonic() - began, measure_machine_cpu() - machine
    del pipeline.processes["pdfworker"]
    ready = pipeline.select("SELECT at FROM activity WHERE kind = 'letter.ready' ORDER BY at")
    ready = ready[max(counted_from, done + WARM) - 1 :]
    rate = (len(ready) - 1) / (ready[-1] - ready[0]).total_seconds()
    return replace(costs, rate=rate, others=(machine - costs.total * costs.letters / 1000) / seconds)


def _await_warmth(pipeline: Pipeline, worker: int, processes: int, at_most: int) -> None:
    """Wait until `processes` children have rendered; each needs a second of CPU first."""
    while sum(measure_cpu(child) > WARM_SECONDS for child in list_tree(worker)[1:]) < processes:
        assert pipeline.count_letters() < at_most, (
            "too few --letters for every worker process to have made some"
        )
        time.sleep(0.1)


def _measure_latencies(pipeline: Pipeline) -> Sequence[tuple[float, float]]:
    """Return milliseconds from a request to its claim and to its letter, one by one in an idle system."""
    done, chance = pipeline.count_letters(), random.Random(1)
    with pipeline.stack.running("pdfworker"):
        for number, asker in enumerate(pipeline.askers[: LATENCIES + WARM], 1):
            pipeline.ask([asker])
            pipeline.wait_for(done + number)
            time.sleep(chance.uniform(0.2, 0.6))
    rows = pipeline.select(
        "SELECT requests.requested_at, requests.claimable_at, letters.ready FROM requests"
        " JOIN (SELECT activity.references->>'disclosure_request_id' AS id, at AS ready FROM activity"
        " WHERE kind = 'letter.ready') AS letters ON letters.id = requests.id::text"
        f" ORDER BY requests.position DESC LIMIT {LATENCIES}"
    )
    return [
        (
            (claimable_at - requested_at).total_seconds() * 1000 - Limits().lease * 1000,
            (ready - requested_at).total_seconds() * 1000,
        )
        for requested_at, claimable_at, ready in rows
    ]


def _print_sizes(console: Console, pipeline: Pipeline, rows: float) -> None:
    [(size, pages)] = pipeline.select("SELECT avg(size), avg(pages) FROM letters")
    console.print(
        f"on disk, a letter: {float(size) / 1024:.0f} KiB as an object of {float(pages):.1f} pages,"
        f" {rows:.0f} KiB in the databases"
    )


def _print_costs(
    console: Console, idle: Costs, taken_in: Costs, one: Costs, two: Costs, memory: Mapping[str, float]
) -> None:
    kinds = (idle, taken_in, one, two)
    rows = [
        (name, *(f"{costs.by_program.get(name, 0.0):.1f}" for costs in kinds), f"{memory.get(name, 0.0):.0f}")
        for name in one.by_program
    ]
    rows.append(("all", *(f"{costs.total:.1f}" for costs in kinds), f"{sum(memory.values()):.0f}"))
    headings = (
        "CPU ms",
        "idle, a second",
        "taken in, each",
        "1 worker, a letter",
        "2 workers, a letter",
        "MiB",
    )
    print_rows(console, "What each program takes", headings, rows)


def _compare(
    console: Console,
    idle: Costs,
    taken_in: Costs,
    one: Costs,
    two: Costs,
    floor: Sequence[raw.Loop],
    floor_of_two: Sequence[raw.Loop],
    latencies: Sequence[tuple[float, float]],
) -> Sequence[Comparison]:
    bare = sum(loop.cpu for loop in floor) * 1000 / sum(loop.letters for loop in floor)
    slower = statistics.mean(loop.seconds for loop in floor_of_two) / statistics.mean(
        loop.seconds for loop in floor
    )
    claimed, ready = ([pair[number] for pair in latencies] for number in (0, 1))
    for name, times in (("claimed", claimed), ("ready", ready)):
        p95 = statistics.quantiles(times, n=20)[-1]
        console.print(
            f"idle, from request to {name}: median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms"
        )
    console.print(
        f"around a letter: {one.around:.1f} ms of CPU through the queue,"
        f" {taken_in.total:.1f} ms to take the request in; letters a second: {one.rate:.2f} by one worker,"
        f" {two.rate:.2f} by two; two bare loops in parallel: {2 / slower:.2f} times one"
    )
    most = CORES * 1000 / two.total
    console.print(
        f"at {two.total:.0f} ms each, {CORES} cores make at most {most:.2f} letters a second,"
        f" {most / one.rate:.2f} times one worker; other work took {one.others:.2f} cores beside one worker,"
        f" {two.others:.2f} beside two\n"
    )
    median, p95 = statistics.median(claimed), statistics.quantiles(claimed, n=20)[-1]
    return [
        _compare_amount("CPU around a letter, 1 worker", one.around, AROUND_GOAL),
        _compare_amount("the same, 2 workers", two.around, AROUND_GOAL),
        _compare_amount("CPU at rest, a second", idle.total, IDLE_GOAL),
        _compare_amount("idle, request to claim, median", median, MEDIAN_GOAL),
        _compare_amount("idle, request to claim, p95", p95, P95_GOAL),
        Comparison("pipeline", "CPU of a letter with its worker", one.total, bare, "ms"),
        Comparison("pipeline", "CPU of the worker alone", one.by_program["pdfworker"], bare, "ms"),
        Comparison(
            "pipeline",
            "letters a second: 2 workers beside 1",
            two.rate,
            one.rate,
            "1/s",
            THROUGHPUT_GOAL,
            at_least=True,
        ),
    ]


def _compare_amount(what: str, ours: float, goal: float) -> Comparison:
    """Return a figure beside its goal, which is an amount."""
    return Comparison("pipeline", f"{what} (goal {goal:g} ms)", ours, goal, "ms", 1.0)
