"""A process whose PYTHONPATH begins with this folder has a clock of its own: CHAOS_CLOCK seconds off."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(seconds=int(os.environ["CHAOS_CLOCK"]))).start()
