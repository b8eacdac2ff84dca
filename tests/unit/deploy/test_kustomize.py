"""The kubectl in a wheel is found, and a wheel of another shape is refused."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from deploy.kustomize import find_kustomize, read_kubectl


def write_wheel(path: Path, archive: str) -> Path:
    """Return a wheel with a program at the place of the pinned one."""
    layer, package = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(layer, "w") as programs:
        programs.writestr("kubectl/kubectl", b"a program")
    with tarfile.open(fileobj=package, mode="w:gz") as files:
        entry = tarfile.TarInfo("package/lib/layer.zip")
        entry.size = len(layer.getvalue())
        files.addfile(entry, io.BytesIO(layer.getvalue()))
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(archive, package.getvalue())
    return path


def test_the_program_in_a_wheel_is_read(tmp_path: Path) -> None:
    assert read_kubectl(write_wheel(tmp_path / "a.whl", "somewhere/layer.jsii.tgz")) == b"a program"


def test_a_wheel_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        read_kubectl(write_wheel(tmp_path / "a.whl", "somewhere/other.txt"))


@pytest.mark.parametrize(("version", "is_found"), [("v5.5.0", True), ("v4.5.7", False)])
def test_only_a_new_kustomize_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_found: bool
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f"#!/bin/sh\necho Kustomize Version: {version}\n")
    kubectl.chmod(0o755)
    assert (find_kustomize(kubectl) == [str(kubectl), "kustomize"]) is is_found
