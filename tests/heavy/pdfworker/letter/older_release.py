"""Renders sample letters in a process of its own: ``python -m …older_release FOLDER``. Called by its test.

WeasyPrint is that of PYTHONPATH. Writes each letter into the folder, and what became of both paths to stdout.
"""

import json
import sys
from pathlib import Path

import structlog
import weasyprint

from services.pdfworker.letter import html_path, render
from tests.unit.pdfworker.letters import LETTERHEAD, SAMPLES


def main() -> None:
    """Render the samples that are named on the command line."""
    folder, *names = sys.argv[1:]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    render.warm_up(LETTERHEAD)
    paths = {}
    for name in names:
        letter = SAMPLES[name]().render()
        Path(folder, name).write_bytes(letter.pdf)
        paths[name] = letter.path
    result = {
        "version": weasyprint.__version__,
        "can_use_plates": render.STATE.can_use_plates,
        "can_replace_styles": html_path.STATE.can_replace_styles,
        "paths": paths,
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
