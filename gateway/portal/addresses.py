"""Paths of the portal: of this request, of the page before it, and of redirects. Called by pages."""

from urllib.parse import urlsplit

from flask import request


def get_current_path() -> str:
    """Return the path and query of this request."""
    return request.full_path.rstrip("?")


def is_page() -> bool:
    """Return whether this address shows a page when it is opened."""
    return request.url_rule is not None and "GET" in (request.url_rule.methods or ())


def find_referring_path(default: str) -> str:
    """Return the path of the portal's page that sent this request, else the default."""
    page = urlsplit(request.referrer or "")
    return restrict_to_portal(page.path, default) if page.netloc == request.host else default


def restrict_to_portal(target: str | None, default: str) -> str:
    """Return the target if it is a path of this portal, else the default."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return default
    return target if not urlsplit(target).netloc else default
