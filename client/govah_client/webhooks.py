"""Notifications that Govah sends to an institution's webhook, checked as Standard Webhooks has it.

The body says only that the status of a consent request has changed, so a notification is a reason to ask, and
may come twice. The secret is the one that setting the webhook has returned.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

PREFIX = "whsec_"
# Seconds by which the clocks may differ; an older notification is a replay.
TOLERANCE = 300
LARGEST_BODY = 64 * 1024


class NotifiedRequest(TypedDict):
    """The consent request whose status has changed."""

    id: str
    reference: str | None
    status: Literal["asked", "preparing", "answered", "not-granted", "ended"]


class Notification(TypedDict):
    """The body of a notification. `data` of a test is of no request."""

    type: str
    timestamp: str
    data: NotifiedRequest


class WebhookInvalid(ValueError):
    """The call did not come from Govah, or is old. Answer it with 400."""


def verify_webhook(
    headers: Mapping[str, str], body: bytes, secrets: str | Sequence[str], *, now: float | None = None
) -> Notification:
    """Return the notification of a call of the webhook. Raises WebhookInvalid.

    `body` is the raw body as it came. For a day after a change two secrets are valid. Remember the header
    `webhook-id`: the same one is the same notification.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        number, sent_at = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"].split()
    except KeyError as error:
        raise WebhookInvalid(f"the header {error.args[0]} is missing") from None
    if not sent_at.isascii() or not sent_at.isdigit() or len(sent_at) > len(str(2**63)):
        raise WebhookInvalid("the header webhook-timestamp is not a number")
    if abs((time.time() if now is None else now) - int(sent_at)) > TOLERANCE:
        raise WebhookInvalid("the call is too old, or a clock is wrong")
    if len(body) > LARGEST_BODY:
        raise WebhookInvalid("the body is too large")
    signed = f"{number}.{sent_at}.".encode() + body
    expected = [
        _sign(secret, signed) for secret in ([secrets] if isinstance(secrets, str) else secrets) if secret
    ]
    pairs = [(one.encode(), other.encode()) for one in signatures for other in expected]
    if not any(hmac.compare_digest(one, other) for one, other in pairs):
        raise WebhookInvalid("no signature fits the body and a secret")
    try:
        notification: Notification = json.loads(body)
    except ValueError:
        raise WebhookInvalid("the body is not JSON") from None
    return notification


def _sign(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"a webhook's secret begins with {PREFIX} and goes on in base64") from None
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode("ascii")
