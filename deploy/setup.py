"""Makes a fresh Debian or Ubuntu machine ready: virtual environment, pinned wheels, system packages, assets.

The Makefile calls it before every command (`python -m deploy.setup run|lint|fast|test|docs`). It uses the
standard library only. What is there already is not touched, so that the second call takes a moment.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.kustomize import find_kustomize
from deploy.system_packages import LETTER_NEEDS, TEST_NEEDS, TEST_WISHES, VENV_NEED, Need, describe_missing

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
KUBECTL = VENV / "bin" / "kubectl"
STATE = ROOT / ".make"
REQUIREMENTS = ROOT / "requirements"
# The program itself, and the packages that others install separately.
PROJECTS = [ROOT / place / "pyproject.toml" for place in ("verify", "client", ".")]
ASSETS_SCRIPT = ROOT / "deploy" / "assets.py"
LOG = STATE / "setup.log"
OLDEST_PYTHON = (3, 11)


class SetupFailed(Exception):
    """A step could not be done; the message says what is missing and how to get it."""


@dataclass(frozen=True)
class Stage:
    """What one kind of command needs."""

    wheels: str
    needs: Sequence[Need]
    assets: str  # for what, or nothing
    kustomize: bool = False
    wishes: Sequence[Need] = ()


STAGES = {
    "run": Stage("embedded", LETTER_NEEDS, assets="run"),
    "lint": Stage("dev", [], assets=""),
    "fast": Stage("dev", [], assets="test"),
    "test": Stage("dev", [*LETTER_NEEDS, *TEST_NEEDS], assets="test", kustomize=True, wishes=TEST_WISHES),
    "docs": Stage("docs", [], assets="docs"),
}
# dev.txt holds what the others hold, except for the tools of the documentation's site.
NOT_IN_DEV = {"docs"}


def set_up(stage: Stage) -> None:
    """Bring the working copy and the machine to where commands of this stage can run.

    Raises SetupFailed.
    """
    fresh = not is_environment_usable()
    obtain([*([VENV_NEED] if fresh else []), *stage.needs])
    if fresh:
        with step("virtual environment"):
            run_quietly(sys.executable, "-m", "venv", "--clear", str(VENV))
    install_wheels(stage.wheels)
    if not all(map(is_installed, PROJECTS)):
        with step("the govah command"):
            places = [option for project in PROJECTS for option in ("-e", str(project.parent))]
            run_pip("--no-index", "--no-deps", "--no-build-isolation", *places)
        for project in PROJECTS:
            mark_installed(project)
    if stage.assets and not (is_installed(ASSETS_SCRIPT, stage.assets) and (ROOT / "assets").exists()):
        with step("assets"):
            run_quietly(str(PYTHON), str(ASSETS_SCRIPT), stage.assets)
        mark_installed(ASSETS_SCRIPT, stage.assets)
    try_to_obtain(stage.wishes)
    if stage.kustomize and not find_kustomize(KUBECTL):
        with step("kubectl"):
            run_quietly(str(PYTHON), "-m", "deploy.kustomize", str(KUBECTL))


def is_environment_usable() -> bool:
    """Return whether .venv is there, was made at this path and still has its Python."""
    return PYTHON.exists() and is_made_here() and can_run(str(PYTHON), "-c", "import pip")


def obtain(needs: Sequence[Need]) -> None:
    """Install what is missing, as root or through a sudo that asks for no password.

    Raises SetupFailed with the packages' names where that cannot be.
    """
    missing = [need for need in needs if not need.is_present()]
    if not missing:
        return
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (as_root and not can_run(*as_root, "true")):
        raise SetupFailed(describe_missing(missing))
    with step(f"system packages ({' '.join(need.packages[0] for need in missing)})"):
        choices = [",".join(need.packages) for need in missing]
        run_quietly(*as_root, sys.executable, "-m", "deploy.system_packages", *choices)
    still_missing = [need for need in missing if not need.is_present()]
    if still_missing:
        raise SetupFailed(describe_missing(still_missing))


def try_to_obtain(wishes: Sequence[Need]) -> None:
    """Install what makes commands quicker, once a .venv; go on without it where that cannot be."""
    for wish in wishes:
        tried = VENV / f"tried-{wish.name}"
        if not tried.exists():
            with suppress(SetupFailed):
                obtain([wish])
            tried.touch()


def is_made_here() -> bool:
    """Return whether .venv was made at this very path, which its scripts name."""
    configuration = (VENV / "pyvenv.cfg").read_text("utf-8").splitlines()
    return all(line.endswith(f" {VENV}") for line in configuration if line.startswith("command = "))


def install_wheels(name: str) -> None:
    """Install the pinned wheels of requirements/`name`.txt by their hashes, unless dev.txt is installed."""
    pinned = REQUIREMENTS / f"{name}.txt"
    in_dev = name not in NOT_IN_DEV and is_installed(REQUIREMENTS / "dev.txt")
    if not (is_installed(pinned) or in_dev):
        with step(f"wheels ({name})"):
            run_pip("--only-binary=:all:", "--require-hashes", "-r", str(pinned))
        mark_installed(pinned)


def run_pip(*arguments: str) -> None:
    run_quietly(str(PYTHON), "-m", "pip", "install", "-q", "--no-input", *arguments)


def is_installed(file: Path, purpose: str = "") -> bool:
    """Return whether this .venv has what the file asks for, in the file's present version."""
    mark = find_stamp(file, purpose)
    return mark.exists() and mark.read_text("ascii") == compute_digest(file)


def mark_installed(file: Path, purpose: str = "") -> None:
    find_stamp(file, purpose).write_text(compute_digest(file), "ascii")


def find_stamp(file: Path, purpose: str = "") -> Path:
    name = os.path.relpath(file, ROOT).replace(os.sep, "-")
    return VENV / f"installed-{'-'.join(filter(None, [purpose, name]))}.sha256"


def compute_digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@contextmanager
def step(label: str) -> Iterator[None]:
    """Say in one line what is being done and, when it is, how long it took."""
    started = time.monotonic()
    sys.stderr.write(f"setup: {label} … ")
    sys.stderr.flush()
    yield
    sys.stderr.write(f"{time.monotonic() - started:.1f} s\n")


def can_run(*arguments: str) -> bool:
    """Return whether a command can be run and ends well."""
    try:
        subprocess.run(arguments, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def run_quietly(*arguments: str) -> None:
    """Run a command with its output in the log.

    Raises SetupFailed with the end of that output.
    """
    with LOG.open("ab+") as log:
        begin = log.tell()
        ended = subprocess.run(
            arguments, check=False, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.seek(begin)
        output = log.read().decode("utf-8", "replace").splitlines()
    if ended.returncode:
        tail = "\n".join(f"    {line}" for line in output[-15:])
        raise SetupFailed(f"آماده‌سازی انجام نشد.\nThis failed: {' '.join(arguments)}\n{tail}")


def main(arguments: Sequence[str]) -> int:
    """Run one stage; return the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        sys.stderr.write("به پایتون 3.11 یا تازه‌تر نیاز است.\n")
        sys.stderr.write(
            f"Python 3.11 or newer is needed, not {sys.version.split()[0]}.\nTry: make PYTHON=python3.12 …\n"
        )
        return 1
    STATE.mkdir(exist_ok=True)
    try:
        with (STATE / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            set_up(STAGES[arguments[0]])
    except SetupFailed as failure:
        sys.stderr.write(f"\nsetup: {failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
