"""Writes what Govah is made of as CycloneDX 1.6: `make sbom`, into var/sbom/govah.cdx.json.

The tool of the CycloneDX project reads the pinned packages with their digests; licences come from the same
metadata as in NOTICE, and what is fetched by npm is added.
"""

import json
import os
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.assets import PACKAGES
from deploy.supply.pins import REQUIREMENTS, ROOT, LicenceUnknown, Shipped, find_licence, list_shipped

OUTPUT = ROOT / "var" / "sbom" / "govah.cdx.json"

Json = dict[str, Any]


class NotValid(Exception):
    """The document is not valid CycloneDX; the message says what is wrong."""


def write_sbom() -> str:
    """Return the document. Raises LicenceUnknown, NotValid, and CalledProcessError when the tool fails."""
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements"]
    options = ["--spec-version", "1.6", "--output-format", "JSON", "--output-reproducible", "--short-PURLs"]
    project = ["--pyproject", str(ROOT / "pyproject.toml")]
    # The variable adds a time stamp; rendering letters sets it.
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    process = subprocess.run(  # noqa: S603 -- words of our own
        [*command, *options, *project, str(REQUIREMENTS / "embedded.txt")],
        check=True,
        capture_output=True,
        env=environment,
    )
    document: Json = json.loads(process.stdout)
    works = {one.name: one for one in list_shipped()}
    for component in document["components"]:
        _complete(component, works[component["name"]])
    document["components"] += [_describe_asset(one) for one in works.values() if one.part == "assets"]
    root = document["metadata"]["component"]["bom-ref"]
    everything = sorted(component["bom-ref"] for component in document["components"])
    document["dependencies"] = [{"ref": root, "dependsOn": everything}, *({"ref": ref} for ref in everything)]
    text = json.dumps(document, indent=1, sort_keys=True) + "\n"
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise NotValid(str(wrong))
    return text


def _complete(component: Json, work: Shipped) -> None:
    """Add licence and part; take out where the package stands in the file, and a registry's address."""
    component.pop("description", None)
    component["bom-ref"] = component["purl"]
    for reference in component.get("externalReferences", []):
        reference["url"] = component["purl"]
        reference.pop("comment", None)
    component["licenses"] = [{"expression": find_licence(work)}]
    component["properties"] = [{"name": "govah:part", "value": work.part}]


def _describe_asset(work: Shipped) -> Json:
    [package] = [one for one in PACKAGES if one.name == work.name]
    algorithm, _, digest = package.integrity.partition("-")
    assert algorithm == "sha512"
    # A scope begins with a percent-encoded @ (the purl specification, type npm).
    purl = f"pkg:npm/{work.name.replace('@', '%40')}@{work.version}"
    component: Json = {
        "type": "library",
        "name": work.name,
        "version": work.version,
        "purl": purl,
        "bom-ref": purl,
        "hashes": [{"alg": "SHA-512", "content": b64decode(digest).hex()}],
    }
    component["licenses"] = [{"expression": find_licence(work)}]
    component["properties"] = [{"name": "govah:part", "value": work.part}]
    return component


def main(path: Path = OUTPUT) -> int:
    """Write the file; return the exit code."""
    try:
        text = write_sbom()
    except (LicenceUnknown, NotValid) as failure:
        sys.stderr.write(f"sbom: {failure}\n")
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    sys.stderr.write(f"sbom: {path} ({len(json.loads(text)['components'])} components)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
