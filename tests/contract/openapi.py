"""The OpenAPI documents as the code makes them. Run as a module, it writes them to contracts/openapi/."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import svcs

from govah.local.embedded import CREATE
from govah.local.programs import Plan
from services.kit.storage import new_key_line

DIRECTORY = Path(__file__).resolve().parents[2] / "contracts" / "openapi"


@contextmanager
def environment_of(service: str) -> Iterator[None]:
    """Set the service's settings of local mode, in a temporary directory."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as directory:
        plan = Plan(Path(directory), 1, dict.fromkeys(CREATE, 1))
        given = plan.build_environment(service)
        for name in given:
            if name.endswith("_FILE"):
                path = Path(given[name])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("secret of no use\n")
        Path(given["GOVAH_STORAGE_KEYS_FILE"]).write_text(f"{new_key_line()}\n")
        os.environ.update(given)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def load_document(service: str) -> dict[str, Any]:
    """Return the document that a service serves."""
    with environment_of(service):
        app = CREATE[service]()
        answer = app.test_client().get(f"/api/v1/{service}/openapi.json")
        svcs.flask.close_registry(app)
        document: dict[str, Any] = json.loads(answer.text)
        return document


def format_document(document: dict[str, Any]) -> str:
    """Return a document as its file has it."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name in CREATE:
        (DIRECTORY / f"{name}.json").write_text(format_document(load_document(name)), "utf-8")
