"""Inspection of papers in a child process, so that no paper can take records down."""

import json
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog

from services.records.refusals import (
    AttachmentActive,
    AttachmentAmbiguous,
    AttachmentDamaged,
    AttachmentEncrypted,
    AttachmentExpands,
    AttachmentRefused,
    AttachmentTypeUnknown,
)

ROOT = Path(__file__).parents[3]
PROGRAM = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r});"
    " from services.records.attachments.inspector import main; main()"
)
# Seconds until the child is killed; its bound of processor time is shorter.
TIMEOUT = 30

log = structlog.get_logger()


class MediaType(StrEnum):
    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


REFUSALS: dict[str, type[AttachmentRefused]] = {
    "type-unknown": AttachmentTypeUnknown,
    "damaged": AttachmentDamaged,
    "encrypted": AttachmentEncrypted,
    "active": AttachmentActive,
    "ambiguous": AttachmentAmbiguous,
    "expands": AttachmentExpands,
}


@dataclass(frozen=True, slots=True)
class Paper:
    """An inspected paper: its media type by content, and its bytes without what phones add behind a photo."""

    media_type: MediaType
    content: bytes


def inspect_paper(data: bytes, program: str = PROGRAM, timeout: float = TIMEOUT) -> Paper:
    """Return the paper in these bytes; tests pass other programs. Raises a kind of AttachmentRefused.

    A paper that needs more memory or time than the child has is refused like one that expands.
    """
    verdict: dict[str, Any]
    try:
        # Without this process's environment, directory and settings: the child has no secret to lose.
        child = subprocess.run(  # noqa: S603 -- this interpreter, and the program above
            [sys.executable, "-I", "-c", program],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            timeout=timeout,
            check=False,
        )
        verdict = json.loads(child.stdout) if child.returncode == 0 else {"refused": "expands"}
    except subprocess.TimeoutExpired:
        verdict = {"refused": "expands"}
    except ValueError:
        verdict = {"refused": "damaged"}
    if "refused" in verdict:
        log.info("attachment.refused", refusal=verdict["refused"], size=len(data))
        raise REFUSALS[verdict["refused"]]
    return Paper(MediaType(verdict["media_type"]), data[: verdict["length"]])
