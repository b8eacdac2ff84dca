"""The program `gateway` of the embedded mode: `python -m gateway.edge.reception PORT`."""

import asyncio
import gc
import resource
import signal
import sys

from gateway.edge.front import create_app
from gateway.edge.reception.bounds import Bounds
from gateway.edge.reception.server import serve

# Open files for other purposes: logs, connections to services, files of bodies.
SPARE = 128


def raise_open_files() -> int:
    """Raise the limit of open files to what the system allows; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(hard, 8192)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


async def run(port: int) -> None:
    """Answer at 127.0.0.1:`port` until SIGTERM or SIGINT."""
    application = create_app()
    # The application stays in memory, so garbage collection can skip it.
    gc.freeze()
    # A connection may take a second file for its body.
    bounds = Bounds(connections=min(Bounds.connections, (raise_open_files() - SPARE) // 2))
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await serve(application, "127.0.0.1", port, stopped, bounds)


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
