"""How a process of gunicorn ends: it reports that it is about to, answers what has come, and listens no more.

Without it, connections that arrive while the last requests are answered would wait and then be reset.
"""

import os
import threading
from types import FrameType

from flask import Flask
from gunicorn.workers.gthread import ThreadWorker

from services.kit.health import begin_draining

# Seconds between the signal and the end of listening, in which /readyz says 503: the time in which what is in
# front finds out. 0 is for names that go with their process, as those of compose.
DRAIN_SECONDS = int(os.environ.get("GOVAH_DRAIN_SECONDS") or 0)


class DrainingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is untyped
    """A worker of threads that loses no connection when it is asked to end."""

    _ends = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Report from now on that this process is not ready, and end later."""
        if self._ends:
            return
        self._ends = True
        # The signal may come before the app is there.
        if isinstance(self.wsgi, Flask):
            begin_draining(self.wsgi)
        end = threading.Timer(DRAIN_SECONDS, super().handle_exit, (sig, frame))
        end.daemon = True
        end.start()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or stop to accept connections; at the end accept those that wait, and close what listens."""
        if self.alive or enabled:
            super().set_accept_enabled(enabled)
            return
        for listener in self.sockets:
            self._accept_waiting(listener)
        super().set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()

    def _accept_waiting(self, listener: object) -> None:
        accepted = -1
        while accepted < self.nr_conns:
            accepted = self.nr_conns
            self.accept(listener)
