"""How much a test takes on: less in `make test`, all of it where TEST_SIZE is `full`, as in `make fuzz`."""

import os

IS_FULL = os.environ.get("TEST_SIZE") == "full"
