"""``python -m services.records``: the importer."""

import os

# SIGTERM ends the worker softly: the batch at hand is finished, or another worker imports it.
# The library reads this when it is imported.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")

from services.records.importer import main

main()
