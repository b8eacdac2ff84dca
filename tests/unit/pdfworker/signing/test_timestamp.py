"""Time stamps by a fake authority that responds correctly, hangs, or sends malformed bytes."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from asn1crypto import tsp
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from services.pdfworker.signing.errors import TimeStampUnavailable
from services.pdfworker.signing.timestamp import TimeStampAuthority
from tests.fakes.time_stamps import create_tsa
from tests.unit.pdfworker.provable import create_keys, create_signed_letter, load_prover

Reply = Callable[[bytes], bytes]


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Reply], str]]:
    """Return a function that serves replies to time stamp queries and returns the URL."""
    servers = []

    def serve(reply: Reply) -> str:
        def handle_query(environ, start_response):  # type: ignore[no-untyped-def]
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            start_response("200 OK", [("Content-Type", "application/timestamp-reply")])
            return [reply(body)]

        server = make_server("127.0.0.1", 0, handle_query, handler_class=_QuietHandler)
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
def tsa() -> DummyTimeStamper:
    return create_tsa()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://[", "ftp://tsa.example/", "nothing", "http://\x00.example/"]
)
def test_an_address_that_cannot_be_called_is_an_outage(url: str) -> None:
    with pytest.raises(TimeStampUnavailable, match="cannot be reached"):
        TimeStampAuthority(url, 1)(b"signature")


def build_reply(tsa: DummyTimeStamper, imprint: bytes | None = None) -> Reply:
    """Return a function that replies with a time stamp, of another imprint if one is given."""

    def create_reply(body: bytes) -> bytes:
        query = tsp.TimeStampReq.load(body)
        if imprint is not None:
            query["message_imprint"]["hashed_message"] = imprint
        response: bytes = tsa.request_tsa_response(query).dump()
        return response

    return create_reply


def test_a_letter_with_a_time_stamp_is_valid(
    serve: Callable[[Reply], str], tsa: DummyTimeStamper, tmp_path: Path
) -> None:
    prover = load_prover(create_keys(tmp_path / "keys"), TimeStampAuthority(serve(build_reply(tsa)), 5))
    letter = create_signed_letter(prover)
    [signature] = PdfFileReader(BytesIO(letter)).embedded_signatures
    status = validate_pdf_signature(
        signature,
        ValidationContext(trust_roots=[tsa.tsa_cert], allow_fetching=False),
        ts_validation_context=ValidationContext(trust_roots=[tsa.tsa_cert], allow_fetching=False),
    )
    assert status.timestamp_validity
    assert status.timestamp_validity.valid
    assert status.timestamp_validity.trusted


def test_a_time_stamp_of_something_else_is_rejected(
    serve: Callable[[Reply], str], tsa: DummyTimeStamper
) -> None:
    with pytest.raises(TimeStampUnavailable, match="stamped something else"):
        TimeStampAuthority(serve(build_reply(tsa, b"\1" * 32)), 5)(b"signature")


@pytest.mark.parametrize("body", [b"", b"<html>", b"\x30\x03\x02\x01\x02", b"0" * 100_000])
def test_a_malformed_response_is_rejected(serve: Callable[[Reply], str], body: bytes) -> None:
    with pytest.raises(TimeStampUnavailable, match="مهر زمانی"):
        TimeStampAuthority(serve(lambda _: body), 5)(b"signature")


def test_a_refusal_is_reported(serve: Callable[[Reply], str]) -> None:
    refusal = bytes.fromhex("3005 3003 020102")
    with pytest.raises(TimeStampUnavailable):
        TimeStampAuthority(serve(lambda _: refusal), 5)(b"signature")


def test_a_hanging_authority_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent_server:
        authority = TimeStampAuthority(f"http://127.0.0.1:{silent_server.getsockname()[1]}/", 0.3)
        with pytest.raises(TimeStampUnavailable, match="cannot be reached: ReadTimeout"):
            authority(b"signature")


def test_an_authority_that_sends_byte_by_byte_times_out() -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def send_byte_by_byte() -> None:
        connection, _ = server.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(b"0")
                time.sleep(0.05)
        except OSError:
            connection.close()

    thread = threading.Thread(target=send_byte_by_byte)
    thread.start()
    with pytest.raises(TimeStampUnavailable, match="too slow"):
        TimeStampAuthority(f"http://127.0.0.1:{server.getsockname()[1]}/", 0.4)(b"signature")
    thread.join()
    server.close()
