"""Uploads of strangers take two threads at most, however slowly they come; inquiries take the others."""

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socketpair

import pytest
from werkzeug.test import TestResponse

from services.inquiry.routes import CHECKS_AT_ONCE
from services.kit.http.access import LARGE_BODY
from services.kit.http.uploads import UploadSlots
from services.kit.problems import Busy
from tests.service.inquiry.desk import API, PDF, Desk
from tests.service.kit.calls import problem

CHECK = f"{API}/letters/check"
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="l.pdf"\r\n\r\n' + PDF + b"\r\n--x--\r\n"
)
KIND = "multipart/form-data; boundary=x"


class SlowBody(io.BytesIO):
    """A body that is read from and then does not come until it may."""

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
    """Uploads that are under way; their answers, once the block is left."""
    bodies = [SlowBody() for _ in range(count)]
    answers: list[TestResponse] = []

    def send(body: SlowBody) -> None:
        size = len(FORM)
        client = desk.app.test_client()
        answers.append(client.post(CHECK, input_stream=body, content_length=size, content_type=KIND))

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    try:
        for body in bodies:
            assert body.is_read.wait(30)
        yield answers
    finally:
        for body in bodies:
            body.may_come.set()
        for thread in threads:
            thread.join()


def upload(desk: Desk, body: io.BytesIO | None = None) -> TestResponse:
    stream = body or io.BytesIO(FORM)
    return desk.client.post(CHECK, input_stream=stream, content_length=len(FORM), content_type=KIND)


def test_a_third_upload_hears_busy_before_it_is_read(desk: Desk) -> None:
    with slow_uploads(desk, CHECKS_AT_ONCE) as answers:
        third = SlowBody()
        refused = upload(desk, third)
        assert problem(refused, 503, "busy")["detail"]
        assert int(refused.headers["Retry-After"]) > 0
        assert not third.is_read.is_set()
        person = desk.person()
        assert desk.inquire(person.national_code, desk.permit(person)["code"]).status_code == 200
        assert desk.client.get("/healthz").status_code == 200
    assert [one.status_code for one in answers] == [200] * CHECKS_AT_ONCE
    assert upload(desk).status_code == 200


def test_what_is_refused_gives_its_place_back(desk: Desk) -> None:
    for _ in range(CHECKS_AT_ONCE + 1):
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


def test_a_body_that_does_not_come_ends_the_reading() -> None:
    slots = UploadSlots(1, read_within=0.05)
    ours, theirs = socketpair()
    with ours, theirs:
        slot = slots.enter({"gunicorn.socket": ours})
        with pytest.raises(Busy):
            slots.enter({})
        theirs.sendall(b"a little")
        assert ours.recv(100) == b"a little"
        # Blocks without end but for the slot.
        assert ours.recv(100) == b""
        ours.sendall(b"the answer")
        assert theirs.recv(100) == b"the answer"
        slot.leave()
    slots.enter({}).leave()


def test_a_body_that_came_in_time_is_read_on_as_ever() -> None:
    slots = UploadSlots(1, read_within=0.2)
    ours, theirs = socketpair()
    with ours, theirs:
        slots.enter({"gunicorn.socket": ours}).leave()
        time.sleep(0.4)
        theirs.sendall(b"the next request")
        assert ours.recv(100) == b"the next request"
    # One that is closed by the time harms nobody.
    slot = slots.enter({"gunicorn.socket": ours})
    time.sleep(0.4)
    slot.leave()
