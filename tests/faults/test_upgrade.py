"""One release takes the place of another under traffic, and goes again: nothing accepted is lost.

Two replicas of each service stand behind the edge, and are replaced one by one, as docs/operations/upgrade.md
says. All programs run from the working copy of their release.
"""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from govah import samples
from govah.local.embedded import draw_accounts, make_secrets
from govah.local.list_files import ListPair, find_lists
from services import SERVICES
from services.kit.jalali import JalaliMonth
from tests.chaos.programs import StackPlan
from tests.chaos.rig import seed
from tests.chaos.stack import Stack, running_stack
from tests.faults.conftest import Figures
from tests.faults.load import Call, Load
from tests.faults.releases import CURRENT, Program, Release, checked_out
from tests.faults.replicas import ADDRESSES, LIMITS, write_hosts
from tests.faults.traffic import Citizen, Traffic
from tests.service.gateway.nginx.desk import Edge, running
from tests.service.gateway.nginx.name_server import naming
from tests.waiting import wait_until

REPLICAS = (1, 2)
# Those that call a service, or read its tokens and events, after it (docs/operations/upgrade.md).
ORDER = ("records", "disclosure", "inquiry", "auth")
WORKSHOPS, MONTHS = 6, 60
# Enough people that their letters do not run out, however slow the machine is.
PEOPLE = 400
AT_MOST_RETRIED = 0.01

pytestmark = pytest.mark.timeout(3600)


class System:
    """Programs of one release after another, on the same data, behind one edge."""

    def __init__(self, stack: Stack, release: Release, edge: Edge) -> None:
        self.stack, self.edge = stack, edge
        self.of: dict[str, list[str]] = {service: [] for service in (*SERVICES, "pdfworker")}
        self.release = release
        for service in self.of:
            self._start(service, release, wait=False)
        stack.processes.wait_until_ready(*(name for names in self.of.values() for name in names))

    def _start(self, service: str, release: Release, *, wait: bool = True) -> None:
        for program in self._list_programs(service, release):
            for number in self._list_replicas(program):
                self._add(program, release, number, wait=wait)

    @staticmethod
    def _list_programs(service: str, release: Release) -> list[Program]:
        return [program for program in release.programs.values() if program.service == service]

    @staticmethod
    def _list_replicas(program: Program) -> Sequence[int]:
        return REPLICAS if program.is_web or program.name == "pdfworker" else REPLICAS[:1]

    def _add(self, program: Program, release: Release, number: int, *, wait: bool) -> None:
        command = release.build_command(
            self.stack.plan, program, number=number, address=ADDRESSES[number - 1]
        )
        if command.name in self.stack.list_names() and self.stack.is_alive(command.name):
            self.stack.end(command.name)
        self.stack.add(command)
        self.stack.start(command.name, wait=wait)
        if command.name not in self.of[program.service]:
            self.of[program.service].append(command.name)

    def replace(self, service: str, release: Release) -> None:
        """Replace the programs of a service by those of another release, one after another."""
        before = list(self.of[service])
        self._start(service, release)
        now = {
            release.build_command(self.stack.plan, program, number=number).name
            for program in self._list_programs(service, release)
            for number in self._list_replicas(program)
        }
        for name in before:
            if name not in now:
                self.stack.end(name)
                self.of[service].remove(name)

    def upgrade(self, release: Release) -> None:
        """Migrate while the old programs run, then replace them."""
        for service in SERVICES:
            release.run_jobs(self.stack.plan, service)
        for service in (*ORDER, "pdfworker"):
            self.replace(service, release)

    def go_back(self, release: Release) -> None:
        """Replace the programs in the opposite order; the older `migrate` has nothing to do."""
        for service in SERVICES:
            release.run_jobs(self.stack.plan, service)
        for service in ("pdfworker", *reversed(ORDER)):
            self.replace(service, release)


def prepare_release(release: Release, plan: StackPlan) -> None:
    """Make the schema, the secrets and the accounts of a release, with its own code."""
    make_secrets(plan)
    for service in SERVICES:
        release.run_jobs(plan, service)
    accounts = draw_accounts(plan)
    secret = str(plan.secrets_dir / "accounts" / "officer.password")
    officer = accounts["officer"]["username"]
    words = ["officers", "ensure", officer, "--scope", "lists", "--password-file", secret]
    release.run_command(plan, "auth", *words)


