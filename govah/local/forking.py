"""Starts Python programs as forks of this process, with all that it has imported.

Nine tenths of a program's start is importing, and a system is a dozen programs that import the same. This
process must be fit for it: one thread, no open database, nothing configured. So what needs more runs apart.
"""

import atexit
import gc
import importlib
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import IO, Any

# On other systems libraries of the system itself do not bear it.
CAN_FORK = sys.platform == "linux"
FIRST_OPEN_FILE = 3


def import_for_forks(modules: Iterable[str]) -> None:
    """Import what programs will need, and keep it in memory that they share."""
    for name in modules:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def run_apart(work: Callable[[], None]) -> None:
    """Do some work in a fork of this process, so that nothing of it stays here. Raise what it raises."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_report_failure, args=(work, theirs))
    process.start()
    theirs.close()
    try:
        failure = ours.recv()
    except EOFError:
        failure = ChildProcessError("what was to be prepared was interrupted")
    process.join()
    ours.close()
    if failure:
        raise failure


def _report_failure(work: Callable[[], None], to: Connection) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 -- raised in the first process
        to.send(error)
    else:
        to.send(None)


class ForkedProgram:
    """A program that runs as a fork: as much of a `subprocess.Popen` as a supervisor needs."""

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        log: IO[bytes],
        prepare: Callable[[], None],
        caught: Collection[signal.Signals],
        *,
        inherits_files: bool = False,
    ) -> None:
        """Start ``python -m`` with these words (`words` begins with the module); its output goes to `log`.

        `prepare` is called in the new process. The signals that this process has caught are as at a start.
        Files that this process has open are closed in the new one, unless it inherits them.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        # One that arrives before the new process has its own handlers waits.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, caught)
        self.pid = os.fork()
        if self.pid == 0:
            _run_program(
                words, environment, partial(_set_files, log.fileno(), inherits_files), prepare, caught, before
            )
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def wait(self) -> int:
        """Return the exit code of the program once it has ended."""
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


def _run_program(
    words: Sequence[str],
    environment: Mapping[str, str],
    set_files: Callable[[], None],
    prepare: Callable[[], None],
    caught: Collection[signal.Signals],
    mask: Collection[Any],
) -> None:
    """Run a program in a new process, from which nothing returns."""
    code = 1
    try:
        # What the first process would do at its end is not this one's to do.
        atexit._clear()
        os.setsid()
        set_files()
        prepare()
        for number in caught:
            is_interrupt = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_interrupt else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = list(words)
        code = _run_module(words[0])
    finally:
        os._exit(code)


def _set_files(log: int, inherits_others: bool) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    if inherits_others:
        return
    # Such as the lock of the data directory. The objects that held them stay unused and uncollected.
    os.closerange(FIRST_OPEN_FILE, os.sysconf("SC_OPEN_MAX"))


def _run_module(name: str) -> int:
    """Return the exit code of a module that was run as a program, once its threads have ended."""
    code = 1
    try:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 -- this is the end of the process
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    return code
