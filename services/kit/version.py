"""The version and revision of the code that runs, for `/healthz`, metrics and the command."""

import os
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
UNKNOWN = "unknown"


@cache
def read_version() -> str:
    """Return the version in pyproject.toml beside the code; of an installed wheel, that of its metadata.

    The file comes first: the metadata of an editable installation is older than a checked-out release.
    """
    try:
        return str(tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["version"])
    except (OSError, KeyError):
        pass
    try:
        return version("govah")
    except PackageNotFoundError:
        return UNKNOWN


def read_revision() -> str:
    """Return the commit that the image was built from (`GOVAH_REVISION`), or "unknown"."""
    return os.environ.get("GOVAH_REVISION") or UNKNOWN
