"""Where a letter's time goes: the CPU time spent in each stage of WeasyPrint and of Govah."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pydyf
import weasyprint
from weasyprint import document, pdf

from services.pdfworker.letter import render
from services.pdfworker.letter.finish import Completion
from services.pdfworker.signing.sign import Signer

STAGES: tuple[tuple[str, Any, str], ...] = (
    ("check", render, "parse_snapshot"),
    ("words", render, "build_page"),
    ("words", render, "build_tables"),
    ("parse", weasyprint.HTML, "__init__"),
    ("cascade", document, "get_all_computed_styles"),
    ("boxes", document, "build_formatting_structure"),
    ("layout", document, "layout_document"),
    ("draw", document.Page, "paint"),
    ("fonts", pdf, "build_fonts_dictionary"),
    ("tags", pdf, "add_tags"),
    ("complete", Completion, "apply"),
    ("serialise", pydyf.PDF, "write"),
    ("sign", Signer, "sign_pdf"),
    ("collect", gc, "collect"),
)


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Give a dictionary that gathers the CPU seconds of every stage until the end."""
    spent = {stage: 0.0 for stage, _, _ in STAGES}
    before = [(owner, name, getattr(owner, name)) for _, owner, name in STAGES]
    for stage, owner, name in STAGES:
        setattr(owner, name, _time_stage(getattr(owner, name), stage, spent))
    try:
        yield spent
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def _time_stage(function: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        started = time.process_time()
        result = function(*arguments, **options)
        if stage == "layout":  # it yields page by page
            result = list(result)
        spent[stage] += time.process_time() - started
        return result

    return call
