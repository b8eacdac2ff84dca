"""The embedded door as it runs: slow clients block nobody, malformed requests cause no server error."""

import socket

import pytest

from tests.e2e.client import AUTH, DISCLOSURE, INQUIRY, RECORDS, Stranger
from tests.e2e.system import Embedded
from tests.service.gateway.edge.door import MALFORMED
from tests.waiting import PATIENCE

pytestmark = pytest.mark.xdist_group("e2e-bare")
UPLOADS = (f"{RECORDS}/lists", f"{INQUIRY}/letters/check", f"{AUTH}/sessions", "/letters/check")


def start_slow_upload(system: Embedded, path: str) -> socket.socket:
    """Return a connection on which half of a file has been sent."""
    one = socket.create_connection(("127.0.0.1", system.port), timeout=PATIENCE)
    kind = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 2000000"
    part = 'Content-Disposition: form-data; name="file"; filename="a.pdf"'
    one.sendall(
        f"POST {path} HTTP/1.1\r\nHost: x\r\n{kind}\r\n\r\n--x\r\n{part}\r\n\r\n".encode() + b"x" * 9000
    )
    return one


@pytest.mark.parametrize("count", [40, 200])
def test_slow_uploads_do_not_block_other_requests(bare: Embedded, count: int) -> None:
    slow = [start_slow_upload(bare, UPLOADS[number % len(UPLOADS)]) for number in range(count)]
    try:
        stranger = Stranger(bare)
        for _ in range(5):
            assert stranger.get(f"{DISCLOSURE}/agreement").status_code == 200
            assert stranger.get("/").status_code == 200
            assert stranger.post(
                f"{AUTH}/sessions", {"username": "nobody", "password": "x" * 12}
            ).status_code in {401, 429}
            assert stranger.get("/healthz").status_code == 200
    finally:
        for one in slow:
            one.close()


@pytest.mark.parametrize("path", ["/api/v1/auth/sessions", "/sign-in"])
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_request_is_400(bare: Embedded, name: str, path: str) -> None:
    sent = MALFORMED[name].replace(b" / HTTP/1", f" {path} HTTP/1".encode(), 1)
    with socket.create_connection(("127.0.0.1", bare.port), timeout=PATIENCE) as one:
        one.sendall(sent)
        answer = one.recv(100)
    assert answer.startswith(b"HTTP/1.1 400 ")
