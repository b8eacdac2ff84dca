"""What signed answers say, for readers who verify no signature. Called by routes after a seal was opened."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

SHOWN = ("national_code", "name", "as_of_jalali", "closed_until_jalali", "answers")


def read_answers(jws: str) -> dict[str, Any]:
    """Return serial number, days, person and answers of a JWS that disclosure has signed."""
    payload = jws.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {
        "serial": claims["jti"],
        "issued_at": datetime.fromtimestamp(claims["iat"], UTC),
        "ends_at": datetime.fromtimestamp(claims["exp"], UTC),
        **{name: claims[name] for name in SHOWN},
        "jws": jws,
    }
