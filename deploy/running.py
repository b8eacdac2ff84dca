"""The running system of compose.yaml, as `roll` and `rotate` see and change it. Needs only Python."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class CommandFailed(Exception):
    """A command did not do what it should; the message says what to do."""


def read_compose(default: str = "docker-compose") -> list[str]:
    """Return the words of `COMPOSE`, which start compose. Raises CommandFailed without one."""
    try:
        words = shlex.split(os.environ.get("COMPOSE", default))
    except ValueError as error:
        raise CommandFailed(f"COMPOSE is not a command: {error}") from error
    if not words or shutil.which(words[0]) is None:
        raise CommandFailed(
            f"there is no program {words[0] if words else 'in COMPOSE'}; install a container engine with "
            "compose, or name yours in COMPOSE"
        )
    return words


@dataclass(frozen=True)
class Running:
    """The system of the words that start compose, such as ``docker-compose``."""

    words: Sequence[str]
    engine: Sequence[str] = ("docker",)

    def compose(self, *words: str, stdin: str = "") -> str:
        """Return what a command of compose prints. Raises CommandFailed."""
        return _run([*self.words, *words], stdin)

    def run_docker(self, *words: str) -> str:
        """Return what a command of the engine prints. Raises CommandFailed."""
        return _run([*self.engine, *words], "")

    def list_services(self) -> list[str]:
        """Return the names of the services without a profile."""
        return self.compose("config", "--services").split()

    def find_containers(self, service: str) -> list[str]:
        """Return the ids of a service's containers."""
        return self.compose("ps", "-q", service).split()

    def find_secret(self, name: str) -> Path:
        """Return the file of a secret. Raises CommandFailed without one."""
        # Below the last `secrets:`, which is that of the whole file.
        section = self.compose("config").rpartition("\nsecrets:\n")[2]
        entry = re.search(rf"^  {re.escape(name)}:\n(?:    .*\n)*?    file: (.+)$", section, re.MULTILINE)
        if not entry:
            raise CommandFailed(f"compose.yaml has no secret {name}")
        return Path(entry[1].strip("'\""))


def _run(command: Sequence[str], stdin: str) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 -- the words are of this project and its operator
            command, input=stdin, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise CommandFailed(f"{command[0]} cannot be started: {error.strerror}") from error
    if ran.returncode:
        raise CommandFailed(f"{' '.join(command)} failed:\n{ran.stdout}{ran.stderr}")
    return ran.stdout
