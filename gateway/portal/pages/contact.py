"""Where to report security problems: `/.well-known/security.txt` (RFC 9116)."""

from datetime import UTC, datetime, timedelta

import svcs
from flask import Blueprint, Response, abort

from gateway.portal.settings import Settings

blueprint = Blueprint("contact", __name__)

# RFC 9116, 2.5.5, recommends less than a year; half of one keeps copies current.
VALID_FOR = timedelta(days=180)


@blueprint.get("/.well-known/security.txt")
def show_security_txt() -> Response:
    settings = svcs.flask.get(Settings)
    if not settings.security_contacts:
        abort(404)
    text = write_security_txt(settings.security_contacts, settings.public_url, datetime.now(UTC))
    response = Response(text, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def write_security_txt(contacts: list[str], public_url: str, now: datetime) -> str:
    """Return the text of the file: contacts in the order of preference, languages, end of validity."""
    ends = (now + VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [f"Contact: {contact}" for contact in contacts]
    lines += [f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: fa, en"]
    # The RFC requires an https address here; a system for trials has http.
    if public_url.startswith("https://"):
        lines.append(f"Canonical: {public_url.rstrip('/')}/.well-known/security.txt")
    return "".join(f"{line}\n" for line in lines)
