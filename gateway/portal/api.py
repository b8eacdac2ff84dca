"""The public API as pages call it: at the services' own addresses, for one request of one reader.

Pages call `get_client` here or in `sessions`. They catch the refusals that a form can show; the error pages
show all others.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar
from urllib.parse import urlsplit

import httpx
import svcs
from flask import current_app, request
from flask_babel import get_locale, gettext

from govah_client.client import Client
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.transport import Transport
from services.kit import logging, tracing
from services.kit.text import normalise_digits

Item = TypeVar("Item")
# Above what a call takes on a busy machine.
TIMEOUT = httpx.Timeout(20, connect=1)
# For what changes a whole list, which takes half a minute with 50,000 rows. The front door gives up after 60.
LIST_TIMEOUT = httpx.Timeout(55, connect=1)
PAGE_SIZE = 20
# Seconds after which a reader may try again, if no service names them.
RETRY_AFTER = 30


@dataclass(frozen=True)
class Services:
    """The addresses of the services and the connections to them; one for the process."""

    urls: Mapping[str, str]
    http: httpx.Client


@dataclass(frozen=True)
class Sheet(Generic[Item]):
    """A page of a list that no service pages, its number from 1 and the number of pages."""

    items: Sequence[Item]
    number: int
    count: int


class PageQuery(TypedDict):
    """The page of a list that the reader has opened."""

    limit: int
    cursor: str | None


def get_client(token: str | None = None) -> Client:
    """Return the API for the current request, with or without an access token."""
    services = svcs.flask.get(Services)
    return Client(Transport(services.http, token, _build_headers(), services.urls))


def read_page_query() -> PageQuery:
    """Return the page of a list that the current address names."""
    return {"limit": PAGE_SIZE, "cursor": request.args.get("cursor")}


def cut_sheet(items: Sequence[Item]) -> Sheet[Item]:
    """Return the page of a list in memory that `?page=` names, the nearest one for other numbers."""
    count = max(1, -(-len(items) // PAGE_SIZE))
    typed = normalise_digits(request.args.get("page", ""))
    number = min(max(1, int(typed)), count) if re.fullmatch("[0-9]{1,6}", typed) else 1
    return Sheet(items[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, count)


def describe_error(error: ApiError) -> tuple[str, str]:
    """Return title and detail of an error in the reader's language, "" where the error has none."""
    if not isinstance(error, ServiceUnavailable) or error.code == "busy":
        return error.title, error.detail
    return (
        gettext("این بخش اکنون در دسترس نیست"),
        gettext("چند دقیقه دیگر دوباره تلاش کنید. چیزی از دست نرفته است."),
    )


def find_retry_after(error: ApiError) -> int | None:
    """Return the seconds after which the reader may try again, None if that would not help."""
    if isinstance(error, ServiceUnavailable) and error.code != "busy":
        return RETRY_AFTER
    return error.retry_after or (RETRY_AFTER if isinstance(error, ServiceUnavailable) else None)


def _build_headers() -> dict[str, str]:
    public = urlsplit(current_app.config["PUBLIC_URL"])
    return {
        # Limits count the reader, not the portal.
        "X-Forwarded-For": request.remote_addr or "",
        # The public address of Govah, not the host that a request names.
        "X-Forwarded-Proto": public.scheme,
        "X-Forwarded-Host": public.netloc,
        "X-Request-ID": logging.get_request_id(),
        "Accept-Language": str(get_locale()),
        # auth shows people the kind of browser on which they have signed in.
        "User-Agent": request.user_agent.string,
        **tracing.build_trace_headers(),
    }
