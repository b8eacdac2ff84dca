"""«اصالت‌سنجی نامه بدون اینترنت»: the page with the keys of the moment, which may use the camera."""

import gzip
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govah_verify.letter_token import compute_key_id
from tests.service.gateway.portal.desk import Person, Services
from tests.unit.verify.forging import create_authority, write_trust

KEYS = "/api/v1/inquiry/letters/keys"
FIRST, SECOND = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))


def publish(services: Services, directory: Path, key: Ed25519PrivateKey) -> None:
    pem = write_trust(directory, create_authority().pem, key=key).pem.decode()
    services.set_reply("GET", KEYS, 200, {"keys": [], "pem": pem})


def get_key_id(key: Ed25519PrivateKey) -> str:
    return compute_key_id(key.public_key()).hex()


def test_the_page_has_the_keys_of_the_moment(person: Person, services: Services, tmp_path: Path) -> None:
    publish(services, tmp_path, FIRST)
    response = person.get("/check")
    assert response.status_code == 200
    assert get_key_id(FIRST) in response.text
    assert "http://localhost/letter-check" in response.text
    tag = response.headers["ETag"]
    again = person.http.get("/check", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    # Another key signs from now on.
    publish(services, tmp_path, SECOND)
    renewed = person.http.get("/check", headers={"If-None-Match": tag})
    assert renewed.status_code == 200
    assert get_key_id(SECOND) in renewed.text


def test_the_page_may_use_the_camera_and_send_nothing(
    person: Person, services: Services, tmp_path: Path
) -> None:
    publish(services, tmp_path, FIRST)
    headers = person.get("/check").headers
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "connect-src 'none'", "frame-ancestors 'none'"} < set(policy)
    assert headers["Permissions-Policy"].startswith("camera=(self),")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in headers
    # No other page of the portal may.
    assert person.get("/letter-check").headers["Permissions-Policy"].startswith("camera=(),")


def test_the_page_is_compressed(person: Person, services: Services, tmp_path: Path) -> None:
    publish(services, tmp_path, FIRST)
    plain = person.get("/check")
    zipped = person.http.get("/check", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(zipped.data) == plain.data
    assert len(zipped.data) < len(plain.data) / 2
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.headers["ETag"] != plain.headers["ETag"]


def test_the_worker_may_serve_the_page_only(person: Person) -> None:
    response = person.get("/check/worker.js")
    assert response.content_type == "text/javascript; charset=utf-8"
    assert response.headers["Service-Worker-Allowed"] == "/check"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"


@pytest.mark.parametrize("status", [404, 503])
def test_without_keys_there_is_no_page(person: Person, services: Services, status: int) -> None:
    services.set_reply("GET", KEYS, status, {"code": "unavailable"})
    assert person.get("/check").status_code == status


def test_the_check_of_letters_leads_here(person: Person) -> None:
    assert 'href="/check#fa"' in person.read("/letter-check")
