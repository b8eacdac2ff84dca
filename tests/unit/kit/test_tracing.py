"""Traces that nobody asked for cost nothing; the e2e tests look at those that somebody did."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import tracing

ROOT = Path(__file__).resolve().parents[3]
UNASKED = """
import os, sys
os.environ.pop("OTEL_EXPORTER_OTLP_ENDPOINT", None)
import services.disclosure.app, services.pdfworker.app
from services.kit import tracing
tracing.start("disclosure")
with tracing.span("render", "internal") as part:
    part.note("http.response.status_code", 500, failed=True)
assert tracing.onward() == {}
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


def test_nothing_is_imported_for_traces_that_nobody_asked_for() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", UNASKED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_without_traces_a_failure_passes_through_as_it_is() -> None:
    with pytest.raises(KeyError), tracing.span("render", "internal"):
        raise KeyError


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_request_has_one_trace_and_each_its_own(one: str, other: str) -> None:
    assert 0 < tracing.trace_id(one) < 1 << 128
    assert (tracing.trace_id(one) == tracing.trace_id(other)) == (one == other)
