"""Types of settings that are addresses: each is checked at the start, and no message quotes a value.

An address may hold a password, so none is shown with the settings.
"""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from services.kit.sentinel import Sentinels, is_sentinel_url

WRITE_DATABASE = "write it as postgresql://user@host/name or sqlite:///path"
WRITE_BROKER = "write it as redis://host:6379/0, rediss://…, redis+socket:///path or sentinel://…"
WRITE_PUBLIC = "write it as https://govah.example; a name in other letters in its form xn--…"
WRITE_SERVICE = "write it as http://auth:8000"
WRITE_PROXY = "write it as http://egress:3128, or leave it empty"
WRITE_STORE = "write it as file:///folder or s3://bucket/prefix"
WRITE_HTTP = "write it as https://host/path"


def _split(url: str, wanted: str) -> SplitResult:
    """Return the parts of an address. Raises ValueError with the sentence `wanted`."""
    try:
        parts = urlsplit(url)
        is_valid = parts.port != 0 and not any(char.isspace() or not char.isprintable() for char in url)
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError(wanted) from None
    return parts


def _require_http(url: str, wanted: str) -> SplitResult:
    parts = _split(url, wanted)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(wanted)
    return parts


def _check_database(url: str) -> str:
    # Programs without a database do not load its drivers.
    import sqlalchemy as sa  # noqa: PLC0415

    from services.kit.postgresql import check_database_url  # noqa: PLC0415

    try:
        check_database_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise ValueError(WRITE_DATABASE) from None
    return url


def _check_broker(url: str) -> str:
    if url.startswith("rediss://") and "ssl_cert_reqs=required" not in url:
        # redis-py and kombu take any certificate unless told otherwise.
        raise ValueError("rediss:// must say ?ssl_cert_reqs=required")
    if is_sentinel_url(url):
        # A wrong address is an error at the start, not at the first failover.
        Sentinels.from_url(url)
        return url
    parts = _split(url, WRITE_BROKER)
    database = parts.path.strip("/")
    if parts.scheme in {"redis", "rediss"}:
        is_valid = bool(parts.hostname) and (not database or (database.isascii() and database.isdecimal()))
    elif parts.scheme == "redis+socket":
        is_valid = bool(database) and not parts.netloc
    else:
        # Of tests: a broker inside the program.
        is_valid = parts.scheme == "memory"
    if not is_valid:
        raise ValueError(WRITE_BROKER)
    return url


def _check_public(url: str) -> str:
    # It goes into headers, QR codes, signatures and the file of public keys, which take ASCII only.
    parts = _require_http(url, WRITE_PUBLIC)
    if not url.isascii() or parts.username is not None or parts.query or parts.fragment:
        raise ValueError(WRITE_PUBLIC)
    return url


def _check_service(url: str) -> str:
    # Paths are put behind it.
    parts = _require_http(url, WRITE_SERVICE)
    if "?" in url or "#" in url or parts.username is not None:
        raise ValueError(WRITE_SERVICE)
    return url


def _check_proxy(url: str) -> str:
    _require_http(url, WRITE_PROXY)
    return url


def _check_http(url: str) -> str:
    _require_http(url, WRITE_HTTP)
    return url


def _check_store(url: str) -> str:
    parts = _split(url, WRITE_STORE) if not url.startswith("file:") else urlsplit(url)
    is_valid = {
        "file": parts.netloc in {"", "localhost"} and parts.path.startswith("/"),
        "s3": bool(parts.hostname),
        "memory": True,
    }
    if not is_valid.get(parts.scheme):
        raise ValueError(WRITE_STORE)
    return url


def _allow_empty(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda url: check(url) if url else url


_HIDDEN = Field(repr=False)
DatabaseUrl = Annotated[str, _HIDDEN, AfterValidator(_check_database)]
BrokerUrl = Annotated[str, _HIDDEN, AfterValidator(_check_broker)]
OptionalBrokerUrl = Annotated[str, _HIDDEN, AfterValidator(_allow_empty(_check_broker))]
# Where people find Govah.
PublicUrl = Annotated[str, AfterValidator(_check_public)]
# The base of another service's addresses.
ServiceUrl = Annotated[str, AfterValidator(_check_service)]
# The proxy through which calls leave the system; empty for none.
ProxyUrl = Annotated[str, _HIDDEN, AfterValidator(_allow_empty(_check_proxy))]
# Where objects are stored.
StoreUrl = Annotated[str, _HIDDEN, AfterValidator(_check_store)]
OptionalStoreUrl = Annotated[str, _HIDDEN, AfterValidator(_allow_empty(_check_store))]
# A server outside of Govah.
OptionalHttpUrl = Annotated[str, _HIDDEN, AfterValidator(_allow_empty(_check_http))]
