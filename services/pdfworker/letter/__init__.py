"""The printed letter: from the snapshot of a claimed request to the unsigned PDF. Called by the task."""

import os
from pathlib import Path

# Fontconfig reads its file when WeasyPrint is imported, so this comes before any import of it.
os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
# If HarfBuzz cannot subset a font, fontTools does, and would write the current time into it.
os.environ["SOURCE_DATE_EPOCH"] = "0"
