"""What Govah needs of the system, and how it comes there: by apt, without starting any server.

deploy/setup.py looks the needs up here and, as root or through sudo, runs this module with packages' names.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
POLICY = Path("/usr/sbin/policy-rc.d")
JARS = Path("/usr/share/java")
NJS_MODULE = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
CLUSTERS = Path("/etc/postgresql-common/createcluster.d")
SERVER_UNITS = {"nginx.service", "prometheus.service", "redis-server.service", "valkey-server.service"}


@dataclass(frozen=True)
class Need:
    """Something of the system's: how to see that it is there, and the Debian packages that bring it.

    Of several packages the first that the distribution knows is taken.
    """

    name: str
    is_present: Callable[[], bool]
    packages: tuple[str, ...]


def require_library(soname: str, *packages: str) -> Need:
    """Return the need for a shared library that the loader can find."""

    def is_present() -> bool:
        try:
            ctypes.CDLL(soname)
        except OSError:
            return False
        return True

    return Need(soname, is_present, packages)


def require_program(names: Sequence[str], *packages: str) -> Need:
    """Return the need for a program, under any of `names`, on the path or among the system's own."""
    return Need(names[0], lambda: any(shutil.which(name, path=SYSTEM_PATH) for name in names), packages)


def require_jar(name: str, *packages: str) -> Need:
    """Return the need for a Java library where Debian keeps them."""
    return Need(f"{name}.jar", (JARS / f"{name}.jar").exists, packages)


def has_postgresql_server() -> bool:
    """Return whether a PostgreSQL server is installed; Debian keeps its programs off the path."""
    return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


VENV_NEED = Need(
    "ensurepip",
    lambda: importlib.util.find_spec("ensurepip") is not None,
    (f"python{sys.version_info[0]}.{sys.version_info[1]}-venv", "python3-venv"),
)
# What WeasyPrint 70 opens at run time; harfbuzz-subset makes the fonts inside a letter small.
LETTER_NEEDS = [
    require_library("libgobject-2.0.so.0", "libglib2.0-0", "libglib2.0-0t64"),
    require_library("libpango-1.0.so.0", "libpango-1.0-0"),
    require_library("libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
    require_library("libharfbuzz.so.0", "libharfbuzz0b"),
    require_library("libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
    require_library("libfontconfig.so.1", "libfontconfig1"),
]
TEST_NEEDS = [
    Need("postgresql", has_postgresql_server, ("postgresql",)),
    require_program(["redis-server", "valkey-server"], "redis-server", "valkey-server"),
    require_program(["nginx"], "nginx"),
    Need("njs", NJS_MODULE.exists, ("libnginx-mod-http-js",)),
    require_program(["apache2"], "apache2-bin"),
    require_program(["pdftotext"], "poppler-utils"),
    require_program(["qpdf"], "qpdf"),
    # promtool is in no package of its own.
    require_program(["promtool"], "prometheus"),
    require_program(["git"], "git"),
    require_program(["softhsm2-util"], "softhsm2"),
    require_program(["chromium", "chromium-browser"], "chromium", "chromium-browser"),
    require_program(["javac"], "default-jdk-headless"),
    require_jar("jaxb-runtime", "libjaxb-java"),
    require_jar("istack-commons-runtime", "libistack-commons-java"),
]
# The browser without windows does a third of the work of the one above, which is enough.
TEST_WISHES = [require_program(["chromium-headless-shell"], "chromium-headless-shell")]


def describe_missing(missing: Sequence[Need]) -> str:
    """Return what is missing, in Persian and English, and how to get it."""
    names = ", ".join(f"{need.name} ({need.packages[0]})" for need in missing)
    return (
        f"این‌ها روی این دستگاه نصب نیست: {names}\n"
        f"Missing on this machine: {names}\n"
        f"On Debian and Ubuntu: sudo apt-get install {' '.join(need.packages[0] for need in missing)}\n"
        "Elsewhere: the packages of the same purpose, then the same make command again."
    )


def install(wanted: Sequence[str]) -> None:
    """Install packages as root without starting any server; of `a,b` the first that apt knows.

    A server that was running before goes on as it was.
    """
    os.environ |= {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "LC_ALL": "C.UTF-8"}
    get = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    # One unreachable third-party source must not hinder the packages of the others.
    subprocess.run([*get, "update"], check=False)
    chosen = [next(filter(is_known, names.split(",")), names.split(",")[0]) for names in wanted]
    units_before = list_units()
    with no_server_starts():
        subprocess.run([*get, "install", "--no-install-recommends", *chosen], check=True)
    # What the policy kept from starting now would start with the machine the next time.
    enabled = sorted(SERVER_UNITS & (list_units() - units_before))
    if enabled and shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", *enabled], check=False)


def is_known(package: str) -> bool:
    """Return whether apt has a version of the package to offer."""
    listing = subprocess.run(["apt-cache", "policy", package], check=False, capture_output=True, text=True)
    return "Candidate:" in listing.stdout and "Candidate: (none)" not in listing.stdout


def list_units() -> set[str]:
    """Return the names of the service units on this machine."""
    return {unit.name for unit in Path("/lib/systemd/system").glob("*.service")}


@contextmanager
def no_server_starts() -> Iterator[None]:
    """Keep packages from starting what they bring, and PostgreSQL's from making a cluster."""
    with (
        in_place_of(POLICY, "#!/bin/sh\nexit 101\n"),
        in_place_of(CLUSTERS / "govah.conf", "create_main_cluster = false\n"),
    ):
        yield


@contextmanager
def in_place_of(path: Path, text: str) -> Iterator[None]:
    """Put an executable text at `path` for a while; afterwards all is as it was."""
    aside = path.with_name(path.name + ".before-govah")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not aside.exists():
        path.rename(aside)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    try:
        yield
    finally:
        path.unlink()
        if aside.exists():
            aside.rename(path)


if __name__ == "__main__":
    # As an exception, so that what was put aside is put back.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    install(sys.argv[1:])
