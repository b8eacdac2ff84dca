"""The fetcher of fonts and style sheets: pinned, whole or not at all, and quick the second time."""

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from deploy.assets import PACKAGES, AssetsUnavailable, Package, install

FILES = {"fonts/a.ttf": "fonts/ttf/a.ttf", "LICENSE": "fonts/LICENSE.txt"}


def build_tarball(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def pin_package(content: bytes, files: dict[str, str] | None = None) -> Package:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    return Package("letters", "1.0.0", integrity, files or FILES)


class Registry:
    """Hands out one tarball and counts how often it was asked for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.fetched = 0

    def fetch(self, package: Package, folder: Path) -> Path:
        self.fetched += 1
        path = folder / f"{package.name}.tgz"
        path.write_bytes(self.content)
        return path


GENUINE = build_tarball({"fonts/a.ttf": b"font", "LICENSE": b"free", "fonts/b.ttf": b"not wanted"})


def read_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_the_wanted_files_arrive(tmp_path: Path) -> None:
    assert install([pin_package(GENUINE)], tmp_path, Registry(GENUINE).fetch) == ["letters"]
    visible = {name: content for name, content in read_files(tmp_path).items() if not name.startswith(".")}
    assert visible == {"fonts/ttf/a.ttf": b"font", "fonts/LICENSE.txt": b"free"}


def test_the_second_run_fetches_nothing(tmp_path: Path) -> None:
    registry = Registry(GENUINE)
    install([pin_package(GENUINE)], tmp_path, registry.fetch)
    assert install([pin_package(GENUINE)], tmp_path, registry.fetch) == []
    assert registry.fetched == 1


def test_a_lost_file_is_fetched_again(tmp_path: Path) -> None:
    registry = Registry(GENUINE)
    install([pin_package(GENUINE)], tmp_path, registry.fetch)
    (tmp_path / "fonts/ttf/a.ttf").unlink()
    assert install([pin_package(GENUINE)], tmp_path, registry.fetch) == ["letters"]
    assert (tmp_path / "fonts/ttf/a.ttf").read_bytes() == b"font"


def test_a_new_pin_replaces_the_old_files(tmp_path: Path) -> None:
    newer = build_tarball({"fonts/a.ttf": b"newer font", "LICENSE": b"free"})
    install([pin_package(GENUINE)], tmp_path, Registry(GENUINE).fetch)
    assert install([pin_package(newer)], tmp_path, Registry(newer).fetch) == ["letters"]
    assert (tmp_path / "fonts/ttf/a.ttf").read_bytes() == b"newer font"


def test_a_package_that_is_not_the_pinned_one_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssetsUnavailable, match=r"letters 1\.0\.0 is not the pinned one"):
        install([pin_package(GENUINE)], tmp_path, Registry(GENUINE + b"\0").fetch)
    assert read_files(tmp_path) == {}


def test_a_package_without_a_wanted_file_leaves_nothing(tmp_path: Path) -> None:
    poor = build_tarball({"fonts/a.ttf": b"font"})
    with pytest.raises(AssetsUnavailable, match="LICENSE is not in letters"):
        install([pin_package(poor)], tmp_path, Registry(poor).fetch)
    assert read_files(tmp_path) == {}


def test_every_package_brings_its_licence() -> None:
    for package in PACKAGES:
        assert {"OFL.txt", "LICENSE"} & set(package.files), package.name
