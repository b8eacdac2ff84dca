"""A webhook's receiver believes only what Govah has signed, and only for some minutes."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govah_client.webhooks import TOLERANCE, WebhookInvalid, verify_webhook

NOW = 1_800_000_000
KEY, OTHER = b"k" * 24, b"o" * 24
BODY = json.dumps(
    {
        "type": "consent.answered",
        "timestamp": "2026-12-01T08:00:00Z",
        "data": {
            "id": "5c6f4f0e-8a39-4d1b-9f0c-0d7c6a1f3b11",
            "reference": "loan-4711",
            "status": "answered",
        },
    }
).encode()


def name_secret(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


def sign(body: bytes = BODY, *, key: bytes = KEY, number: str = "msg-1", at: Any = NOW) -> dict[str, str]:
    """Return the headers of a call, by the standard's own words."""
    digest = hmac.new(key, f"{number}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": number, "webhook-timestamp": str(at), "webhook-signature": signature}


def test_signed_call_is_believed_whatever_the_case_of_its_headers() -> None:
    headers = {name.title(): value for name, value in sign().items()}
    assert verify_webhook(headers, BODY, name_secret(KEY), now=NOW)["data"]["status"] == "answered"


def test_example_of_the_standard() -> None:
    body = b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert dict(verify_webhook(headers, body, secret, now=1614265330)) == {"test": 2432232314}


def test_either_of_two_secrets_and_any_of_several_signatures_will_do() -> None:
    headers = sign()
    headers["webhook-signature"] = f"v1a,xyz v1,AAAA {headers['webhook-signature']}"
    assert verify_webhook(headers, BODY, [name_secret(OTHER), name_secret(KEY)], now=NOW)


@pytest.mark.parametrize(
    "headers",
    [
        sign(key=OTHER),
        sign(BODY + b" "),
        sign() | {"webhook-id": "msg-2"},
        sign() | {"webhook-timestamp": str(NOW + 1)},
        sign() | {"webhook-signature": ""},
        sign() | {"webhook-signature": "v1,é"},
        sign() | {"webhook-timestamp": "now"},
        sign() | {"webhook-timestamp": "-1"},
        sign() | {"webhook-timestamp": "1" * 5000},
        sign(at=NOW - TOLERANCE - 1),
        sign(at=NOW + TOLERANCE + 1),
    ],
)
def test_other_calls_are_not_believed(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookInvalid):
        verify_webhook(headers, BODY, name_secret(KEY), now=NOW)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_missing_header_is_named(missing: str) -> None:
    headers = sign()
    del headers[missing]
    with pytest.raises(WebhookInvalid, match=missing):
        verify_webhook(headers, BODY, name_secret(KEY), now=NOW)


def test_signed_body_that_is_not_json_is_refused() -> None:
    with pytest.raises(WebhookInvalid, match="JSON"):
        verify_webhook(sign(b"{"), b"{", name_secret(KEY), now=NOW)


def test_wrong_secret_of_the_receiver_is_not_the_sender_s_fault() -> None:
    with pytest.raises(ValueError, match="whsec_") as caught:
        verify_webhook(sign(), BODY, "whsec_é", now=NOW)
    assert not isinstance(caught.value, WebhookInvalid)
    with pytest.raises(WebhookInvalid):
        verify_webhook(sign(), BODY, [""], now=NOW)


@given(st.dictionaries(st.sampled_from(sorted(sign())), st.text(max_size=60)), st.binary(max_size=60))
def test_garbage_is_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(WebhookInvalid):
        verify_webhook(headers, body, name_secret(KEY), now=NOW)
