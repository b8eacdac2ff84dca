"""Other releases of this repository, as their programs ran: what `compose.yaml` of their commits starts.

with checked_out("0.1.0") as release:
    release.run_command(plan, "auth", "migrate")
    release.build_command(plan, release.programs["records-relay"])
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import distributions
from pathlib import Path

import yaml
from packaging.utils import canonicalize_name

from services import SERVICES
from services.kit.version import read_version
from tests.chaos.processes import Command
from tests.chaos.programs import StackPlan, is_healthy
from tests.e2e.system import ROOT

NAMES = Path(__file__).with_name("names")
CURRENT = "current"
# First words of the commands that this test starts. The edge and the egress proxy have others.
PYTHON = {"gunicorn", "flask", "python"}
JOBS = ("migrate", "setup")
# In the working copy of a release: what its code imports and this version no longer installs.
PACKAGES = "packages"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==[^ ;]+", re.MULTILINE)


def find_commit(release: str) -> str:
    """Return the commit of a release: `0.1.0`, or `previous`, the last one before this version."""
    if release == "previous":
        version = f'version = "{read_version()}"'
        commit = run_git("log", "--reverse", "--format=%H", "-S", version, "--", "pyproject.toml").split()[0]
        return f"{commit}^"
    return run_git("log", "--format=%H", "-1", f"--grep=^Release {release}$")


def run_git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


@dataclass(frozen=True)
class Program:
    """A container of Compose: its name and its command."""

    name: str
    words: Sequence[str]

    @property
    def service(self) -> str:
        """The service whose settings it has."""
        return self.name.partition("-")[0]

    @property
    def is_web(self) -> bool:
        return self.words[0] == "gunicorn"


@dataclass(frozen=True)
class Release:
    """The working copy of a release."""

    name: str
    tree: Path

    @cached_property
    def compose(self) -> Mapping[str, Mapping[str, object]]:
        document: Mapping[str, Mapping[str, object]] = yaml.safe_load(
            (self.tree / "compose.yaml").read_text("utf-8")
        )
        return document

    @cached_property
    def containers(self) -> Mapping[str, Mapping[str, object]]:
        return self.compose["services"]  # type: ignore[return-value]  # of the file's form

    @cached_property
    def programs(self) -> Mapping[str, Program]:
        """The containers without a profile that run a program of Python for good, by name."""
        programs: dict[str, Program] = {}
        for name, container in self.containers.items():
            words = container.get("command")
            if isinstance(words, list) and words and words[0] in PYTHON and not self._is_apart(container):
                programs[name] = Program(name, words)
        return programs

    @staticmethod
    def _is_apart(container: Mapping[str, object]) -> bool:
        return container["restart"] == "no" or "profiles" in container

    def list_job_commands(self, service: str) -> Iterator[list[str]]:
        """Yield the commands of the jobs that prepare a service's database, one after another."""
        for job in JOBS:
            command = self.containers.get(f"{service}-{job}", {}).get("command")
            if isinstance(command, list):
                lines = command[-1].splitlines() if command[0] == "sh" else [shlex.join(command)]
                yield from (shlex.split(line)[3:] for line in lines)

    def run_jobs(self, plan: StackPlan, service: str) -> None:
        """Migrate a service's database and prepare it, as `docker-compose up` does."""
        for words in self.list_job_commands(service):
            # The folder of the secrets in a container.
            own = [str(plan.secrets_dir / "clients") if word == "/run/secrets" else word for word in words]
            self.run_command(plan, service, *own)

    def run_command(self, plan: StackPlan, service: str, *words: str) -> str:
        """Return the output of an operator's command."""
        program = Program(service, ["flask", "--app", f"services.{service}.app", *words])
        command = self.build_command(plan, program)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GOVAH_")}
        done = subprocess.run(
            command.words,
            env={**inherited, **command.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{self.name} {service} {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def build_command(
        self, plan: StackPlan, program: Program, *, number: int = 1, address: str = "127.0.0.1"
    ) -> Command:
        """Return the command of a replica of a program; one that answers HTTP listens at an address."""
        port = plan.service_ports.get(program.service, 0)
        words = list(program.words[1:]) if program.words[0] == "python" else ["-m", *program.words]
        settings = {
            **plan.build_environment(program.service),
            **{
                f"GOVAH_{name.upper()}_URL": f"http://{name}.test:{plan.service_ports[name]}"
                for name in SERVICES
            },
            "PYTHONPATH": os.pathsep.join((str(NAMES), str(self.tree), str(self.tree / PACKAGES))),
            "FAULTS_HOSTS": str(plan.data_dir / "hosts.json"),
        }
        if program.is_web:
            arguments = str(self.compose["x-environment"]["GUNICORN_CMD_ARGS"])
            settings["GUNICORN_CMD_ARGS"] = arguments.replace("0.0.0.0:8000", f"{address}:{port}")
        command = Command(
            f"{program.name}-{number}" if program.is_web or program.name == "pdfworker" else program.name,
            # Programs find the code where they start.
            ["env", "-C", str(self.tree), sys.executable, *words],
            settings,
        )
        return replace(command, ready=partial(is_healthy, address, port)) if program.is_web else command


@contextmanager
def checked_out(name: str) -> Iterator[Release]:
    """Lend the working copy of a release, without what git does not track."""
    if name == CURRENT:
        yield Release(name, ROOT)
        return
    with tempfile.TemporaryDirectory(prefix="govah-release-") as directory:
        Path(directory).chmod(0o755)
        archive = subprocess.run(
            ["git", "archive", find_commit(name)], cwd=ROOT, check=True, capture_output=True
        )
        subprocess.run(["tar", "-x", "-C", directory], input=archive.stdout, check=True)
        # Fonts and style sheets are fetched, not tracked.
        Path(directory, "assets").symlink_to(ROOT / "assets")
        _install_missing_packages(Path(directory))
        yield Release(name, Path(directory))


def _install_missing_packages(tree: Path) -> None:
    """Install the pinned packages of a release that this version does not have, beside its code."""
    installed = {canonicalize_name(package.name) for package in distributions()}
    pins = {match[1]: match[0] for match in PIN.finditer((tree / "requirements/base.txt").read_text("utf-8"))}
    missing = [pin for name, pin in pins.items() if canonicalize_name(name) not in installed]
    if missing:
        install = ["-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", str(tree / PACKAGES)]
        subprocess.run([sys.executable, *install, *missing], check=True)
