"""Paths of this portal: where a request is, came from, and may be sent. Called by `sessions` and pages."""

from urllib.parse import urlsplit

from flask import request


def here() -> str:
    """The path and query of this request."""
    return request.full_path.rstrip("?")


def is_shown() -> bool:
    """Whether this address shows a page when it is opened."""
    return request.url_rule is not None and "GET" in (request.url_rule.methods or ())


def came_from(otherwise: str) -> str:
    """Return the path of the page of this portal on which something was pressed."""
    page = urlsplit(request.referrer or "")
    return safe(page.path, otherwise) if page.netloc == request.host else otherwise


def safe(target: str | None, otherwise: str) -> str:
    """The target if it is a path of this portal."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return otherwise
    return target if not urlsplit(target).netloc else otherwise
