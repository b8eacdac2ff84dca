"""What a program asks a permit to show."""

import json
from typing import Any

import httpx
import pytest

from govah_client.inquiry import Inquiry
from govah_client.transport import Transport


def send_permit(questions: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Return the body that the client sends for a new permit."""
    sent: list[dict[str, Any]] = []

    def receive(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(201, json={"id": "p", "code": "c", "expires_at": "e"})

    with httpx.Client(base_url="http://govah.test", transport=httpx.MockTransport(receive)) as http:
        Inquiry(Transport(http)).create_permit("letter", 7, questions=questions)
    return sent[0]


@pytest.mark.parametrize("questions", [[], [{"question": "insured_recently"}]])
def test_list_of_questions_never_shows_the_letter(questions: list[dict[str, Any]]) -> None:
    body = send_permit(questions)
    assert (body["reveal"], body["questions"]) == ("answers", questions)


def test_permit_without_questions_is_for_the_letter() -> None:
    assert "reveal" not in send_permit(None)
