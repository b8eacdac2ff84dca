"""The QR codes in a scan, a photo or a PDF, read by a child process so that no file can take its caller down.

`scan_reader` is the program of that process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROGRAM = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from govah_verify.scan_reader import main; main()"
# Seconds until the child is killed; its bound of processor time is shorter.
TIMEOUT = 20
PDF_HEADER_WITHIN = 1024
# How the kinds of picture begin that are not read, after this many bytes.
_OTHER_PICTURES = (
    (4, (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1", b"ftypavif")),
    (0, (b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\1\0", b"\xff\x0a", b"\0\0\0\x0cJXL ", b"\0\0\0\x0cjP  ")),
    (8, (b"WEBP",)),
)


class Problem(StrEnum):
    """Why the codes of a file could not be read."""

    PICTURE_KIND = "picture-kind"
    TOO_LARGE = "too-large"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"


@dataclass(frozen=True)
class Scan:
    """The texts of the QR codes in a file. `is_picture`: no program can read its other text."""

    texts: Sequence[str] = ()
    is_picture: bool = False
    problem: Problem | None = None


def read_codes(data: bytes, program: str = PROGRAM, timeout: float = TIMEOUT) -> Scan:
    """Return the QR codes of a picture or PDF; tests pass other programs. No bytes make it raise.

    A file that needs more memory or time than the child has is too large.
    """
    if any(data[place:].startswith(marks) for place, marks in _OTHER_PICTURES if _has_place(data, place)):
        return Scan(is_picture=True, problem=Problem.PICTURE_KIND)
    is_readable = data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
    if not is_readable and b"%PDF-" not in data[:PDF_HEADER_WITHIN]:
        return Scan()
    return _read_reply(_run_child(data, program, timeout), is_picture=is_readable)


def _has_place(data: bytes, place: int) -> bool:
    return len(data) > place


def _run_child(data: bytes, program: str, timeout: float) -> dict[str, Any]:
    too_large = {"problem": Problem.TOO_LARGE}
    # Without this process's environment, directory and settings: the child has no secret to lose.
    environment = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    try:
        child = subprocess.run(  # noqa: S603 -- this interpreter, and the program above
            [sys.executable, "-I", "-c", program],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=Path(sys.executable).anchor,
            timeout=timeout,
            check=False,
        )
        reply: dict[str, Any] = json.loads(child.stdout) if child.returncode == 0 else too_large
    except subprocess.TimeoutExpired:
        return too_large
    except ValueError:
        return {"problem": Problem.DAMAGED}
    return reply


def _read_reply(reply: dict[str, Any], *, is_picture: bool) -> Scan:
    problem = reply.get("problem")
    texts = [str(text) for text in reply.get("texts", ())]
    return Scan(texts, bool(reply.get("is_picture", is_picture)), Problem(problem) if problem else None)
