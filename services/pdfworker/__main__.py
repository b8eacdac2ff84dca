"""``python -m services.pdfworker``."""

import os

# SIGTERM ends the worker softly: the letter at hand is finished, or goes back to the queue in time.
# The library reads this when it is imported.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")

from services.pdfworker.app import main

main()
