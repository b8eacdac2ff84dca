"""A process that nobody asked for traces imports nothing for them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
UNASKED = """
import os, sys
os.environ.pop("OTEL_EXPORTER_OTLP_ENDPOINT", None)
import services.disclosure.app, services.pdfworker.app
from services.kit import tracing
tracing.start("disclosure")
with tracing.span("render", "internal") as part:
    part.set_attribute("http.response.status_code", 500, failed=True)
assert tracing.build_trace_headers() == {}
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


def test_nothing_is_imported_while_traces_are_disabled() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", UNASKED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
