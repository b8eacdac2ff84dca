"""`python -m gateway.docs DIRECTORY` writes the page's files, for a web server to serve."""

import sys
from pathlib import Path

from gateway.docs.page import write

write(Path(sys.argv[1]))