@contextmanager
def running_system(release: Release) -> Iterator[System]:
    """Start a release, two replicas of each service, behind the edge of this working copy."""
    hosts = {f"{name}.test": list(ADDRESSES) for name in SERVICES}

    def prepare(plan: StackPlan) -> None:
        write_hosts(plan.data_dir / "hosts.json", hosts)
        prepare_release(release, plan)

    with ExitStack() as opened:
        stack = opened.enter_context(running_stack(workers=0, only=(), prepare=prepare))
        plan = stack.plan
        names = opened.enter_context(naming(hosts))
        settings = {f"EDGE_{name.upper()}": f"{name}.test:{plan.service_ports[name]}" for name in SERVICES}
        edge = Edge(plan.data_dir / "edge", {}, settings | LIMITS | {"EDGE_RESOLVER": names.address})
        opened.enter_context(running(edge))
        yield System(stack, release, edge)


def make_lists(plan: StackPlan) -> list[ListPair]:
    """Return lists of invented people of many years, the newest first."""
    directory = Path(tempfile.mkdtemp(dir=plan.data_dir))
    samples.generate(60, MONTHS, WORKSHOPS, "cp1256", 5, directory, last_month=JalaliMonth(1404, 6))
    return list(reversed(find_lists(directory)))


def check_nothing_lost(system: System, traffic: Traffic) -> None:
    """Check that all that was accepted is there, once, and does what it did."""
    stack = system.stack
    wanted = {request_id for request_id, _ in traffic.done.letters}

    def count_missing() -> int:
        rows = stack.fetch_rows("disclosure", "SELECT id::text FROM requests WHERE state = 'ready'")
        return len(wanted - {row[0] for row in rows})

    # A busy machine has many to render still: the bound is the time from one to the next.
    while missing := count_missing():
        wait_until(lambda: count_missing() < missing, f"no letter for {missing} requests", pause=0.5)
    [(letters, distinct)] = stack.fetch_rows(
        "disclosure", "SELECT count(*), count(DISTINCT request_id) FROM letters"
    )
    assert letters == distinct
    [(requests,)] = stack.fetch_rows("disclosure", "SELECT count(*) FROM requests")
    assert requests == len(wanted)
    for national_code, code, revoked in traffic.done.permits:
        traffic.inquire(national_code, code, 410 if revoked else 200)
    stored = stack.fetch_rows("records", "SELECT id::text FROM lists")
    assert {row[0] for row in stored} >= set(traffic.done.lists)
    [(rows, expected)] = stack.fetch_rows(
        "records",
        "SELECT (SELECT count(*) FROM contributions), (SELECT sum(workers) FROM lists)",
    )
    assert rows == expected


def new_traffic(system: System, people: list[tuple[str, str]], lists: Sequence[ListPair]) -> Traffic:
    token = system.stack.mint_token
    citizens = [Citizen(code, token("citizen", person, "self")) for person, code in people]
    officer = token("officer", str(uuid.uuid4()), "lists")
    return Traffic(system.edge.base_url, citizens, officer, lists)


@pytest.mark.parametrize("before", ["0.1.0", "previous"])
def test_a_release_comes_and_goes_under_traffic(before: str, figures: Figures) -> None:
    with (
        checked_out(before) as old,
        checked_out("previous") as previous,
        checked_out(CURRENT) as new,
        running_system(old) as system,
    ):
        people = seed(system.stack, PEOPLE)
        traffic = new_traffic(system, people, make_lists(system.stack.plan))
        reads = Load(system.edge.base_url, list_reads(system, people[0][0]), callers=2, pause=0.05)
        with traffic.running(), reads.running():
            traffic.wait_for_more(4, 2)
            assert not traffic.retried, traffic.retried
            for step, move in (
                ("up", partial(system.upgrade, new)),
                ("back", partial(system.go_back, previous)),
            ):
                move()
                letters = len(traffic.done.letters)
                print(
                    f"{before} {step}: {traffic.calls} calls, {letters} letters, {traffic.retried}",
                    flush=True,
                )
                assert traffic.is_running()
                traffic.wait_for_more(4, 2)
        outcome = reads.take()
        check_nothing_lost(system, traffic)
    calls = traffic.calls + outcome.calls
    retried = traffic.retried.total() + outcome.count_failed()
    print(f"{traffic.retried} {outcome}")
    done = traffic.done
    word = f"{before} → this version → previous"
    figures.add(f"{word}: calls, of which sent again", f"{calls}, {retried}")
    accepted = f"{len(done.letters)}, {len(done.permits)}, {len(done.lists)}"
    figures.add(f"{word}: letters, permits and lists accepted; lost", f"{accepted}; 0")
    assert retried <= calls * AT_MOST_RETRIED, (traffic.retried, outcome.failed)


def list_reads(system: System, person: str) -> list[Call]:
    bearer = (("Authorization", f"Bearer {system.stack.mint_token('citizen', person, 'self')}"),)
    return [
        Call("GET", "/.well-known/jwks.json", 200),
        Call("GET", "/api/v1/records/me", 200, bearer),
        Call("GET", "/api/v1/disclosure/requests", 200, bearer),
        Call("GET", "/api/v1/inquiry/permits", 200, bearer),
    ]
