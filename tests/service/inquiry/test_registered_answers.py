"""Serial numbers of answers: valid, no longer current or ended, in words of their own."""

import uuid
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from govah_verify.check_digit import append_check_digit
from services.inquiry.actions.letters import on_answer_superseded, register_answers
from services.inquiry.models import Letter
from services.kit.feed import Event
from tests.service.inquiry.desk import API, Desk

SERIAL = append_check_digit("240000000001")
JWS = "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiIyNCJ9.c2lnbmF0dXJl"
NOW = datetime.now(UTC)
STATES = [
    ({}, "valid", "معتبر است"),
    ({"superseded_at": NOW}, "superseded", "دیگر به‌روز نیست"),
    ({"ended_at": NOW - timedelta(seconds=1)}, "ended", "پایان یافته است"),
    ({"ended_at": NOW - timedelta(days=1), "superseded_at": NOW}, "ended", "پایان یافته است"),
    ({"revoked_at": NOW}, "revoked", "باطل شده است"),
]


def _register(desk: Desk, **moments: datetime) -> None:
    with desk.sessions.begin() as session:
        answers = register_answers(
            session,
            SERIAL,
            JWS,
            issued_at=NOW - timedelta(days=3),
            ends_at=NOW + timedelta(days=30),
            source_id=uuid.uuid4(),
        )
        for name, moment in moments.items():
            setattr(answers, name, moment)


def _check_file(desk: Desk, content: bytes) -> dict[str, Any]:
    files = {"file": (BytesIO(content), "answers.jws")}
    reply: dict[str, Any] = desk.client.post(f"{API}/letters/check", data=files).get_json()
    return reply


@pytest.mark.parametrize(("moments", "state", "words"), STATES)
def test_state_of_answers_is_the_same_everywhere(
    desk: Desk, moments: dict[str, datetime], state: str, words: str
) -> None:
    _register(desk, **moments)
    status = desk.client.get(f"{API}/letters/{SERIAL}").get_json()
    assert (status["kind"], status["state"]) == ("answers", state)
    assert status["ended_at"]
    for language in ("fa", "en"):
        page = desk.client.get(f"{API}/letters/{SERIAL}?lang={language}", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert f'<main class="{state}">' in page.text
        assert "<form" not in page.text, "answers have no QR code"
        main = page.text.partition("<main")[2].partition('<p class="address">')[0].partition("</dl>")[0]
        assert "نامه" not in main
        assert "letter" not in main
        if language == "fa":
            assert words in main
    reply = _check_file(desk, JWS.encode() + b"\r\n")
    assert (reply["result"], reply["serial"]) == ("genuine" if state == "valid" else state, SERIAL)
    assert "نامه" not in reply["message"]["fa"]
    assert "letter" not in reply["message"]["en"]
    assert "{" not in reply["message"]["fa"]


def test_changed_answers_are_not_ours(desk: Desk) -> None:
    _register(desk)
    assert _check_file(desk, JWS.encode() + b"x")["result"] == "not-ours"


def test_event_supersedes_answers_once_and_skips_unknown_ones(desk: Desk) -> None:
    _register(desk)
    for serial in (SERIAL, append_check_digit("240000000002")):
        event = Event(1, "e", "answer.superseded", NOW, None, {"serial": serial}, "request-1")
        with desk.sessions.begin() as session:
            on_answer_superseded(session, event)
    assert desk.client.get(f"{API}/letters/{SERIAL}").get_json()["state"] == "superseded"
    assert desk.count(Letter) == 1
