"""The stack of compose.yaml as an operator starts it, with two PDF workers and the profile `demo`.

Only `make compose-test` collects these tests: it has built the images, and says by `GOVAH_COMPOSE` what runs.
"""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.system import ROOT, System, free_port

collect_ignore_glob = [] if "GOVAH_COMPOSE" in os.environ else ["test_*.py"]

SEEDED_SECONDS = 420


@dataclass
class Stack:
    """A project of compose and the folder that its messages and accounts go to."""

    environment: dict[str, str]
    data_dir: Path

    @property
    def system(self) -> System:
        return System(self.data_dir)

    def compose(self, *words: str, check: bool = True) -> str:
        """Return what a command of compose prints."""
        command = [*shlex.split(os.environ["GOVAH_COMPOSE"]), "--env-file", "deploy/compose/demo.env", *words]
        return self.run(command, check=check)

    def run(self, command: list[str], *, check: bool = True) -> str:
        """Return what a program prints; fail with its output."""
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if check and ran.returncode:
            pytest.fail(f"{' '.join(command)}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}")
        return ran.stdout + (ran.stderr if not check else "")

    def list_containers(self) -> list[dict[str, Any]]:
        """Return the engine's description of every container of the project."""
        ids = self.compose("ps", "-q").split()
        described: list[dict[str, Any]] = json.loads(self.run(["docker", "inspect", *ids]))
        return described

    def find_container_ids(self, service: str) -> list[str]:
        return self.compose("ps", "-q", service).split()

    def wait_until_seeded(self) -> None:
        deadline = time.monotonic() + SEEDED_SECONDS
        while not (self.data_dir / "demo.json").exists():
            [demo] = [one for one in self.list_all_containers() if find_service(one) == "demo"]
            state = demo["State"]
            assert state["Running"] or state["ExitCode"] == 0, self.compose("logs", "--no-color", "demo")
            assert time.monotonic() < deadline, self.compose("logs", "--no-color", "--tail=40")
            time.sleep(1)

    def list_all_containers(self) -> list[dict[str, Any]]:
        """Return the description of every container, including those that have ended."""
        label = f"label=com.docker.compose.project={self.environment['COMPOSE_PROJECT_NAME']}"
        ids = self.run(["docker", "ps", "--all", "--quiet", "--filter", label]).split()
        described: list[dict[str, Any]] = json.loads(self.run(["docker", "inspect", *ids]))
        return described


def find_service(container: dict[str, Any]) -> str:
    """Return the name of a container's service in compose.yaml."""
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Yield the stack, up and seeded; remove all of it afterwards."""
    directory = tmp_path_factory.mktemp("compose")
    data_dir = directory / "demo"
    data_dir.mkdir()
    # Its files come from a user of the containers.
    data_dir.chmod(0o777)
    port = free_port()
    environment = {
        "COMPOSE_PROJECT_NAME": f"govah-test-{os.getpid()}",
        "GOVAH_SECRETS_DIR": str(directory / "secrets"),
        "GOVAH_TLS_DIR": str(directory / "tls"),
        "GOVAH_GROUP": "10001" if os.geteuid() == 0 else str(os.getegid()),
        "GOVAH_MESSAGES_VOLUME": str(data_dir),
        "GOVAH_HTTP_PORT": str(port),
        "GOVAH_HTTPS_PORT": str(free_port()),
        "GOVAH_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    up = Stack(environment, data_dir)
    up.run(["deploy/secrets.sh"])
    try:
        up.compose("up", "-d", "--scale", "pdfworker=2")
        up.wait_until_seeded()
        yield up
    finally:
        up.compose("down", "--volumes", "--timeout", "20", check=False)
