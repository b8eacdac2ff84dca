"""Requests, letters and permits as the services answer them."""

from typing import Any

REQUEST = "6f2b2f0e-0000-4000-8000-000000000001"
LETTER = "6f2b2f0e-0000-4000-8000-000000000002"
REQUESTS, AGREEMENT = "/api/v1/disclosure/requests", "/api/v1/disclosure/agreement"
INBOX, PERMITS, ACTIVITY = (
    "/api/v1/disclosure/inbox",
    "/api/v1/inquiry/permits",
    "/api/v1/disclosure/activity",
)
PERMIT, OTHER_PERMIT = "6f2b2f0e-0000-4000-8000-000000000004", "6f2b2f0e-0000-4000-8000-000000000005"


def build_request(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": REQUEST,
        "tracking_number": "123456789012",
        "status": status,
        "types": ["all"],
        "note": None,
        "requested_at": "2026-11-22T08:30:00+00:00",
        "failure": None,
        "letter_id": None,
        **more,
    }


def build_letter(**more: Any) -> dict[str, Any]:
    return {
        "id": LETTER,
        "serial": "1234567890123",
        "types": ["all", "wages"],
        "issued_at": "2026-11-22T08:30:00+00:00",
        "pages": 3,
        "size": 33_000,
        "seen_at": None,
        "state": "valid",
        "superseded_at": None,
        "superseded_by": None,
        "revoked_at": None,
        "revocation_reason": None,
        "note": None,
        **more,
    }


def build_permit(**more: Any) -> dict[str, Any]:
    return {
        "id": PERMIT,
        "letter_id": LETTER,
        "serial": "1234567890123",
        "letter_issued_at": "2026-11-22T08:30:00+00:00",
        "label": None,
        "state": "active",
        "created_at": "2026-11-22T08:30:00+00:00",
        "expires_at": "2026-12-22T08:30:00+00:00",
        "max_views": None,
        "view_count": 1,
        "institution": None,
        **more,
    }


def build_page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None}
