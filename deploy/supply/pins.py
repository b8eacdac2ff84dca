"""What ships: the pinned packages of requirements/*.txt and what is fetched for pages and letters.

`licences`, `sbom` and `audit` ask here.
"""

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from deploy.assets import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
# The smallest first; each of them holds the ones before.
SETS = ("base", "pdf", "embedded")
PIN = re.compile(r"^([a-z0-9.-]+)==([^ ]+)", re.MULTILINE)
ASSETS = {package.name: package.version for package in PACKAGES if not package.name.startswith("axe")}

# What the metadata says in no form of SPDX, by the words it uses.
WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "New BSD": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
}
# What the metadata leaves open, says in words, or says of a package that this system does not install.
STATED = {
    "async-timeout": "Apache-2.0",
    "brotlicffi": "MIT",
    "pypdfium2": "Apache-2.0 AND BSD-3-Clause",
    "pyphen": "MPL-1.1",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "tzdata": "Apache-2.0",
    "@noble/ed25519": "MIT",
    "bootstrap": "MIT",
    "vazirmatn": "OFL-1.1",
    # The wrapper is MIT; the WebAssembly in it is zxing-cpp.
    "zxing-wasm": "MIT AND Apache-2.0",
}
LONGEST_EXPRESSION = 60


class LicenceUnknown(Exception):
    """A package whose licence nobody has stated; the message names it and says what to do."""


@dataclass(frozen=True)
class Shipped:
    """One package, and the smallest set that it ships with: base, pdf, embedded or assets."""

    name: str
    version: str
    part: str


def list_shipped() -> list[Shipped]:
    """Return everything that ships beside our own code, in the order of the parts and of names."""
    works: dict[str, Shipped] = {}
    for part in SETS:
        for name, version in PIN.findall((REQUIREMENTS / f"{part}.txt").read_text("ascii")):
            works.setdefault(name, Shipped(name, version, part))
    assets = [Shipped(name, version, "assets") for name, version in sorted(ASSETS.items())]
    return [*works.values(), *assets]


def find_licence(one: Shipped) -> str:
    """Return the SPDX expression of a package's licence, by its installed metadata. Raises LicenceUnknown."""
    if one.name in STATED:
        return STATED[one.name]
    try:
        metadata = distribution(one.name).metadata
    except PackageNotFoundError:
        raise LicenceUnknown(f"{one.name} is not installed: make setup-test, or state its licence") from None
    if metadata["Version"] != one.version:
        raise LicenceUnknown(f"{one.name} is installed in another version than pinned: make setup-test")
    if expression := metadata["License-Expression"]:
        return str(expression)
    kinds = [
        kind.rpartition(" :: ")[2]
        for kind in metadata.get_all("Classifier") or []
        if kind.startswith("License ::") and kind != "License :: OSI Approved"
    ]
    written = str(metadata["License"] or "").strip()
    is_short = 0 < len(written) < LONGEST_EXPRESSION and "\n" not in written
    expression = written if is_short else " OR ".join(sorted({WORDS.get(kind, kind) for kind in kinds}))
    if not expression:
        raise LicenceUnknown(f"{one.name} states no licence: look it up, and state it in {__name__}")
    return WORDS.get(expression, expression)
