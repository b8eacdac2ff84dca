"""Slow uploads occupy at most two threads, so inquiries have the others."""

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socketpair

import pytest
from werkzeug.test import TestResponse

from services.inquiry.routes import MAX_CONCURRENT_CHECKS
from services.kit.http.access import LARGE_BODY
from services.kit.http.uploads import UploadSlots
from services.kit.problems import Busy
from tests.service.inquiry.desk import API, PDF, Desk
from tests.service.kit.calls import read_problem

CHECK = f"{API}/letters/check"
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="l.pdf"\r\n\r\n' + PDF + b"\r\n--x--\r\n"
)
KIND = "multipart/form-data; boundary=x"


class SlowBody(io.BytesIO):
    """A body whose reader waits until `may_come` is set."""

    def __init__(self) -> None:
        super().__init__(FORM)
        self.is_read, self.may_come = threading.Event(), threading.Event()

    def readinto(self, buffer: object) -> int:
        self._wait()
        return super().readinto(buffer)  # type: ignore[arg-type]

    def read(self, size: int | None = -1) -> bytes:
        self._wait()
        return super().read(size)

    def _wait(self) -> None:
        self.is_read.set()
        assert self.may_come.wait(30)


@contextmanager
def slow_uploads(desk: Desk, count: int) -> Iterator[list[TestResponse]]:
    """Start uploads. Their responses are in the list when the block ends."""
    bodies = [SlowBody() for _ in range(count)]
    responses: list[TestResponse] = []

    def send(body: SlowBody) -> None:
        size = len(FORM)
        client = desk.app.test_client()
        responses.append(client.post(CHECK, input_stream=body, content_length=size, content_type=KIND))

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    try:
        for body in bodies:
            assert body.is_read.wait(30)
        yield responses
    finally:
        for body in bodies:
            body.may_come.set()
        for thread in threads:
            thread.join()


def upload(desk: Desk, body: io.BytesIO | None = None) -> TestResponse:
    stream = body or io.BytesIO(FORM)
    return desk.client.post(CHECK, input_stream=stream, content_length=len(FORM), content_type=KIND)


def test_third_upload_is_busy_before_it_is_read(desk: Desk) -> None:
    with slow_uploads(desk, MAX_CONCURRENT_CHECKS) as responses:
        third = SlowBody()
        refused = upload(desk, third)
        assert read_problem(refused, 503, "busy")["detail"]
        assert int(refused.headers["Retry-After"]) > 0
        assert not third.is_read.is_set()
        person = desk.add_person()
        assert desk.inquire(person.national_code, desk.issue_permit(person)["code"]).status_code == 200
        assert desk.client.get("/healthz").status_code == 200
    assert [response.status_code for response in responses] == [200] * MAX_CONCURRENT_CHECKS
    assert upload(desk).status_code == 200


def test_rejected_upload_releases_its_slot(desk: Desk) -> None:
    for _ in range(MAX_CONCURRENT_CHECKS + 1):
        assert desk.client.post(CHECK, json={}).status_code == 415
        assert (
            desk.client.post(CHECK, data={"file": "text"}, content_type="multipart/form-data").status_code
            == 422
        )
        large = {"CONTENT_LENGTH": str(2 * LARGE_BODY)}
        too_large = desk.client.post(CHECK, content_type=KIND, environ_overrides=large)
        assert too_large.status_code == 413
        broken = desk.client.post(CHECK, data=b"--x\r\n", content_type=KIND)
        assert broken.status_code in (400, 422)
    assert upload(desk).status_code == 200


def test_stalled_body_is_cut_off() -> None:
    slots = UploadSlots(1, read_within=0.05)
    ours, theirs = socketpair()
    with ours, theirs:
        slot = slots.enter({"gunicorn.socket": ours})
        with pytest.raises(Busy):
            slots.enter({})
        theirs.sendall(b"a little")
        assert ours.recv(100) == b"a little"
        # Without the slot's limit this would block forever.
        assert ours.recv(100) == b""
        ours.sendall(b"the answer")
        assert theirs.recv(100) == b"the answer"
        slot.free()
    slots.enter({}).free()


def test_connection_of_a_timely_body_stays_open() -> None:
    slots = UploadSlots(1, read_within=0.2)
    ours, theirs = socketpair()
    with ours, theirs:
        slots.enter({"gunicorn.socket": ours}).free()
        time.sleep(0.4)
        theirs.sendall(b"the next request")
        assert ours.recv(100) == b"the next request"
    # A connection that is already closed causes no error.
    slot = slots.enter({"gunicorn.socket": ours})
    time.sleep(0.4)
    slot.free()
