"""The program that inspects a paper: bytes at standard input, a verdict as JSON at standard output.

It is a process of its own with bounds on memory and time, because it parses what strangers have made. It has
no secrets in its environment and writes no file.
"""

import json
import resource
import sys
from typing import Any, NoReturn

from services.records.attachments.verdicts import Refused

# Address space in bytes and processor time in seconds; past them the process dies, and the paper is refused.
MEMORY, SECONDS = 768 * 1024 * 1024, 20


def inspect(data: bytes) -> dict[str, Any]:
    """Return the media type of a paper by its content, and how many of its bytes belong to it.

    Raises Refused.
    """
    # Each kind loads only the parser that it needs.
    if data.startswith(b"%PDF-"):
        from services.records.attachments.pdfs import inspect_pdf  # noqa: PLC0415

        inspect_pdf(data)
        return {"media_type": "application/pdf", "length": len(data)}
    if data.startswith(b"\xff\xd8\xff"):
        from services.records.attachments.pictures import inspect_jpeg  # noqa: PLC0415

        return {"media_type": "image/jpeg", "length": inspect_jpeg(data)}
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        from services.records.attachments.pictures import inspect_png  # noqa: PLC0415

        return {"media_type": "image/png", "length": inspect_png(data)}
    raise Refused("type-unknown")


def _limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> NoReturn:
    """Write the verdict about standard input, and exit."""
    _limit_resources()
    data = sys.stdin.buffer.read()
    try:
        verdict = inspect(data)
    except Refused as refused:
        verdict = {"refused": refused.code}
    except (MemoryError, RecursionError):
        verdict = {"refused": "expands"}
    sys.stdout.write(json.dumps(verdict))
    sys.stdout.flush()
    sys.exit(0)
