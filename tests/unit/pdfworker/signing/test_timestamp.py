"""Time stamps, by an authority of the test's own that answers as it should, hangs, or talks nonsense."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from asn1crypto import tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from services.pdfworker.signing.errors import TimeStampUnavailable
from services.pdfworker.signing.timestamp import TimeStampAuthority
from tests.unit.pdfworker.provable import keys_in, prover_of, signed_letter

Answer = Callable[[bytes], bytes]


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def answer() -> Iterator[Callable[[Answer], str]]:
    """Serves an answer to time stamp queries; the URL."""
    servers = []

    def serve(answer: Answer) -> str:
        def app(environ, start_response):  # type: ignore[no-untyped-def]
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            start_response("200 OK", [("Content-Type", "application/timestamp-reply")])
            return [answer(body)]

        server = make_server("127.0.0.1", 0, app, handler_class=_Silent)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def stamper() -> DummyTimeStamper:
    """An authority's key and certificate."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "time stamps of tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return DummyTimeStamper(
        tsa_cert=Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        tsa_key=PrivateKeyInfo.load(private),
    )


def honest(stamper: DummyTimeStamper) -> Answer:
    def answer(body: bytes) -> bytes:
        response: bytes = stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
        return response

    return answer


def test_a_letter_with_a_time_stamp_is_valid(
    answer: Callable[[Answer], str], stamper: DummyTimeStamper, tmp_path: Path
) -> None:
    prover = prover_of(keys_in(tmp_path / "keys"), TimeStampAuthority(answer(honest(stamper)), 5))
    letter = signed_letter(prover)
    [signature] = PdfFileReader(BytesIO(letter)).embedded_signatures
    status = validate_pdf_signature(
        signature,
        ValidationContext(trust_roots=[stamper.tsa_cert], allow_fetching=False),
        ts_validation_context=ValidationContext(trust_roots=[stamper.tsa_cert], allow_fetching=False),
    )
    assert status.timestamp_validity
    assert status.timestamp_validity.valid
    assert status.timestamp_validity.trusted


def test_an_authority_that_stamps_something_else_is_refused(
    answer: Callable[[Answer], str], stamper: DummyTimeStamper
) -> None:
    def other(body: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(body)
        asked["message_imprint"]["hashed_message"] = b"\1" * 32
        response: bytes = stamper.request_tsa_response(asked).dump()
        return response

    with pytest.raises(TimeStampUnavailable, match="stamped something else"):
        TimeStampAuthority(answer(other), 5)(b"signature")


@pytest.mark.parametrize("words", [b"", b"<html>", b"\x30\x03\x02\x01\x02", b"0" * 100_000])
def test_nonsense_is_refused(answer: Callable[[Answer], str], words: bytes) -> None:
    with pytest.raises(TimeStampUnavailable, match="مهر زمانی"):
        TimeStampAuthority(answer(lambda _: words), 5)(b"signature")


def test_a_refusal_is_told(answer: Callable[[Answer], str]) -> None:
    refusal = bytes.fromhex("3005 3003 020102")
    with pytest.raises(TimeStampUnavailable):
        TimeStampAuthority(answer(lambda _: refusal), 5)(b"signature")


def test_one_that_hangs_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        authority = TimeStampAuthority(f"http://127.0.0.1:{deaf.getsockname()[1]}/", 0.3)
        with pytest.raises(TimeStampUnavailable, match="cannot be reached: ReadTimeout"):
            authority(b"signature")


def test_one_that_dribbles_is_left() -> None:
    listening = socket.create_server(("127.0.0.1", 0))

    def dribble() -> None:
        connection, _ = listening.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(b"0")
                time.sleep(0.05)
        except OSError:
            connection.close()

    thread = threading.Thread(target=dribble)
    thread.start()
    with pytest.raises(TimeStampUnavailable, match="too slow"):
        TimeStampAuthority(f"http://127.0.0.1:{listening.getsockname()[1]}/", 0.4)(b"signature")
    thread.join()
    listening.close()
