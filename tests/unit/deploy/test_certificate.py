"""What certbot and lego call after a renewal: files that the group can read, then the edge's reload."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HOOK = ROOT / "deploy" / "compose" / "certificate.sh"
# Takes the place of make: notes what the edge would read now.
MAKE = """#!/bin/sh
echo "$*" "$(cat "$GOVAH_TLS_DIR/fullchain.pem" "$GOVAH_TLS_DIR/privkey.pem")" >>"$GOVAH_TLS_DIR/../made"
"""


def run_hook(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "make").write_text(MAKE, "ascii")
    (tmp_path / "bin" / "make").chmod(0o755)
    environment = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "GOVAH_TLS_DIR": str(tmp_path / "tls"),
        "GOVAH_GROUP": str(os.getegid()),
    }
    return subprocess.run(
        [HOOK], env=environment | settings, capture_output=True, text=True, check=False, cwd="/"
    )


@pytest.mark.parametrize("client", ["certbot", "lego"])
def test_a_renewed_certificate_is_put_in_place_before_the_reload(tmp_path: Path, client: str) -> None:
    renewed, tls = tmp_path / "renewed", tmp_path / "tls"
    renewed.mkdir()
    tls.mkdir()
    (tls / "fullchain.pem").write_text("old", "ascii")
    (renewed / "fullchain.pem").write_text("certificate", "ascii")
    (renewed / "privkey.pem").write_text("key", "ascii")
    of_lego = {
        "LEGO_CERT_PATH": str(renewed / "fullchain.pem"),
        "LEGO_CERT_KEY_PATH": str(renewed / "privkey.pem"),
    }
    done = run_hook(tmp_path, **(of_lego if client == "lego" else {"RENEWED_LINEAGE": str(renewed)}))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made").read_text("ascii") == "reload certificatekey\n"
    assert {path.name: path.stat().st_mode & 0o777 for path in tls.iterdir()} == {
        "fullchain.pem": 0o640,
        "privkey.pem": 0o640,
    }


def test_without_a_client_nothing_is_done(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    done = run_hook(tmp_path)
    assert (done.returncode != 0, "is set by certbot" in done.stderr) == (True, True)
    assert not (tmp_path / "made").exists()
