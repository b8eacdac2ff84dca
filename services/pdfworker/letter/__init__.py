"""The printed letter: from a claimed request's snapshot to the unsigned PDF. Called by the worker's tasks."""

import os
from pathlib import Path

# Fontconfig reads its file as soon as WeasyPrint is imported, so this stands before any import of it.
os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
# Where HarfBuzz cannot subset, fontTools does and would write the time of day into the font.
os.environ["SOURCE_DATE_EPOCH"] = "0"
